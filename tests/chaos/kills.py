"""SIGKILL at every call that an import makes: before the call is passed on, and after its answer came, which the process never sees.

There is no fail point in the product: a proxy before AWS, store and platform holds the call back and kills who made it. The message comes back by its
visibility timeout, the lease ends, and in the end every row is there once.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from agent import Conversation
from calls import Calls
from gate import Answer, CutOff, Gate, aws_kind, platform_kind, store_kind
from ground import PROVIDERS, Ground
from lane import Lane
from progress import say
from sandbox import Sandbox

SIDE_BY_SIDE = 32
# Scaled down like the times of the `test` profile: a lease is 15 s longer than the function may live.
TIMEOUT_SECONDS, BUDGET_SECONDS = 8, 6
LONGEST_SECONDS = 150.0


@dataclass(frozen=True)
class Point:
    """Where a process is killed: at the `number`-th call of a kind, in which phase."""

    kind: str
    number: int
    phase: str

    def __str__(self) -> str:
        return f"{self.phase} {self.kind} {self.number}"


class Killer:
    """The hook that kills once. Without a point it only notes the calls."""

    def __init__(self, point: Point | None) -> None:
        self.point, self.sandbox, self.has_fired = point, None, False
        self.calls: list[str] = []
        self._lock, self._mine = threading.Lock(), threading.local()

    def __call__(self, kind: str, phase: str) -> Answer | None:
        with self._lock:
            if phase == "before":
                self.calls.append(kind)
                self._mine.number = self.calls.count(kind)
            if self.has_fired or Point(kind, self._mine.number, phase) != self.point:
                return None
            self.has_fired = True
        assert self.sandbox
        self.sandbox.kill()
        raise CutOff


@dataclass
class Seen:
    """What there is when all queues have come to rest."""

    expected: list[str]
    stored: list[str]
    item: dict[str, Any]
    at_rest: bool
    dead_letters: int
    outcomes: list[dict[str, Any]]
    has_fired: bool
    deaths: int
    seconds: float = 0.0
    calls: list[str] = field(default_factory=list)


def faults(seen: Seen) -> list[str]:
    """What is wrong with that; nothing if all is right."""
    stored, expected = Counter(seen.stored), Counter(seen.expected)
    checks = [
        (seen.has_fired, "the process was not killed: it never made this call"),
        (seen.deaths == 1, f"{seen.deaths} processes were killed, not one"),
        (not expected - stored, f"{(expected - stored).total()} rows are lost"),
        (not stored - expected, f"{(stored - expected).total()} rows are doubled or foreign"),
        (bool(expected), "nothing was expected"),
        (seen.item.get("status") == "imported" and "next_pass" not in seen.item, f"the ledger says {seen.item}"),
        (seen.at_rest, "the queue did not come to rest"),
        (seen.dead_letters == 0, f"{seen.dead_letters} dead letters"),
        (any(outcome["final"] for outcome in seen.outcomes), "the end was announced to nobody"),
    ]
    return [text for is_right, text in checks if not is_right]


class Kills:
    """All points of one function."""

    def __init__(self, ground: Ground, function: str) -> None:
        self.ground, self.function = ground, function
        self.provider = function if function in PROVIDERS else "arize"
        self.calls = Calls(ground, f"kill-{function}")

    def points(self) -> list[Point]:
        """Every call of an import that goes well, in both phases. What comes after an acknowledgement is nothing."""
        seen = self.meet(self.calls.make(self.provider, 1)[0], None, "straight")
        assert faults(seen) == ["the process was not killed: it never made this call", "0 processes were killed, not one"], faults(seen)
        numbers: Counter[str] = Counter()
        found = []
        for kind in seen.calls:
            numbers[kind] += 1
            found += [Point(kind, numbers[kind], phase) for phase in ("before", "after") if (kind, phase) != ("acknowledge", "after")]
        return found

    def meet(self, call: Conversation, point: Point | None, name: str) -> Seen:
        """One import, in the course of which its process is killed at the point."""
        began, client, settings = time.monotonic(), self.ground.client, self.ground.stack.settings
        name = f"{self.ground.run}-{self.function}-{name}"
        lane = Lane(client, name, TIMEOUT_SECONDS)
        killer = Killer(point)
        with contextlib.ExitStack() as opened:
            gates = [(settings.aws_url, aws_kind), (settings.clickhouse_url, store_kind), (self.calls.host(self.provider), platform_kind)]
            aws, store, platform = (opened.enter_context(Gate(url, kind, killer)).url for url, kind in gates)
            # Behind fanout the importer is not what is killed: it goes to the platform itself.
            host = self.calls.host(self.provider) if self.function == "fanout" else platform
            client.connect(name, self.provider, **self.calls.connection(self.provider, host))
            addresses = {"AWS_ENDPOINT_URL": aws, "CLICKHOUSE_URL": store}
            if self.function == "fanout":
                return self._through_fanout(call, killer, name, lane, addresses, began)
            sandbox = opened.enter_context(contextlib.closing(self._sandbox(self.provider, name, killer, lane.environment | addresses)))
            killer.sandbox = sandbox
            lane.send(call.event(name) | {"provider": self.provider, "pass": 0})
            at_rest = lane.run(sandbox, LONGEST_SECONDS)
            return self._seen(call, killer, name, lane, at_rest, sandbox.deaths, began)

    def _through_fanout(self, call: Conversation, killer: Killer, name: str, lane: Lane, addresses: dict[str, str], began: float) -> Seen:
        """The event through fanout, which is killed; then what it sent through an importer, which is not."""
        events = Lane(self.ground.client, f"{name}-events", TIMEOUT_SECONDS)
        own = events.environment | addresses | {"PROVIDER_QUEUES": json.dumps({self.provider: lane.queue})}
        own.pop("OUTCOME_QUEUE_URL")
        with contextlib.closing(self._sandbox("fanout", name, killer, own)) as fanout:
            killer.sandbox = fanout
            events.send(call.event(name))
            at_rest = events.run(fanout, LONGEST_SECONDS)
        with contextlib.closing(self._sandbox(self.provider, f"{name}-import", None, lane.environment)) as importer:
            at_rest &= lane.run(importer, LONGEST_SECONDS)
        seen = self._seen(call, killer, name, lane, at_rest, fanout.deaths, began)
        seen.dead_letters += events.left(events.dead_letters)
        return seen

    def _sandbox(self, function: str, name: str, killer: Killer | None, changes: dict[str, str]) -> Sandbox:
        times = {"FUNCTION_TIMEOUT_SECONDS": str(TIMEOUT_SECONDS), "BUDGET_SECONDS": str(BUDGET_SECONDS)}
        environment = self.ground.environment(function, **times, **changes)

        def acknowledged(kind: str) -> None:
            with contextlib.suppress(CutOff):
                if killer:
                    killer(kind, "before")

        return Sandbox(self.ground.binary(function), environment, self.ground.logs / f"{name}.log", TIMEOUT_SECONDS, acknowledged)

    def _seen(self, call: Conversation, killer: Killer, name: str, lane: Lane, at_rest: bool, deaths: int, began: float) -> Seen:
        simulation = call.simulation_output_id
        return Seen(
            expected=sorted(call.expected),
            stored=sorted(row["SpanId"] for row in self.ground.client.stored_spans(name, simulation)),
            item=self.ground.client.ledger(name, simulation).get(f"1#{self.provider}", {}),
            at_rest=at_rest,
            dead_letters=lane.left(lane.dead_letters),
            outcomes=lane.announced(),
            has_fired=killer.has_fired,
            deaths=deaths,
            seconds=time.monotonic() - began,
            calls=killer.calls,
        )


def run(ground: Ground, functions: tuple[str, ...] = ("fanout", *PROVIDERS)) -> list[tuple[str, Point, Seen, list[str]]]:
    """Kills each function at each of its calls, side by side."""
    work = []
    for function in functions:
        kills = Kills(ground, function)
        points = kills.points()
        say(f"kill: {function} makes {len([point for point in points if point.phase == 'before'])} calls for an import: {len(points)} kills")
        work += [(kills, call, point) for call, point in zip(kills.calls.make(kills.provider, len(points)), points, strict=True)]
    numbered = list(enumerate(work))

    def one(entry: tuple[int, tuple[Kills, Conversation, Point]]) -> tuple[str, Point, Seen, list[str]]:
        number, (kills, call, point) = entry
        seen = kills.meet(call, point, str(number))
        wrong = faults(seen)
        say(f"kill {kills.function} {point}: {seen.seconds:.0f} s{'; WRONG: ' if wrong else ''}{'; '.join(wrong)}")
        return kills.function, point, seen, wrong

    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        return list(threads.map(one, numbered))
