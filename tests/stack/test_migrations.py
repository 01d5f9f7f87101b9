"""`make migrate` against the real engine: what it applies, what it adopts, what it refuses.

The engine in this process has no access management (CREATE USER is "not enough privileges"), so of the users it is held that every statement
is one that ClickHouse can read, and that everything around them is right; the grants themselves were not tried here. Who logs in is decided by the
server in front of the engine: a user that is made is known to it from then on, and keeps the first password, as in ClickHouse.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from access_recorder import Recorder
from clickhouse_engine import Statement
from clickhouse_server import Server
from settings import REPOSITORY

FOLDER = REPOSITORY / "infra/clickhouse"
EXPORTER = Path(__file__).parent / "exporter_otel_traces.sql"
PASSWORDS = {"IMPORTER_PASSWORD": "Importer-1-secret", "READER_PASSWORD": "Reader-1-secret"}


def load() -> ModuleType:
    """infra/scripts/migrate.py as a module."""
    spec = importlib.util.spec_from_file_location("migrate", REPOSITORY / "infra/scripts/migrate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["migrate"] = module
    spec.loader.exec_module(module)
    return module


migrate = load()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(0, tmp_path_factory.mktemp("clickhouse"), {"admin": "secret"})
    threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    yield running
    running.shutdown()
    running.engine.close()


@pytest.fixture
def recorder(server: Server, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder(server.engine, {"admin": "secret"})
    monkeypatch.setattr(server.engine, "run", recorder)
    monkeypatch.setattr(server, "users", recorder.users)
    monkeypatch.setattr(migrate, "PATIENCE", ())
    return recorder


@pytest.fixture
def sql(server: Server) -> Callable[[str], str]:
    """Runs a statement in the database of the test, which is empty at first."""
    run = server.engine.run
    run(Statement(b"DROP DATABASE IF EXISTS otel"))
    return lambda text, database="otel": run(Statement(text.encode(), database=database)).body.decode().strip()


def run(server: Server, *arguments: str, **environment: str) -> None:
    address = {"CLICKHOUSE_URL": f"http://127.0.0.1:{server.server_address[1]}", "CLICKHOUSE_USER": "admin", "CLICKHOUSE_PASSWORD": "secret"}
    migrate.main(list(arguments), address | environment)


def make(sql: Callable, schema: Path = EXPORTER, change: Callable[[str], str] = lambda text: text) -> None:
    sql("CREATE DATABASE otel", database="")
    for statement in change(schema.read_text()).split("\n;\n" if schema == EXPORTER else ";\n"):
        for part in statement.split(";\n"):
            if part.strip().rstrip(";"):
                sql(part.strip().rstrip(";"))


def tables(sql: Callable) -> dict[str, str]:
    """Everything in the database but the record, as it was made."""
    rows = sql("SELECT name, create_table_query FROM system.tables WHERE database = 'otel' AND name != 'spanlift_migrations' FORMAT TSVRaw")
    return dict(row.split("\t", 1) for row in rows.splitlines() if "\t" in row)


def test_an_empty_server_gets_everything_once(server: Server, recorder: Recorder, sql: Callable, capsys: pytest.CaptureFixture) -> None:
    run(server, **PASSWORDS)
    assert capsys.readouterr().out.splitlines()[1:] == [
        "database otel: made",
        "0001_otel_traces: applied",
        "0002_users: applied",
        "otel_traces: MergeTree, non_replicated_deduplication_window is 10000",
        "spanlift_importer: logs in with IMPORTER_PASSWORD",
        "spanlift_reader: logs in with READER_PASSWORD",
    ]
    first, statements = tables(sql), len(recorder.seen)
    assert set(first) == {"otel_traces", "otel_traces_trace_id_ts", "otel_traces_trace_id_ts_mv"}
    run(server)  # and needs no password any more
    assert capsys.readouterr().out.splitlines()[1:] == [
        "0001_otel_traces: applied already",
        "0002_users: applied already",
        "otel_traces: MergeTree, non_replicated_deduplication_window is 10000",
        "spanlift_importer: not tried, for IMPORTER_PASSWORD is not given",
        "spanlift_reader: not tried, for READER_PASSWORD is not given",
    ]
    assert tables(sql) == first and len(recorder.seen) == statements


def test_the_users_may_do_what_they_must_and_no_more(server: Server, recorder: Recorder, sql: Callable) -> None:
    run(server, **PASSWORDS)
    statements = [text for text, _ in recorder.seen]
    assert not any(password in text for text in statements for password in PASSWORDS.values())
    given = [parameters for text, parameters in recorder.seen if text.startswith("CREATE USER")]
    assert given == [{"importer_password": "Importer-1-secret"}, {"reader_password": "Reader-1-secret"}]
    grants = sorted(text for text in statements if text.startswith("GRANT"))
    assert grants == [
        "GRANT INSERT, SHOW COLUMNS, SELECT(Timestamp, TraceId, SpanId, ServiceName, ResourceAttributes) ON otel.otel_traces TO spanlift_importer",
        "GRANT SELECT ON otel.otel_traces TO spanlift_reader",
        "GRANT SELECT ON otel.otel_traces_trace_id_ts TO spanlift_reader",
    ]
    asked = (REPOSITORY / "shared/trace-store/src/queries.rs").read_text().split("let spans")[0]
    named = {column for column in migrate.COLUMNS if re.search(rf"(?<![.\w]){re.escape(column)}(?![.\w])", asked)}
    assert named and all(f"{column}," in grants[0] or f"{column})" in grants[0] for column in named), "the look-up reads what is granted"
    profile = next(text for text in statements if "PROFILE IF NOT" in text)
    assert "optimize_functions_to_subcolumns = 0" in profile and "readonly = 2" in profile
    # The profile's settings are settings that the engine knows, with values that it takes.
    for setting in ("optimize_functions_to_subcolumns = 0", "max_execution_time = 60", "readonly = 2"):
        assert sql(f"SELECT 1 SETTINGS {setting}") == "1"


@pytest.mark.parametrize("is_recorded", [True, False], ids=["an earlier stack's record", "users only"])
def test_a_second_stack_with_other_passwords_is_refused(server: Server, recorder: Recorder, sql: Callable, is_recorded: bool) -> None:
    """The users of the first keep their passwords: with new ones in the secrets, each import would fail hours later."""
    run(server, **PASSWORDS)
    if not is_recorded:
        sql("DROP TABLE spanlift_migrations")
    other = {name: f"another-{password}" for name, password in PASSWORDS.items()}
    with pytest.raises(migrate.Refused) as refused:
        run(server, **other)
    for user, name in (("spanlift_importer", "IMPORTER_PASSWORD"), ("spanlift_reader", "READER_PASSWORD")):
        assert f"{user} does not log in with {name}:\n  ALTER USER {user} IDENTIFIED WITH sha256_password BY '<{name}>'" in str(refused.value)
    assert "take that stack's password" in str(refused.value)
    assert not any(password in str(refused.value) for password in (*PASSWORDS.values(), *other.values()))
    recorder.users |= {"spanlift_importer": other["IMPORTER_PASSWORD"]}  # the statement, run for one of the two
    with pytest.raises(migrate.Refused, match="^spanlift_reader does not log in"):
        run(server, **other)
    recorder.users |= {"spanlift_reader": other["READER_PASSWORD"]}
    run(server, **other)


def test_what_is_no_wrong_password_is_told_as_it_is(server: Server, recorder: Recorder, sql: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    run_really = migrate.ClickHouse.run

    def answer(asked: object, statement: str, **parameters: str) -> str:
        if asked.user == "spanlift_importer":
            raise migrate.Refused("Code: 195. DB::Exception: IP address not allowed. (IP_ADDRESS_NOT_ALLOWED)")
        return run_really(asked, statement, **parameters)

    monkeypatch.setattr(migrate.ClickHouse, "run", answer)
    with pytest.raises(migrate.Refused, match="^spanlift_importer: Code: 195"):
        run(server, **PASSWORDS)


def test_users_that_were_dropped_are_made_again(server: Server, recorder: Recorder, sql: Callable, capsys: pytest.CaptureFixture) -> None:
    """docs/DEPLOY.md#remove drops them, and the record of the migrations stays with the spans."""
    run(server, **PASSWORDS)
    del recorder.users["spanlift_importer"], recorder.users["spanlift_reader"]
    with pytest.raises(migrate.Refused, match="set IMPORTER_PASSWORD and READER_PASSWORD, or"):
        run(server)
    capsys.readouterr()
    run(server, **PASSWORDS)
    told = capsys.readouterr().out
    assert "0001_otel_traces: applied already" in told and "0002_users: applied\n" in told and "spanlift_reader: logs in" in told


