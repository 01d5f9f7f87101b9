"""The observations of one call from Langfuse, by Langfuse's own SDK."""

from __future__ import annotations

from collections.abc import Iterator

from langfuse import Langfuse
from langfuse.api import ObservationV2
from trace_store import PAD, Job, Span, model_call, serve, source, text

FIELDS = "core,basic,time,io,metadata,model,usage,trace_context"
MODEL_CALLS = ("GENERATION", "EMBEDDING")


def spans(client: Langfuse, job: Job) -> Iterator[Span]:
    """All observations of the traces that bear the call's id."""
    found: list[ObservationV2] = []
    cursor: str | None = None
    while True:
        page = client.api.observations.get_many(
            fields=FIELDS, limit=1_000, cursor=cursor, from_start_time=job.start - PAD, to_start_time=job.end + PAD, request_options={"timeout_in_seconds": 60}
        )
        found += page.data
        cursor = page.meta.cursor
        if not cursor:
            break
    ours = {one.trace_id for one in found if (one.metadata or {}).get("simulation_output_id") == job.simulation}
    return (_shaped(one) for one in found if one.trace_id in ours)


def _shaped(one: ObservationV2) -> Span:
    trace, name, is_model_call = one.trace_id or "", one.name or "", one.type in MODEL_CALLS
    attributes = source(name, one.id, trace)
    attributes["langfuse.observation.type"] = one.type.lower()
    attributes["langfuse.project.id"] = one.project_id
    if one.level:
        attributes["langfuse.observation.level"] = one.level
    if one.parent_observation_id:
        attributes["langfuse.observation.parent_id"] = one.parent_observation_id
    for key, value in (one.metadata or {}).items():
        attributes[f"langfuse.observation.metadata.{key}"] = text(value)
    if one.input is not None:
        attributes["langfuse.observation.input"] = attributes["input"] = text(one.input)
    if one.output is not None:
        attributes["langfuse.observation.output"] = attributes["output"] = text(one.output)
    if is_model_call:
        usage = one.usage_details or {}
        attributes |= model_call(one.model, usage.get("input"), usage.get("output"))
        if one.model:
            attributes["langfuse.observation.model.name"] = one.model
        if usage:
            attributes["langfuse.observation.usage_details"] = text(usage)
    return Span(
        trace=trace,
        id=one.id,
        parent=one.parent_observation_id or "",
        name="llm" if is_model_call else name,
        kind="Client" if is_model_call else "Internal",
        start=one.start_time,
        end=one.end_time or one.start_time,
        status="Error" if one.level == "ERROR" else "Unset",
        attributes=attributes,
    )


if __name__ == "__main__":
    JOB = Job.read()
    CLIENT = Langfuse(public_key="pk-lf-bench", secret_key="sk-lf-bench", base_url=JOB.platform, tracing_enabled=False)  # noqa: S106 - no secret
    serve(JOB, "langfuse", lambda: spans(CLIENT, JOB))
