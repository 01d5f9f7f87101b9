"""A thousand events at once, by the bus, the queues and the functions of the stack: a fifth of them duplicates, in no order, while DynamoDB throttles and
the trace store is away for a while."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from agent import Conversation
from calls import Calls, windows
from clients import SqlError
from gate import Answer, Gate, aws_kind
from ground import PROVIDERS, Ground
from progress import say
from servers import services

EVENTS, SIMULATIONS = 1_000, 800
APART = timedelta(minutes=2)
"""Between calls. Discovery looks six minutes beyond a call on both sides, so each import meets its neighbours' traces."""
THROTTLED_SHARE = 0.3
AWAY_SECONDS, AWAY_FROM_SHARE = 20.0, 0.15
# The waits between tries are production's, and there are ten in place of five: with five, one import or two of a thousand have used them up before the
# store is back, since duplicates count too, and are put off by ten to twenty minutes.
SETTINGS = {"RETRY_BASE_SECONDS": "10", "MAX_RECEIVES": "10"}
PATIENCE_SECONDS = 600.0
THROTTLES = ("ProvisionedThroughputExceededException", "ThrottlingException")


class Throttle:
    """Refuses a share of the calls to DynamoDB, as it does when there is too much of them."""

    def __init__(self, seed: str) -> None:
        self.refused: Counter[str] = Counter()
        self.passed = 0
        self._random, self._lock = random.Random(seed), threading.Lock()

    def __call__(self, kind: str, phase: str) -> Answer | None:
        if phase == "after":
            return None
        with self._lock:
            if self._random.random() >= THROTTLED_SHARE:
                self.passed += 1
                return None
            name = self._random.choice(THROTTLES)
            self.refused[kind] += 1
        body = {"__type": f"com.amazonaws.dynamodb.v20120810#{name}", "message": "Rate exceeded"}
        return 400, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(body).encode()


@dataclass
class Simulation:
    """One of the storm's: who has it, and what must be stored of it."""

    organization: str
    providers: tuple[str, ...]
    event: dict[str, Any] = field(default_factory=dict)
    expected: list[str] = field(default_factory=list)
    sent_at: float = 0.0
    whole_at: float | None = None


@dataclass
class Seen:
    """What came of the storm."""

    events: int
    lost: int
    surplus: int
    not_final: list[str]
    dead_letters: int
    throttled: int
    calls: int
    away_seconds: float
    events_a_second: float
    p50: float
    p99: float
    seconds: float


def faults(seen: Seen) -> list[str]:
    """What is wrong with that; nothing if all is right."""
    checks = [
        (seen.events == EVENTS, f"{seen.events} events were sent"),
        (seen.lost == 0, f"{seen.lost} rows are lost"),
        (seen.surplus == 0, f"{seen.surplus} rows are doubled or foreign"),
        (not seen.not_final, f"{len(seen.not_final)} imports are not final: {seen.not_final[:5]}"),
        (seen.dead_letters == 0, f"{seen.dead_letters} dead letters"),
        (seen.throttled > seen.calls / 10, f"only {seen.throttled} of {seen.calls} calls were throttled"),
        (seen.away_seconds >= AWAY_SECONDS, f"the store was away for {seen.away_seconds:.0f} s only"),
    ]
    return [text for is_right, text in checks if not is_right]


