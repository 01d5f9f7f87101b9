"""`make doctor`: it finds what is missing, names what brings it, and writes nothing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from background_process import Service
from fenced import REPOSITORY

DOCTOR = REPOSITORY / "stack/doctor.py"


def _doctor(state: Path, **environment: str) -> tuple[int, str]:
    # cargo and rustc of rustup want to know whose they are.
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "RUSTUP_HOME", "CARGO_HOME") if name in os.environ}
    command = [sys.executable, str(DOCTOR)]
    done = subprocess.run(command, env={**kept, "STATE": str(state), **environment}, capture_output=True, text=True, timeout=120, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_this_machine_is_well_and_nothing_is_written(tmp_path: Path) -> None:
    code, said = _doctor(tmp_path / "state")
    assert (code, "make demo" in said) == (0, True), said
    assert not (tmp_path / "state").exists()


def test_what_is_missing_is_named_with_what_brings_it(tmp_path: Path) -> None:
    code, said = _doctor(tmp_path, PATH=str(tmp_path))
    assert code == 1
    for name, package in (("rustc", "rustup"), ("cargo", "rustup"), ("linker", "apt-get install gcc"), ("make", "apt-get install make")):
        [line] = [line for line in said.splitlines() if line.split()[:2] == ["missing", name]]
        assert package in line


def test_an_old_compiler_is_too_old(tmp_path: Path) -> None:
    (tmp_path / "rustc").write_text("#!/bin/sh\necho 'rustc 1.94.0 (abc 2026-01-01)'\n")
    (tmp_path / "rustc").chmod(0o755)
    code, said = _doctor(tmp_path, PATH=f"{tmp_path}:/usr/bin:/bin")
    assert code == 1
    assert "1.94.0 is too old, 1.94.1 is needed. Run: rustup update stable" in said


def test_a_port_that_somebody_else_has(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = _doctor(tmp_path, CLICKHOUSE_PORT=str(port))
    assert code == 1
    assert f"{port} is taken by another program. Set CLICKHOUSE_PORT" in said


def test_a_port_of_a_stand_in_that_the_stack_runs_itself(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        service = Service("stand-in-langfuse", ["sleep", "60"], dict(os.environ), "", tmp_path)
        service.start()
        try:
            code, said = _doctor(tmp_path, LANGFUSE_PORT=str(port))
        finally:
            service.stop()
    assert code == 0, said
    assert f"{port}, the stack is up" in said
