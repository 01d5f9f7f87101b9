"""A platform that means ill, on the wire: one server on plain sockets, a behaviour a path.

    http://127.0.0.1:<port>/<behaviour>     BEHAVIOURS has them all; the calls of tests/memory/heavy.py are behaviours too
    http://127.0.0.1:<port>/few             the sound one: a call of three spans

What comes before the first page of rows (LangSmith's look-up of the project) is answered soundly, so that the pages are what is met. All rows are of
one call, whose root has the tag.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import itertools
import json
import socket
import socketserver
import struct
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from types import TracebackType

import heavy

Rows = Callable[[bytes], bytes]
GIGABYTE = 1_000_000_000
FOREVER = 200.0
"""Seconds: longer than any function lives."""
STOLEN = "/stolen"
LATE = b"9999-12-31T23:59:59.999999Z"
TLS_ALERT = bytes.fromhex("15030100020246")
"""What a TLS server says to who speaks no TLS."""


def _second(old: bytes, new: bytes) -> Rows:
    """Changes the second row: the root stays as it is."""

    def change(body: bytes) -> bytes:
        first, found, rest = body.partition(old)
        return first + found + rest.replace(old, new, 1)

    return change


ROWS: dict[str, Rows] = {
    "invalid-utf8": _second(b'"name":"s"', b'"name":"\xff\xfe\xc3\x28"'),
    "nul": lambda body: body.replace(b'"name":"s"', b'"name":"a\\u0000b"').replace(b'"p":1', b'"p":"\\u0000","\\u0000":"\\u0000"'),
    "huge-numbers": lambda body: body.replace(b'"p":1', b'"p":[1e999999,-1e999999,1e-999999,' + b"9" * 5000 + b"]"),
    "deep-nesting": _second(b'"p":1', b'"p":' + b"[" * 100_000 + b"]" * 100_000),
    "long-name": _second(b'"name":"s"', b'"name":"' + b"n" * 10_000_000 + b'"'),
    "year-9999": lambda body: _second(f'"{heavy.AT}"'.encode(), b'"' + LATE + b'"')(_second(f'"{heavy.UNTIL}"'.encode(), b'"' + LATE + b'"')(body)),
}
"""Sound HTTP, unsound rows: what becomes of the sound page."""


class Hostile(socketserver.ThreadingTCPServer):
    """Serves while its `with` block runs. `stolen` is what came to the address that redirects lead to: its mere request is a fault."""

    allow_reuse_address = daemon_threads = True
    request_queue_size = 128

    def __init__(self, trap: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.trap, self.stolen, self.served, self._lock = trap, [], {}, threading.Lock()
        self.numbers: Iterator[int] = itertools.count(1)
        self.is_over = threading.Event()

    def host(self, behaviour: str, scheme: str = "http") -> str:
        """The address to put in a connection."""
        return f"{scheme}://127.0.0.1:{self.server_address[1]}/{behaviour}"

    def count(self, behaviour: str) -> None:
        """One more request was met with it."""
        with self._lock:
            self.served[behaviour] = self.served.get(behaviour, 0) + 1

    def handle_error(self, request: object, client_address: object) -> None:
        """Connections break here all the time; anything else is a fault of this file."""
        if not isinstance(sys.exc_info()[1], OSError | ValueError):
            traceback.print_exc()

    def __enter__(self) -> Hostile:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.is_over.set()
        self.shutdown()
        self.server_close()


class _Connection(socketserver.StreamRequestHandler):
    """One connection: request after request, until a behaviour ends it."""

    server: Hostile
    disable_nagle_algorithm = True

    def handle(self) -> None:
        while self.one():
            pass

    def one(self) -> bool:
        """One request. False ends the connection."""
        line = self.rfile.readline(65_536)
        if line.startswith(b"\x16"):  # a client that speaks TLS: as nginx answers it on a plain port
            self.server.count("https-to-plain")
            self.connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return False
        if len(parts := line.split()) != 3:
            return False
        length = 0
        head = b""
        while (header := self.rfile.readline(65_536)).strip():
            head += header
            if header.lower().startswith(b"content-length:"):
                length = int(header.split(b":")[1])
        body = self.rfile.read(length)
        path = parts[1].decode().lstrip("/")
        if f"/{path}".startswith(STOLEN):
            self.server.stolen.append((line + head).decode(errors="replace"))
            return self.send(200, heavy.JSON, b"{}")
        behaviour, _, rest = path.partition("/")
        self.behaviour, self.path, self.body = behaviour, rest, body
        self.server.count(behaviour)
        status, headers, sound = heavy.answer(f"{heavy.FEW if behaviour not in heavy.INPUTS else behaviour}/{rest}", body)
        is_page = "sessions" not in rest and "health" not in rest
        if status == 404 and behaviour == "endless-pages":  # an API that this platform does not have
            is_page = False
        if not is_page or behaviour in (heavy.FEW, *heavy.INPUTS):
            return self.send(status, headers, sound)
        if behaviour in ROWS:
            return self.send(status, headers, ROWS[behaviour](sound))
        return BEHAVIOURS[behaviour](self, headers, sound)

    def send(self, status: int, headers: dict[str, str], body: bytes = b"", length: int | None = None, keep: bool = True) -> bool:
        """An answer. With another `length` than the body's it lies."""
        lines = {**headers, "Content-Length": str(len(body) if length is None else length)}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.connection.sendall(f"HTTP/1.1 {status} As Told\r\n{head}\r\n".encode() + body)
        return keep

    def chunks(self, headers: dict[str, str], parts: Iterator[bytes], pause: float = 0.0) -> bool:
        """A chunked answer that ends when the parts do, or with the connection."""
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.connection.sendall(f"HTTP/1.1 200 OK\r\n{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        for part in parts:
            self.connection.sendall(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            if pause and self.server.is_over.wait(pause):
                break
        return False

    def wait(self) -> bool:
        """Says nothing more until the client has gone."""
        self.connection.settimeout(FOREVER)
        with contextlib.suppress(OSError):
            self.connection.recv(1)
        return False

    def reset(self) -> bool:
        """Ends the connection by RST: the network itself has failed."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        return False

    def endless_head(self) -> bool:
        """Header after header."""
        self.connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(10_000_000):
            self.connection.sendall(b"X-%d: %s\r\n" % (number, b"x" * 1000))
        return False

    def cursor(self, number: int) -> str:
        """A cursor as the platform writes it."""
        return base64.b64encode(f"Span:{number}".encode()).decode() if self.path.startswith("v1/projects") else str(number)

    def endless_page(self, headers: dict[str, str]) -> bool:
        """A new row of somebody else's on every page, and always another page."""
        number = next(self.server.numbers)
        time.sleep(0.02)
        trace, span = uuid.UUID(int=(7 << 64) + number), f"{number:016x}"
        times = {"start_time": heavy.AT, "end_time": heavy.UNTIL}
        cursor = self.cursor(number)
        if self.path.startswith("v1/projects"):
            row = {"name": "s", "span_kind": "CHAIN", "context": {"trace_id": trace.hex, "span_id": span}, "parent_id": None, "attributes": {}}
            page = {"data": [row | times | {"status_code": "OK"}], "next_cursor": cursor}
        elif self.path.startswith("api/public"):
            row = {"id": span, "traceId": trace.hex, "parentObservationId": None, "type": "SPAN", "name": "s", "level": "DEFAULT", "metadata": {}}
            page = {"data": [row | {"startTime": heavy.AT, "endTime": heavy.UNTIL}], "meta": {"cursor": cursor}}
        else:
            row = {"id": str(trace), "trace_id": str(trace), "parent_run_ids": [], "project_id": heavy.PROJECT_ID, "name": "s", "run_type": "chain"}
            page = {"items": [row | times | {"status": "success", "metadata": {}, "inputs": {}}], "next_cursor": cursor}
        return self.send(200, headers, json.dumps(page).encode())


def _loop(connection: _Connection, headers: dict[str, str], sound: bytes) -> bool:
    """Every page says that the first one comes next."""
    page = json.loads(sound)
    (page["meta"] if "meta" in page else page)["cursor" if "meta" in page else "next_cursor"] = connection.cursor(0)
    return connection.send(200, headers, json.dumps(page).encode())


def _bomb() -> Iterator[bytes]:
    """10 GB of blanks: 100 gzip members of 100 MB each."""
    return itertools.repeat(gzip.compress(b" " * (GIGABYTE // 10)), 100)


BEHAVIOURS: dict[str, Callable[[_Connection, dict[str, str], bytes], bool]] = {
    "slow-loris": lambda c, h, sound: c.chunks(h, (sound[at : at + 1] for at in range(len(sound))), pause=0.5),
    "silence": lambda c, _, __: c.wait(),
    "endless-head": lambda c, _, __: c.endless_head(),
    "endless-body": lambda c, h, _: c.chunks(h, itertools.repeat(b" " * 65_536)),
    "gzip-bomb": lambda c, h, _: c.chunks(h | {"Content-Encoding": "gzip"}, _bomb()),
    "length-10-gb": lambda c, h, sound: c.send(200, h, sound, length=10 * GIGABYTE) and c.wait(),
    "truncated": lambda c, h, sound: c.send(200, h, sound[: len(sound) // 2], length=len(sound), keep=False),
    "reset": lambda c, h, sound: c.send(200, h, sound[: len(sound) // 2], length=len(sound)) and c.reset(),
    "redirect": lambda c, h, _: c.send(307, h | {"Location": f"{c.server.trap}{STOLEN}"}),
    "cursor-loop": _loop,
    "endless-pages": lambda c, h, _: c.endless_page(h),
    "plain-to-tls": lambda c, _, __: c.connection.sendall(TLS_ALERT) is not None,
    "500-for-ever": lambda c, h, _: c.send(500, h, b'{"message":"Internal Server Error"}'),
    "429-for-ages": lambda c, h, _: c.send(429, h | {"Retry-After": "99999999999999999999"}, b"{}"),
    "503-for-ages": lambda c, h, _: c.send(503, h | {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, b"{}"),
}
"""What is done to a request for rows. `plain-to-tls` answers a plain request as a server that speaks TLS only."""
