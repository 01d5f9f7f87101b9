"""A proxy before AWS, the trace store or a platform: it knows each call by what it does, and lets a hook hold it back, before it is passed on or
after its answer has come."""

from __future__ import annotations

import http.client
import json
import sys
import threading
import traceback
import urllib.parse
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from sandbox import read_body

Answer = tuple[int, dict[str, str], bytes]
Hook = Callable[[str, str], Answer | None]
"""Hears of each call by its kind, `before` it is passed on and `after` it was answered. What it returns before is the answer in place of the real one."""
HOP_BY_HOP = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding", "te", "upgrade", "date", "server"})


class CutOff(Exception):
    """Raised by a hook: the caller gets no answer, its connection ends."""


class Gate(ThreadingHTTPServer):
    """Stands before one server, while its `with` block runs."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, upstream: str, kind: Callable[[str, str, dict[str, str], bytes], str], hook: Hook) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream, self.kind, self.hook = urllib.parse.urlsplit(upstream), kind, hook

    @property
    def url(self) -> str:
        """Its own address, in place of the upstream's."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Who was killed leaves a broken connection; anything else is a fault of this file."""
        if not isinstance(sys.exc_info()[1], OSError | CutOff):
            traceback.print_exc()

    def __enter__(self) -> Gate:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: Gate
    _upstream: http.client.HTTPConnection | None = None

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def finish(self) -> None:
        """The connection has ended, and with it the one behind it."""
        if self._upstream:
            self._upstream.close()
        super().finish()

    def do_GET(self) -> None:  # noqa: N802 - the name is the protocol's
        """Any call."""
        body = read_body(self.rfile, self.headers)
        kind = self.server.kind(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        answer = self.server.hook(kind, "before") or self._pass_on(body)
        self.server.hook(kind, "after")
        status, headers, answered = answer
        self.send_response_only(status)
        for name, value in {**headers, "Content-Length": str(len(answered))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answered)
        self.wfile.flush()

    do_POST = do_GET  # noqa: N815

    def _pass_on(self, body: bytes) -> Answer:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        if not self._upstream:
            host, port = self.server.upstream.hostname or "", self.server.upstream.port
            self._upstream = http.client.HTTPConnection(host, port, timeout=60)
        path = self.server.upstream.path.rstrip("/") + self.path
        for is_last in (False, True):  # a connection that was kept may have ended meanwhile
            try:
                self._upstream.request(self.command, path, body or None, headers)
                answer = self._upstream.getresponse()
                kept = {name: value for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP}
                return answer.status, kept, answer.read()
            except (http.client.HTTPException, OSError):
                self._upstream.close()
                if is_last:
                    raise
        raise AssertionError


def aws_kind(_: str, __: str, headers: dict[str, str], body: bytes) -> str:
    """A call to AWS by what an import needs it for."""
    operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
    asked = json.loads(body or b"{}")
    if operation == "SendMessage":
        queue = asked["QueueUrl"].rsplit("-", 1)[-1]
        return {"outcomes": "announce", "letters": "dead letter"}.get(queue, "send next")
    if operation == "GetSecretValue":
        return "store's user" if asked["SecretId"].count("/") == 1 else "secret"
    if operation in ("UpdateItem", "PutItem"):
        key = (asked.get("Key") or asked["Item"])["SK"]["S"]
        if key.startswith("connection#"):
            return "learn"
        if key.endswith("#fanout"):
            return "record"
        return "complete" if ":claimed_by" in asked.get("ExpressionAttributeValues", {}) else "claim"
    return {"Query": "attempts", "GetItem": "habit", "DescribeSecret": "is connected", "ChangeMessageVisibility": "hide"}.get(operation, operation)


def store_kind(_: str, path: str, __: dict[str, str], body: bytes) -> str:
    """A call to ClickHouse by its statement."""
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query).get("query", [""])[0]
    statement = query or body[:4000].decode(errors="replace")
    if statement.upper().startswith("INSERT"):
        return "insert"
    if "native" in statement:
        return "look-up"
    return "count" if "count()" in statement else "columns"


def platform_kind(_: str, path: str, __: dict[str, str], ___: bytes) -> str:
    """A call to a platform: pages of rows, or what is asked before them."""
    return "page" if "/spans" in path or "observations" in path or "query" in path or "traces" in path else "look at platform"
