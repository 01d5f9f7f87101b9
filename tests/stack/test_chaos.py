"""`make chaos` in small: its judges see what is wrong, and its kills kill. The whole of it takes twenty minutes and release binaries."""

from __future__ import annotations

import urllib.request
from dataclasses import replace

import gate
import imports
import kills
import pytest
import storm
import wires
from client import Client
from ground import Ground
from heavy import FEW, INPUTS
from hostile import BEHAVIOURS, ROWS, Hostile
from kills import Killer, Point
from lifecycle import Stack
from report import Report
from wire_cases import CASES

FINAL = {"status": "imported", "stored": 3}
SOUND_WIRE_ITEM = {"status": "failed", "reason": "timeout"}
SOUND_WIRE = wires.Seen("response", 20.0, 40.0, SOUND_WIRE_ITEM, FINAL, same_process=True, rows=0)
SOUND_IMPORT = imports.Seen(["a", "b"], ["a", "b"], FINAL, at_rest=True, dead_letters=0, outcomes=[{"final": True}], deaths=1)
SOUND_STORM = storm.Seen(storm.EVENTS, 0, 0, [], 0, 300, 1000, 20.5, 5.0, 10.0, 60.0, 200.0)


@pytest.mark.parametrize(
    "change",
    [
        {"ended": "timed out"},
        {"ended": "died"},
        {"seconds": 37.0},
        {"megabytes": 257.0},
        {"item": {"status": "imported"}},
        {"item": {"status": "failed", "reason": "malformed"}},
        {"item": {}},
        {"item": SOUND_WIRE_ITEM | {"last_error": "not read to its end; `truncated` says what cut it"}},
        {"next_item": {"status": "failed"}},
        {"next_item": {"status": "imported", "stored": 2}},
        {"same_process": False},
    ],
)
def test_a_wire_that_does_harm_is_seen(change: dict[str, object]) -> None:
    case = wires.Case("slow-loris", frozenset(["failed/timeout"]))
    assert wires.faults(case, "langfuse", 30.0, SOUND_WIRE) == []
    assert len(wires.faults(case, "langfuse", 30.0, replace(SOUND_WIRE, **change))) == 1


def test_rows_that_are_missing_behind_a_wire_are_seen() -> None:
    case = wires.Case("nul", frozenset(["imported"]), stored=3)
    seen = replace(SOUND_WIRE, item=FINAL)
    assert wires.faults(case, "arize", 90.0, replace(seen, rows=3)) == []
    assert len(wires.faults(case, "arize", 90.0, replace(seen, rows=2))) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"stored": ["a"]},
        {"stored": ["a", "b", "b"]},
        {"stored": ["a", "b", "c"]},
        {"expected": [], "stored": []},
        {"item": {"status": "imported", "next_pass": 1}},
        {"item": {"status": "failed", "reason": "timeout"}},
        {"at_rest": False},
        {"dead_letters": 1},
        {"outcomes": [{"final": False}]},
        {"deaths": 0},
    ],
)
def test_an_import_that_a_kill_harms_is_seen(change: dict[str, object]) -> None:
    killer = Killer()
    killer.has_fired = True
    assert kills.faults_of_kill(SOUND_IMPORT, killer) == []
    assert len(kills.faults_of_kill(replace(SOUND_IMPORT, **change), killer)) == 1


@pytest.mark.parametrize(
    "change",
    [{"events": 999}, {"lost": 1}, {"surplus": 1}, {"not_final": ["x"]}, {"dead_letters": 1}, {"throttled": 99}, {"away_seconds": 0.0}],
)
def test_a_storm_that_does_harm_is_seen(change: dict[str, object]) -> None:
    assert storm.faults(SOUND_STORM) == []
    assert len(storm.faults(replace(SOUND_STORM, **change))) == 1


def test_the_closing_line_says_what_failed() -> None:
    report = Report()
    assert report.closing_line == "chaos: FAILED nothing was done"
    report.numbers["kills"] = 1
    report.add("kill", "before insert", 1, "all rows once", [])
    assert report.closing_line == "chaos: ok kills=1"
    report.add("kill", "after insert", 0, "never", [])
    assert report.closing_line == "chaos: FAILED wrong=1 kills=1"


def test_every_behaviour_is_met_once() -> None:
    met = [case.behaviour for case in CASES]
    assert sorted(met) == sorted({*BEHAVIOURS, *ROWS, *INPUTS, "https-to-plain"} - {FEW})


def test_a_redirect_that_is_followed_is_seen() -> None:
    """`urllib` follows one, and takes the key along."""
    with Hostile() as trap, Hostile(trap.host("").rstrip("/")) as server:
        request = urllib.request.Request(f"{server.host('redirect')}/v1/projects/p/spans?limit=1&start_time=2&end_time=3")
        request.add_header("Authorization", "Bearer the-key")
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200
        [stolen] = trap.stolen
        assert "the-key" in stolen


def test_calls_are_told_apart() -> None:
    def aws(operation: str, body: str) -> str:
        return gate.aws_kind("POST", "/", {"x-amz-target": operation}, body.encode())

    key = '"Key": {"PK": {"S": "o#s"}, "SK": {"S": "1#arize"}}'
    assert aws("DynamoDB_20120810.UpdateItem", f'{{{key}, "ExpressionAttributeValues": {{":now": {{"N": "1"}}}}}}') == "claim"
    assert aws("DynamoDB_20120810.UpdateItem", f'{{{key}, "ExpressionAttributeValues": {{":claimed_by": {{"S": "x"}}}}}}') == "complete"
    assert aws("secretsmanager.GetSecretValue", '{"SecretId": "spanlift/clickhouse"}') == "store's user"
    assert aws("AmazonSQS.SendMessage", '{"QueueUrl": "http://a/1/spanlift-import-outcomes"}') == "announce"
    assert gate.store_kind("POST", "/?query=INSERT+INTO+t", {}, b"") == "insert"
    assert gate.store_kind("POST", "/", {}, b"SELECT count() AS native, ''") == "look-up"


@pytest.mark.parametrize("point", [Point("store's user", 1, "before"), Point("announce", 2, "after")], ids=str)
def test_a_killed_process_loses_nothing(stack: Stack, client: Client, point: Point) -> None:
    """At two points at which no lease is held: the others take as long as one."""
    part = imports.Imports(Ground(stack, client), "langsmith", "kill", kills.TIMES)
    killer = Killer(point)
    [call] = part.calls.make("langsmith", 1)
    assert kills.faults_of_kill(part.meet(call, killer, "0"), killer) == []
