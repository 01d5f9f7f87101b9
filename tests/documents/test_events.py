"""Every file in `events/` is given to its function as Lambda gives it, and imports (or refuses) what events/README.md says."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import count

import events_calls
import fill_platforms
import pytest
from client import Client, Item, wait_until
from clients import aws_client
from direct_schemas import DIRECT_ANSWERS
from events_calls import CAPS, GOOD, LIMITED, ORGANIZATION, UNTAGGED
from fenced import REPOSITORY

EVENTS = REPOSITORY / "events"
PROVIDERS = ("arize", "langfuse", "langsmith")
FINAL = ("empty", "failed", "skipped_native", "not_connected", "superseded")
IMPORTED, LEFT_ALONE, CUT = ("imported", None, None), ("empty", "untagged", None), ("imported", None, "cap")
ENDS = {(GOOD, provider): IMPORTED for provider in PROVIDERS} | {(LIMITED, provider): CUT for provider in PROVIDERS}
# Only Langfuse falls back to the window.
ENDS |= {(UNTAGGED, "arize"): LEFT_ALONE, (UNTAGGED, "langsmith"): LEFT_ALONE, (UNTAGGED, "langfuse"): IMPORTED}
SpanIds = dict[tuple[str, str], set[str]]


@dataclass(frozen=True)
class Replayed:
    """What comes of a file: the simulations that are imported or not, and why messages are refused, in their order."""

    simulations: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    doubled: int = 0
    """How many messages may be handed back because another of the batch is being imported: the queue would bring them again."""


FILES = {
    "fanout/bare.json": Replayed((GOOD,)),
    "fanout/completed.json": Replayed((GOOD,)),
    "fanout/duplicate.json": Replayed((GOOD,)),
    "fanout/envelope.json": Replayed((GOOD,)),
    "fanout/limited.json": Replayed((LIMITED,)),
    "fanout/malformed.json": Replayed(refused=("bad_json", "bad_field", "bad_field", "bad_field", "other_event")),
    "fanout/mixed.json": Replayed((GOOD,), ("bad_json", "unknown_version", "ends_before_start")),
    "fanout/untagged.json": Replayed((UNTAGGED,)),
    **{
        f"{provider}/{name}.json": replayed
        for provider in PROVIDERS
        for name, replayed in {
            "duplicate": Replayed((GOOD,), doubled=1),
            "first-pass": Replayed((GOOD,)),
            "limited": Replayed((LIMITED,)),
            "malformed": Replayed(refused=("bad_json", "bad_field")),
            "mixed": Replayed((GOOD, UNTAGGED), ("bad_json", "unknown_version"), doubled=1),
            "untagged": Replayed((UNTAGGED,)),
        }.items()
    },
}
DIRECT = tuple(f"{provider}/{name}.json" for provider in PROVIDERS for name in ("verify", "preview"))
"""Requests to a function itself."""
NUMBERS = count()


@pytest.fixture(scope="session")
def held(client: Client) -> SpanIds:
    """The calls that the files speak of are on the platforms: the ids that their spans will have."""
    fill_platforms.fill(client.settings)
    fill_platforms.wait_for_the_largest(client)
    made = {"langfuse": events_calls.for_langfuse()[1], "langsmith": events_calls.for_langsmith()[1]}
    made["arize"] = {call: fill_platforms.span_ids_in_phoenix(client, call) for call in events_calls.WINDOWS}
    return {(call, provider): ids for provider, ids_by_call in made.items() for call, ids in ids_by_call.items()}


@pytest.fixture
def organization(client: Client) -> str:
    """Connected as the files' own is, and new: what was imported before by another file is not its."""
    name = f"{ORGANIZATION}-{next(NUMBERS)}"
    for provider, connection in events_calls.connections(client.settings).items():
        client.connect(name, provider, **connection)
    return name


