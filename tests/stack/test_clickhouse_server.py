"""The stand-in speaks ClickHouse's interface the way the Rust client and plain HTTP clients use it."""

from __future__ import annotations

import http.client
import json
import struct
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import lz4.block
import pytest

from clickhouse_engine import split_insert
from clickhouse_server import Server

REPOSITORY = Path(__file__).resolve().parents[2]
SCHEMAS = {"ours": REPOSITORY / "infra/clickhouse/0001_otel_traces.sql", "exporter": Path(__file__).parent / "exporter_otel_traces.sql"}
ROW = json.dumps({"Timestamp": "2026-11-22 10:00:00.123456789", "TraceId": "t1", "SpanId": "s1", "ResourceAttributes": {"a": "b"}}).encode()


class Connection:
    """One keep-alive connection to the server under test."""

    def __init__(self, port: int) -> None:
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, body: bytes | str = b"", headers: dict[str, str] | None = None, **url: str) -> tuple[int, str, dict[str, str]]:
        """Status, text and headers of one request."""
        identity = {"X-ClickHouse-User": "importer", "X-ClickHouse-Key": "secret"}
        self.http.request("POST", "/?" + urllib.parse.urlencode(url), body, {**identity, **(headers or {})})
        response = self.http.getresponse()
        return response.status, response.read().decode(), dict(response.getheaders())

    def sql(self, statement: str, **url: str) -> str:
        """The answer to a statement that must succeed."""
        status, text, _ = self.ask(statement, **url)
        assert status == 200, text
        return text.strip()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(0, tmp_path_factory.mktemp("clickhouse"), {"importer": "secret"})
    threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    yield running
    running.shutdown()
    running.engine.close()


@pytest.fixture
def connection(server: Server) -> Connection:
    return Connection(server.server_address[1])


@pytest.fixture(params=SCHEMAS)
def database(request: pytest.FixtureRequest, connection: Connection) -> str:
    """A database with one of the two schemas, and no rows."""
    connection.sql(f"DROP DATABASE IF EXISTS {request.param}")
    connection.sql(f"CREATE DATABASE {request.param}")
    for _ in range(2):  # a second application is harmless
        for statement in SCHEMAS[request.param].read_text().split(";\n"):
            if statement.strip():
                connection.sql(statement, database=request.param)
    return request.param


def test_split_insert() -> None:
    assert split_insert(b"INSERT INTO t (a, `b.c`) FORMAT RowBinary\nxyz") == (b"INSERT INTO t (a, `b.c`) ", b"RowBinary", b"xyz")
    assert split_insert(b"insert into t settings a='FORMAT' format JSONEachRow") == (b"insert into t settings a='FORMAT' ", b"JSONEachRow", b"")
    assert split_insert(b"INSERT INTO t SELECT 1 FORMAT Null") is None
    assert split_insert(b"INSERT INTO t VALUES (1)") is None
    assert split_insert(b"SELECT 1 FORMAT JSON") is None


def test_rows_in_lz4_blocks_and_the_lookup_view(connection: Connection, database: str) -> None:
    block = lz4.block.compress(ROW, store_size=False)
    body = bytes(16) + struct.pack("<BII", 0x82, len(block) + 9, len(ROW)) + block
    status, text, headers = connection.ask(body, query="INSERT INTO otel_traces FORMAT JSONEachRow", database=database, decompress="1")
    assert (status, text) == (200, "")
    assert json.loads(headers["X-ClickHouse-Summary"])["written_rows"] == "1"
    assert connection.sql("SELECT TraceId, ResourceAttributes['a'] FROM otel_traces", database=database) == "t1\tb"
    assert connection.sql("SELECT TraceId FROM otel_traces_trace_id_ts", database=database) == "t1"


def test_a_deduplication_token_drops_the_second_insert_even_with_other_rows(connection: Connection, database: str) -> None:
    for token, trace in (("one", "t1"), ("one", "t2"), ("two", "t1")):
        settings = {"async_insert": "0", "insert_deduplicate": "1", "insert_deduplication_token": token, "max_execution_time": "10"}
        row = ROW.replace(b'"t1"', f'"{trace}"'.encode())
        status, text, _ = connection.ask(row, query="INSERT INTO otel_traces FORMAT JSONEachRow", database=database, **settings)
        assert status == 200, text
    in_statement = "INSERT INTO otel_traces SETTINGS insert_deduplication_token = 'two' FORMAT JSONEachRow"
    assert connection.ask(ROW, query=in_statement, database=database)[0] == 200
    assert connection.sql("SELECT groupArray(TraceId) FROM otel_traces", database=database) == "['t1','t1']"


def test_parameters_come_as_a_form_and_settings_stay_with_their_request(connection: Connection) -> None:
    parts = {"query": "SELECT {name:String}, getSetting('max_threads')", "param_name": "it's"}
    form = "".join(f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts.items()) + "--x--\r\n"
    status, text, _ = connection.ask(form, {"Content-Type": "multipart/form-data; boundary=x"}, max_threads="3")
    assert (status, text) == (200, "it\\'s\t3\n")  # as TabSeparated writes a quote
    assert connection.sql("SELECT getSetting('max_threads')") != "3"


def test_errors_bear_their_code_and_leave_the_connection_usable(connection: Connection) -> None:
    for body, url, status, code in (
        ("SELECT * FROM nothing_here", {}, 404, "60"),
        ("SELEC 1", {}, 400, "62"),
        ("", {}, 400, "62"),
        ("SELECT 1", {"no_such_setting": "1"}, 404, "115"),
        ("garbage" * 100, {"query": "INSERT INTO t FORMAT RowBinary", "decompress": "1"}, 400, "271"),
    ):
        got, text, headers = connection.ask(body, **url)
        assert (got, headers.get("X-ClickHouse-Exception-Code")) == (status, code), text
    status, _, headers = connection.ask("SELECT 1", {"X-ClickHouse-Key": "wrong"})
    assert (status, headers["X-ClickHouse-Exception-Code"]) == (403, "516")
    assert connection.sql("SELECT 1") == "1"


def test_a_body_cut_short_stores_nothing(server: Server, connection: Connection) -> None:
    connection.sql("CREATE TABLE IF NOT EXISTS default.cut (a String) ENGINE = MergeTree ORDER BY a")
    cut = Connection(server.server_address[1]).http
    cut.putrequest("POST", "/?user=importer&password=secret&query=INSERT%20INTO%20cut%20FORMAT%20TSV&database=default")
    cut.putheader("Content-Length", "1000")
    cut.endheaders(b"row\n")
    cut.close()
    assert connection.sql("SELECT count() FROM default.cut") == "0"
