"""Between a function and the trace store for one import: passes everything on and keeps what was asked, for the floor to ask the same."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Stored:
    """A request to the trace store."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def is_insert(self) -> bool:
        """Does it bring rows?"""
        return "INSERT" in self.path or self.body[:6] == b"INSERT"


class Recorder:
    """The server."""

    def __init__(self, behind: str) -> None:
        self.requests: list[Stored] = []
        requests = self.requests

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Says nothing."""

            def do_POST(self) -> None:
                """Passes it on."""
                body = self._chunks() if self.headers.get("Transfer-Encoding") == "chunked" else self.rfile.read(int(self.headers.get("Content-Length", 0)))
                left_out = {"host", "content-length", "transfer-encoding", "connection"}
                kept = {name: value for name, value in self.headers.items() if name.lower() not in left_out}
                requests.append(Stored(self.path, kept, body))
                try:
                    with urllib.request.urlopen(urllib.request.Request(behind + self.path, body, kept), timeout=60) as answer:
                        status, headers, content = answer.status, answer.headers, answer.read()
                except urllib.error.HTTPError as error:
                    status, headers, content = error.code, error.headers, error.read()
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in left_out:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST

            def _chunks(self) -> bytes:
                whole = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    whole += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return whole

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def end(self) -> None:
        """Stops."""
        self._server.shutdown()
