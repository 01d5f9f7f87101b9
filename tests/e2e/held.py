"""What each platform holds of a conversation that an agent sent to it, and what it does not hold.

Phoenix is a real server and gets the spans by OTLP. What Langfuse and LangSmith make of them is in docs/platforms/, and is put so into their
stand-ins: in LangSmith as its own integration for Pipecat writes runs.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from agent import Agent, Window
from native import Sent
from opentelemetry.trace import StatusCode, set_span_in_context

NOT_HELD = {
    "arize": {},
    "langfuse": {},
    "langsmith": {
        "stt_time_to_first_byte": "LangSmith keeps when a model's first token came, and of speech no such time (docs/platforms/langsmith.md)",
        "tts_time_to_first_byte": "the same",
    },
}
"""By provider, the metrics that its platform holds no value for, and why."""


def send_to_phoenix(agent: Agent, simulation: str, spans: list[Sent], window: Window) -> list[str]:
    """Sends them by the SDK. The ids are the SDK's; returns those of the spans."""
    tracer, open_spans, sent = agent._tracer, {}, []  # noqa: SLF001 - the SDK's own, with the agent's exporter

    def at(seconds: float) -> int:
        return round(window.at(seconds).timestamp() * 1_000_000) * 1000

    for span in spans:
        context = set_span_in_context(open_spans[span.parent]) if span.parent else None
        started = tracer.start_span(span.name, context, attributes=span.attributes, start_time=at(span.start))
        if span.error:
            started.set_status(StatusCode.ERROR, span.error)
        open_spans[span.key] = started
        sent.append(f"{started.get_span_context().span_id:016x}")
    for span in sorted(spans, key=lambda span: span.end):
        open_spans[span.key].end(at(span.end))
    return sent


def langfuse_rows(simulation: str, spans: list[Sent], window: Window) -> list[dict[str, Any]]:
    """Attributes stay in metadata; a model call becomes a generation, with model and tokens in fields of their own too; milliseconds."""

    def row(span: Sent) -> dict[str, Any]:
        trace, identity = span.ids(simulation)
        more: dict[str, Any] = {"parent": _parent(span, spans, simulation)} if span.parent else {}
        if span.name == "llm":
            usage = {kind: span.attributes[f"gen_ai.usage.{kind}_tokens"] for kind in ("input", "output")}
            more |= {"type": "GENERATION", "model": span.attributes["gen_ai.request.model"], "usage": usage}
        if span.name == "llm_tool_call":
            more |= {"type": "TOOL"}
        if span.error:
            more |= {"level": "ERROR", "status_message": span.error}
        times = {"start": _text(window, span.start), "end": _text(window, span.end)}
        return {"id": identity, "trace_id": trace, "name": span.name, "attributes": span.attributes} | times | more

    return [row(span) for span in spans]


def langsmith_rows(simulation: str, spans: list[Sent], window: Window) -> list[dict[str, Any]]:
    """A run a span; of the attributes those that it knows, in its own places; what is in no place of its own is gone."""

    def run_id(span: Sent) -> str:
        return str(uuid.UUID("0" * 16 + span.ids(simulation)[1]))

    def row(span: Sent) -> dict[str, Any]:
        run: dict[str, Any] = {"id": run_id(span), "name": span.name, "run_type": "chain", "inputs": {}, "outputs": {}}
        metadata, invocation = {}, {}
        if span.parent:
            run["parent_run_id"] = run_id(next(other for other in spans if other.key == span.parent))
        else:
            metadata["simulation_output_id"] = simulation  # the agent sends langsmith.metadata.simulation_output_id for it
        if span.name in ("stt", "tts"):
            run["run_type"], metadata["ls_message_view_exclude"] = "llm", True
        if span.name == "llm":
            tokens = {f"{kind}_tokens": span.attributes[f"gen_ai.usage.{kind}_tokens"] for kind in ("input", "output")}
            run |= {"run_type": "llm", "outputs": {"usage_metadata": tokens | {"total_tokens": sum(tokens.values())}}}
            run["first_token_time"] = _text(window, span.start + span.attributes["metrics.ttfb"])
            invocation["model"] = span.attributes["gen_ai.request.model"]
        if span.name == "llm_tool_call":
            run |= {"run_type": "tool", "inputs": json.loads(span.attributes["function.arguments"])}
            invocation["tool_name"] = metadata["tool_name"] = span.attributes["gen_ai.tool.name"]
        if span.error:
            run["error"] = span.error
        times = {"start_time": _text(window, span.start), "end_time": _text(window, span.end)}
        return run | times | {"extra": {"metadata": metadata, "invocation_params": invocation}}

    return [row(span) for span in spans]


def _parent(span: Sent, spans: list[Sent], simulation: str) -> str:
    return next(other for other in spans if other.key == span.parent).ids(simulation)[1]


def _text(window: Window, seconds: float) -> str:
    return window.at(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")

