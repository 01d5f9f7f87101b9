"""Takes what an SDK exports: OTLP over HTTP (protobuf or JSON), and the runs of LangSmith's SDKs. It keeps them as JSON, and does nothing else."""

from __future__ import annotations

import base64
import gzip
import json
import threading
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

ID_MEMBERS = ("traceId", "spanId", "parentSpanId")


class Receiver:
    """What came so far."""

    def __init__(self) -> None:
        self.resource_spans: list[dict[str, Any]] = []
        self.runs: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

            def do_GET(self) -> None:
                # LangSmith's SDKs ask what the server can do.
                self._say({"version": "0.16.0", "batch_ingest_config": {"use_multipart_endpoint": True, "size_limit": 100, "size_limit_bytes": 20971520, "scale_up_nthreads_limit": 1, "scale_up_qsize_trigger": 1000}})

            def do_POST(self) -> None:
                receiver._take(self.path, self.headers, self._body())
                self._say({})

            do_PATCH = do_POST

            def _body(self) -> bytes:
                if (length := self.headers.get("content-length")) is not None:
                    body = self.rfile.read(int(length))
                else:
                    body = b""
                    while size := int(self.rfile.readline(), 16):
                        body += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                encoding = self.headers.get("content-encoding")
                if encoding == "zstd":
                    import zstandard

                    return zstandard.ZstdDecompressor().decompressobj().decompress(body)
                return gzip.decompress(body) if encoding == "gzip" else body

            def _say(self, answer: dict[str, Any]) -> None:
                body = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_address[1]}"

    def _take(self, path: str, headers: Message, body: bytes) -> None:
        with self._lock:
            if path.endswith("/v1/traces"):
                self.resource_spans += _spans(headers.get("content-type", ""), body)
            elif path.endswith("/runs/multipart"):
                self._take_parts(headers, body)
            elif path.endswith("/runs/batch"):
                batch = json.loads(body)
                for run in batch.get("post", []) + batch.get("patch", []):
                    self._put(run)
            elif "/runs" in path:
                run = json.loads(body)
                self._put(run if "id" in run else {"id": path.rsplit("/", 1)[1], **run})

    def _take_parts(self, headers: Message, body: bytes) -> None:
        """A part is a run (`post.<id>`, `patch.<id>`) or a field of one (`post.<id>.inputs`)."""
        whole = BytesParser(policy=HTTP).parsebytes(b"content-type: " + headers["content-type"].encode() + b"\r\n\r\n" + body)
        for part in whole.iter_parts():
            _, run, *field = str(part.get_param("name", header="content-disposition")).split(".")
            value = json.loads(part.get_payload(decode=True))
            self._put({"id": run, field[0]: value} if field else {"id": run, **value})

    def _put(self, run: dict[str, Any]) -> None:
        """A later word on a run counts, but for what it leaves open."""
        known = self.runs.setdefault(run["id"], {})
        known.update({name: value for name, value in run.items() if value is not None or name not in known})

    def export(self) -> dict[str, Any]:
        """What the SDK exported."""
        with self._lock:
            if self.runs:
                return {"runs": sorted(self.runs.values(), key=lambda run: (run.get("dotted_order", ""), run["id"]))}
            return {"resourceSpans": _merged(self.resource_spans)}

    def size(self) -> int:
        """How much has come: it grows while something comes."""
        with self._lock:
            return len(self.resource_spans) + sum(len(run) for run in self.runs.values())


def _spans(content_type: str, body: bytes) -> list[dict[str, Any]]:
    if "json" in content_type:
        return json.loads(body).get("resourceSpans", [])
    spans = MessageToDict(ExportTraceServiceRequest.FromString(body), use_integers_for_enums=True).get("resourceSpans", [])
    for resource in spans:
        for scope in resource.get("scopeSpans", []):
            for span in scope.get("spans", []):
                # OTLP's JSON has ids in hexadecimal digits, protobuf's in base64.
                span.update({name: base64.b64decode(span[name]).hex() for name in ID_MEMBERS if span.get(name)})
                for link in span.get("links", []):
                    link.update({name: base64.b64decode(link[name]).hex() for name in ID_MEMBERS if link.get(name)})
    return spans


def _merged(resource_spans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Spans of one resource and scope side by side, in the order of their starts: how they were cut into requests says nothing."""
    resources: dict[str, dict[str, Any]] = {}
    for resource in resource_spans:
        key = json.dumps(resource.get("resource", {}), sort_keys=True)
        merged = resources.setdefault(key, {"resource": resource.get("resource", {}), "scopes": {}})
        for scope in resource.get("scopeSpans", []):
            scope_key = json.dumps(scope.get("scope", {}), sort_keys=True)
            merged["scopes"].setdefault(scope_key, {"scope": scope.get("scope", {}), "spans": []})["spans"] += scope.get("spans", [])
    for merged in resources.values():
        for scope in merged["scopes"].values():
            scope["spans"].sort(key=lambda span: (int(span["startTimeUnixNano"]), span["spanId"]))
    return [{"resource": merged["resource"], "scopeSpans": list(merged["scopes"].values())} for merged in resources.values()]
