"""Processes that outlive the command that started them, and are found again by the next."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from errors import StackError


def _started_at(pid: int) -> str | None:
    """The kernel's start time of a process; None once it has ended (a zombie counts as ended)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]


@dataclass(frozen=True)
class Service:
    """One server of the stack: how it is started, and the address that answers once it is ready (none: it only works something off)."""

    name: str
    command: list[str]
    environment: dict[str, str]
    ready_url: str
    state: Path

    @classmethod
    def recorded(cls, state: Path) -> list[Service]:
        """All that was ever started in a state, and was not stopped by `stop`: what is found again without knowing how it was started."""
        found = []
        for file in sorted(state.glob("*.pid")):
            found.append(cls(file.stem, [], {}, json.loads(file.read_text()).get("ready_url", ""), state))
        return found

    @property
    def address(self) -> str:
        """Where it listens; nothing if it does not."""
        if not self.ready_url:
            return ""
        return "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(self.ready_url))

    @property
    def log(self) -> Path:
        """What the process printed."""
        return self.state / f"{self.name}.log"

    @property
    def _record(self) -> Path:
        return self.state / f"{self.name}.pid"

    def pid(self) -> int | None:
        """The process, if it runs. Its start time is compared too: a number used again by another process is never taken for ours."""
        try:
            record = json.loads(self._record.read_text())
        except FileNotFoundError:
            return None
        # Without a start time it had ended before it could be read.
        is_ours = record["started_at"] is not None and _started_at(record["pid"]) == record["started_at"]
        return record["pid"] if is_ours else None

    def start(self) -> bool:
        """Starts it unless it runs; does not wait. True if it was started."""
        if self.pid():
            return False
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.state, start_new_session=True
            )
        self._record.write_text(json.dumps({"pid": process.pid, "started_at": _started_at(process.pid), "ready_url": self.ready_url}))
        return True

    def wait_until_ready(self, seconds: float = 240) -> bool:
        """Returns once it answers. True if it had to be waited for."""
        began = time.monotonic()
        deadline = began + seconds
        while not self.answers():
            if not self.pid():
                raise StackError(f"{self.name} stopped while it started; the reason is at the end of {self.log}\n{self._last_lines()}")
            if time.monotonic() > deadline:
                raise StackError(f"{self.name} does not answer after {seconds:.0f} s; see {self.log}")
            time.sleep(0.1)
        return time.monotonic() - began > 0.1

    def condition(self) -> str:
        """How it is, in words."""
        pid = self.pid()
        if not pid:
            return "stopped"
        return f"process {pid}" + ("" if not self.ready_url or self.answers() else ", does not answer")

    def answers(self) -> bool:
        """Whether it is ready now."""
        try:
            with urllib.request.urlopen(self.ready_url, timeout=2) as response:
                return response.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def stop(self, seconds: float = 15) -> bool:
        """Stops it and all that it started. True if there was something to stop."""
        pid = self.pid()
        if pid:
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + seconds
            while self.pid() and time.monotonic() < deadline:
                _reap(pid)
                time.sleep(0.05)
            _kill_group(pid)
            _reap(pid)
        self._record.unlink(missing_ok=True)
        return bool(pid)

    def _last_lines(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])


def _kill_group(pid: int) -> None:
    """Ends what is left of a session, such as functions that the emulator had running."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _reap(pid: int) -> None:
    """Collects our own child; a process of an earlier command is not ours to collect."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
