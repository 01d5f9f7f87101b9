"""A conversation as an agent's own OpenTelemetry SDK sends it, and the rows that the collector's ClickHouse exporter writes of it.

The rows are built from the exporter's schema and from the names of Coval's span naming conventions and of OpenTelemetry's, and not from what an
import stores. That ingestion adds the three `coval.*` names to the resource is what docs/ARCHITECTURE.md assumes of native rows.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from agent import Window
from client import Client

Row = dict[str, Any]
SERVICE = "voice-agent"
"""The agent's own `service.name`."""


@dataclass
class Sent:
    """A span: its name, the name of its parent's key, when it began and ended in seconds of the call."""

    key: str
    parent: str | None
    name: str
    start: float
    end: float
    attributes: dict[str, Any] = field(default_factory=dict)
    error: str | None = None

    def ids(self, simulation: str) -> tuple[str, str]:
        """Trace and span, in hex."""
        return hexadecimal(simulation, 32), hexadecimal(f"{simulation} {self.key}", 16)


def hexadecimal(text: str, digits: int) -> str:
    """An id that is the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()[:digits]


def booking_call(simulation: str, *, fails: bool) -> list[Sent]:
    """Two turns: the model asks for two tools, of which the second fails or not; the agent answers. The root bears the simulation's id."""
    said = {1: "Could we move it to Friday?", 2: "Then Thursday, please."}
    spans = [Sent("root", None, "conversation", 0.25, 31, {"simulation_output_id": simulation})]
    for number, offset in ((1, 1.0), (2, 12.0)):
        turn = f"turn {number}"
        spans += [
            Sent(turn, "root", "turn", offset, offset + 8),
            Sent(f"stt {number}", turn, "stt", offset + 0.125, offset + 1.5, {"metrics.ttfb": 0.2 + number / 100, "transcript": said[number]}),
            _model_call(number, turn, offset + 1.75, said[number]),
            Sent(f"tts {number}", turn, "tts", offset + 5, offset + 7.5, {"metrics.ttfb": 0.125 * number, "input": "Of course."}),
        ]
    spans += [
        _tool_call("1", "turn 1", "find_booking", 3.875, 4.25),
        _tool_call("2", "turn 1", "move_booking", 4.5, 5.75, "Friday is fully booked" if fails else None),
    ]
    return sorted(spans, key=lambda span: span.start)


def _model_call(number: int, parent: str, start: float, said: str) -> Sent:
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4.1-mini",
        "gen_ai.provider.name": "openai",
        "gen_ai.usage.input_tokens": 400 + 7 * number,
        "gen_ai.usage.output_tokens": 30 + number,
        "metrics.ttfb": 0.25 + number / 8,
        "llm.finish_reason": "stop",
        "input": said,
        "output": "Of course.",
    }
    return Sent(f"llm {number}", parent, "llm", start, start + 1.25, attributes)


def _tool_call(number: str, parent: str, tool: str, start: float, end: float, error: str | None = None) -> Sent:
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": tool,
        "function.name": tool,
        "function.arguments": json.dumps({"name": "Ada Lovelace"}),
        "tool_call_id": f"call_{number}",
    }
    return Sent(f"tool {number}", parent, "llm_tool_call", start, end, attributes, error)


def exporter_rows(organization: str, run: str, simulation: str, spans: list[Sent], window: Window, **resource: str) -> list[Row]:
    """What the exporter writes: every attribute as text, times in nanoseconds, its words for kinds and statuses."""
    names = {
        "service.name": SERVICE,
        "telemetry.sdk.language": "python",
        "telemetry.sdk.name": "opentelemetry",
        "coval.organization_id": organization,
        "coval.run_id": run,
        "coval.simulation_output_id": simulation,
    }
    begins = round(window.started_at.timestamp()) * 1_000_000_000
    ids = {span.key: span.ids(simulation) for span in spans}

    def row(span: Sent) -> Row:
        start, end = (begins + round(seconds * 1_000_000_000) for seconds in (span.start, span.end))
        return {
            "Timestamp": f"{start // 1_000_000_000}.{start % 1_000_000_000:09}",
            "TraceId": ids[span.key][0],
            "SpanId": ids[span.key][1],
            "ParentSpanId": ids[span.parent][1] if span.parent else "",
            "TraceState": "",
            "SpanName": span.name,
            "SpanKind": "Internal",
            "ServiceName": SERVICE,
            "ResourceAttributes": names | resource,
            "ScopeName": "voice_agent",
            "ScopeVersion": "1.0",
            "SpanAttributes": {name: as_text(value) for name, value in span.attributes.items()},
            "Duration": end - start,
            "StatusCode": "Error" if span.error else "Unset",
            "StatusMessage": span.error or "",
        }

    return [row(span) for span in spans]


def as_text(value: Any) -> str:  # noqa: ANN401
    """An attribute's value as the collector writes it where text is wanted."""
    return value if isinstance(value, str) else json.dumps(value)


def write_rows(client: Client, rows: list[Row]) -> None:
    """Inserts rows as native ingestion does."""
    body = "\n".join(json.dumps(row) for row in rows).encode()
    client.sql("INSERT INTO otel_traces FORMAT JSONEachRow", body, async_insert="0")
