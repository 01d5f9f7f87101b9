"""Every file in `events/` is given to its function as Lambda gives it, and imports (or refuses) what events/README.md says."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pytest
from agent import Conversation
from calls import CAP, ORGANIZATION, fill
from client import Client, Item, wait_until
from clients import aws_client
from fenced import REPOSITORY

EVENTS = REPOSITORY / "events"
GOOD, UNTAGGED, LIMITED = "3zfmuDbVQsi4GaseDtiVcS", "untagged-call", "limited-call"
FINAL = ("empty", "failed", "skipped_native", "not_connected", "superseded")
ENDS = {GOOD: ("imported", None, None), UNTAGGED: ("empty", "untagged", None), LIMITED: ("imported", None, "cap")}


@dataclass(frozen=True)
class Replayed:
    """What comes of a file: the simulations that are imported or not, and why messages are refused, in their order."""

    simulations: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


FILES = {
    "fanout/bare.json": Replayed((GOOD,)),
    "fanout/completed.json": Replayed((GOOD,)),
    "fanout/duplicate.json": Replayed((GOOD,)),
    "fanout/envelope.json": Replayed((GOOD,)),
    "fanout/limited.json": Replayed((LIMITED,)),
    "fanout/malformed.json": Replayed(refused=("bad_json", "bad_field", "bad_field", "bad_field", "other_event")),
    "fanout/mixed.json": Replayed((GOOD,), ("bad_json", "unknown_version", "ends_before_start")),
    "fanout/untagged.json": Replayed((UNTAGGED,)),
    "arize/duplicate.json": Replayed((GOOD,)),
    "arize/first-pass.json": Replayed((GOOD,)),
    "arize/limited.json": Replayed((LIMITED,)),
    "arize/malformed.json": Replayed(refused=("bad_json", "bad_field")),
    "arize/mixed.json": Replayed((GOOD, UNTAGGED), ("bad_json", "unknown_version")),
    "arize/untagged.json": Replayed((UNTAGGED,)),
}


@pytest.fixture(scope="session")
def calls(client: Client) -> dict[str, Conversation]:
    """The calls that the files speak of, in Phoenix."""
    return fill(client)


@pytest.mark.parametrize("name", FILES)
def test_a_file_does_what_the_readme_says(client: Client, calls: dict[str, Conversation], name: str) -> None:
    function, expected = name.split("/")[0], FILES[name]
    queue = client.deployment.queue_names["events"] if function == "fanout" else client.deployment.import_queue(function)
    dead_letters = client.deployment.dead_letters(queue)
    client.receive(dead_letters)
    assert _invoke(client, function, _batch(json.loads((EVENTS / name).read_text()))) == {"batchItemFailures": []}
    for simulation in expected.simulations:
        status, reason, truncated = ENDS[simulation]
        item = wait_until(lambda: _ended(client, simulation), 90, f"the end of {simulation}")  # noqa: B023 - called here
        assert (item["status"], item.get("reason"), item.get("truncated")) == (status, reason, truncated)
        stored = [row["SpanId"] for row in client.stored_spans(ORGANIZATION, simulation)]
        assert len(stored) == len(set(stored)) == min(CAP, len(calls[simulation].expected))
    refused = [_reason(message) for message in client.receive(dead_letters)] if expected.refused else []
    assert sorted(refused) == sorted(expected.refused)


def test_every_file_is_tested_and_listed() -> None:
    files = {str(file.relative_to(EVENTS)) for file in EVENTS.rglob("*.json")}
    ours = {name for name in files if name.split("/")[0] in ("fanout", "arize")}
    assert ours == set(FILES)
    listed = re.findall(r"^\| `([\w/.-]+\.json)` \|", (EVENTS / "README.md").read_text(), re.MULTILINE)
    assert set(listed) == files
    assert len(listed) == len(set(listed))


def test_the_put_events_line_starts_an_import(client: Client, calls: dict[str, Conversation]) -> None:
    """The entries of events/put-events.json, as `aws events put-events --entries file://…` sends them."""
    entries = json.loads((EVENTS / "put-events.json").read_text())
    assert client.events.put_events(Entries=entries)["FailedEntryCount"] == 0
    wait_until(lambda: _ended(client, GOOD), 60, "the import")
    assert calls[GOOD].expected


def _invoke(client: Client, function: str, batch: Item) -> Item:
    lambda_ = aws_client(client.settings, "lambda")
    answer = lambda_.invoke(FunctionName=client.deployment.name(function), Payload=json.dumps(batch).encode())
    assert "FunctionError" not in answer, answer["Payload"].read()
    return json.loads(answer["Payload"].read())


def _batch(event: Item) -> Item:
    """A file that is one message is put into a batch, as SQS does it."""
    if "Records" in event:
        return event
    batch = json.loads((EVENTS / "fanout/completed.json").read_text())
    batch["Records"][0]["body"] = json.dumps(event)
    return batch


def _ended(client: Client, simulation: str) -> Item | None:
    """The import's item, once it is imported or has ended."""
    item = client.ledger(ORGANIZATION, simulation).get("1#arize", {})
    return item if item.get("status") in {"imported", *FINAL} else None


def _reason(message: Item) -> str:
    return message["MessageAttributes"]["reason"]["StringValue"]
