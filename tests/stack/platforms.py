"""What the platforms of a stack hold: the calls that `events/` speaks of, and those of the demo once there was one.

Phoenix keeps what it was sent. The stand-ins forget when they stop, so they are filled each time that the stack is brought up.
"""

from __future__ import annotations

import calls
import scenario
import stand_ins
from agent import Agent
from client import Client, wait_until
from packages import binaries
from progress import say
from settings import STAND_INS, Settings

EVENTS = {"langfuse": calls.for_langfuse, "langsmith": calls.for_langsmith}


def fill(settings: Settings) -> None:
    """Whoever replays a file of `events/` after this imports what it says. Again it is quick, and changes nothing."""
    client = Client(settings)
    fill_phoenix(client)
    fill_stand_ins(settings)
    for provider, connection in calls.connections(settings).items():
        client.connect(calls.ORGANIZATION, provider, **connection)
    say(f"the calls of events/ are on the platforms, and organization {calls.ORGANIZATION} is connected to them")


def fill_phoenix(client: Client) -> None:
    """Does not wait for the largest call, whose 5,001 spans keep Phoenix busy for half a minute or more."""
    if _is_shown(client, calls.LIMITED):
        return
    with Agent(client.settings.phoenix_url, calls.PROJECT, "the calls of events/") as agent:
        ordinary = calls.ordinary(agent)
        agent.send()
        client.wait_for_phoenix(calls.PROJECT, ordinary)
        calls.largest(agent)


def wait_for_the_largest(client: Client) -> None:
    """Returns once Phoenix shows the largest call to its last span."""
    wait_until(lambda: _is_shown(client, calls.LIMITED), 240, "the largest call of events/ is in Phoenix", every=1)


def span_ids_in_phoenix(client: Client, call: str, **filters: str) -> set[str]:
    """What Phoenix shows of a call."""
    window = calls.WINDOWS[call]
    bounds = {"start_time": window.started_at.isoformat(), "end_time": window.ended_at.isoformat()}
    return {span["context"]["span_id"] for span in client.spans_in_phoenix(calls.PROJECT, **bounds, **filters)}


def _is_shown(client: Client, call: str) -> bool:
    """Phoenix shows the call's root: it was sent last, and Phoenix takes spans in their order."""
    return bool(span_ids_in_phoenix(client, call, parent_id="null"))


def fill_stand_ins(settings: Settings) -> None:
    """Puts into them all that there is to hold: each platform's projects of `events/` and of the demo."""
    demo = scenario.on_stand_ins(settings)
    for provider in played(settings):
        held, _ = EVENTS[provider]()
        if provider in demo:
            held = {projects: [*held[projects], *more] for projects, more in demo[provider][0].items()}
        stand_ins.set_scenario(settings, provider, held)


def played(settings: Settings) -> list[str]:
    """The providers whose function and stand-in are both built."""
    built = binaries(settings)
    return [provider for provider in STAND_INS if all((built / name).is_file() for name in (provider, f"stand-in-{provider}"))]
