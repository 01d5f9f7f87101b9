"""Every query of docs/VIEWERS.md and of the Grafana dashboard brings rows on the embedded engine, reads few of them, and is bounded."""

from __future__ import annotations

import json
import re
import secrets
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from agent import Window
from client import Client
from native import booking_call, exporter_rows, write_rows
from settings import REPOSITORY

PAGE = REPOSITORY / "docs/VIEWERS.md"
DASHBOARD = REPOSITORY / "docs/grafana/spanlift-calls.json"
SETTING = "optimize_functions_to_subcolumns = 0"
RUN, SIMULATION = "run-1", "sim-1"
Queries = dict[str, str]


def dashboard_queries() -> Queries:
    """By panel or variable."""
    dashboard = json.loads(DASHBOARD.read_text())
    panels = {panel["title"]: target["rawSql"] for panel in dashboard["panels"] for target in panel["targets"]}
    asked = [variable for variable in dashboard["templating"]["list"] if variable["type"] == "query"]
    return panels | {f"variable {variable['name']}": variable["query"]["rawSql"] for variable in asked}


def page_queries() -> Queries:
    """By their place on the page."""
    found = re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return {f"query {number} of the page": sql for number, sql in enumerate(found, 1)}


QUERIES = dashboard_queries() | page_queries()


@pytest.fixture(scope="module")
def organization(client: Client) -> str:
    """One with a call in the store."""
    organization = f"org-{secrets.token_hex(4)}"
    end = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(minutes=5)
    window = Window(end - timedelta(seconds=32), end)
    write_rows(client, exporter_rows(organization, RUN, SIMULATION, booking_call(SIMULATION, fails=True), window))
    return organization


def replaced(sql: str, client: Client, organization: str) -> str:
    """As Grafana sends it: variables quoted, macros as the plugin replaces them, for the last hour, in steps of 30 s."""
    now = int(datetime.now(timezone.utc).timestamp())
    begin, end = f"toDateTime({now - 3600})", f"toDateTime({now})"
    sql = re.sub(r"\$__timeFilter\((\w+)\)", rf"\1 >= {begin} AND \1 <= {end}", sql)
    sql = re.sub(r"\$__timeInterval\((\w+)\)", r"toStartOfInterval(toDateTime(\1), INTERVAL 30 second)", sql)
    values = {"organization": organization, "run": RUN, "simulation": SIMULATION}
    sql = re.sub(r"\$\{(\w+):singlequote\}", lambda match: f"'{values[match[1]]}'", sql)
    sql = sql.replace("${database}", client.database).replace("FROM spanlift.", f"FROM {client.database}.")
    sql = sql.replace("'caf26438'", f"'{organization}'").replace("'3zfmuDbVQsi4GaseDtiVcS'", f"'{SIMULATION}'")
    assert "$" not in sql, f"a macro or variable that this test does not know: {sql}"
    return sql


def ask(client: Client, sql: str) -> list[dict[str, Any]]:
    text = client.sql(f"{sql}\nFORMAT JSONEachRow", output_format_json_quote_64bit_integers="0")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_brings_rows(client: Client, organization: str, name: str) -> None:
    rows = ask(client, replaced(QUERIES[name], client, organization))
    assert rows
    assert any(value not in (None, "", 0) for value in rows[0].values())


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_is_bounded_and_of_one_organization(name: str) -> None:
    sql = QUERIES[name]
    assert "$__timeFilter(Timestamp)" in sql or re.search(r"Timestamp >= .* AND Timestamp <= ", sql)
    assert SETTING in sql
    assert "ResourceAttributes['coval.organization_id'] = " in sql


def test_panels_take_the_highest_attempt_by_the_one_clause() -> None:
    clause = " ".join((REPOSITORY / "shared/trace-store/src/highest_attempt.sql").read_text().split())
    for name, sql in dashboard_queries().items():
        assert name.startswith("variable ") or clause in " ".join(sql.split()), name


def test_the_numbers_are_those_of_the_call(client: Client, organization: str) -> None:
    def panel(name: str) -> list[dict[str, Any]]:
        return ask(client, replaced(QUERIES[name], client, organization))

    assert [(row["simulation"], row["spans"], row["errors"]) for row in panel("Simulations")] == [(SIMULATION, 11, 1)]
    tools = {row["tool"]: (row["calls"], row["errors"]) for row in panel("Tool calls of the simulation")}
    assert tools == {"find_booking": (1, 0), "move_booking": (1, 1)}
    first_byte = next(row for row in panel("Metrics of the simulation") if row["figure"] == "llm time to first byte, s")
    assert (first_byte["measured"], first_byte["average"]) == (2, pytest.approx(0.4375))
    assert len(panel("Spans of the simulation")) == 11
    assert [row["went_to"] for row in panel("Transitions of the run") if row["failures"]] == ["llm_tool_call: move_booking"]


def test_the_page_says_what_is_not_known() -> None:
    assert "Nobody has opened any of this in Grafana or in ClickStack from here." in PAGE.read_text()


def test_the_dashboard_is_one_that_grafana_can_import() -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    assert dashboard["schemaVersion"] >= 39 and dashboard["uid"]
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    names = {variable["name"] for variable in dashboard["templating"]["list"]}
    used = set(re.findall(r"\$\{(\w+)", DASHBOARD.read_text()))
    assert used == names, "every variable is there and of use"