def test_who_may_not_look_at_users_is_not_stopped(server: Server, recorder: Recorder, sql: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    run(server, **PASSWORDS)
    run_really = migrate.ClickHouse.run

    def answer(asked: object, statement: str, **parameters: str) -> str:
        if "system.users" in statement:
            raise migrate.Refused("Code: 497. Not enough privileges")
        return run_really(asked, statement, **parameters)

    monkeypatch.setattr(migrate.ClickHouse, "run", answer)
    statements = len(recorder.seen)
    run(server, **PASSWORDS)
    assert len(recorder.seen) == statements


def test_without_access_management_it_says_so_and_goes_on_from_there(server: Server, recorder: Recorder, sql: Callable) -> None:
    recorder.has_access_management = False
    with pytest.raises(migrate.Refused, match="(?s)0002_users: CREATE SETTINGS PROFILE.*Not enough privileges"):
        run(server, **PASSWORDS)
    assert sql("SELECT groupArray((version, toString(state))) FROM (SELECT * FROM spanlift_migrations ORDER BY version, state)") == (
        "[(1,'applied'),(1,'started'),(2,'started')]"
    )
    recorder.has_access_management = True
    run(server, **PASSWORDS)
    assert len(recorder.seen) == 6


def test_users_can_be_left_to_somebody_else(server: Server, recorder: Recorder, sql: Callable, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(migrate.Refused, match="set IMPORTER_PASSWORD and READER_PASSWORD, or"):
        run(server)
    assert tables(sql) == {}, "it refuses before it writes"
    run(server, "--without-users")
    assert "0002_users: left out (--without-users)" in capsys.readouterr().out
    assert recorder.seen == []


def test_the_exporters_table_is_adopted_and_nothing_of_it_is_touched(server: Server, recorder: Recorder, sql: Callable, capsys: pytest.CaptureFixture) -> None:
    make(sql)
    sql("INSERT INTO otel_traces (Timestamp, TraceId) VALUES (now64(9), 't1')")
    before, looked_up = tables(sql), sql("SELECT * FROM otel_traces_trace_id_ts")
    for expected in ("0001_otel_traces: adopted; the table", "0001_otel_traces: adopted already"):
        run(server, **PASSWORDS)
        assert expected in capsys.readouterr().out
    assert tables(sql) == before
    assert sql("SELECT * FROM otel_traces_trace_id_ts") == looked_up
    assert sql("SELECT count() FROM otel_traces") == "1"


def test_an_adopted_table_gets_no_look_up_table_that_it_did_not_have(server: Server, recorder: Recorder, sql: Callable) -> None:
    make(sql)
    sql("DROP TABLE otel_traces_trace_id_ts_mv")
    sql("DROP TABLE otel_traces_trace_id_ts")
    run(server, **PASSWORDS)
    assert set(tables(sql)) == {"otel_traces"}


def test_columns_of_others_are_welcome(server: Server, recorder: Recorder, sql: Callable) -> None:
    make(sql)
    sql("ALTER TABLE otel_traces ADD COLUMN SampleRate UInt64 MATERIALIZED 1, MODIFY COLUMN TraceId LowCardinality(String)")
    run(server, **PASSWORDS)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("DROP COLUMN ScopeVersion", "ScopeVersion must be String, and is missing"),
        ("MODIFY COLUMN Duration Int64", "Duration must be UInt64, and is Int64"),
        ("MODIFY COLUMN StatusMessage Nullable(String)", r"StatusMessage must be String, and is Nullable\(String\)"),
    ],
)
def test_a_table_that_is_not_the_exporters_is_refused(server: Server, sql: Callable, change: str, complaint: str) -> None:
    make(sql)
    sql(f"ALTER TABLE otel_traces {change}")
    before = tables(sql)
    with pytest.raises(migrate.Refused, match=complaint):
        run(server, **PASSWORDS)
    assert tables(sql) == before and "spanlift_migrations" not in sql("SHOW TABLES")


