#!/usr/bin/env python3
"""Chaos on release binaries: hostile platforms on the wire, SIGKILL at every call, a trace store that freezes and dies, a storm of a thousand events.

    run.py [part …]     parts: wires, kills, store, storm; all of them unless some are named

The last line is `chaos: ok …` or `chaos: FAILED …`, and the exit code says the same. `target/chaos/report.json` has every fault, how often it was
injected, and what came of it. What the functions logged stays in the folder that a run names when it has failed.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / folder) for folder in ("stack", "tests/memory", "tests/chaos")]

import virtual_environment  # noqa: E402
from errors import StackError  # noqa: E402
from progress import say  # noqa: E402

virtual_environment.enter()

import kills  # noqa: E402
import store  # noqa: E402
import storm  # noqa: E402
from client import Client  # noqa: E402
from ground import Ground  # noqa: E402
from hostile import Hostile  # noqa: E402
from lifecycle import Stack  # noqa: E402
from report import Report  # noqa: E402
from settings import Settings  # noqa: E402
from wire_cases import CASES  # noqa: E402
from wires import Wires  # noqa: E402


def run_wires(ground: Ground, report: Report) -> None:
    """Hostile platforms. A stolen key is worse than all the rest."""
    with Hostile() as trap, Hostile(trap.host("").rstrip("/")) as server:
        met = Wires(ground, server).run(CASES)
        served, stolen = server.served, trap.stolen
    for case in CASES:
        mine = [(provider, seen, wrong) for other, provider, seen, wrong in met if other is case]
        ends = Counter(seen.ending for _, seen, _ in mine)
        outcome = f"{', '.join(ends)}; at most {max(seen.seconds for _, seen, _ in mine):.0f} s, {max(seen.megabytes for _, seen, _ in mine):.0f} MB"
        wrong = [f"{provider}: {text}" for provider, _, texts in mine for text in texts]
        report.add("wire", case.behaviour, served.get(case.behaviour, 0), outcome, wrong)
    report.add("wire", "key on another host", served.get("redirect", 0), f"{len(stolen)} requests came there", [f"it got {len(stolen)} requests"] if stolen else [])
    report.numbers["hostile"] = len(met)
    report.numbers["peak_mb"] = round(max(seen.megabytes for _, _, seen, _ in met))
    report.numbers["stolen_keys"] = len(stolen)


def run_kills(ground: Ground, report: Report) -> None:
    """Killed processes, by the call at which they were killed."""
    met = kills.run(ground)
    kinds: dict[tuple[str, str], list[tuple[str, list[str]]]] = defaultdict(list)
    for function, point, _, wrong in met:
        kinds[point.kind, point.phase].append((function, [f"{function} {point}: {text}" for text in wrong]))
    for (kind, phase), found in kinds.items():
        by = ", ".join(f"{function} {count}" for function, count in Counter(function for function, _ in found).items())
        wrong = [text for _, texts in found for text in texts]
        report.add("kill", f"{phase} {kind}", len(found), f"{'not ' if wrong else ''}all rows once ({by})", wrong)
    report.numbers["kills"] = sum(seen.deaths for _, _, seen, _ in met)


def run_store(ground: Ground, report: Report) -> None:
    """The store's incidents."""
    met = store.run(ground)
    for incident in store.INCIDENTS:
        mine = [(provider, seen, wrong) for other, provider, seen, wrong in met if other is incident]
        wrong = [f"{provider}: {text}" for provider, _, texts in mine for text in texts]
        report.add("store", str(incident), 1, f"{len(mine)} imports, {'not ' if wrong else ''}all rows once, within {max(seen.seconds for _, seen, _ in mine):.0f} s", wrong)
    report.numbers["store_incidents"] = len(store.INCIDENTS)


def run_storm(ground: Ground, report: Report) -> None:
    """The storm."""
    blow = storm.Storm(ground)
    blow.prepare()
    seen = blow.run()
    wrong = storm.faults(seen)
    speed = f"{seen.events_a_second:.1f} events a second, from event to rows p50 {seen.p50:.1f} s, p99 {seen.p99:.1f} s"
    report.add("storm", f"{seen.events} events, {storm.EVENTS - storm.SIMULATIONS} of them duplicates", seen.events, speed, wrong)
    report.add("storm", "DynamoDB throttles", seen.throttled, f"of {seen.calls} calls", [])
    report.add("storm", f"the store is away for {seen.away_seconds:.0f} s", int(seen.away_seconds > 0), f"lost {seen.lost}, doubled or foreign {seen.surplus}", [])
    report.numbers |= {"storm_events": seen.events, "throttled": seen.throttled, "dead_letters": seen.dead_letters}
    report.numbers |= {"events_a_second": f"{seen.events_a_second:.1f}", "p50_s": f"{seen.p50:.1f}", "p99_s": f"{seen.p99:.1f}"}


PARTS = {"wires": run_wires, "kills": run_kills, "store": run_store, "storm": run_storm}


def main(names: list[str]) -> int:
    """Runs the parts on a stack of their own, which is stopped in the end."""
    if unknown := set(names) - set(PARTS):
        sys.exit(f"no such part: {', '.join(sorted(unknown))}. There are: {', '.join(PARTS)}")
    began, report = time.monotonic(), Report()
    state = Path(tempfile.mkdtemp(prefix="spanlift-chaos-"))
    # AWS and the store of the caller are left alone: both are stopped and frozen here.
    kept = {name: value for name, value in os.environ.items() if name not in ("AWS_ENDPOINT_URL", "CLICKHOUSE_URL") and not name.endswith("_PORT")}
    stack = Stack(Settings.read({**kept, "PROFILE": "test", "STATE": str(state), "ALLOWED_HOSTS": ""}))
    try:
        stack.up()
        ground = Ground(stack, Client(stack.settings))
        for name in names or PARTS:
            say(f"chaos: {name} begins")
            part = time.monotonic()
            PARTS[name](ground, report)
            say(f"chaos: {name} took {time.monotonic() - part:.0f} s, {len(report.wrong)} wrong so far")
    except Exception as error:  # noqa: BLE001 - whatever it is, the run has failed and says so in its last line
        report.add("run", "its own way", 1, "broke off", [f"{type(error).__name__}: {error}"])
    finally:
        stack.down()
    report.numbers["minutes"] = f"{(time.monotonic() - began) / 60:.1f}"
    report.print()
    report.write(REPOSITORY / "target/chaos/report.json", machine=os.uname().release, cores=os.cpu_count())
    if report.wrong:
        say(f"the logs are in {state}")
    else:
        shutil.rmtree(state, ignore_errors=True)
    print(report.closing_line, flush=True)
    return bool(report.wrong)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except StackError as error:
        sys.exit(f"chaos: FAILED {error}")
