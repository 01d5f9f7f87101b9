#!/usr/bin/env python3
"""Worlds: many generated ones on stand-ins, and some on a real Phoenix server, which is started for them on a free port.

    run.py [what `cargo run -p worlds` takes]

The last line is theirs: `worlds: ok worlds=N missing=0 foreign=0 doubled=0 explained=M`, or what is wrong.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "stack"))

import virtual_environment  # noqa: E402
from errors import StackError  # noqa: E402
from progress import say  # noqa: E402
from settings import Settings  # noqa: E402

CARGO = os.environ.get("CARGO") or "cargo"


def main(arguments: list[str]) -> int:
    """Runs them; the exit code is theirs."""
    of = arguments[arguments.index("--provider") + 1 :][:1] if "--provider" in arguments else ["arize"]
    if of != ["arize"]:
        return _worlds(arguments)
    virtual_environment.enter()
    from servers import services

    with tempfile.TemporaryDirectory(prefix="spanlift-worlds-") as state:
        settings = Settings.read({"STATE": state})
        phoenix = next(service for service in services(settings) if service.name == "phoenix")
        try:
            say("starting a Phoenix server (about 15 s)")
            phoenix.start()
            # Meanwhile: it may take longer than the server's start.
            subprocess.run([CARGO, "build", "-q", "-p", "worlds"], cwd=REPOSITORY, check=False)
            phoenix.wait_until_ready()
            return _worlds(["--phoenix", phoenix.address, *arguments])
        finally:
            phoenix.stop()


def _worlds(arguments: list[str]) -> int:
    return subprocess.run([CARGO, "run", "-q", "-p", "worlds", "--", *arguments], cwd=REPOSITORY, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except StackError as error:
        sys.exit(f"error: {error}")
