#!/usr/bin/env python3
"""`make bench`: what an import costs, and what it could cost at the least. `tests/bench/README.md` says how it is measured.

    run.py [--short] [PART …]   parts: start one_core typical floor peers growth heavy fanout further; all without one

BINARIES is the folder of the binaries. Raw samples go to target/bench/PART.jsonl, figures to target/bench.json.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "stack"))

import virtual_environment  # noqa: E402

BY_PROVIDER = ("one_core", "typical", "floor", "peers", "growth", "heavy")
PARTS = ("start", *BY_PROVIDER, "fanout", "further")


def main(arguments: list[str]) -> int:
    """Measures, and prints the figures."""
    from figures import FUNCTIONS, FURTHER, IMPORTERS, figures  # noqa: PLC0415 - after the environment was entered
    from measure import Bench, Sample, Sizes  # noqa: PLC0415
    from one_core import SDKS, one_core  # noqa: PLC0415
    from processes import ClickHouse  # noqa: PLC0415
    from surroundings import Servers  # noqa: PLC0415

    is_short = "--short" in arguments
    parts = [part for part in arguments if part != "--short"] or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        print(f"bench: there is no part {', '.join(sorted(unknown))}. There are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    sizes = Sizes(rounds=1, starts=1, share=0.01, repetitions=2) if is_short else Sizes(rounds=9, starts=30, share=1.0, repetitions=100)
    target = Path(os.environ.get("CARGO_TARGET_DIR") or REPOSITORY / "target")
    folder = Path(os.environ.get("BINARIES") or target / "release").resolve()
    output = Path(os.environ.get("BENCH_OUTPUT") or target)
    (output / "bench").mkdir(parents=True, exist_ok=True)
    further = FURTHER[:-1] if is_short else FURTHER  # a Phoenix takes minutes to start and to be filled
    samples: list[Sample] = []
    with Servers() as servers, ClickHouse() as clickhouse:
        bench = Bench(folder, servers, clickhouse, sizes)

        def of(part: str) -> Iterable[Sample]:
            names = IMPORTERS if part in BY_PROVIDER else further if part == "further" else ("",)
            for name in names:
                print(f"bench: {part} {name}".rstrip(), file=sys.stderr, flush=True)
                match part:
                    case "start":
                        for function in (*FUNCTIONS, "hello-world"):
                            yield from bench.start(function)
                            yield bench.zips(function)
                    case "fanout":
                        yield from bench.fanout()
                    case "floor":
                        yield from bench.large(name, 0.0)
                        yield from bench.large(name, 0.05)
                    case "one_core":
                        sdks, counts = (SDKS[:1], name == IMPORTERS[0]) if is_short else (SDKS, True)
                        yield from one_core(folder / "one-core", name, sdks, sizes.rounds, sizes.repetitions, counts=counts)
                    case "typical":
                        yield from bench.typical(name)
                    case "peers":
                        yield from bench.peers(name)
                    case "growth":
                        yield from bench.growth(name)
                    case "heavy":
                        yield bench.heavy(name)
                    case "further":
                        yield from bench.further(name)

        for part in parts:
            own = list(of(part))
            (output / f"bench/{part}.jsonl").write_text("".join(json.dumps(sample) + "\n" for sample in own))
            samples += own
    found = figures(samples)
    (output / "bench.json").write_text(json.dumps(found, indent=1) + "\n")
    for name, value in found.items():
        print(f"bench: {name}={value:g}")
    if os.environ.get("PUBLISH"):
        from publish import publish  # noqa: PLC0415

        publish(found, samples)
    print(f"bench: ok figures={len(found)} samples={len(samples)}")
    return 0


if __name__ == "__main__":
    virtual_environment.enter()
    sys.exit(main(sys.argv[1:]))
