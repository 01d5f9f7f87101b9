"""The processes of a measurement: a function as Lambda starts it, and ClickHouse's engine as the stack runs it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import IO

from rows import PROJECT
from surroundings import Servers
from settings import REPOSITORY, free_port

USER, PASSWORD = "bench", "bench"  # noqa: S105 - a server of this process's own
CONNECTIONS: dict[str, dict[str, str]] = {
    "arize": {"project_name": PROJECT},
    "langfuse": {"public_key": "pk-lf-bench", "secret_key": "sk-lf-bench"},
    "langsmith": {"project_name": PROJECT, "api_key": "lsv2_pt_bench"},
}
PASSES = {"arize": ("90", "20,60,300,900", "300"), "langfuse": ("30", "20,60,300,960,1800", "960"), "langsmith": ("90", "20,60,300,900", "300")}


def cpu_seconds(process: int) -> float:
    """User and system time of a process until now, all its threads, those that have ended included. By its CPU clock (`clock_getcpuclockid`), not by ticks."""
    return time.clock_gettime((~process << 3) | 2)


class ClickHouse:
    """The engine, with an empty `otel_traces`."""

    def __enter__(self) -> ClickHouse:
        """Starts it."""
        self._folder = tempfile.TemporaryDirectory(prefix="spanlift-bench-")
        users = Path(self._folder.name) / "users.json"
        users.write_text(json.dumps({USER: PASSWORD}))
        self.port = free_port()
        server = [sys.executable, str(REPOSITORY / "stack/clickhouse_server.py"), "--port", str(self.port)]
        server += ["--folder", str(Path(self._folder.name) / "data"), "--users", str(users)]
        self._process = subprocess.Popen(server, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/ping", timeout=5).close()
                break
            except OSError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise
                time.sleep(0.1)
        self.sql("CREATE DATABASE IF NOT EXISTS otel")
        for file in sorted((REPOSITORY / "infra/clickhouse").glob("*.sql")):
            for statement in file.read_text().split(";\n"):
                if statement.strip():
                    self.sql(statement)
        return self

    def __exit__(self, *_: object) -> None:
        """Ends it and forgets its data."""
        self._process.terminate()
        self._process.wait(30)
        self._folder.cleanup()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def sql(self, statement: str) -> str:
        """What it answers."""
        address = f"{self.url}/?" + urllib.parse.urlencode({"database": "otel"} if "DATABASE" not in statement else {})
        key = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        with urllib.request.urlopen(urllib.request.Request(address, statement.encode(), {"Authorization": f"Basic {key}"}), timeout=60) as answer:
            return answer.read().decode()

    def rows(self) -> int:
        """How many spans are stored."""
        return int(self.sql("SELECT count() FROM otel_traces"))

    def digest(self) -> str:
        """One number for all that is stored, but for the order of rows and attributes and for the import's id."""
        attributes = "arraySort(arrayZip(mapKeys(SpanAttributes), mapValues(SpanAttributes)))"
        resource = "arraySort(arrayFilter(x -> x.1 != 'import.id', arrayZip(mapKeys(ResourceAttributes), mapValues(ResourceAttributes))))"
        columns = "Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Duration, StatusCode, StatusMessage"
        return self.sql(f"SELECT count(), sum(cityHash64({columns}, toString({attributes}), toString({resource}))) FROM otel_traces").strip()

    def stored_bytes(self) -> int:
        """The bytes of the attributes of all spans that are stored."""
        sizes = "arraySum(arrayMap(x -> length(x), mapValues({0}))) + arraySum(arrayMap(x -> length(x), mapKeys({0})))"
        return int(self.sql(f"SELECT sum({sizes.format('SpanAttributes')} + {sizes.format('ResourceAttributes')}) FROM otel_traces"))


class Function:
    """One process of a function. `clickhouse_url` is where it finds its trace store."""

    def __init__(self, binary: Path, servers: Servers, clickhouse_url: str) -> None:
        servers.expect_function()
        servers.secrets |= {"spanlift/clickhouse": {"user": USER, "password": PASSWORD}}
        self._log: IO[bytes] = tempfile.TemporaryFile()
        began = time.perf_counter()
        self._process = subprocess.Popen([binary], env=_environment(binary.name, servers, clickhouse_url), stdout=self._log, stderr=self._log)
        if not servers.next_asked.wait(60):
            self._log.seek(0)
            self.end()
            raise RuntimeError(f"{binary} did not ask for work: {self._log.read(2000).decode(errors='replace')}")
        self.start_seconds = servers.next_at - began

    def __enter__(self) -> Function:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends it."""
        self.end()

    def end(self) -> None:
        """Ends it."""
        self._process.kill()
        self._process.wait(30)

    def cpu_seconds(self) -> float:
        """User and system time until now."""
        return cpu_seconds(self._process.pid)

    def peak_bytes(self) -> int:
        """The most memory that it had."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))

    def log(self) -> str:
        """What it wrote until now."""
        self._log.seek(0)
        text = self._log.read().decode(errors="replace")
        self._log.seek(0, os.SEEK_END)
        return text


def _environment(name: str, servers: Servers, clickhouse_url: str) -> dict[str, str]:
    """What terraform gives the function, and Lambda."""
    aws, queue = f"http://127.0.0.1:{servers.port}", "http://127.0.0.1:1/000000000000/bench"
    budget, passes, last_look = PASSES.get(name, ("30", "20", "20"))
    return {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{servers.port}",
        "AWS_LAMBDA_FUNCTION_NAME": f"bench-{name}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_LOG_GROUP_NAME": "bench",
        "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
        "AWS_ENDPOINT_URL": aws,
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "QUEUE_URL": queue,
        "DEAD_LETTER_QUEUE_URL": f"{queue}-dead",
        "OUTCOME_QUEUE_URL": f"{queue}-outcomes",
        "PROVIDER_QUEUES": json.dumps({provider: f"{queue}-{provider}" for provider in CONNECTIONS}),
        "LEDGER_TABLE": "bench",
        "LEDGER_DAYS": "90",
        "SECRET_PREFIX": "spanlift",
        "FUNCTION_TIMEOUT_SECONDS": "120",
        "RETRY_BASE_SECONDS": "10",
        "BUDGET_SECONDS": budget,
        "PASS_SECONDS": passes,
        "LAST_LOOK_SECONDS": last_look,
        "RATE_LIMIT_SECONDS": "30",
        "METRICS_NAMESPACE": "Spanlift/bench",
        "CLICKHOUSE_URL": clickhouse_url,
        "CLICKHOUSE_DATABASE": "otel",
        "CLICKHOUSE_TABLE": "otel_traces",
        "CLICKHOUSE_SECRET": "spanlift/clickhouse",
        "ORGANIZATION_ATTRIBUTE": "coval.organization_id",
        "SIMULATION_ATTRIBUTE": "coval.simulation_output_id",
        "ALLOWED_HOSTS": ",".join([aws, *servers.more_hosts]),
        "MALLOC_ARENA_MAX": "1",
        "LOG_LEVEL": "info",
    }
