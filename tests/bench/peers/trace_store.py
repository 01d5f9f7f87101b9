"""What the three peers share: the rows of the trace store, and the loop that imports once for each command."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import clickhouse_connect

COLUMNS = (
    "Timestamp TraceId SpanId ParentSpanId SpanName SpanKind ServiceName ResourceAttributes SpanAttributes Duration StatusCode StatusMessage".split()
)
PAD = timedelta(minutes=6)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Job:
    """One call to import, and where from and to."""

    platform: str
    store_port: int
    user: str
    password: str
    project: str
    organization: str
    simulation: str
    start: datetime
    end: datetime

    @classmethod
    def read(cls) -> Job:
        """From the command line: one JSON object."""
        given = json.loads(sys.argv[1])
        return cls(**given | {name: datetime.fromisoformat(given[name]) for name in ("start", "end")})


@dataclass(slots=True)
class Span:
    """A span of the call, shaped."""

    trace: str
    id: str
    parent: str
    name: str
    kind: str
    start: datetime
    end: datetime
    status: str
    attributes: dict[str, str]


def serve(job: Job, provider: str, spans: Callable[[], Iterator[Span]]) -> None:
    """Imports once for each line of the standard input, and answers with the number of rows."""
    store = clickhouse_connect.get_client(
        host="127.0.0.1", port=job.store_port, username=job.user, password=job.password, database="otel", autogenerate_session_id=False
    )
    resource = {
        "service.name": provider,
        "coval.organization_id": job.organization,
        "coval.simulation_output_id": job.simulation,
        "coval.attempt": "1",
        "coval.correlation.method": "simulation_output_id",
        "import.id": f"{job.organization}/{job.simulation}/1/{provider}",
        "import.source_host": "127.0.0.1",
    }
    print("ready", flush=True)
    for _ in sys.stdin:
        rows = [_row(span, provider, resource) for span in spans()]
        store.insert("otel_traces", rows, column_names=COLUMNS)
        print(len(rows), flush=True)


def source(name: str, span: str, trace: str) -> dict[str, str]:
    """What each span says of where it comes from."""
    return {"import.source_name": name, "import.source_span_id": span, "import.source_trace_id": trace}


def model_call(model: str | None, prompt: int | None, completion: int | None) -> dict[str, str]:
    """A model call in the words of OpenTelemetry's GenAI conventions."""
    found = {"gen_ai.operation.name": "chat"}
    if model:
        found["gen_ai.request.model"] = model
    if prompt is not None:
        found["gen_ai.usage.input_tokens"] = str(prompt)
    if completion is not None:
        found["gen_ai.usage.output_tokens"] = str(completion)
    if prompt is not None and completion is not None:
        found["gen_ai.usage.total_tokens"] = str(prompt + completion)
    return found


def text(value: Any) -> str:  # noqa: ANN401 - whatever a platform holds
    """An attribute's value as the trace store keeps it."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _row(span: Span, provider: str, resource: dict[str, str]) -> tuple[Any, ...]:
    duration = (span.end - span.start) // MICROSECOND * 1_000
    return (
        span.start,
        span.trace,
        span.id,
        span.parent,
        span.name,
        span.kind,
        provider,
        resource,
        span.attributes,
        duration,
        span.status,
        "",
    )
