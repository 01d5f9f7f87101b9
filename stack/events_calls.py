"""The calls that `events/` speaks of, as the three platforms hold them: whoever replays one of those files imports what it says.

Ids are the same again every time, so that sending a call to Phoenix twice adds nothing to it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import agent_calls
import stand_in_scenarios
from agent import Agent, Conversation, Window
from settings import Settings
from stand_in_scenarios import Connection, Scenario, Tags

SpanIds = dict[str, set[str]]
"""For each call, the ids that its spans have once they are imported."""

ORGANIZATION = "caf26438"
PROJECT = "voice-agent-of-the-events"
GOOD, UNTAGGED, LIMITED = "3zfmuDbVQsi4GaseDtiVcS", "untagged-call", "limited-call"
CAPS = {"arize": 5_000, "langfuse": 500, "langsmith": 500}
"""The most that is imported of a call: spans of Phoenix, traces of Langfuse, runs of LangSmith. LIMITED has one more."""


def _window(start: str, end: str) -> Window:
    return Window(*(datetime.fromisoformat(f"2026-11-20T{time}+00:00") for time in (start, end)))


WINDOWS = {
    GOOD: _window("15:00:00", "15:04:41.250"),
    UNTAGGED: _window("16:00:00", "16:00:32"),
    LIMITED: _window("17:00:00", "17:00:32"),
}
KEYS = {
    "langfuse": {"public_key": "pk-lf-events", "secret_key": "sk-lf-events"},
    "langsmith": {"api_key": "lsv2_pt_events", "project_name": PROJECT},
}


def connections(settings: Settings) -> dict[str, Connection]:
    """How their organization is connected to each provider."""
    return {
        "arize": {"host": settings.phoenix_url, "project_name": PROJECT},
        # Under `auto` it would depend on the order of the replays what comes of the untagged call.
        "langfuse": {"host": settings.stand_in_url("langfuse"), **KEYS["langfuse"], "correlation": "window"},
        "langsmith": {"host": settings.stand_in_url("langsmith"), **KEYS["langsmith"]},
    }


def ordinary(agent: Agent) -> list[Conversation]:
    """The agent has the calls but for the largest."""
    return [agent_calls.one_trace(agent, GOOD, WINDOWS[GOOD]), agent_calls.untagged(agent, UNTAGGED, WINDOWS[UNTAGGED])]


def largest(agent: Agent, pace: Callable[[Conversation], None]) -> Conversation:
    """The agent has the largest call, and `pace` is called after each span. The root is the last to be sent."""
    return agent_calls.many_spans(agent, LIMITED, WINDOWS[LIMITED], CAPS["arize"] + 1, pace=pace)


def for_langfuse() -> tuple[Scenario, SpanIds]:
    """The calls as Langfuse holds them."""
    tags: dict[str, Tags] = {call: {f"events {call}": call if call == GOOD else None} for call in (GOOD, UNTAGGED)}
    tags[LIMITED] = {f"events {number}": LIMITED for number in range(CAPS["langfuse"] + 1)}
    rows = {call: stand_in_scenarios.observations(tags[call], window)[0] for call, window in WINDOWS.items()}
    held = {call: {row["id"] for row in rows[call]} for call in rows}
    return stand_in_scenarios.langfuse_project([row for call in rows.values() for row in call], KEYS["langfuse"]), held


def for_langsmith() -> tuple[Scenario, SpanIds]:
    """The calls as LangSmith holds them."""
    tags: dict[str, Tags] = {call: {f"events {call}": None if call == UNTAGGED else call} for call in WINDOWS}
    rows = {call: stand_in_scenarios.runs(tags[call], window)[0] for call, window in WINDOWS.items()}
    rows[LIMITED] += stand_in_scenarios.more_runs(rows[LIMITED], CAPS["langsmith"] + 1 - len(rows[LIMITED]))
    held = {call: {stand_in_scenarios.span_id(row["id"]) for row in rows[call]} for call in rows}
    return stand_in_scenarios.langsmith_project([row for call in rows.values() for row in call], KEYS["langsmith"]), held