def test_a_plain_table_without_a_deduplication_window(server: Server, recorder: Recorder, sql: Callable, capsys: pytest.CaptureFixture) -> None:
    make(sql, change=lambda text: text.replace(", non_replicated_deduplication_window = 1000", ""))
    with pytest.raises(migrate.Refused, match="ALTER TABLE otel.otel_traces MODIFY SETTING non_replicated_deduplication_window = 10000"):
        run(server, **PASSWORDS)
    run(server, "--set-deduplication-window", **PASSWORDS)
    assert "non_replicated_deduplication_window was 0, and is 10000 now" in capsys.readouterr().out
    for _ in range(2):
        sql("INSERT INTO otel_traces (Timestamp, TraceId) SETTINGS insert_deduplication_token = 'one' VALUES ('2026-11-22 10:00:00', 't1')")
    assert sql("SELECT count() FROM otel_traces") == "1", "the statement does what it says"


def test_an_engine_that_merges_rows_away(server: Server, recorder: Recorder, sql: Callable) -> None:
    make(sql, change=lambda text: text.replace("ENGINE = MergeTree", "ENGINE = ReplacingMergeTree", 1))
    with pytest.raises(migrate.Refused, match="has the engine ReplacingMergeTree"):
        run(server, **PASSWORDS)


