"""A voice agent with tracing, seen from its traces: it sends spans to Phoenix by OTLP as OpenInference's instrumentors make them.

Every span that it sends is written down with the simulation that it belongs to, so that a test knows exactly what must be imported.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Tracer, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import Span, StatusCode, set_span_in_context

Attributes = dict[str, Any]


@dataclass
class SentSpan:
    """A span as it was sent. `simulation` is whose it is; None if it must be imported for nobody."""

    trace_id: str
    span_id: str
    name: str
    simulation: str | None


@dataclass
class Window:
    """When a simulated call took place."""

    started_at: datetime
    ended_at: datetime

    def at(self, seconds: float) -> datetime:
        """A moment of the call."""
        return self.started_at + timedelta(seconds=seconds)


@dataclass
class Conversation:
    """One simulated call, and the spans that the agent sent for it."""

    simulation_output_id: str
    started_at: str
    ended_at: str
    spans: list[SentSpan] = field(default_factory=list)

    def event(self, organization_id: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any member of the event
        """The event that the simulation platform sends when this call is over."""
        return {
            "version": "1",
            "organization_id": organization_id,
            "run_id": "run-1",
            "simulation_output_id": self.simulation_output_id,
            "status": "COMPLETED",
            "attempt": 1,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "hints": [],
        } | more

    @property
    def expected(self) -> set[str]:
        """Ids of the spans that must be imported for it."""
        return {span.span_id for span in self.spans if span.simulation == self.simulation_output_id}

    def to_json(self) -> dict[str, Any]:
        """What `from_json` takes."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Conversation:
        """A conversation that was written down."""
        return cls(**{**value, "spans": [SentSpan(**span) for span in value["spans"]]})


class Agent:
    """Sends to one project of one Phoenix. Leave its `with` block to be sure that everything is sent."""

    def __init__(self, phoenix_url: str, project: str, seed: str) -> None:
        self._provider = TracerProvider(resource=Resource({"openinference.project.name": project}), id_generator=_SeededIds(seed))
        exporter = OTLPSpanExporter(f"{phoenix_url}/v1/traces", timeout=60)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=20_000, max_export_batch_size=500))
        self._tracer: Tracer = self._provider.get_tracer("voice-agent")

    def __enter__(self) -> Agent:
        return self

    def __exit__(self, *_: object) -> None:
        self.send()
        self._provider.shutdown()

    def send(self) -> None:
        """Sends what has ended by now: what is still open comes later, as from an agent whose spans are slow."""
        self._provider.force_flush(120_000)

    def call(self, simulation_output_id: str, window: Window) -> Call:
        """Begins a call."""
        text = (window.started_at.isoformat().replace("+00:00", "Z"), window.ended_at.isoformat().replace("+00:00", "Z"))
        return Call(self._tracer, Conversation(simulation_output_id, *text), window)


class Call:
    """One call while it is being traced. Times are seconds from its start."""

    def __init__(self, tracer: Tracer, conversation: Conversation, window: Window) -> None:
        self._tracer, self.conversation, self.window = tracer, conversation, window

    @contextmanager
    def span(
        self, name: str, kind: str, start: float, end: float, parent: Span | None = None, owner: str | None = "", **attributes: Any
    ) -> Iterator[Span]:
        """A span around its children: it is sent when it ends, so the root comes last. It belongs to the call unless `owner` says else.

        Attribute names are given with `__` for a dot.
        """
        context = set_span_in_context(parent) if parent else None
        given = {"openinference.span.kind": kind} | {key.replace("__", "."): value for key, value in attributes.items()}
        span = self._tracer.start_span(name, context, attributes=given, start_time=_nanoseconds(self.window.at(start)))
        identity = span.get_span_context()
        simulation = self.conversation.simulation_output_id if owner == "" else owner
        self.conversation.spans.append(SentSpan(f"{identity.trace_id:032x}", f"{identity.span_id:016x}", name, simulation))
        yield span
        span.end(_nanoseconds(self.window.at(end)))

    def leaf(
        self, name: str, kind: str, start: float, end: float, parent: Span | None = None, owner: str | None = "", **attributes: Any
    ) -> None:
        """A span without children."""
        with self.span(name, kind, start, end, parent, owner, **attributes):
            pass

    def failed_tool(self, name: str, start: float, end: float, parent: Span, error: Exception, **attributes: Any) -> None:  # noqa: ANN401
        """A tool call that ended with an exception, recorded as the SDK records one."""
        with self.span(name, "TOOL", start, end, parent, **attributes) as span:
            span.record_exception(error, timestamp=_nanoseconds(self.window.at(end)))
            span.set_status(StatusCode.ERROR, str(error))


class _SeededIds(IdGenerator):
    """Ids that are the same again for the same seed."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def generate_trace_id(self) -> int:
        return self._random.getrandbits(128) or 1

    def generate_span_id(self) -> int:
        return self._random.getrandbits(64) or 1


def _nanoseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000) * 1000
