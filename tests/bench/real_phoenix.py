"""A real Phoenix server with the same calls in it: what the stand-in's figures are held against."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from rows import END, JSON, START, Answer, Platform
from settings import REPOSITORY, free_port

BATCH = 500
PATIENCE = 400.0


class NotReadyError(Exception):
    """The server did not start, or did not show what it was sent."""


class RealPhoenix:
    """The server, on loopback, with a database of its own."""

    def __enter__(self) -> RealPhoenix:
        """Starts it."""
        self._folder = tempfile.TemporaryDirectory(prefix="spanlift-bench-")
        self.port = free_port()
        own = {
            "PATH": os.environ["PATH"],
            "PHOENIX_HOST": "127.0.0.1",
            "PHOENIX_PORT": str(self.port),
            "PHOENIX_WORKING_DIR": self._folder.name,
            "PHOENIX_TELEMETRY_ENABLED": "false",
            "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
            "PHOENIX_DISABLE_AGENT_ASSISTANT": "true",
        }
        command = [sys.executable, str(REPOSITORY / "stack/phoenix_server.py"), "serve"]
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(command, env=own, stdout=self._log, stderr=self._log)
        until = time.monotonic() + PATIENCE
        while self._ask("/readyz")[0] != 200:
            if time.monotonic() > until or self._process.poll() is not None:
                self._log.seek(0)
                self._process.kill()
                raise NotReadyError(f"Phoenix did not start: {self._log.read()[-2000:].decode(errors='replace')}")
            time.sleep(0.3)
        return self

    def __exit__(self, *_: object) -> None:
        """Ends it and forgets its data."""
        self._process.terminate()
        self._process.wait(60)
        self._folder.cleanup()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str, _: bytes) -> Answer:
        """What it answers, passed on: for the one import whose requests are kept."""
        status, content = self._ask(path)
        return status, JSON, content

    def fill(self, project: str, spans: int, size: int, digit: str) -> None:
        """Sends a call as an exporter does, and waits until all of it can be read. Its ids begin with a digit of its own: one that is there already is not taken."""
        rows = [json.loads(row.whole) for row in Platform("arize", spans, size).rows]
        for first in range(0, spans, BATCH):
            sent = ExportTraceServiceRequest()
            traced = sent.resource_spans.add()
            traced.resource.attributes.append(_attribute("openinference.project.name", project))
            traced.scope_spans.add().spans.extend(_span(row, digit) for row in rows[first : first + BATCH])
            status, said = self._ask("/v1/traces", sent.SerializeToString())
            if status != 200:
                raise NotReadyError(f"Phoenix took no spans: {status} {said[:300]!r}")
        until = time.monotonic() + PATIENCE
        last = digit + rows[-1]["context"]["span_id"][1:]  # what came last is inserted last; reading all, again and again, would hold the inserts up
        while not self._shows(project, last) or self._count(project) < spans:
            if time.monotonic() > until:
                raise NotReadyError(f"Phoenix does not show all of {spans} spans")
            time.sleep(2)

    def _shows(self, project: str, span: str) -> bool:
        status, content = self._ask(f"/v1/projects/{project}/spans?limit=1&span_id={span}")
        return status == 200 and len(json.loads(content)["data"]) == 1

    def _count(self, project: str) -> int:
        """By ids alone there is no asking: page after page."""
        window = {"limit": "1000", "start_time": START.isoformat(), "end_time": END.isoformat()}
        count, cursor = 0, ""
        while cursor is not None:
            query = urllib.parse.urlencode(window | ({"cursor": cursor} if cursor else {}))
            status, content = self._ask(f"/v1/projects/{project}/spans?{query}")
            if status != 200:
                return count
            page = json.loads(content)
            count += len(page["data"])
            cursor = page["next_cursor"]
        return count

    def _ask(self, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        request = urllib.request.Request(self.url + path, body, {"Content-Type": "application/x-protobuf"} if body else {})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError:
            return 0, b""


def _span(row: dict[str, Any], digit: str) -> Span:
    """A span of the stand-in as an SDK sends it."""
    parent = row["parent_id"]
    span = Span(
        trace_id=bytes.fromhex(digit + row["context"]["trace_id"][1:]),
        span_id=bytes.fromhex(digit + row["context"]["span_id"][1:]),
        parent_span_id=bytes.fromhex(digit + parent[1:] if parent else ""),
        name=row["name"],
        start_time_unix_nano=_nanoseconds(row["start_time"]),
        end_time_unix_nano=_nanoseconds(row["end_time"]),
        status=Status(code=Status.STATUS_CODE_OK),
    )
    span.attributes.extend(_attribute(name, value) for name, value in row["attributes"].items())
    return span


def _attribute(name: str, value: str | int) -> KeyValue:
    return KeyValue(key=name, value=AnyValue(string_value=value) if isinstance(value, str) else AnyValue(int_value=value))


def _nanoseconds(told: str) -> int:
    return round(datetime.fromisoformat(told).timestamp() * 1_000) * 1_000_000
