"""One process of a function, as Lambda runs it: the real binary over a Runtime API of our own, so that its process can be killed and measured.

The emulator of the stack runs functions too, but hides which process serves which message.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Event = dict[str, Any]
NO_HOOK: Callable[[str], None] = lambda _: None  # noqa: E731 - a hook that does nothing, and nothing more


@dataclass
class Invocation:
    """What came of an invocation. `ended` is one of: response, error, died, timed out."""

    ended: str
    seconds: float
    body: Any = None


class Sandbox:
    """Starts with its first invocation, and serves any number of them, one at a time. `on_answer` hears `acknowledge` before an answer counts."""

    def __init__(self, binary: Path, environment: dict[str, str], log: Path, timeout: float, on_answer: Callable[[str], None] = NO_HOOK) -> None:
        self._binary, self._environment, self._log, self.timeout, self._on_answer = binary, environment, log, timeout, on_answer
        self._runtime: _RuntimeApi | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.deaths = 0

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process, also one that has ended; 0 before the first."""
        return self._process.pid if self._process else 0

    def invoke(self, event: Event) -> Invocation:
        """Gives one event to the process, which is started if none runs, and waits for the end. After its time it is killed, as Lambda does."""
        if not self.is_alive:
            self._start()
        assert self._runtime and self._process
        runtime, process, began = self._runtime, self._process, time.monotonic()
        runtime.events.put((uuid.uuid4().hex, int((time.time() + self.timeout) * 1000), json.dumps(event).encode()))
        while True:
            passed = time.monotonic() - began
            try:
                kind, body = runtime.answers.get(timeout=0.05)
            except queue.Empty:
                if process.poll() is not None:
                    return Invocation("died", passed)
                if passed > self.timeout:
                    self.kill()
                    return Invocation("timed out", passed)
                continue
            self._on_answer("acknowledge")
            if not self.is_alive:
                return Invocation("died", time.monotonic() - began)
            return Invocation(kind, time.monotonic() - began, json.loads(body or b"null"))

    def peak_megabytes(self) -> float:
        """The most memory that the process had at any time (VmHWM)."""
        assert self._process
        [line] = [line for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) / 1024

    def kill(self) -> None:
        """SIGKILL. Returns once the process is gone, so that nothing of it can still happen."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
            self.deaths += 1

    def close(self) -> None:
        """Ends process and server. That is no death."""
        deaths = self.deaths
        self.kill()
        self.deaths = deaths
        if self._runtime:
            self._runtime.close()

    def _start(self) -> None:
        if self._runtime:
            self._runtime.close()
        self._runtime = _RuntimeApi()
        lambda_own = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._runtime.server_address[1]}",
            "AWS_LAMBDA_FUNCTION_NAME": f"chaos-{self._binary.name}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_LOG_GROUP_NAME": "chaos",
            "AWS_LAMBDA_LOG_STREAM_NAME": uuid.uuid4().hex,
        }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._binary)], env=self._environment | lambda_own, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )


class _RuntimeApi(ThreadingHTTPServer):
    """`/2018-06-01/runtime/…` for one process. A new process gets a new one: what the dead one asked can reach nobody."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events: queue.Queue[tuple[str, int, bytes] | None] = queue.Queue()
        self.answers: queue.Queue[tuple[str, bytes]] = queue.Queue()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()

    def close(self) -> None:
        """Ends it; who still waits for an event gets none."""
        self.events.put(None)
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A process that was killed in the middle of a request: that is what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _RuntimeApi

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def do_GET(self) -> None:  # noqa: N802 - the name is the protocol's
        """The next event, whenever there is one."""
        event = self.server.events.get()
        if event is None:
            self.close_connection = True
            return
        request_id, deadline, body = event
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:000000000000:function:chaos",
            "Content-Type": "application/json",
        }
        self._reply(200, headers, body)

    def do_POST(self) -> None:  # noqa: N802
        """An answer, or an error."""
        body = read_body(self.rfile, self.headers)
        self.server.answers.put(("response" if self.path.endswith("/response") else "error", body))
        self._reply(202, {}, b"")

    def _reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def read_body(stream: Any, headers: Any) -> bytes:  # noqa: ANN401 - the types of http.server
    """A request's whole body, chunked or not."""
    if "chunked" not in (headers.get("Transfer-Encoding") or "").lower():
        return stream.read(int(headers.get("Content-Length") or 0))
    parts = []
    while size := int(stream.readline().split(b";")[0] or b"0", 16):
        part = stream.read(size)
        if len(part) < size:
            raise ConnectionError("the body broke off")
        parts.append(part)
        stream.readline()
    stream.readline()
    return b"".join(parts)
