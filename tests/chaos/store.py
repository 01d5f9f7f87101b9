"""The trace store freezes (SIGSTOP) or dies (SIGKILL) in the middle of imports, and comes back: every row is there once."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from background_process import Service
from gate import Answer, CutOff
from ground import PROVIDERS, Ground
from imports import Imports, Seen, Times, faults
from progress import say
from sandbox import Sandbox
from servers import services

EACH = 4
"""Imports of each provider that an incident happens to."""
# Tries are spaced as in production: with the waits of the `test` profile five of them would be over before the store is back.
TIMES = Times(timeout=30, budget=25, patience=240, retry_base=10)
# An insert is passed on, and the store meets its fate while it works on it.
AT_WORK_SECONDS = 0.004


@dataclass(frozen=True)
class Incident:
    """What happens to the store: `freeze` or `kill`, at the first call of a kind. `when`: before it is passed on, while the store works on it, or after
    its answer came, which is not passed on."""

    what: str
    kind: str
    when: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.what} {self.when} {self.kind} for {self.seconds:.0f} s"


INCIDENTS = (
    # As long as an importer waits for an answer, and longer than it waits for two.
    Incident("freeze", "look-up", "before", 6),
    Incident("freeze", "insert", "before", 25),
    Incident("freeze", "insert", "during", 25),
    Incident("kill", "look-up", "before", 5),
    Incident("kill", "insert", "before", 5),
    Incident("kill", "insert", "during", 5),
    Incident("kill", "insert", "after", 5),
)


class StoreFault:
    """Lets an incident happen once, whoever's call it is."""

    def __init__(self, incident: Incident, service: Service) -> None:
        self.incident, self.service = incident, service
        self.sandbox: Sandbox | None = None
        self.is_back = threading.Event()
        self._lock, self._has_begun = threading.Lock(), False

    def __call__(self, kind: str, phase: str) -> Answer | None:
        with self._lock:
            is_it = kind == self.incident.kind and phase == ("after" if self.incident.when == "after" else "before") and not self._has_begun
            self._has_begun |= is_it
        if is_it and self.incident.when == "during":
            threading.Thread(target=self._happen, args=(AT_WORK_SECONDS,), daemon=True).start()
        elif is_it:
            self._happen(0)
            if self.incident.when == "after":
                raise CutOff
        return None

    def _happen(self, delay: float) -> None:
        time.sleep(delay)
        pid = self.service.pid()
        assert pid
        os.kill(pid, signal.SIGSTOP if self.incident.what == "freeze" else signal.SIGKILL)
        threading.Thread(target=self._end, args=(pid,), daemon=True).start()

    def _end(self, pid: int) -> None:
        time.sleep(self.incident.seconds)
        if self.incident.what == "freeze":
            os.kill(pid, signal.SIGCONT)
        else:
            self.service.start()
        self.service.wait_until_ready()
        self.is_back.set()


Met = tuple[Incident, str, Seen, list[str]]


def run(ground: Ground, incidents: tuple[Incident, ...] = INCIDENTS) -> list[Met]:
    """One incident after the other, each in the middle of imports of all providers."""
    service = next(service for service in services(ground.stack.settings) if service.name == "clickhouse")
    imports = [Imports(ground, provider, "store", TIMES) for provider in PROVIDERS]
    calls = {one.provider: one.calls.make(one.provider, EACH * len(incidents)) for one in imports}
    met: list[Met] = []
    for number, incident in enumerate(incidents):
        began, fault = time.monotonic(), StoreFault(incident, service)

        def one(entry: tuple[Imports, int], number: int = number, incident: Incident = incident, fault: StoreFault = fault) -> Met:
            imports, index = entry
            index += number * EACH
            seen = imports.meet(calls[imports.provider][index], fault, str(index))
            return incident, imports.provider, seen, faults(seen)

        with ThreadPoolExecutor(EACH * len(imports)) as threads:
            done = list(threads.map(one, [(one, index) for one in imports for index in range(EACH)]))
        if not fault.is_back.wait(60):
            done.append((incident, "store", done[0][2], ["the incident did not happen, or the store did not come back"]))
        wrong = [f"{provider}: {'; '.join(texts)}" for _, provider, _, texts in done if texts]
        again = sum(seen.invocations for _, _, seen, _ in done) - 2 * EACH * len(imports)
        say(f"store: {incident}: {len(done)} imports, {again} more invocations than without, {time.monotonic() - began:.0f} s{'; WRONG: ' if wrong else ''}{' | '.join(wrong)}")
        met += done
    return met
