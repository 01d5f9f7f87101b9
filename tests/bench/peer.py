"""Runs a script of `peers/`: what a user would write with the platform's own SDK. Its process waits for commands, and imports once for each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from pip_tools import installed
from processes import PASSWORD, USER, ClickHouse, cpu_seconds
from rows import END, PROJECT, SIMULATION, START
from surroundings import Servers

HERE = Path(__file__).resolve().parent / "peers"


class Peer:
    """One peer, its modules imported and its clients open."""

    def __init__(self, provider: str, servers: Servers, clickhouse: ClickHouse, organization: str) -> None:
        job = {
            "platform": f"http://127.0.0.1:{servers.port}",
            "store_port": clickhouse.port,
            "user": USER,
            "password": PASSWORD,
            "project": PROJECT,
            "organization": organization,
            "simulation": SIMULATION,
            "start": START.isoformat(),
            "end": END.isoformat(),
        }
        own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(installed(*_requirements()))}
        command = [sys.executable, str(HERE / f"{provider}_peer.py"), json.dumps(job)]
        self._process = subprocess.Popen(command, env=own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._hear("ready")

    def __enter__(self) -> Peer:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends it."""
        self._process.kill()
        self._process.communicate()

    def run(self, rows: int) -> float:
        """Imports once: the seconds of CPU that it took. So many rows must come of it."""
        before = cpu_seconds(self._process.pid)
        if self._process.stdin:
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        self._hear(str(rows))
        return cpu_seconds(self._process.pid) - before

    def _hear(self, expected: str) -> None:
        said = self._process.stdout.readline().strip() if self._process.stdout else ""
        if said != expected:
            raise AssertionError(f"the peer said {said!r}, not {expected!r}")


def _requirements() -> list[str]:
    return [line for line in (HERE / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
