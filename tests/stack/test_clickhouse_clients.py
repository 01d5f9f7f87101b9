"""The stand-in serves ClickHouse's official clients, as they come: for Python (clickhouse-connect) and for Node (@clickhouse/client)."""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError
from clickhouse_server import Server
from settings import state_root

NODE_CLIENT = "@clickhouse/client@1.23.1"
# What that release's package says of itself (`engines`).
OLDEST_NODE = 20
SCRIPT = Path(__file__).parent / "node_client.mjs"
COLUMNS = ["id", "name", "at", "tags", "attributes", "score"]
MOMENT = datetime.datetime(2026, 11, 22, 10, 0, tzinfo=datetime.timezone.utc)
ROWS = [
    [1, "one", MOMENT, ["a", "b"], {"k": "v"}, 0.5],
    [2, "zwei ünd 'quoted'\n\t", MOMENT, [], {}, None],
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(0, tmp_path_factory.mktemp("clickhouse"), {"importer": "secret"})
    threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    yield running
    running.shutdown()
    running.engine.close()


def connect(server: Server, **more: object) -> Client:
    address = {"host": "127.0.0.1", "port": server.server_address[1], "username": "importer", "password": "secret"}
    return clickhouse_connect.get_client(**address, **more)


@pytest.fixture(params=[False, "lz4", "zstd", "gzip"], ids=["plain", "lz4", "zstd", "gzip"])
def clickhouse(server: Server, request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client with each compression, and a table that is empty."""
    clickhouse = connect(server, compress=request.param, tz_mode="aware")
    clickhouse.command("DROP TABLE IF EXISTS calls")
    clickhouse.command(
        """CREATE TABLE calls (id UInt64, name String, at DateTime64(3, 'UTC'), tags Array(LowCardinality(String)),
        attributes Map(LowCardinality(String), String), score Nullable(Float64)) ENGINE = MergeTree ORDER BY id"""
    )
    yield clickhouse
    clickhouse.close()


def test_ping_and_version(server: Server, clickhouse: Client) -> None:
    assert clickhouse.ping()
    assert clickhouse.server_version == server.engine.version


def test_rows_and_columns_come_back_as_they_went(clickhouse: Client) -> None:
    assert clickhouse.insert("calls", ROWS, column_names=COLUMNS).written_rows == 2
    assert clickhouse.insert("calls", [[3, 4], ["three", "four"]], column_names=["id", "name"], column_oriented=True).written_rows == 2
    answer = clickhouse.query("SELECT * FROM calls ORDER BY id LIMIT 2")
    assert [list(row) for row in answer.result_rows] == ROWS
    assert answer.column_names == tuple(COLUMNS)
    assert clickhouse.command("SELECT count() FROM calls") == 4


def test_many_rows_go_and_are_streamed_back(clickhouse: Client) -> None:
    rows = [[number, f"row {number} " + "x" * 200, MOMENT, [], {}, None] for number in range(20_000)]
    clickhouse.insert("calls", rows, column_names=COLUMNS)
    with clickhouse.query_rows_stream("SELECT id, name FROM calls ORDER BY id") as stream:
        read = [list(row) for row in stream]
    assert read == [row[:2] for row in rows]
    with clickhouse.query_column_block_stream("SELECT id FROM calls", settings={"max_block_size": 1000}) as blocks:
        assert sum(len(block[0]) for block in blocks) == 20_000


def test_parameters_and_settings(clickhouse: Client) -> None:
    said = {"name": "it's", "day": datetime.date(2026, 11, 22), "ids": [1, 2]}
    asked = "SELECT {name:String}, {day:Date}, {ids:Array(UInt8)}, getSetting('max_threads')"
    [row] = clickhouse.query(asked, parameters=said, settings={"max_threads": 3}).result_rows
    assert row == ("it's", said["day"], [1, 2], 3)
    assert clickhouse.query("SELECT getSetting('max_threads')").result_rows != [(3,)]


def test_a_session_keeps_what_is_set_in_it(server: Server) -> None:
    with connect(server, session_id="one") as mine, connect(server, session_id="two") as other:
        mine.command("CREATE TEMPORARY TABLE seen (id UInt8)")
        mine.command("SET max_threads = 3")
        mine.insert("seen", [[7]], column_names=["id"])
        assert mine.query("SELECT id, getSetting('max_threads') FROM seen", settings={"max_block_size": 5}).result_rows == [(7, 3)]
        assert mine.command("SELECT changed FROM system.settings WHERE name = 'max_block_size'") == 0
        with pytest.raises(DatabaseError, match="UNKNOWN_TABLE"):
            other.query("SELECT * FROM seen")


def test_faults_are_the_servers_own(clickhouse: Client, capfd: pytest.CaptureFixture) -> None:
    for statement, fault in (
        ("SELECT * FROM nothing_here", "code: 60.*UNKNOWN_TABLE"),
        ("SELEC 1", "code: 62.*SYNTAX_ERROR"),
        ("SELECT 1 SETTINGS no_such_setting = 1", "response: code: 115. DB::Exception: Unknown setting.*UNKNOWN_SETTING"),
        ("SELECT throwIf(1, 'of my own')", "code: 395.*of my own"),
    ):
        with pytest.raises(DatabaseError, match=f"(?is){fault}"):
            clickhouse.query(statement)
    block = b"not Native " + b"SECRET" * 200_000
    with pytest.raises(DatabaseError):
        clickhouse.raw_insert("calls", column_names=["id"], insert_block=block, fmt="Native")
    assert clickhouse.command("SELECT count() FROM calls") == 0, "and the connection can be used"
    logged = capfd.readouterr().err
    assert re.search(r"^404, code 50: INSERT INTO calls …, 12000\d\d bytes of body$", logged, re.M)
    assert "SECRET" not in logged and len(logged) < 2000


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder with the client for Node, made once."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("there is no node with npm on this machine (https://nodejs.org)")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"{NODE_CLIENT} needs node {OLDEST_NODE} or later, and this machine has {version}")
    folder = state_root() / "packages" / NODE_CLIENT.replace("/", "-").replace("@", "")
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), NODE_CLIENT]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
        except subprocess.TimeoutExpired:
            pytest.skip(f"{NODE_CLIENT} cannot be installed here: npm has not ended within 180 s")
        if done.returncode:
            pytest.skip(f"{NODE_CLIENT} cannot be installed here: {done.stderr.strip()[-300:]}")
        (folder / "complete").touch()
    return folder / "node_modules"


@pytest.mark.parametrize("compression", [False, True])
def test_the_client_for_node(server: Server, node_modules: Path, compression: bool) -> None:
    # A module is looked up from where its file stands.
    script = shutil.copy(SCRIPT, node_modules.parent / SCRIPT.name)
    settings = {"url": f"http://127.0.0.1:{server.server_address[1]}", "username": "importer", "password": "secret"}
    given = json.dumps(settings | {"compression": {"request": compression, "response": compression}})
    done = subprocess.run(["node", script], env=os.environ | {"CLIENT": given}, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout) == {
        "ping": True,
        "written": "2",
        "rows": [{"id": 1, "name": "one"}, {"id": 2, "name": "zwei"}],
        "streamed": 5000,
        "parameter": "it's",
        "threads": "3",
        "fault": ["60", "UNKNOWN_TABLE"],
        "still": [{"id": 1}],
    }