@pytest.mark.parametrize("name", FILES)
def test_a_file_does_what_the_readme_says(client: Client, held: SpanIds, organization: str, name: str) -> None:
    function, expected = name.split("/")[0], FILES[name]
    queue = client.deployment.queue_names["events"] if function == "fanout" else client.deployment.import_queue(function)
    dead_letters = client.deployment.dead_letters(queue)
    client.receive(dead_letters)
    content = json.loads((EVENTS / name).read_text().replace(ORGANIZATION, organization))
    handed_back = _invoke(client, function, _batch(content))["batchItemFailures"]
    assert len(handed_back) <= expected.doubled
    providers = PROVIDERS if function == "fanout" else (function,)
    for simulation, provider in [(simulation, provider) for simulation in expected.simulations for provider in providers]:
        item = wait_until(lambda: _ended(client, organization, simulation, provider), 90, f"the end of {simulation}")  # noqa: B023 - called here
        end = ENDS[simulation, provider]
        assert (item["status"], item.get("reason"), item.get("truncated")) == end
        rows = [row for row in client.stored_spans(organization, simulation) if row["ServiceName"] == provider]
        stored = {row["SpanId"] for row in rows}
        assert len(rows) == len(stored)
        if end == IMPORTED:
            assert stored == held[simulation, provider]
        else:
            assert stored <= held[simulation, provider]
            assert _counted(provider, rows) == (CAPS[provider] if end == CUT else 0)
    refused = [_reason(message) for message in client.receive(dead_letters)] if expected.refused else []
    assert sorted(refused) == sorted(expected.refused)


@pytest.mark.parametrize("name", DIRECT)
def test_a_direct_request_is_answered_and_writes_nothing(client: Client, held: SpanIds, organization: str, name: str) -> None:
    provider, asked = name.removesuffix(".json").split("/")
    request = json.loads((EVENTS / name).read_text().replace(ORGANIZATION, organization))
    lambda_ = aws_client(client.settings, "lambda")
    answer = lambda_.invoke(FunctionName=client.deployment.direct_function(provider), Payload=json.dumps(request).encode())
    assert "FunctionError" not in answer, answer["Payload"].read()
    said = json.loads(answer["Payload"].read())
    DIRECT_ANSWERS[asked].validate(said)
    assert (said["ok"], said["provider"]) == (True, provider), said
    if asked == "preview":
        assert (said["status"], said["stored"], said["would_insert"]) == ("imported", 0, len(held[GOOD, provider])), said
    assert client.ledger(organization, GOOD) == {}
    assert not client.stored_spans(organization, GOOD)


@pytest.mark.parametrize("provider", PROVIDERS[1:])
def test_every_importer_has_the_same_files(provider: str) -> None:
    """The names swapped, what was arize's is the provider's, and the job of another provider another's still."""
    swapped = {"arize": provider, provider: "arize"}
    files = {file.name: file.read_text() for file in (EVENTS / "arize").glob("*.json")}
    wanted = {name: re.sub("|".join(swapped), lambda found: swapped[found[0]], text) for name, text in files.items()}
    assert {file.name: file.read_text() for file in (EVENTS / provider).glob("*.json")} == wanted


def test_every_file_is_tested_and_listed() -> None:
    files = {str(file.relative_to(EVENTS)) for file in EVENTS.rglob("*.json")}
    assert files == {*FILES, *DIRECT, "put-events.json"}
    listed = re.findall(r"^\| `([\w/.-]+\.json)` \|", (EVENTS / "README.md").read_text(), re.MULTILINE)
    assert set(listed) == files
    assert len(listed) == len(set(listed))


@pytest.mark.usefixtures("held")
def test_the_put_events_line_starts_an_import(client: Client) -> None:
    """The entries of events/put-events.json, as `aws events put-events --entries file://…` sends them."""
    entries = json.loads((EVENTS / "put-events.json").read_text())
    assert client.events.put_events(Entries=entries)["FailedEntryCount"] == 0
    for provider in PROVIDERS:
        item = wait_until(lambda: _ended(client, ORGANIZATION, GOOD, provider), 60, "the import")  # noqa: B023 - called here
        assert item["status"] == "imported"


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


def _ended(client: Client, organization: str, simulation: str, provider: str) -> Item | None:
    """The import's item, once it is imported or has ended."""
    item = client.ledger(organization, simulation).get(f"1#{provider}", {})
    return item if item.get("status") in {"imported", *FINAL} else None


def _reason(message: Item) -> str:
    return message["MessageAttributes"]["reason"]["StringValue"]


def _counted(provider: str, rows: list[Item]) -> int:
    """What the provider's cap counts: Langfuse's are traces."""
    return len({row["TraceId"] for row in rows}) if provider == "langfuse" else len(rows)