class Storm:
    """One storm over a stack."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.client = ground, ground.client
        self.calls = Calls(ground, "storm")
        self.random = random.Random(ground.run)
        self.simulations: dict[str, Simulation] = {}
        self.away_seconds = 0.0

    def prepare(self) -> None:
        """Organizations, their connections, and all calls on all platforms."""
        kinds = [*((provider,) for provider in PROVIDERS for _ in range(3)), PROVIDERS]
        for number, providers in enumerate(kinds):
            for provider in providers:
                self.client.connect(f"{self.calls.project}-{number}", provider, **self.calls.connection(provider, self.calls.host(provider)))
        times = dict(zip((f"{self.calls.project}-{number}" for number in range(SIMULATIONS)), windows(SIMULATIONS, APART), strict=True))
        for number, name in enumerate(times):
            kind = number % len(kinds)
            self.simulations[name] = Simulation(f"{self.calls.project}-{kind}", kinds[kind])
        for provider in PROVIDERS:
            mine = {name: times[name] for name, one in self.simulations.items() if provider in one.providers}
            for call in self.calls.put(provider, mine):
                self._note(call)
            say(f"storm: {len(mine)} calls are on {provider}")

    def _note(self, call: Conversation) -> None:
        one = self.simulations[call.simulation_output_id]
        one.event = one.event or call.event(one.organization)
        one.expected += call.expected

    def run(self) -> Seen:
        """Sends all events, waits until all has come to rest, and looks."""
        throttle = Throttle(self.ground.run)
        with Gate(self.ground.stack.settings.aws_url, aws_kind, throttle) as gate:
            with self.client.configured(("fanout", *PROVIDERS), {"AWS_ENDPOINT_URL_DYNAMODB": gate.url, **SETTINGS}):
                began = time.monotonic()
                self._send()
                self._watch(began)
                while time.monotonic() - began < PATIENCE_SECONDS and self.client.held(*self._queues()):
                    time.sleep(1)
        return self._look(throttle, began)

    def _queues(self) -> list[str]:
        deployment = self.client.deployment
        return [deployment.queue_names["events"], *(deployment.import_queue(provider) for provider in PROVIDERS)]

    def _send(self) -> None:
        names = list(self.simulations)
        names += self.random.choices(names, k=EVENTS - len(names))
        self.random.shuffle(names)
        numbers = self.client.deployment.numbers["event"]
        common = {"EventBusName": self.client.deployment.name(numbers["bus"]), "Source": numbers["source"], "DetailType": numbers["detail_type"]}
        for first in range(0, len(names), 10):
            entries = [common | {"Detail": json.dumps(self.simulations[name].event)} for name in names[first : first + 10]]
            answer = self.client.events.put_events(Entries=entries)
            assert answer["FailedEntryCount"] == 0, answer
            for name in names[first : first + 10]:
                self.simulations[name].sent_at = self.simulations[name].sent_at or time.monotonic()
        self.sent = len(names)

    def _watch(self, began: float) -> None:
        """Until every call's rows are there; takes the store away in the midst of it."""
        service = next(service for service in services(self.ground.stack.settings) if service.name == "clickhouse")
        told, away_since = began, 0.0
        while time.monotonic() - began < PATIENCE_SECONDS:
            if away_since and not self.away_seconds:
                if time.monotonic() - away_since >= AWAY_SECONDS:
                    service.start()
                    service.wait_until_ready()
                    self.away_seconds = time.monotonic() - away_since
            else:
                self._count()
            whole = sum(one.whole_at is not None for one in self.simulations.values())
            if not away_since and whole > SIMULATIONS * AWAY_FROM_SHARE:
                pid = service.pid()
                assert pid
                os.kill(pid, signal.SIGKILL)
                away_since = time.monotonic()
            if time.monotonic() - told > 15:
                told = time.monotonic()
                say(f"storm: {whole} of {SIMULATIONS} calls are whole after {told - began:.0f} s")
            if whole == SIMULATIONS:
                return
            time.sleep(0.5)

    def _count(self) -> None:
        """Notes which calls have become whole."""
        now = time.monotonic()
        try:
            counted = self.stored("count() AS rows", "GROUP BY simulation")
        except (SqlError, OSError):
            return
        for row in counted:
            one = self.simulations[row["simulation"]]
            if one.whole_at is None and row["rows"] >= len(one.expected):
                one.whole_at = now

    def stored(self, what: str, behind: str = "") -> list[dict[str, Any]]:
        """What the store has of this storm, by simulation."""
        return self.client.rows(
            f"""SELECT ResourceAttributes['coval.simulation_output_id'] AS simulation, {what}
            FROM {self.client.deployment.numbers["trace_store"]["table"]}
            WHERE startsWith(ResourceAttributes['coval.organization_id'], {{project:String}}) {behind}""",
            project=f"{self.calls.project}-",
        )

    def _look(self, throttle: Throttle, began: float) -> Seen:
        stored = Counter((row["simulation"], row["span"]) for row in self.stored("SpanId AS span"))
        expected = Counter((name, span) for name, one in self.simulations.items() for span in one.expected)
        waits = sorted(one.whole_at - one.sent_at for one in self.simulations.values() if one.whole_at is not None)
        last = max((one.whole_at for one in self.simulations.values() if one.whole_at is not None), default=time.monotonic())
        return Seen(
            events=self.sent,
            lost=(expected - stored).total(),
            surplus=(stored - expected).total(),
            not_final=self._not_final(),
            dead_letters=self.client.held(*(self.client.deployment.dead_letters(queue) for queue in self._queues())),
            throttled=throttle.refused.total(),
            calls=throttle.refused.total() + throttle.passed,
            away_seconds=self.away_seconds,
            events_a_second=self.sent / (last - began),
            p50=waits[len(waits) // 2] if waits else 0.0,
            p99=waits[len(waits) * 99 // 100] if waits else 0.0,
            seconds=time.monotonic() - began,
        )

    def _not_final(self) -> list[str]:
        found = []
        for name, one in self.simulations.items():
            items = self.client.ledger(one.organization, name)
            for provider in one.providers:
                item = items.get(f"1#{provider}", {})
                if item.get("status") != "imported" or "next_pass" in item:
                    found.append(f"{name} {provider}: {item.get('status')} {item.get('reason')} {item.get('last_error')}")
        return found
