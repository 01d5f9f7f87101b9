"""The spans of one call from Phoenix, by Phoenix's own client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from phoenix.client import Client
from trace_store import PAD, Job, Span, model_call, serve, source, text

OPERATIONS = {"LLM": "chat", "AGENT": "invoke_agent", "TOOL": "execute_tool", "EMBEDDING": "embeddings", "RETRIEVER": "retrieval"}
STATUSES = {"OK": "Ok", "ERROR": "Error", "UNSET": "Unset"}


def spans(client: Client, job: Job) -> Iterator[Span]:
    """All spans of the traces that bear the call's id."""
    found = client.spans.get_spans(project_identifier=job.project, start_time=job.start - PAD, end_time=job.end + PAD, limit=5_000, timeout=60)
    ours = {span["context"]["trace_id"] for span in found if span["attributes"].get("simulation_output_id") == job.simulation}
    return (_shaped(span) for span in found if span["context"]["trace_id"] in ours)


def _shaped(span: Any) -> Span:  # noqa: ANN401 - the client's types are generated, and leave attributes open
    trace, own, name, kind = span["context"]["trace_id"], span["context"]["span_id"], span["name"], span["span_kind"]
    told = span["attributes"]
    attributes = {key: text(value) for key, value in told.items()} | source(name, own, trace)
    attributes["openinference.span.kind"] = kind
    if "input.value" in attributes:
        attributes["input"] = attributes["input.value"]
    if "output.value" in attributes:
        attributes["output"] = attributes["output.value"]
    if kind == "LLM":
        attributes |= model_call(told.get("llm.model_name"), told.get("llm.token_count.prompt"), told.get("llm.token_count.completion"))
    elif operation := OPERATIONS.get(kind):
        attributes["gen_ai.operation.name"] = operation
        if kind == "AGENT":
            attributes["gen_ai.agent.name"] = name
    return Span(
        trace=trace,
        id=own,
        parent=span["parent_id"] or "",
        name="llm" if kind == "LLM" else name,
        kind="Internal",
        start=datetime.fromisoformat(span["start_time"]),
        end=datetime.fromisoformat(span["end_time"]),
        status=STATUSES[span["status_code"]],
        attributes=attributes,
    )


if __name__ == "__main__":
    JOB = Job.read()
    CLIENT = Client(base_url=JOB.platform)
    serve(JOB, "arize", lambda: spans(CLIENT, JOB))
