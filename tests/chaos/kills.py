"""SIGKILL at every call that an import makes: before the call is passed on, and after its answer came, which the process never sees.

There is no fail point in the product: a proxy before AWS, store and platform holds the call back and kills who made it. The message comes back by its
visibility timeout, the lease ends, and in the end every row is there once.
"""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from agent import Conversation
from gate import Answer, CutOff
from ground import PROVIDERS, Ground
from imports import Imports, Seen, Times, faults
from progress import say
from sandbox import Sandbox

SIDE_BY_SIDE = 32
# A lease is 15 s longer than the function may live.
TIMES = Times(timeout=8, budget=6, patience=150)


@dataclass(frozen=True)
class Point:
    """Where a process is killed: at the `number`-th call of a kind, in which phase."""

    kind: str
    number: int
    phase: str

    def __str__(self) -> str:
        return f"{self.phase} {self.kind} {self.number}"


class Killer:
    """Kills once. Without a point it only notes the calls."""

    def __init__(self, point: Point | None = None) -> None:
        self.point, self.has_fired = point, False
        self.sandbox: Sandbox | None = None
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


def faults_of_kill(seen: Seen, killer: Killer) -> list[str]:
    """What is wrong after a kill; nothing if all is right."""
    found = [] if killer.has_fired else ["the process was not killed: it never made this call"]
    return found + ([] if seen.deaths == 1 else [f"{seen.deaths} processes were killed, not one"]) + faults(seen)


def points(imports: Imports) -> list[Point]:
    """Every call of an import that goes well, in both phases. What comes after an acknowledgement is nothing."""
    straight = Killer()
    [call] = imports.calls.make(imports.provider, 1)
    wrong = faults(imports.meet(call, straight, "straight"))
    assert not wrong, wrong
    numbers: Counter[str] = Counter()
    found = []
    for kind in straight.calls:
        numbers[kind] += 1
        found += [Point(kind, numbers[kind], phase) for phase in ("before", "after") if (kind, phase) != ("acknowledge", "after")]
    return found


Met = tuple[str, Point, Seen, list[str]]


def run(ground: Ground, functions: tuple[str, ...] = ("fanout", *PROVIDERS), most: int | None = None) -> list[Met]:
    """Kills each function at each of its calls (or at so many of them, evenly), side by side."""
    work: list[tuple[Imports, Conversation, Point, str]] = []
    for function in functions:
        imports = Imports(ground, function, "kill", TIMES)
        found = points(imports)
        say(f"kill: {function} makes {len({(point.kind, point.number) for point in found})} calls for an import: {len(found)} kills")
        found = found[:: -(-len(found) // most)] if most else found
        calls = imports.calls.make(imports.provider, len(found))
        work += [(imports, call, point, str(number)) for number, (call, point) in enumerate(zip(calls, found, strict=True))]

    def one(entry: tuple[Imports, Conversation, Point, str]) -> Met:
        imports, call, point, name = entry
        killer = Killer(point)
        seen = imports.meet(call, killer, name)
        wrong = faults_of_kill(seen, killer)
        say(f"kill {imports.function} {point}: {seen.seconds:.0f} s{'; WRONG: ' if wrong else ''}{'; '.join(wrong)}")
        return imports.function, point, seen, wrong

    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        return list(threads.map(one, work))
