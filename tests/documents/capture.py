"""A server that takes what an SDK sends to its platform and keeps it. It answers as little as the SDKs are content with."""

from __future__ import annotations

import email
import gzip
import json
import threading
import time
import zlib
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

# What LangSmith's SDK asks for before it sends anything.
LANGSMITH_INFO = Path(__file__).resolve().parents[1] / "stand-in-langsmith/bodies/info.json"


@dataclass
class Captured:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    def spans(self) -> list[dict[str, Any]]:
        """The spans of an OTLP export: name, parent, attributes."""
        request = ExportTraceServiceRequest.FromString(self.body)
        spans = [span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]
        return [
            {
                "name": span.name,
                "parent": span.parent_span_id.hex(),
                "attributes": {item.key: getattr(item.value, item.value.WhichOneof("value") or "string_value") for item in span.attributes},
            }
            for span in spans
        ]

    def parts(self) -> dict[str, Any]:
        """The parts of a multipart upload by their names, read as JSON."""
        message = email.message_from_bytes(f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode() + self.body)
        named = ((part.get_param("name", header="content-disposition"), part.get_payload(decode=True)) for part in message.get_payload())
        return {str(name): json.loads(body) for name, body in named}


@dataclass
class Capture:
    """Serves while its `with` block runs."""

    requests: list[Captured] = field(default_factory=list)

    def __enter__(self) -> Capture:
        requests = self.requests

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Nothing: `requests` has it."""

            def do_GET(self) -> None:  # noqa: N802 - the name is the protocol's
                self._answer(LANGSMITH_INFO.read_bytes())

            def do_POST(self) -> None:  # noqa: N802
                headers = {name.lower(): value for name, value in self.headers.items()}
                requests.append(Captured(self.path, headers, _decoded(self._body(headers), headers.get("content-encoding"))))
                self._answer(b"{}")

            do_PATCH = do_POST  # noqa: N815

            def _body(self, headers: dict[str, str]) -> bytes:
                if headers.get("transfer-encoding") != "chunked":
                    return self.rfile.read(int(headers.get("content-length", "0")))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def _answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def wait(self, path: str, seconds: float = 10) -> list[Captured]:
        """The requests to a path, once there is one."""
        deadline = time.monotonic() + seconds
        while not (found := [request for request in self.requests if request.path.split("?")[0] == path]):
            assert time.monotonic() < deadline, f"nothing came to {path}; came: {[request.path for request in self.requests]}"
            time.sleep(0.05)
        return found


def _decoded(body: bytes, encoding: str | None) -> bytes:
    if encoding == "gzip":
        return gzip.decompress(body)
    return zlib.decompress(body) if encoding == "deflate" else body
