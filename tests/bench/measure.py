"""The measurements. Each returns raw samples: a list of objects with `part`, `of`, and what was measured, in seconds, bytes and numbers."""

from __future__ import annotations

import json
import sys
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from floor import Floor
from peer import Peer
from processes import CONNECTIONS, ClickHouse, Function
from real_phoenix import NotReadyError, RealPhoenix
from recorder import Recorder, Stored
from rows import CAPS, END, SIMULATION, START, Platform
from rows_v1 import PlatformV1
from surroundings import Call, Servers

ORGANIZATION = "bench"
Sample = dict[str, Any]


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    rounds: int
    starts: int
    share: float
    """Of each cap."""
    repetitions: int
    """Of the rows of `one_core`."""
    typical: int = 60

    def cap(self, provider: str) -> int:
        """Spans of a large call."""
        return max(20, int(CAPS[provider] * self.share))


class Bench:
    """The servers, and the functions in a folder."""

    def __init__(self, folder: Path, servers: Servers, clickhouse: ClickHouse, sizes: Sizes) -> None:
        self.folder, self.servers, self.clickhouse, self.sizes = folder, servers, clickhouse, sizes

    def large(self, provider: str, delay: float) -> Iterator[Sample]:
        """Imports at the cap and the floor, in turns."""
        spans = self.sizes.cap(provider)
        recorded = self._recorded(provider, spans, Platform(provider, spans, 2_000))
        self.servers.delay = delay
        floor = Floor(*recorded, self.servers.port, self.clickhouse.port, self.servers.port)
        with self._function(provider) as function:
            self._import(function, provider, spans)
            for number in range(self.sizes.rounds):
                of = {"part": f"floor_{delay * 1000:.0f}ms", "of": provider, "round": number}
                yield self._import(function, provider, spans) | of
                yield of | self._floor(floor, spans)
        self.servers.delay = 0.0

    def _floor(self, floor: Floor, spans: int) -> Sample:
        self.clickhouse.sql("TRUNCATE TABLE otel_traces")
        seconds = floor.run()
        if (rows := self.clickhouse.rows()) != spans:
            raise AssertionError(f"the floor stored {rows} of {spans} spans")
        return {"floor_seconds": seconds, "floor_requests": floor.requests}

    def peers(self, provider: str) -> Iterator[Sample]:
        """Imports at the cap, and those of a Python script with the platform's own SDK, in turns. What both store is compared."""
        spans = self.sizes.cap(provider)
        self.servers.platform = Platform(provider, spans, 2_000)
        with self._function(provider) as function, Peer(provider, self.servers, self.clickhouse, ORGANIZATION) as peer:
            for number in range(self.sizes.rounds + 1):
                own = self._import(function, provider, spans)
                expected = self.clickhouse.digest()
                self.clickhouse.sql("TRUNCATE TABLE otel_traces")
                self.servers.reset()
                seconds = peer.run(spans)
                if self.clickhouse.digest() != expected:
                    raise AssertionError(f"the peer of {provider} stored other rows")
                asked = len(self.servers.calls)
                if number:  # the first of each pays for what later ones find ready
                    yield own | {"part": "peers", "of": provider, "round": number, "peer_cpu_seconds": seconds, "peer_requests": asked}

    def further(self, name: str) -> Iterator[Sample]:
        """A typical call and one at the cap, from an older API or from a real Phoenix; of that also what the floor takes."""
        if name == "real_phoenix":
            try:
                yield from self._real_phoenix()
            except NotReadyError as error:  # the other figures do not depend on it
                print(f"bench: no further figures of a real Phoenix: {error}", file=sys.stderr, flush=True)
            return
        provider = name.removesuffix("_v1")
        for call, spans in self._calls(provider):
            self.servers.platform = PlatformV1(provider, spans, 2_000)
            with self._function(provider) as function:
                self._import(function, provider, spans)
                for number in self._few:
                    yield self._import(function, provider, spans) | {"part": "further", "of": name, "call": call, "round": number}

    def _real_phoenix(self) -> Iterator[Sample]:
        with RealPhoenix() as phoenix:
            self.servers.more_hosts = [phoenix.url]
            for digit, (call, spans) in enumerate(self._calls("arize"), start=1):
                project = f"bench-{call}"
                phoenix.fill(project, spans, 2_000, str(digit))
                recorded = self._recorded("arize", spans, phoenix, {"project_name": project})
                floor = Floor(*recorded, self.servers.port, self.clickhouse.port, phoenix.port)
                with self._function("arize", connection={"project_name": project, "host": phoenix.url}) as function:
                    self._import(function, "arize", spans)
                    for number in self._few:
                        of = {"part": "further", "of": "real_phoenix", "call": call, "round": number}
                        yield self._import(function, "arize", spans) | {"requests": self._told_requests()} | of
                        yield of | self._floor(floor, spans)

    def _told_requests(self) -> int:
        """What the import's outcome says of them, where they go elsewhere."""
        messages = [json.loads(json.loads(call.body)["MessageBody"]) for call in self.servers.calls if call.kind == "queue"]
        return next(message["requests"] for message in messages if "requests" in message)

    @property
    def _few(self) -> range:
        """Rounds of what has no target."""
        return range(min(3, self.sizes.rounds))

    def _calls(self, provider: str) -> list[tuple[str, int]]:
        return [("typical", self.sizes.typical), ("cap", self.sizes.cap(provider))]

    def typical(self, provider: str) -> Iterator[Sample]:
        """Imports of a call as most are, the project known."""
        spans = self.sizes.typical
        calls, stored = self._recorded(provider, spans, Platform(provider, spans, 2_000))
        sent = sum(len(one.path) + len(one.body) for one in (*calls, *stored))
        yield {"part": "typical", "of": provider, "store_calls": len(stored), "bytes_out": sent}
        with self._function(provider) as function:
            first = self._import(function, provider, spans)
            for number in range(self.sizes.rounds):
                yield self._import(function, provider, spans) | {"part": "typical", "of": provider, "round": number, "first_seconds": first["seconds"]}

    def growth(self, provider: str) -> Iterator[Sample]:
        """One, two, four and eight eighths of the cap, and one span, each in a process of its own."""
        for eighths in (0, 1, 2, 4, 8):
            spans = max(1, self.sizes.cap(provider) * eighths // 8)
            self.servers.platform = Platform(provider, spans, 2_000)
            with self._function(provider) as function:
                self._import(function, provider, spans)
                for number in range(self.sizes.rounds):
                    yield self._import(function, provider, spans) | {"part": "growth", "of": provider, "eighths": eighths, "round": number}

    def heavy(self, provider: str) -> Sample:
        """20 KB a span, up to the size cap."""
        spans = min(self.sizes.cap(provider), int(3_600 * max(self.sizes.share, 0.01)))
        self.servers.platform = Platform(provider, spans, 20_000)
        with self._function(provider) as function:
            return self._import(function, provider, None) | {"part": "heavy", "of": provider, "asked": spans}

    def start(self, name: str) -> Iterator[Sample]:
        """From the start of the process to its first question for work."""
        for number in range(self.sizes.starts):
            with Function(self.folder / name, self.servers, self.clickhouse.url) as function:
                yield {"part": "start", "of": name, "round": number, "seconds": function.start_seconds}

    def zips(self, name: str) -> Sample:
        """The size of what is deployed."""
        content = BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.write(self.folder / name, "bootstrap")
        return {"part": "zip", "of": name, "bytes": len(content.getvalue())}

    def fanout(self) -> Iterator[Sample]:
        """Batches of ten events through one worker."""
        for provider in CONNECTIONS:
            self.servers.secrets[f"spanlift/{ORGANIZATION}/{provider}"] = {}
        with Function(self.folder / "fanout", self.servers, self.clickhouse.url) as function:
            for number in range(self.sizes.rounds + 1):
                before = function.cpu_seconds()
                seconds, answer = self.servers.invoke(_batch([_event() | {"simulation_output_id": f"bench-{number}-{one}"} for one in range(10)]))
                if answer.get("batchItemFailures"):
                    raise AssertionError(f"fanout gave back {answer}")
                if number:
                    yield {"part": "fanout", "of": "fanout", "round": number, "seconds": seconds, "events": 10, "cpu_seconds": function.cpu_seconds() - before}

    @contextmanager
    def _function(self, provider: str, store: str = "", connection: dict[str, str] | None = None) -> Iterator[Function]:
        host = {"host": f"http://127.0.0.1:{self.servers.port}"}
        self.servers.secrets[f"spanlift/{ORGANIZATION}/{provider}"] = CONNECTIONS[provider] | host | (connection or {})
        with Function(self.folder / provider, self.servers, store or self.clickhouse.url) as function:
            yield function

    def _recorded(
        self, provider: str, spans: int, platform: Platform | RealPhoenix, connection: dict[str, str] | None = None
    ) -> tuple[list[Call], list[Stored]]:
        """The second import of a process: what it asked for."""
        self.servers.platform = platform
        recorder = Recorder(self.clickhouse.url)
        with self._function(provider, recorder.url, connection) as function:
            self._import(function, provider, spans)
            recorder.requests.clear()
            self._import(function, provider, spans)
        recorder.end()
        return list(self.servers.calls), list(recorder.requests)

    def _import(self, function: Function, provider: str, expected: int | None) -> Sample:
        """One import into an empty store. All its spans must be there after it."""
        self.clickhouse.sql("TRUNCATE TABLE otel_traces")
        self.servers.reset()
        cpu, log = function.cpu_seconds(), len(function.log())
        seconds, answer = self.servers.invoke(_batch([_event() | {"provider": provider}]))
        stored = self.clickhouse.rows()
        if answer.get("batchItemFailures") or stored == 0 or expected not in (None, stored):
            raise AssertionError(f"{provider} stored {stored} of {expected} spans, answered {answer}: {function.log()[-3000:]}")
        kinds = [call.kind for call in self.servers.calls]
        return {
            "seconds": seconds,
            "cpu_seconds": function.cpu_seconds() - cpu,
            "peak_bytes": function.peak_bytes(),
            "spans": stored,
            "stored_bytes": self.clickhouse.stored_bytes(),
            "bytes_in": sum(call.received for call in self.servers.calls),
            "log_bytes": len(function.log()) - log,
            "requests": kinds.count("platform"),
            "ledger_calls": kinds.count("ledger"),
            "secret_calls": kinds.count("secret"),
            "queue_calls": kinds.count("queue"),
        }


def _event() -> Sample:
    return {
        "version": "1",
        "organization_id": ORGANIZATION,
        "simulation_output_id": SIMULATION,
        "status": "COMPLETED",
        "started_at": START.isoformat(),
        "ended_at": END.isoformat(),
    }


def _batch(bodies: list[Sample]) -> Sample:
    """An event source mapping's batch."""
    return {
        "Records": [
            {
                "messageId": str(uuid.uuid4()),
                "receiptHandle": "receipt",
                "body": json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:000000000000:bench",
                "awsRegion": "eu-west-1",
            }
            for body in bodies
        ]
    }
