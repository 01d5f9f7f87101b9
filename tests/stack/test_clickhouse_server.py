"""The stand-in speaks ClickHouse's interface the way the Rust client and plain HTTP clients use it."""

from __future__ import annotations

import bz2
import gzip
import http.client
import json
import lzma
import re
import struct
import threading
import urllib.parse
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import lz4.block
import lz4.frame
import pytest
from city_hash import city_hash_128
from clickhouse_compression import BLOCK_HEADER, decompressed_blocks, zstd
from clickhouse_engine import first_words, split_insert
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

    def raw(self, body: bytes = b"", headers: dict[str, str] | None = None, path: str = "/", method: str = "POST") -> tuple[int, bytes, dict[str, str]]:
        """The same with any path, and the answer's body as it came."""
        self.http.request(method, path, body, {"X-ClickHouse-User": "importer", "X-ClickHouse-Key": "secret"} | (headers or {}))
        response = self.http.getresponse()
        return response.status, response.read(), dict(response.getheaders())

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
        ("garbage" * 100, {"query": "INSERT INTO t FORMAT RowBinary", "decompress": "1"}, 500, "271"),
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


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "lz4": lz4.frame.compress,
    "zstd": zstd.compress,
    "xz": lzma.compress,
    "bz2": bz2.compress,
}
DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "lz4": lz4.frame.decompress,
    "zstd": zstd.decompress,
    "xz": lzma.decompress,
    "bz2": bz2.decompress,
}


def test_the_interfaces_own_parameters_are_no_settings_and_settings_are_none_of_them(connection: Connection) -> None:
    own = {"buffer_size": "1", "client_protocol_version": "54405", "close_session": "0", "quota_key": "any", "query_id": "mine"}
    own |= {"session_id": "s", "session_check": "0", "session_timeout": "10", "stacktrace": "0", "wait_end_of_query": "1", "": "", "compress": "0"}
    settings = {"enable_http_compression": "1", "http_write_exception_in_output_format": "0", "max_result_bytes": "1000", "http_wait_end_of_query": "1"}
    status, text, headers = connection.ask("SELECT getSetting('max_result_bytes')", **own, **settings)
    assert (status, text, headers["X-ClickHouse-Query-Id"]) == (200, "1000\n", "mine")
    status, text, headers = connection.ask("SELECT 1", role="nobody")
    assert (status, headers["X-ClickHouse-Exception-Code"]) == (404, "511"), text
    status, text, _ = connection.ask("SELECT 1", wait_end_of_queries="1")
    assert (status, text.count("Code: 115")) == (404, 1), text


@pytest.mark.parametrize("method", ENCODERS)
def test_bodies_are_decoded_and_answers_encoded(connection: Connection, method: str) -> None:
    connection.sql("CREATE OR REPLACE TABLE default.encoded (a String) ENGINE = MergeTree ORDER BY a")
    encode = ENCODERS[method]
    for body in (encode(b"INSERT INTO default.encoded FORMAT TSV\none\ntwo\n"), encode(b"INSERT INTO default.encoded FORMAT TSV\n") + encode(b"three\n")):
        status, text, _ = connection.raw(body, {"Content-Encoding": method})
        assert status == 200, text
    asked = b"SELECT a FROM default.encoded ORDER BY a"
    status, body, headers = connection.raw(asked, {"Accept-Encoding": method})
    assert (status, headers["Content-Encoding"], DECODERS[method](body)) == (200, method, b"one\nthree\ntwo\n")
    status, body, headers = connection.raw(asked, {"Accept-Encoding": method}, path="/?enable_http_compression=0")
    assert ("Content-Encoding" in headers, body) == (False, b"one\nthree\ntwo\n")


