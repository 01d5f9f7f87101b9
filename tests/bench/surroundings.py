"""What stands around a function while it is measured, in one process: Lambda's Runtime API, AWS, and a platform.

AWS is as much of it as an import needs: the ledger's items, two secrets, queues that take everything. `Servers` is used from the
thread that measures; the answers are given in a thread of their own.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Protocol

from rows import JSON, Answer

WAIT = 60.0
REASONS = {200: "OK", 202: "Accepted", 400: "Bad Request", 404: "Not Found"}


@dataclass
class Call:
    """One request of the function, as it came."""

    kind: str
    """platform, ledger, secret or queue"""
    path: str
    headers: dict[str, str]
    body: bytes
    received: int = 0
    """Bytes of the answer's body."""
    at: float = 0.0
    """Seconds since the function was handed its work."""


class Answers(Protocol):
    """A platform."""

    def answer(self, path: str, body: bytes) -> Answer:
        """What it answers to a request."""


@dataclass
class Servers:
    """All of them on one port of loopback."""

    platform: Answers | None = None
    delay: float = 0.0
    """Seconds that each request to the platform takes longer."""
    secrets: dict[str, Any] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    port: int = 0
    more_hosts: list[str] = field(default_factory=list)
    """Platforms elsewhere that a function may reach."""

    def __enter__(self) -> Servers:
        """Starts them."""
        self._items: dict[str, dict[str, Any]] = {}
        self.next_asked = threading.Event()
        self.next_at = self._handed_at = 0.0
        self._done = threading.Event()
        self._stop = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._jobs: asyncio.Queue[bytes] = asyncio.Queue()
        self._retired: list[asyncio.Queue[bytes]] = []  # kept: a queue that is forgotten takes who waits at it along, with an error
        started = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(started,), daemon=True)
        self._thread.start()
        started.wait(WAIT)
        return self

    def __exit__(self, *_: object) -> None:
        """Ends them."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(WAIT)

    def reset(self) -> None:
        """Forgets what was asked, and the ledger's items."""
        self.calls = []
        self._items.clear()

    def expect_function(self) -> None:
        """A new process is to ask for work. What one that has ended was waiting for goes to nobody."""
        self._retired.append(self._jobs)
        self._jobs = asyncio.Queue()
        self.next_asked.clear()

    def invoke(self, event: dict[str, Any]) -> tuple[float, dict[str, Any]]:
        """Hands an event to the function that asks for one: the seconds until its answer, and that."""
        self._done.clear()
        self._loop.call_soon_threadsafe(self._jobs.put_nowait, json.dumps(event).encode())
        if not self._done.wait(WAIT):
            raise TimeoutError("the function did not answer")
        return self._answered_at - self._handed_at, json.loads(self._answer or b"null")

    def _serve(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._connection, "127.0.0.1", 0, limit=1 << 20))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_until_complete(self._stop.wait())
        server.close()
        waiting = asyncio.all_tasks(self._loop)
        for task in waiting:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
        self._loop.close()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                method, path, _ = head[0].split(" ", 2)
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                status, more, answer = await self._respond(method, path, headers, body)
                lines = [f"HTTP/1.1 {status} {REASONS[status]}", f"Content-Length: {len(answer)}", *(f"{k}: {v}" for k, v in more.items())]
                writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()

    async def _respond(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        if path.startswith("/2018-06-01/runtime/"):
            return await self._runtime(method, path, body)
        target = headers.get("x-amz-target", "")
        if target:
            kind = "ledger" if "DynamoDB" in target else "secret" if "secretsmanager" in target else "queue"
            self.calls.append(Call(kind, path, headers, body, at=time.perf_counter() - self._handed_at))
            return self._aws(target.partition(".")[2], json.loads(body))
        call = Call("platform", path, headers, body, at=time.perf_counter() - self._handed_at)
        self.calls.append(call)
        if self.delay:
            await asyncio.sleep(self.delay)
        answer = self.platform.answer(path, body) if self.platform else (404, JSON, b"{}")
        call.received = len(answer[2])
        return answer

    async def _runtime(self, method: str, path: str, body: bytes) -> Answer:
        if method == "GET":
            self.next_at = time.perf_counter()
            self.next_asked.set()
            job = await self._jobs.get()
            headers = {
                "Lambda-Runtime-Aws-Request-Id": str(uuid.uuid4()),
                "Lambda-Runtime-Deadline-Ms": str(int((time.time() + 110) * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:000000000000:function:bench",
                "Content-Type": "application/json",
            }
            self._handed_at = time.perf_counter()
            return 200, headers, job
        self._answered_at, self._answer = time.perf_counter(), body
        self._done.set()
        return 202, JSON, b"{}"

    def _aws(self, action: str, asked: dict[str, Any]) -> Answer:
        """An import's item is never there before its claim, and its own after that: no condition is looked at."""
        kept: dict[str, Any] = {}
        match action:
            case "GetSecretValue" | "DescribeSecret":
                value = self.secrets.get(asked["SecretId"])
                if value is None:
                    return 400, JSON, b'{"__type":"ResourceNotFoundException","message":"no such secret"}'
                kept = {"Name": asked["SecretId"], "VersionId": "1", "SecretString": json.dumps(value)}
            case "PutItem":
                self._items.setdefault(asked["Item"]["PK"]["S"], {})[asked["Item"]["SK"]["S"]] = asked["Item"]
            case "Query":
                items = list(self._items.get(asked["ExpressionAttributeValues"][":key"]["S"], {}).values())
                kept = {"Items": items, "Count": len(items), "ScannedCount": len(items)}
            case "SendMessage":
                kept = {"MessageId": str(uuid.uuid4()), "MD5OfMessageBody": hashlib.md5(asked["MessageBody"].encode()).hexdigest()}
        return 200, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(kept).encode()
