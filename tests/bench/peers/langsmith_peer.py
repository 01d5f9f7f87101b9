"""The runs of one call from LangSmith, by LangSmith's own SDK."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from uuid import UUID

from langsmith import Client
from langsmith.types.run import Run
from trace_store import PAD, Job, Span, model_call, serve, source, text

SELECTS = (
    "ID TRACE_ID PARENT_RUN_IDS PROJECT_ID NAME RUN_TYPE STATUS START_TIME END_TIME INPUTS OUTPUTS METADATA ERROR PROMPT_TOKENS COMPLETION_TOKENS".split()
)
STATUSES = {"success": "Ok", "error": "Error"}


async def _runs(client: Client, project: str, job: Job) -> list[Run]:
    query = client.runs.query(
        project_ids=[project], min_start_time=job.start - PAD, max_start_time=job.end + PAD, page_size=500, selects=SELECTS, timeout=60
    )
    return [run async for run in query]


def spans(client: Client, runner: asyncio.Runner, project: str, job: Job) -> Iterator[Span]:
    """All runs of the traces that bear the call's id."""
    found = runner.run(_runs(client, project, job))
    ours = {run.trace_id for run in found if (run.metadata or {}).get("simulation_output_id") == job.simulation}
    return (_shaped(run) for run in found if run.trace_id in ours)


def _shaped(run: Run) -> Span:
    parent = run.parent_run_ids[-1] if run.parent_run_ids else None
    kind, status, is_model_call = run.run_type.lower(), run.status.lower(), run.run_type.lower() == "llm"
    attributes = source(run.name, run.id, run.trace_id) | {
        "langsmith.run_id": run.id,
        "langsmith.trace_id": run.trace_id,
        "langsmith.run_name": run.name,
        "langsmith.run_type": kind,
        "langsmith.session_id": run.project_id,
        "langsmith.status": status,
    }
    if parent:
        attributes["langsmith.parent_run_id"] = parent
    for key, value in (run.metadata or {}).items():
        attributes[f"langsmith.metadata.{key}"] = text(value)
        if key == "simulation_output_id":
            attributes[key] = text(value)
    if run.inputs is not None:
        attributes["input"] = text(run.inputs)
    if run.outputs is not None:
        attributes["output"] = text(run.outputs)
    if is_model_call:
        attributes |= model_call((run.metadata or {}).get("ls_model_name"), run.prompt_tokens, run.completion_tokens)
        attributes["langsmith.usage_estimated"] = "true"
    return Span(
        trace=UUID(run.trace_id).hex,
        id=UUID(run.id).hex[16:],
        parent=UUID(parent).hex[16:] if parent else "",
        name="llm" if is_model_call else run.name,
        kind="Client" if is_model_call else "Internal",
        start=run.start_time,
        end=run.end_time or run.start_time,
        status=STATUSES.get(status, "Unset"),
        attributes=attributes,
    )


if __name__ == "__main__":
    JOB = Job.read()
    CLIENT = Client(api_url=f"{JOB.platform}/api/v1", api_key="lsv2_pt_bench", auto_batch_tracing=False)
    PROJECT = str(CLIENT.read_project(project_name=JOB.project).id)
    with asyncio.Runner() as RUNNER:
        serve(JOB, "langsmith", lambda: spans(CLIENT, RUNNER, PROJECT, JOB))