@pytest.mark.parametrize(("method", "code"), [("gzip", 354), ("deflate", 354), ("lz4", 618), ("zstd", 561), ("xz", 554), ("bz2", 594)])
def test_what_cannot_be_decoded_stores_nothing(connection: Connection, method: str, code: int) -> None:
    connection.sql("CREATE OR REPLACE TABLE default.broken (a String) ENGINE = MergeTree ORDER BY a")
    rows = b"".join(b"row %d\n" % number for number in range(10_000))
    whole = ENCODERS[method](b"INSERT INTO default.broken FORMAT TSV\n" + rows)
    for body in (b"garbage" * 1000, whole[: len(whole) // 2]):
        status, text, headers = connection.raw(body, {"Content-Encoding": method})
        assert (status, headers["X-ClickHouse-Exception-Code"]) == (500, str(code)), text
    assert connection.sql("SELECT count() FROM default.broken") == "0"


@pytest.mark.parametrize(("method", "reason"), [("br", "Unsupported compression method."), ("rot13", "Unknown compression method 'rot13'. Only 'auto'")])
def test_an_encoding_that_is_not_there(connection: Connection, method: str, reason: str) -> None:
    status, text, headers = connection.raw(b"SELECT 1", {"Content-Encoding": method})
    assert (status, headers["X-ClickHouse-Exception-Code"]) == (501, "48")
    assert text.decode().startswith(f"Code: 48. DB::Exception: {reason}")
    status, _, headers = connection.raw(b"SELECT 1", {"Accept-Encoding": method})
    assert (status, "Content-Encoding" in headers) == (200, False)


def test_answers_in_blocks(server: Server, connection: Connection, tmp_path: Path) -> None:
    status, body, _ = connection.raw(b"SELECT number FROM numbers(300000)", path="/?compress=1")
    assert status == 200
    assert b"".join(decompressed_blocks(iter([body]))) == b"".join(b"%d\n" % number for number in range(300_000))
    assert checked_blocks(body) == 2
    # The engine's own files are in the same blocks.
    connection.sql("CREATE OR REPLACE TABLE default.blocks (a String) ENGINE = MergeTree ORDER BY () SETTINGS min_bytes_for_wide_part = 0")
    for size in (1, 3, 6, 9, 15, 16, 17, 30, 120, 150, 5000):
        connection.sql(f"INSERT INTO default.blocks SELECT randomString({size})")
    folder = Path(connection.sql("SELECT path FROM system.parts WHERE table = 'blocks' LIMIT 1")).parent
    assert sum(checked_blocks(file.read_bytes()) for file in folder.rglob("a*.bin")) >= 11


def checked_blocks(data: bytes) -> int:
    """How many blocks there are; the checksum of each is right."""
    count = 0
    while data:
        end = 16 + BLOCK_HEADER.unpack_from(data, 16)[1]
        assert data[:16] == city_hash_128(data[16:end])
        data, count = data[end:], count + 1
    return count


def test_blocks_that_are_not_compressed_and_by_zstd(connection: Connection) -> None:
    connection.sql("CREATE OR REPLACE TABLE default.kinds (a String) ENGINE = MergeTree ORDER BY a")
    body = b""
    for method, data, size in ((0x02, b"raw\n", 4), (0x90, zstd.compress(b"zstd\n"), 5)):
        body += bytes(16) + struct.pack("<BII", method, len(data) + 9, size) + data
    status, text, _ = connection.ask(body, query="INSERT INTO default.kinds FORMAT TSV", decompress="1")
    assert status == 200, text
    assert connection.sql("SELECT groupArray(a) FROM default.kinds") == "['raw','zstd']"


def test_sessions(connection: Connection) -> None:
    def ask(statement: str, **url: str) -> str:
        return connection.ask(statement, **{"session_id": "s1"} | url)[1].strip()

    assert ask("SELECT 1", session_check="1").startswith("Code: 372")
    assert ask("CREATE TEMPORARY TABLE kept (a UInt8)") == ask("SET max_threads = 3") == ""
    assert ask("SELECT count(), getSetting('max_threads') FROM kept", session_check="1", max_threads="5", database="system") == "0\t5"
    assert ask("SELECT getSetting('max_threads'), currentDatabase()") == "3\tdefault"
    assert connection.raw(path="/?session_id=s1&query=DROP+TABLE+kept", method="GET")[0] == 500
    assert ask("INSERT INTO kept VALUES (1)") == "", "and the session may write still"
    assert ask("SELECT 1", session_id="").startswith("Code: 744")
    assert ask("SELECT 1", session_timeout="3601").startswith("Code: 374")
    assert ask("SELECT count() FROM kept", close_session="1") == "1"
    assert ask("SELECT 1", session_check="1").startswith("Code: 372")


def test_a_session_serves_one_statement_at_a_time(server: Server, connection: Connection) -> None:
    slow = Connection(server.server_address[1])
    running = threading.Thread(target=slow.ask, args=("SELECT sleep(2)",), kwargs={"session_id": "busy"})
    running.start()
    while running.is_alive() and "sleep(2)" not in connection.sql("SELECT query FROM system.processes WHERE query NOT LIKE '%processes%'"):
        pass
    assert connection.ask("SELECT 1", session_id="busy")[1].startswith("Code: 373")
    running.join()
    assert connection.ask("SELECT 1", session_id="busy")[:2] == (200, "1\n")


def test_other_addresses(connection: Connection) -> None:
    for path in ("/", "/ping", "/replicas_status"):
        assert connection.raw(path=path, method="GET")[:2] == (200, b"Ok.\n")
    status, text, _ = connection.raw(b"SELECT 1", path="/no/such")
    assert (status, text.splitlines()[0]) == (404, b"There is no handle /no/such")
    connection.http.putrequest("POST", "/?user=importer&password=secret&query=SELECT%201")
    connection.http.endheaders()
    response = connection.http.getresponse()
    assert (response.status, response.getheader("X-ClickHouse-Exception-Code")) == (411, "381")


def test_bodies_are_never_logged(connection: Connection, monkeypatch: pytest.MonkeyPatch, server: Server, capfd: pytest.CaptureFixture) -> None:
    secret = b"SECRET\xff" * 100_000
    for body, code in ((b"SELECT '" + secret + b"'", "48"), (secret, "48"), (b"INSERT INTO nothing VALUES ('" + secret + b"')", "48")):
        status, text, headers = connection.raw(body)
        assert (status, headers["X-ClickHouse-Exception-Code"]) == (501, code), text

    def broken(statement: object) -> None:
        raise ValueError(secret)

    monkeypatch.setattr(server.engine, "run", broken)
    status, text, headers = connection.raw(b"SELECT 1 " + secret)
    assert (status, headers["X-ClickHouse-Exception-Code"]) == (500, "1001")
    assert re.match(rb"Code: 1001\. DB::Exception: std::exception: ValueError at test_clickhouse_server\.py:\d+\. \(STD_EXCEPTION\)", text)
    logged = capfd.readouterr().err
    assert logged.splitlines()[0] == f"501, code 48: SELECT …, {len(secret) + 9} bytes of body"
    assert "SECRET" not in logged and len(logged) < 1000


def test_first_words_hold_no_value() -> None:
    assert first_words(b"-- mine\n( SELECT 'secret'") == [b"SELECT"]
    assert first_words(b"INSERT INTO `t` VALUES ('secret')") == [b"INSERT", b"INTO", b"`t`"]
    assert first_words(b"SELECT 1234 FROM x") == [b"SELECT"]
    assert first_words(b"\xff\x00") == first_words(b"secret, and no statement") == []
