"""Hostile platforms on the wire, for each importer's own process: it ends in time, within its memory, says why, and its next import works."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import heavy
from deployment_file import Deployment
from ground import PROVIDERS, Ground, deployed
from hostile import Hostile
from lane import Lane
from progress import say
from sandbox import Sandbox

MOST_MEGABYTES = 256
# Beyond its budget a pass takes this long for the ledger and the queues, on a machine that does many others' work.
GRACE_SECONDS = 6.0
SIDE_BY_SIDE = 10
CONNECTIONS: dict[str, dict[str, str]] = {
    "arize": {"project_name": heavy.PROJECT},
    "langfuse": {"public_key": "pk-lf-chaos", "secret_key": "sk-lf-chaos"},
    "langsmith": {"project_name": heavy.PROJECT, "api_key": "lsv2_pt_chaos"},
}
FEW_SPANS = 3


@dataclass(frozen=True)
class Case:
    """What a platform does, and what the ledger must say of it after one pass that is the last try. `stored` is how many spans must be stored at least."""

    behaviour: str
    expected: frozenset[str]
    stored: int = 0
    scheme: str = "http"
    apart: dict[str, frozenset[str]] = field(default_factory=dict)

    def endings(self, provider: str) -> frozenset[str]:
        """The right ways to end, for one provider."""
        return self.apart.get(provider, self.expected)


@dataclass
class Seen:
    """What came of a case."""

    ended: str
    seconds: float
    megabytes: float
    item: dict[str, Any]
    next_item: dict[str, Any]
    same_process: bool
    rows: int

    @property
    def ending(self) -> str:
        """Status and reason, as in the tables."""
        return f"{self.item.get('status')}/{self.item['reason']}" if self.item.get("reason") else str(self.item.get("status"))


def faults(case: Case, provider: str, budget_seconds: float, seen: Seen) -> list[str]:
    """What is wrong with that; nothing if all is right."""
    found = []
    if seen.ended != "response":
        found.append(f"the invocation {seen.ended}")
    if seen.seconds > budget_seconds + GRACE_SECONDS:
        found.append(f"took {seen.seconds:.1f} s of {budget_seconds:.0f}")
    if seen.megabytes > MOST_MEGABYTES:
        found.append(f"took {seen.megabytes:.0f} MB")
    if seen.ending not in case.endings(provider):
        found.append(f"the ledger says {seen.ending}, not {' or '.join(sorted(case.endings(provider)))}: {seen.item.get('last_error')}")
    if "`truncated`" in (seen.item.get("last_error") or "") and not seen.item.get("truncated"):
        found.append("last_error points to `truncated`, and that is not there")
    if seen.rows < case.stored:
        found.append(f"{seen.rows} rows are stored, not {case.stored}")
    if not seen.same_process:
        found.append("the process ended")
    if (seen.next_item.get("status"), seen.next_item.get("stored")) != ("imported", FEW_SPANS):
        found.append(f"the next import ended {seen.next_item.get('status')}, {seen.next_item.get('reason')}, {seen.next_item.get('stored')} spans")
    return found


def job(organization: str, provider: str) -> dict[str, Any]:
    """The import of the call that all behaviours are about."""
    event = {"version": "1", "organization_id": organization, "simulation_output_id": heavy.SIMULATION, "status": "COMPLETED"}
    # The last pass: what it ends with is the import's end.
    last = len(Deployment("default").numbers["providers"][provider]["pass_seconds"])
    return event | {"started_at": heavy.START, "ended_at": heavy.END, "provider": provider, "pass": last}


class Wires:
    """All cases on one hostile server."""

    def __init__(self, ground: Ground, server: Hostile) -> None:
        self.ground, self.server = ground, server

    def meet(self, case: Case, provider: str) -> Seen:
        """One process meets one behaviour, and then a sound platform."""
        client, function = self.ground.client, deployed(provider)
        name = f"{self.ground.run}-{provider}-{case.behaviour}"
        lane = Lane(client, name, visibility_seconds=600)
        # The first try is the last: what it met is what the ledger says in the end.
        environment = self.ground.environment(provider, **lane.environment, **function.environment, MAX_RECEIVES="1")
        environment |= {"FUNCTION_TIMEOUT_SECONDS": str(function.timeout_seconds)}
        sandbox = Sandbox(self.ground.binary(provider), environment, self.ground.logs / f"{name}.log", function.timeout_seconds)
        try:
            item, done = self._import(lane, sandbox, f"{name}-a", provider, self.server.host(case.behaviour, case.scheme))
            process = sandbox.pid
            megabytes = sandbox.peak_megabytes() if sandbox.is_alive else 0.0
            rows = len(client.stored_spans(f"{name}-a", heavy.SIMULATION))
            next_item, _ = self._import(lane, sandbox, f"{name}-b", provider, self.server.host(heavy.FEW))
            return Seen(done.ended, done.seconds, megabytes, item, next_item, sandbox.is_alive and sandbox.pid == process, rows)
        finally:
            sandbox.close()

    def _import(self, lane: Lane, sandbox: Sandbox, organization: str, provider: str, host: str) -> Any:  # noqa: ANN401
        client = self.ground.client
        client.connect(organization, provider, host=host, **CONNECTIONS[provider])
        client.sqs.purge_queue(QueueUrl=lane.url)
        lane.send(job(organization, provider))
        done = lane.step(sandbox, wait_seconds=10)
        assert done, "the job did not come out of its queue"
        return client.ledger(organization, heavy.SIMULATION).get(f"1#{provider}", {}), done

    def run(self, cases: list[Case], providers: tuple[str, ...] = PROVIDERS) -> list[tuple[Case, str, Seen, list[str]]]:
        """Meets all of them, side by side: they wait more than they work."""
        pairs = [(case, provider) for case in cases for provider in providers]
        done = itertools.count(1)

        def one(pair: tuple[Case, str]) -> tuple[Case, str, Seen, list[str]]:
            case, provider = pair
            began = time.monotonic()
            seen = self.meet(case, provider)
            wrong = faults(case, provider, float(deployed(provider).environment["BUDGET_SECONDS"]), seen)
            told = f"{seen.ending}, {seen.seconds:.1f} s, {seen.megabytes:.0f} MB, {seen.rows} rows"
            say(f"wire {next(done)}/{len(pairs)} {provider} {case.behaviour}: {told} ({time.monotonic() - began:.0f} s){'; WRONG: ' if wrong else ''}{'; '.join(wrong)}")
            return case, provider, seen, wrong

        with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
            return list(threads.map(one, pairs))
