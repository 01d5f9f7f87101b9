#!/usr/bin/env python3
"""`make fuzz`: every target of `fuzz_targets/`, a minute each, from what real platforms answered. Ends with one line.

    TIME=60         how long each target runs
    TARGETS=        only these, by commas

What is found lies in `artifacts/`, as the bytes that do it: `cargo +nightly fuzz run TARGET fuzz/artifacts/TARGET/…` from the repository.
The corpus that grows meanwhile lies in cargo's target folder.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
sys.path.insert(0, str(REPOSITORY / "stack"))

import cargo_tool  # noqa: E402
import virtual_environment  # noqa: E402
from errors import StackError  # noqa: E402

SIMULATION = "3zfmuDbVQsi4GaseDtiVcS"
LONGEST_INPUT = 64 << 10
# By target: where its seeds are, and how each row is tagged.
RECORDED = {
    "arize_plain": ("arize", "*.json", "data"),
    "arize_otlp": ("arize", "*-otlpv1.json", "data"),
    "langfuse_v1": ("langfuse", "v1-*.json", "data"),
    "langfuse_v2": ("langfuse", "v2-*.json", "data"),
    "langsmith_v1": ("langsmith", "runs_*.json", "runs"),
    "langsmith_v2": ("langsmith", "v2_runs_*.json", "items"),
}
MESSAGES = {"event": "fanout", "job": "arize"}
TARGETS = (*RECORDED, *MESSAGES)
FLAGS = ("-max_total_time={seconds}", f"-max_len={LONGEST_INPUT}", "-rss_limit_mb=1024", "-timeout=20", "-print_final_stats=1", "-verbosity=0")


def cargo_fuzz() -> list[str]:
    """cargo-fuzz on nightly Rust, or an error that says in one sentence what is missing."""
    rustup = shutil.which("rustup")
    if not rustup or subprocess.run([rustup, "run", "nightly", "rustc", "--version"], capture_output=True, check=False).returncode:
        raise StackError("nightly Rust is not there, which make fuzz compiles with. rustup toolchain install nightly")
    if not any(map(shutil.which, ("c++", "g++", "clang++"))):
        raise StackError("a C++ compiler is not there, which libFuzzer is compiled with. Debian, Ubuntu: apt-get install g++")
    try:
        return [rustup, "run", "nightly", str(cargo_tool.program("fuzz")), "fuzz"]
    except StackError as error:
        raise StackError(f"cargo-fuzz is not there: {error}") from error


def tagged(target: str, row: dict[str, Any]) -> dict[str, Any]:
    """The row with the tag of the simulation that is imported."""
    key, value = "simulation_output_id", SIMULATION
    if target == "arize_plain":
        return row | {"attributes": {key: value} | row.get("attributes", {}) | {key: value}}
    if target == "arize_otlp":
        return row | {"attributes": [*row.get("attributes", []), {"key": key, "value": {"string_value": value}}]}
    if target.startswith("langfuse"):
        metadata = row.get("metadata")
        return row | {"metadata": (metadata if isinstance(metadata, dict) else {}) | {key: value}}
    extra = row.get("extra") or {}
    return row | {"extra": extra | {"metadata": (extra.get("metadata") or {}) | {key: value}}}


def seeds(target: str) -> Iterator[bytes]:
    """What real servers answered: each page as it is, with its rows tagged, and each row alone. Messages: the events that are there to replay."""
    if folder := MESSAGES.get(target):
        for file in sorted((REPOSITORY / "events" / folder).glob("*.json")):
            batch = json.loads(file.read_text())
            yield from (record["body"].encode() for record in batch.get("Records", [])) if "Records" in batch else [file.read_bytes()]
        return
    provider, pattern, rows = RECORDED[target]
    for file in sorted((REPOSITORY / f"functions/{provider}/tests/recorded").glob(pattern)):
        if target == "arize_plain" and file.stem.endswith("otlpv1"):
            continue
        page = json.loads(file.read_text())
        page = {rows: page} if isinstance(page, list) else page
        yield json.dumps(page).encode()
        for name in {rows, "observations"} & page.keys():
            told = [tagged(target, row) for row in page[name] if isinstance(row, dict)]
            yield json.dumps(page | {name: told}).encode()
            yield from (json.dumps(page | {name: [row]}).encode() for row in told)


def run(cargo: list[str], target: str, seconds: int, folder: Path) -> int:
    """How many inputs were tried; 0 where one was found that breaks a rule."""
    corpus, recorded = folder / target, folder / f"{target}-recorded"
    shutil.rmtree(recorded, ignore_errors=True)
    for place in (corpus, recorded):
        place.mkdir(parents=True, exist_ok=True)
    count = 0
    for count, seed in enumerate(seeds(target), 1):
        (recorded / f"{count:04}").write_bytes(seed[:LONGEST_INPUT])
    flags = [flag.format(seconds=seconds) for flag in FLAGS]
    command = [*cargo, "run", "--fuzz-dir", str(HERE), "--sanitizer", "none", target, str(corpus), str(recorded), "--", *flags]
    done = subprocess.run(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    tried = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    if done.returncode or not tried:
        print("\n".join(done.stderr.splitlines()[-150:]), file=sys.stderr)
        return 0
    print(f"fuzz: {target} seeds={count} tried={tried[1]} corpus={len(list(corpus.iterdir()))}", flush=True)
    return int(tried[1])


def main() -> int:
    """Compiles, runs, and says how it ended."""
    seconds = int(os.environ.get("TIME") or 60)
    targets = [name for name in os.environ.get("TARGETS", "").split(",") if name] or list(TARGETS)
    cargo, began = cargo_fuzz(), time.monotonic()
    built = subprocess.run([*cargo, "build", "--fuzz-dir", str(HERE), "--sanitizer", "none"], cwd=REPOSITORY, check=False)
    if built.returncode:
        raise StackError("the targets do not compile; the reason stands above")
    compiled = time.monotonic() - began
    folder = Path(os.environ.get("CARGO_TARGET_DIR") or HERE / "target") / "fuzz-corpus"
    tried = {target: run(cargo, target, seconds, folder) for target in targets}
    failed = [target for target, count in tried.items() if not count]
    took = f"tried={sum(tried.values())} compiled_in={compiled:.0f}s took={time.monotonic() - began:.0f}s"
    print(f"fuzz: {'failed in ' + ', '.join(failed) if failed else 'ok'} targets={len(targets)} seconds={seconds} {took}")
    return bool(failed)


if __name__ == "__main__":
    try:
        virtual_environment.enter()
        sys.exit(main())
    except StackError as error:
        sys.exit(f"error: {error}")
