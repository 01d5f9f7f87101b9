"""What the platforms of a stack hold: the calls that `events/` speaks of, and those of the demo once there was one.

Phoenix keeps what it was sent. The stand-ins forget when they stop, so they are filled each time that the stack is brought up.
"""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

import demo_calls
import events_calls
import stand_in_scenarios
from agent import Agent, Conversation
from background_process import Service
from binaries import binaries
from client import Client, wait_until
from progress import say
from settings import STAND_INS, Settings

AT_ONCE = 100
EVENTS = {"langfuse": events_calls.for_langfuse, "langsmith": events_calls.for_langsmith}


def fill(settings: Settings) -> None:
    """Whoever replays a file of `events/` after this imports what it says. Again it is quick, and changes nothing."""
    client = Client(settings)
    fill_phoenix(client)
    fill_stand_ins(settings)
    for provider, connection in events_calls.connections(settings).items():
        client.connect(events_calls.ORGANIZATION, provider, **connection)
    say(f"the calls of events/ are on the platforms, and organization {events_calls.ORGANIZATION} is connected to them")


def fill_phoenix(client: Client) -> None:
    """Leaves the largest call to a process of its own: Phoenix takes half a minute or more for its 5,001 spans."""
    if _is_shown(client, events_calls.LIMITED):
        return
    with Agent(client.settings.phoenix_url, events_calls.PROJECT, "the calls of events/") as agent:
        ordinary = events_calls.ordinary(agent)
    client.wait_for_phoenix(events_calls.PROJECT, ordinary)
    settings = client.settings
    environment = os.environ | {"PROFILE": settings.profile, "STATE": str(settings.state)}
    Service("fill-phoenix", [sys.executable, str(Path(__file__).resolve())], environment, "", settings.state).start()


def fill_phoenix_with_the_largest(client: Client) -> None:
    """Sends it by and by, and not twice at a time: Phoenix takes spans in their order, so that others would wait behind all of it."""
    with (client.settings.state / "fill-phoenix.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        with Agent(client.settings.phoenix_url, events_calls.PROJECT, "the largest call of events/") as agent:

            def pace(call: Conversation) -> None:
                if len(call.spans) % AT_ONCE == 0:
                    agent.send()
                    last = call.spans[-1].span_id
                    wait_until(lambda: client.spans_in_phoenix(events_calls.PROJECT, span_id=last), 240, f"span {last} in Phoenix")

            events_calls.largest(agent, pace)


def wait_for_the_largest(client: Client) -> None:
    """Returns once Phoenix shows the largest call to its last span."""
    wait_until(lambda: _is_shown(client, events_calls.LIMITED), 400, "the largest call of events/ is in Phoenix", every=1)


def span_ids_in_phoenix(client: Client, call: str, **filters: str) -> set[str]:
    """What Phoenix shows of a call."""
    window = events_calls.WINDOWS[call]
    bounds = {"start_time": window.started_at.isoformat(), "end_time": window.ended_at.isoformat()}
    return {span["context"]["span_id"] for span in client.spans_in_phoenix(events_calls.PROJECT, **bounds, **filters)}


def fill_stand_ins(settings: Settings) -> None:
    """Puts into them all that there is to hold: each platform's projects of `events/` and of the demo."""
    demo = demo_calls.on_stand_ins(settings)
    for provider in played(settings):
        held, _ = EVENTS[provider]()
        if provider in demo:
            held = {projects: [*held[projects], *more] for projects, more in demo[provider][0].items()}
        stand_in_scenarios.set_scenario(settings, provider, held)


def played(settings: Settings) -> list[str]:
    """The providers whose function and stand-in are both built."""
    built = binaries(settings)
    return [provider for provider in STAND_INS if all((built / name).is_file() for name in (provider, f"stand-in-{provider}"))]


def _is_shown(client: Client, call: str) -> bool:
    """Phoenix shows the call's root: it was sent last, and Phoenix takes spans in their order."""
    return bool(span_ids_in_phoenix(client, call, parent_id="null"))


if __name__ == "__main__":
    fill_phoenix_with_the_largest(Client(Settings.read()))
