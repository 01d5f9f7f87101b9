"""The calls that `events/` speaks of, with their traces in Phoenix: whoever replays one of those files imports what it says.

Ids are the same again every time, so that filling a Phoenix twice adds nothing to it.
"""

from __future__ import annotations

from datetime import datetime

import conversations
from agent import Agent, Conversation, Window
from client import Client

ORGANIZATION = "caf26438"
PROJECT = "voice-agent-of-the-events"
CAP = 5_000


def fill(client: Client) -> dict[str, Conversation]:
    """Sends the calls to the stack's Phoenix and connects their organization to it. Returns them by their ids."""
    with Agent(client.settings.phoenix_url, PROJECT, "the calls of events/") as agent:
        good = conversations.one_trace(agent, "3zfmuDbVQsi4GaseDtiVcS", _window("15:00:00", "15:04:41.250"))
        untagged = conversations.untagged(agent, "untagged-call", _window("16:00:00", "16:00:32"))
        limited = conversations.many_spans(agent, "limited-call", _window("17:00:00", "17:00:32"), CAP + 1)
    calls = [good, untagged, limited]
    client.wait_for_phoenix(PROJECT, calls, seconds=240)
    client.connect(ORGANIZATION, "arize", host=client.settings.phoenix_url, project_name=PROJECT)
    return {call.simulation_output_id: call for call in calls}


def _window(start: str, end: str) -> Window:
    return Window(*(datetime.fromisoformat(f"2026-11-20T{time}+00:00") for time in (start, end)))
