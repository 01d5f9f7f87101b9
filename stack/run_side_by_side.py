#!/usr/bin/env python3
"""All tests of the stack, end to end and of the documents, in parts that run side by side: they wait more than they work.

Each part is a pytest of its own, with a stack of its own, so no part sees what another does. What it prints is shown when it has ended.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import virtual_environment
from errors import StackError
from progress import say
from settings import REPOSITORY, SERVICES

# Parts that take about as long. A folder is all of its files but those that stand in another part, so that no file can be left out.
PARTS = (
    ("tests/e2e",),
    ("tests/e2e/test_replay.py", "tests/documents"),  # both need the calls of events/ in Phoenix, which takes a minute for them
    ("tests/e2e/test_stand_ins.py", "tests/e2e/test_connect.py", "tests/e2e/test_symptoms.py", "tests/documents/test_walk.py"),
    ("tests/stack", "tests/e2e/test_passes.py", "tests/bench"),
)
# What would lead every part to the same stack.
OF_ONE_STACK = ("STATE", "AWS_ENDPOINT_URL", "CLICKHOUSE_URL", *(f"{service.upper()}_PORT" for service in SERVICES))
SIGN_OF_LIFE = 60.0
CLOSING = re.compile(r"(\d+) passed")
PYTEST = Path(__file__).resolve().parent / "run_pytest.py"


def command(part: tuple[str, ...], more: list[str]) -> list[str]:
    """The pytest of a part."""
    elsewhere = [path for other in PARTS if other != part for path in other]
    return [sys.executable, str(PYTEST), *part, *(f"--ignore={path}" for path in elsewhere if path.endswith(".py")), *more]


def run(part: tuple[str, ...], more: list[str], log: Path) -> int:
    """Its exit code; what it prints goes to a file."""
    environment = {name: value for name, value in os.environ.items() if name not in OF_ONE_STACK}
    with log.open("wb") as output:
        streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
        return subprocess.run(command(part, more), cwd=REPOSITORY, env=environment, check=False, **streams).returncode


def main(more: list[str]) -> int:
    """Runs all parts, shows each one's output, and returns 1 if one has failed. What is given to it goes to each pytest."""
    virtual_environment.setup()  # once, before the parts ask for it
    began, failed, passed = time.monotonic(), [], 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(len(PARTS)) as threads:
        logs = {part: Path(folder) / f"{number}.log" for number, part in enumerate(PARTS)}
        say(f"{len(PARTS)} parts begin: {'; '.join(' '.join(part) for part in PARTS)}")
        running = {threads.submit(run, part, more, log): part for part, log in logs.items()}
        while running:
            ended, _ = wait(running, timeout=SIGN_OF_LIFE, return_when=FIRST_COMPLETED)
            for done in ended:
                part = running.pop(done)
                output = logs[part].read_text(errors="replace")
                print(f"\n=== {' '.join(part)}: {time.monotonic() - began:.0f} s\n{output}", flush=True)
                passed += sum(int(count) for count in CLOSING.findall(output)[-1:])
                if done.result():
                    failed.append(" ".join(part))
            say(f"still running: {'; '.join(' '.join(part) for part in running.values())}" if running else "all parts have ended")
    if failed:
        say(f"failed: {'; '.join(failed)}")
    print(f"=== {passed} passed, {len(failed)} parts failed in {time.monotonic() - began:.2f}s ===")
    return bool(failed)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except StackError as error:
        sys.exit(f"error: {error}")
