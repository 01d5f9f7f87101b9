"""One import from its first message to the end, with a proxy before all that its process talks to, and what there is when all has come to rest."""

from __future__ import annotations

import contextlib
import json
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, Protocol

from agent import Conversation
from calls import Calls
from gate import Answer, CutOff, Gate, aws_kind, platform_kind, store_kind
from ground import PROVIDERS, Ground
from lane import Lane
from sandbox import Sandbox


class Fault(Protocol):
    """What happens to an import: it hears of each call. `sandbox` is whose process makes them."""

    sandbox: Sandbox | None

    def __call__(self, kind: str, phase: str) -> Answer | None: ...


@dataclass
class Seen:
    """What there is when all queues have come to rest."""

    expected: list[str]
    stored: list[str]
    item: dict[str, Any]
    at_rest: bool
    dead_letters: int
    outcomes: list[dict[str, Any]]
    deaths: int
    seconds: float = 0.0
    invocations: int = 0


def faults(seen: Seen) -> list[str]:
    """What is wrong with that, whatever happened on the way; nothing if all is right."""
    stored, expected = Counter(seen.stored), Counter(seen.expected)
    checks = [
        (bool(expected), "nothing was expected"),
        (not expected - stored, f"{(expected - stored).total()} rows are lost"),
        (not stored - expected, f"{(stored - expected).total()} rows are doubled or foreign"),
        (seen.item.get("status") == "imported" and "next_pass" not in seen.item, f"the ledger says {seen.item}"),
        (seen.at_rest, "the queue did not come to rest"),
        (seen.dead_letters == 0, f"{seen.dead_letters} dead letters"),
        (any(outcome["final"] for outcome in seen.outcomes), "the end was announced to nobody"),
    ]
    return [text for is_right, text in checks if not is_right]


@dataclass
class Times:
    """How long a function lives, how long a pass may take, and how long all of it: scaled down like the times of the `test` profile."""

    timeout: int
    budget: int
    patience: float
    retry_base: int = 1

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables by which the function is told of them."""
        names = {"FUNCTION_TIMEOUT_SECONDS": self.timeout, "BUDGET_SECONDS": self.budget, "RETRY_BASE_SECONDS": self.retry_base}
        return {name: str(value) for name, value in names.items()}


class Imports:
    """Imports by way of one function: an importer, or fanout with an importer behind it."""

    def __init__(self, ground: Ground, function: str, part: str, times: Times) -> None:
        self.ground, self.function, self.times = ground, function, times
        self.provider = function if function in PROVIDERS else "arize"
        self.calls = Calls(ground, f"{part}-{function}")

    def meet(self, call: Conversation, fault: Fault, name: str) -> Seen:
        """One import, to which a fault happens."""
        began, client, settings = time.monotonic(), self.ground.client, self.ground.stack.settings
        name = f"{self.calls.project}-{name}"
        lane = Lane(client, name, self.times.timeout)
        with contextlib.ExitStack() as opened:
            gates = [(settings.aws_url, aws_kind), (settings.clickhouse_url, store_kind), (self.calls.host(self.provider), platform_kind)]
            aws, store, platform = (opened.enter_context(Gate(url, kind, fault)).url for url, kind in gates)
            # Behind fanout the importer is not what the fault is for: it goes to the platform itself.
            host = self.calls.host(self.provider) if self.function == "fanout" else platform
            client.connect(name, self.provider, **self.calls.connection(self.provider, host))
            addresses = {"AWS_ENDPOINT_URL": aws, "CLICKHOUSE_URL": store}
            if self.function == "fanout":
                return self._through_fanout(call, fault, name, lane, addresses, began)
            sandbox = opened.enter_context(contextlib.closing(self._sandbox(self.provider, name, fault, lane.environment | addresses)))
            fault.sandbox = sandbox
            lane.send(call.event(name) | {"provider": self.provider, "pass": 0})
            at_rest = lane.run(sandbox, self.times.patience)
            return self._seen(call, name, lane, at_rest, sandbox.deaths, began)

    def _through_fanout(self, call: Conversation, fault: Fault, name: str, lane: Lane, addresses: dict[str, str], began: float) -> Seen:
        """The event through fanout, to which the fault happens; then what it sent through an importer, to which none does."""
        events = Lane(self.ground.client, f"{name}-events", self.times.timeout)
        own = events.environment | addresses | {"PROVIDER_QUEUES": json.dumps({self.provider: lane.url})}
        with contextlib.closing(self._sandbox("fanout", name, fault, own)) as fanout:
            fault.sandbox = fanout
            events.send(call.event(name))
            at_rest = events.run(fanout, self.times.patience)
        with contextlib.closing(self._sandbox(self.provider, f"{name}-import", None, lane.environment)) as importer:
            at_rest &= lane.run(importer, self.times.patience)
        seen = self._seen(call, name, lane, at_rest, fanout.deaths, began)
        seen.dead_letters += events.dead()
        return seen

    def _sandbox(self, function: str, name: str, fault: Fault | None, changes: dict[str, str]) -> Sandbox:
        environment = self.ground.environment(function, **self.times.environment, **changes)

        def acknowledged(kind: str) -> None:
            with contextlib.suppress(CutOff):
                if fault:
                    fault(kind, "before")

        return Sandbox(self.ground.binary(function), environment, self.ground.logs / f"{name}.log", self.times.timeout, acknowledged)

    def _seen(self, call: Conversation, name: str, lane: Lane, at_rest: bool, deaths: int, began: float) -> Seen:
        simulation = call.simulation_output_id
        return Seen(
            expected=sorted(call.expected),
            stored=sorted(row["SpanId"] for row in self.ground.client.stored_spans(name, simulation)),
            item=self.ground.client.ledger(name, simulation).get(f"1#{self.provider}", {}),
            at_rest=at_rest,
            dead_letters=lane.dead(),
            outcomes=lane.announced(),
            deaths=deaths,
            seconds=time.monotonic() - began,
            invocations=lane.invocations,
        )
