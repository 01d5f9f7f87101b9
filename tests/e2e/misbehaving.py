"""Platforms that a customer may point us at by mistake or by malice: one small server, a behaviour a path.

    http://127.0.0.1:<port>/html       the user interface in place of the API, as Phoenix answers a wrong path
    http://127.0.0.1:<port>/locked     the real Phoenix behind one right key; any other gets 401
    http://127.0.0.1:<port>/rotated    the same, behind the keys that `rotated` accepts; it can hold a page back
    http://127.0.0.1:<port>/limited    the real Phoenix, which answers 429 to the next requests, as many as `limit` says
    http://127.0.0.1:<port>/heavy      calls that fill the memory of who reads them: see tests/memory/heavy.py
    http://127.0.0.1:<port>/echo-401   that status, and in headers and body all that was asked, keys too; any other status likewise
    http://127.0.0.1:<port>/forbidden  403      /broken  500      /login  a redirect      /old  Phoenix 11.5.0
    http://127.0.0.1:<port>/half-migrated   a Langfuse that serves neither of its APIs for reading
    http://127.0.0.1:<port>/silent     takes the request, and answers nothing until `silence` is set, or for half a minute
"""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

import heavy

RIGHT_KEY = "the-right-key"
Answer = tuple[int, dict[str, str], bytes]
JSON, TEXT, HTML = ({"Content-Type": kind} for kind in ("application/json", "text/plain; charset=utf-8", "text/html; charset=utf-8"))
EMPTY_PAGE = b'{"data":[],"next_cursor":null}'


class Rotated:
    """The keys of `rotated`, which come and go, and a page of spans that waits."""

    def __init__(self, *accepted: str) -> None:
        self.accepted = set(accepted)
        self.asked: list[tuple[str | None, int]] = []
        """For each request for spans: by which key, and the status of its answer."""
        self.is_held, self._go_on = threading.Event(), threading.Event()
        self._key: str | None = None

    def hold(self, key: str) -> None:
        """The next request for spans by this key waits until `release`."""
        self._key = key

    def release(self) -> None:
        """What waits is answered, by the keys that are accepted now."""
        self._go_on.set()

    def admits(self, path: str, key: str | None) -> bool:
        """Whether a request is answered; it may wait before."""
        is_page = "/spans" in path
        if is_page and key is not None and key == self._key:
            self._key = None
            self.is_held.set()
            self._go_on.wait(timeout=30)
        is_accepted = key in self.accepted
        if is_page:
            self.asked.append((key, 200 if is_accepted else 401))
        return is_accepted


class Misbehaving(ThreadingHTTPServer):
    """Serves while its `with` block runs. `requests` is what was asked of it: (behaviour, path, authorization)."""

    daemon_threads = True

    def __init__(self, phoenix_url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.phoenix_url = phoenix_url
        self.requests: list[tuple[str, str, str | None]] = []
        self.rotated = Rotated()
        self.silence = threading.Event()
        self._refusals, self._counting = 0, threading.Lock()

    def host(self, behaviour: str = "") -> str:
        """The address to put in a connection."""
        return f"http://127.0.0.1:{self.server_address[1]}/{behaviour}".rstrip("/")

    def limit(self, requests: int) -> None:
        """From now on so many requests of `limited` get a 429."""
        self._refusals = requests

    def is_over_limit(self) -> bool:
        """Whether a request is one of those; it counts."""
        with self._counting:
            self._refusals -= 1
            return self._refusals >= 0

    def __enter__(self) -> Misbehaving:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Misbehaving

    def log_message(self, *_: object) -> None:
        """Nothing: `requests` has it."""

    def do_GET(self) -> None:  # noqa: N802 - the name is the protocol's
        behaviour, _, path = self.path.lstrip("/").partition("/")
        authorization = self.headers.get("Authorization")
        self.server.requests.append((behaviour, path, authorization))
        asked = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        echoed = f"{self.requestline} {dict(self.headers)}".encode() + asked
        status, headers, body = _echo(behaviour, echoed) if behaviour.startswith("echo-") else self._answer(behaviour, path, authorization, asked)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name is the protocol's

    def _answer(self, behaviour: str, path: str, authorization: str | None, asked: bytes) -> Answer:
        match behaviour:
            case "heavy":
                return heavy.answer(path, asked)
            case "html":
                return 200, HTML, b"<!doctype html><title>Phoenix</title>"
            case "locked":
                return self._phoenix(path) if authorization == f"Bearer {RIGHT_KEY}" else (401, TEXT, b"Invalid token")
            case "rotated":
                key = (authorization or "").removeprefix("Bearer ") or None
                return self._phoenix(path) if self.server.rotated.admits(path, key) else (401, TEXT, b"Invalid token")
            case "limited":
                return (429, TEXT | {"Retry-After": "1"}, b"Too Many Requests") if self.server.is_over_limit() else self._phoenix(path)
            case "forbidden":
                return 403, TEXT, b"The Phoenix REST API is disabled in read-only mode."
            case "broken":
                return 500, TEXT, b"Internal Server Error"
            case "login":
                return 302, TEXT | {"Location": "/html/login"}, b""
            case "old":
                return 200, JSON | {"x-phoenix-server-version": "11.5.0"}, EMPTY_PAGE
            case "silent":
                self.server.silence.wait(timeout=30)
                return 503, TEXT, b"Service Unavailable"
            case "half-migrated":
                return 404, JSON, b'{"message":"Langfuse does not serve this endpoint","error":"LangfuseNotFoundError"}'
            case _:
                return 404, TEXT, b"Not Found"

    def _phoenix(self, path: str) -> Answer:
        try:
            with urllib.request.urlopen(f"{self.server.phoenix_url}/{path}", timeout=30) as response:
                return response.status, _passed_on(dict(response.headers)), response.read()
        except urllib.error.HTTPError as error:
            return error.code, _passed_on(dict(error.headers)), error.read()


def _echo(behaviour: str, asked: bytes) -> Answer:
    """A status with what was asked, as an error and as rows, in headers and in the address that a redirect leads to."""
    line = asked.decode(errors="replace").encode("ascii", "replace").decode()
    told = {"WWW-Authenticate": line, "Sunset": line, "Location": f"/html?{urllib.parse.quote(line)}"}
    rows = [{"id": [line], "trace_id": line, "context": line}]
    body = {"error": line, "detail": line, "message": line, "data": rows, "items": rows, "runs": rows, "next_cursor": None}
    return int(behaviour.removeprefix("echo-")), JSON | told, json.dumps(body).encode()


def _passed_on(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() in ("content-type", "x-phoenix-server-version")}