@pytest.mark.parametrize(
    ("state", "complaint"),
    [
        ("INSERT INTO spanlift_migrations (version, name, checksum, state) VALUES (9, '0009_new', 'x', 'applied')", "an older release than the database's"),
        ("ALTER TABLE spanlift_migrations UPDATE checksum = 'x' WHERE version = 2 SETTINGS mutations_sync = 2", "0002_users was changed after"),
        ("ALTER TABLE spanlift_migrations DELETE WHERE version = 1 SETTINGS mutations_sync = 2", "0001 was not"),
        ("DROP TABLE otel_traces", "the table otel_traces is not there"),
    ],
)
def test_a_state_that_cannot_be_is_refused(server: Server, recorder: Recorder, sql: Callable, state: str, complaint: str) -> None:
    run(server, **PASSWORDS)
    sql(state)
    with pytest.raises(migrate.Refused, match=complaint):
        run(server, **PASSWORDS)


@pytest.mark.parametrize("statements_before", [0, 1])
def test_a_crash_is_mended_by_the_next_run(server: Server, recorder: Recorder, sql: Callable, tmp_path: Path, statements_before: int) -> None:
    for file in FOLDER.iterdir():
        shutil.copy(file, tmp_path)
    whole = (tmp_path / "0001_otel_traces.sql").read_text()
    done = [*whole.split(";\n")[:statements_before], "SELECT throwIf(1);\n"]
    (tmp_path / "0001_otel_traces.sql").write_text(";\n".join(done))
    with pytest.raises(migrate.Refused, match="0001_otel_traces: SELECT throwIf"):
        run(server, "--folder", str(tmp_path), **PASSWORDS)
    assert len(tables(sql)) == statements_before
    run(server, **PASSWORDS)
    assert set(tables(sql)) == {"otel_traces", "otel_traces_trace_id_ts", "otel_traces_trace_id_ts_mv"}


def test_what_is_asked_for_must_make_sense(server: Server, sql: Callable, tmp_path: Path) -> None:
    with pytest.raises(migrate.Refused, match="CLICKHOUSE_URL is missing"):
        migrate.main([], {})
    with pytest.raises(migrate.Refused, match="must be https"):
        migrate.main([], {"CLICKHOUSE_URL": "http://clickhouse.example.com:8123"})
    with pytest.raises(migrate.Refused, match="database and table must be"):
        run(server, "--database", "otel; DROP DATABASE otel")
    with pytest.raises(migrate.Refused, match="no table spans to adopt"):
        run(server, "--table", "spans", **PASSWORDS)
    with pytest.raises(migrate.Refused, match="516"):
        run(server, CLICKHOUSE_PASSWORD="wrong", **PASSWORDS)
    (tmp_path / "0002_users.sql.template").write_text("SELECT 1")
    with pytest.raises(migrate.Refused, match="without a gap"):
        run(server, "--folder", str(tmp_path))
