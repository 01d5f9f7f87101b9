"""Both tables answer the importers' question by reading a small part of what they hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from clickhouse_engine import Engine, Statement
from settings import REPOSITORY

SCHEMAS = {"ours": REPOSITORY / "infra/clickhouse/0001_otel_traces.sql", "exporter": Path(__file__).parent / "exporter_otel_traces.sql"}
# What the store look-up asks, bound in time as every query of ours is.
LOOK_UP = """
SELECT count() FROM otel_traces
WHERE ResourceAttributes['coval.organization_id'] = 'org-3' AND ResourceAttributes['coval.simulation_output_id'] = 'sim-3-7'
  AND Timestamp >= toDateTime64('2026-11-22 04:03:00', 9) AND Timestamp <= toDateTime64('2026-11-22 04:25:00', 9)
"""


class Database:
    """One schema with half a million spans: 1,000 simulations of ten organizations, one a minute."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine, self.name = engine, name
        self.ask(f"CREATE DATABASE {name}", database="")
        for statement in SCHEMAS[name].read_text().split(";\n"):
            if statement.strip():
                self.ask(statement)
        self.ask(
            """INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, ServiceName, ResourceAttributes)
            SELECT toDateTime64('2026-11-22 03:00:00', 9) + intDiv(number, 500) * 60 + number % 500 / 100, toString(intDiv(number, 100)),
                toString(number), concat('span ', toString(number % 5)), 'arize',
                map('coval.organization_id', concat('org-', toString(intDiv(number, 500) % 10)),
                    'coval.simulation_output_id', concat('sim-', toString(intDiv(number, 500) % 10), '-', toString(intDiv(number, 5000))))
            FROM numbers(500000)"""
        )

    def ask(self, sql: str, database: str | None = None, form: str = "TabSeparatedRaw") -> str:
        settings = [("optimize_functions_to_subcolumns", "0")]
        statement = Statement(sql.encode(), database=self.name if database is None else database, default_format=form, settings=settings)
        return self.engine.run(statement).body.decode()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    running = Engine(tmp_path_factory.mktemp("schema"))
    yield running
    running.close()


@pytest.fixture(scope="module", params=SCHEMAS)
def database(request: pytest.FixtureRequest, engine: Engine) -> Database:
    return Database(engine, request.param)


def test_the_look_up_is_pruned(database: Database) -> None:
    assert database.ask(LOOK_UP).strip() == "500"
    plan = database.ask(f"EXPLAIN indexes = 1 {LOOK_UP}")
    granules = [(int(kept), int(of)) for kept, of in re.findall(r"Granules: (\d+)/(\d+)", plan)]
    kept, everything = granules[-1][0], max(of for _, of in granules)
    assert kept <= everything // 4, plan
    if database.name == "ours":
        assert kept <= 2, plan


def test_the_columns_are_the_exporters(engine: Engine) -> None:
    def columns(name: str) -> list[tuple[str, str]]:
        sql = f"SELECT name, type FROM system.columns WHERE database = '{name}' AND table = 'otel_traces' ORDER BY position FORMAT JSONEachRow"
        rows = engine.run(Statement(sql.encode())).body.decode().splitlines()
        return [(row["name"], row["type"]) for row in map(json.loads, rows)]

    for name in SCHEMAS:
        if not columns(name):
            Database(engine, name)
    assert columns("ours") == columns("exporter")
    assert len(columns("ours")) == 22
