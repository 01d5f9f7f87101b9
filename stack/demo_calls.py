"""The demo's calls: made and sent once for a stack, written down in its state, and found again by the next run."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import agent_calls
import stand_in_scenarios
from agent import Agent, Conversation, Window
from client import Client
from progress import say
from settings import Settings
from stand_in_scenarios import Scenario

ORGANIZATION = "demo"
CALL_SECONDS = 32
# The calls are over for longer than an importer waits for stragglers, so that it does not.
ENDED_SECONDS_AGO = 75


@dataclass
class Scene:
    """One call on one platform, and by which key its traces must be matched (None: they must not be)."""

    title: str
    conversation: Conversation
    matched_by: str | None
    provider: str = "arize"


def scenario(client: Client) -> tuple[str, list[Scene]]:
    """The Phoenix project and its calls, every span of them visible there."""
    if known := _remembered(client.settings):
        project, scenes = known
        if _missing(client, project, scenes) == 0:
            say(f"the calls are in Phoenix already (project {project})")
            return project, scenes
    run = secrets.token_hex(3)
    project = f"voice agent {run}"
    scenes = _send(client, project, run)
    say(f"the agent sent {len(_span_ids(scenes))} spans of {len(scenes)} calls by OTLP; waiting until Phoenix shows them")
    client.wait_for_phoenix(project, [scene.conversation for scene in scenes])
    file = _file(client.settings)
    file.write_text(json.dumps({"project": project, "scenes": [{**vars(scene), "conversation": scene.conversation.to_json()} for scene in scenes]}))
    return project, scenes


def on_stand_ins(settings: Settings) -> dict[str, tuple[Scenario, Scene]]:
    """The demo's first call on the platforms that stand-ins play, beside one of somebody else and one that nobody tagged; nothing
    before the first demo."""
    if not (known := _remembered(settings)):
        return {}
    call = known[1][0].conversation
    simulation = call.simulation_output_id
    window = Window(datetime.fromisoformat(call.started_at), datetime.fromisoformat(call.ended_at))
    tags = {"ours": simulation, "another call": f"not-{simulation}", "untagged": None}
    found = {}
    for provider, make in (("langfuse", stand_in_scenarios.langfuse), ("langsmith", stand_in_scenarios.langsmith)):
        held, calls = make({f"{provider} {name}": tag for name, tag in tags.items()}, window)
        found[provider] = held, Scene("the same call", calls[f"{provider} ours"], "simulation_output_id", provider)
    return found


def _file(settings: Settings) -> Path:
    return settings.state / "scenario.json"


def _remembered(settings: Settings) -> tuple[str, list[Scene]] | None:
    """The project and the calls of the last demo."""
    file = _file(settings)
    if not file.exists():
        return None
    remembered = json.loads(file.read_text())
    scenes = [Scene(**{**scene, "conversation": Conversation.from_json(scene["conversation"])}) for scene in remembered["scenes"]]
    return remembered["project"], scenes


def _send(client: Client, project: str, run: str) -> list[Scene]:
    end = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(seconds=ENDED_SECONDS_AGO)
    window = Window(end - timedelta(seconds=CALL_SECONDS), end)
    with Agent(client.settings.phoenix_url, project, run) as agent:
        whole = agent_calls.one_trace(agent, f"whole-call-{run}", window)
        turns = agent_calls.trace_per_turn(agent, f"trace-per-turn-{run}", window)
        untagged = agent_calls.untagged(agent, f"untagged-{run}", window)
        session = agent_calls.tagged_by_session(agent, f"by-session-{run}", window)
        first, second = agent_calls.shared_worker(agent, (f"worker-first-{run}", f"worker-second-{run}"), window)
    return [
        Scene("one trace for the call", whole, "simulation_output_id"),
        Scene("a trace per turn", turns, "simulation_output_id"),
        Scene("untagged", untagged, None),
        Scene("tagged by session.id", session, "session.id"),
        Scene("shared worker, first call", first, "simulation_output_id"),
        Scene("shared worker, second call", second, "simulation_output_id"),
    ]


def _span_ids(scenes: list[Scene]) -> set[str]:
    return {span.span_id for scene in scenes for span in scene.conversation.spans}


def _missing(client: Client, project: str, scenes: list[Scene]) -> int:
    return len(_span_ids(scenes) - {span["context"]["span_id"] for span in client.spans_in_phoenix(project)})
