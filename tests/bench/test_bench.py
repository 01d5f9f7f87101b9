"""The short form of `make bench`: it works, and says every figure. No time is checked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from binaries import binaries
from settings import Settings

HERE = Path(__file__).resolve().parent
IMPORTERS = ("arize", "langfuse", "langsmith")
EXPECTED = {
    *(
        f"{name}.{provider}"
        for provider in IMPORTERS
        for name in (
            "floor_ratio_0ms floor_ratio_50ms requests requests_at_cap floor_requests_at_cap growth_4x_8x peak_mb_2kb peak_mb_20kb "
            "stored_mb_2kb first_minus_warm_ms ledger_calls queue_calls secret_calls store_calls bytes_in bytes_out log_bytes cpu_ratio_peer "
            "spans_per_core_second"
        ).split()
    ),
    *(["instructions_per_span.arize"] if shutil.which("valgrind") else []),
    *(f"{name}.{function}" for function in (*IMPORTERS, "fanout") for name in ("start_ratio", "zip_mb")),
    *(f"{name}.{older}_v1" for older in ("langfuse", "langsmith") for name in "milliseconds requests cpu_seconds requests_at_cap".split()),
    "fanout_events_per_second",
}


def test_the_short_form_says_every_figure(tmp_path: Path) -> None:
    environment = os.environ | {"BINARIES": str(binaries(Settings.read())), "BENCH_OUTPUT": str(tmp_path), "PUBLISH": ""}
    done = subprocess.run([sys.executable, str(HERE / "run.py"), "--short"], env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    said = {line.removeprefix("bench: ").partition("=")[0] for line in done.stdout.splitlines() if line.startswith("bench: ")}
    assert said >= EXPECTED, sorted(EXPECTED - said)
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    assert (tmp_path / "bench/floor.jsonl").read_text().count("floor_seconds") == 2 * len(IMPORTERS)


@pytest.mark.parametrize("part", ["flour", "--long"])
def test_a_part_that_is_not_there_is_refused(part: str) -> None:
    done = subprocess.run([sys.executable, str(HERE / "run.py"), part], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "no part" in done.stderr
