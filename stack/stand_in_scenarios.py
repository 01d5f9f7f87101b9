"""Calls as Langfuse and LangSmith hold them: scenarios for their stand-ins, with what must be imported of them."""

from __future__ import annotations

import hashlib
import json
import urllib.request
import uuid
from datetime import timedelta
from typing import Any

from agent import Conversation, SentSpan, Window
from settings import Settings

Scenario = dict[str, Any]
Row = dict[str, Any]
Tags = dict[str, str | None]
"""For each trace's name, by which simulation's id it is tagged (None: not at all)."""
Calls = dict[str, Conversation]
Connection = dict[str, str]
LANGFUSE = {"public_key": "pk-lf-demo", "secret_key": "sk-lf-demo"}
LANGSMITH = {"api_key": "lsv2_pt_demo", "project_name": "voice"}
ANSWER, TOKENS = "Thursday at ten, then.", {"input": 412, "output": 38}


def set_scenario(settings: Settings, provider: str, scenario: Scenario) -> None:
    """Puts a scenario into a stand-in, in place of what it held."""
    url = f"{settings.stand_in_url(provider)}/_scenario"
    request = urllib.request.Request(url, json.dumps(scenario).encode(), {"Content-Type": "application/json"}, method="PUT")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status < 300, answer.status


def requests(settings: Settings, provider: str) -> list[dict[str, Any]]:
    """What a stand-in was asked since its scenario was put into it: path, query, and the status that it answered."""
    with urllib.request.urlopen(f"{settings.stand_in_url(provider)}/_requests", timeout=30) as answer:
        return json.load(answer)


def langfuse(tags: Tags, window: Window) -> tuple[Scenario, Calls]:
    """A trace a call."""
    rows, calls = observations(tags, window)
    return langfuse_project(rows, LANGFUSE), calls


def langsmith(tags: Tags, window: Window) -> tuple[Scenario, Calls]:
    """The same for LangSmith. An imported span's id is the end of its run's."""
    rows, calls = runs(tags, window)
    return langsmith_project(rows, LANGSMITH), calls


def langfuse_project(rows: list[Row], keys: Connection) -> Scenario:
    """A project that these keys open."""
    return {"projects": [{"id": keys["public_key"], "name": "voice", **keys, "observations": rows}]}


def langsmith_project(rows: list[Row], keys: Connection) -> Scenario:
    """A project in a workspace that this key opens."""
    project = {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, keys["project_name"])), "name": keys["project_name"], "runs": rows}
    return {"tenants": [{"id": str(uuid.uuid5(uuid.NAMESPACE_URL, keys["api_key"])), "keys": [{"key": keys["api_key"]}], "projects": [project]}]}


def observations(tags: Tags, window: Window) -> tuple[list[Row], Calls]:
    """What Langfuse holds of calls: a trace for each."""
    rows: list[Row] = []
    calls = {}
    for name, simulation in tags.items():
        ids = [hashlib.sha256(f"langfuse {name} {number}".encode()).hexdigest() for number in range(5)]
        trace, (root, heard, model, tool) = ids[0][:32], [identity[:16] for identity in ids[1:]]
        tag = {"trace_metadata": {"simulation_output_id": simulation}} if simulation else {}
        common = {"trace_id": trace}
        rows += [
            common | _times(window, 0.5, 31) | {"id": root, "name": "conversation", "input": "Hello?"} | tag,
            common | _times(window, 1, 2) | {"id": heard, "parent": root, "name": "stt", "output": "Could we say Thursday?"},
            common
            | _times(window, 2, 4)
            | {"id": model, "parent": root, "name": "answer", "type": "GENERATION", "model": "gpt-4.1-mini", "usage": TOKENS, "output": ANSWER}
            | {"completion_start": _text(window, 2.4)},
            common | _times(window, 2.6, 3) | {"id": tool, "parent": root, "name": "find_booking", "type": "TOOL", "input": {"name": "Ada Lovelace"}},
        ]
        calls[name] = _conversation(simulation, window, trace, {root: "conversation", heard: "stt", model: "answer", tool: "find_booking"})
    return rows, calls


def runs(tags: Tags, window: Window) -> tuple[list[Row], Calls]:
    """What LangSmith holds of calls: a tree of runs for each."""
    rows: list[Row] = []
    calls = {}
    for name, simulation in tags.items():
        root, model, tool = (str(uuid.uuid5(uuid.NAMESPACE_URL, f"langsmith {name} {number}")) for number in range(3))
        metadata = {"metadata": {"simulation_output_id": simulation}} if simulation else {}
        usage = {"usage_metadata": {"input_tokens": 412, "output_tokens": 38, "total_tokens": 450}}
        rows += [
            {"id": root, "name": "handle_call", "run_type": "chain", "extra": metadata, **_run_times(window, 0.5, 31)},
            {"id": model, "parent_run_id": root, "name": "ChatOpenAI", "run_type": "llm", "outputs": usage, **_run_times(window, 2, 4)}
            | {"extra": {"metadata": {"ls_model_name": "gpt-4.1-mini", "ls_provider": "openai"}}},
            {"id": tool, "parent_run_id": root, "name": "find_booking", "run_type": "tool", **_run_times(window, 2.6, 3)},
        ]
        names = {root: "handle_call", model: "ChatOpenAI", tool: "find_booking"}
        spans = {span_id(identity): called for identity, called in names.items()}
        calls[name] = _conversation(simulation, window, root.replace("-", ""), spans)
    return rows, calls


def more_runs(call: list[Row], count: int) -> list[Row]:
    """So many further tool calls of a call."""
    tool = call[-1]
    return [tool | {"id": str(uuid.uuid5(uuid.UUID(tool["id"]), str(number)))} for number in range(count)]


def span_id(run: str) -> str:
    """The id of the span that is imported of a run."""
    return run.replace("-", "")[-16:]


def _conversation(simulation: str | None, window: Window, trace: str, spans: dict[str, str]) -> Conversation:
    sent = [SentSpan(trace, identity, name, simulation) for identity, name in spans.items()]
    return Conversation(simulation or "", _text(window, 0), _text(window, (window.ended_at - window.started_at).total_seconds()), sent)


def _times(window: Window, start: float, end: float) -> dict[str, str]:
    return {"start": _text(window, start), "end": _text(window, end)}


def _run_times(window: Window, start: float, end: float) -> dict[str, str]:
    return {"start_time": _text(window, start), "end_time": _text(window, end)}


def _text(window: Window, seconds: float) -> str:
    moment = window.started_at + timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
