"""What is wrong with a connection, a row a symptom and a cell a platform: `spanlift verify` and an import say the same of it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import agent_calls
import pytest
import stand_in_scenarios
from agent import Agent, Conversation, Window
from client import Client, Item
from clients import aws_client
from misbehaving import RIGHT_KEY, Misbehaving
from operator_terminal import Operator
from organization import Organization

PROVIDERS = ("arize", "langfuse", "langsmith")
KEYS = {"arize": {"api_key": RIGHT_KEY}, "langfuse": stand_in_scenarios.LANGFUSE, "langsmith": stand_in_scenarios.LANGSMITH}
SCENARIOS = {"langfuse": stand_in_scenarios.langfuse, "langsmith": stand_in_scenarios.langsmith}
RIGHT = "right"
CLOSED = "closed"


@dataclass(frozen=True)
class Cell:
    """A connection that is wrong in one way, the reason, and parts of the sentence that says what to do."""

    reason: str
    advice: tuple[str, ...]
    host: str = RIGHT
    """RIGHT, CLOSED, a behaviour of `misbehaving`, or whatever a person typed."""
    fields: dict[str, str] = field(default_factory=dict)


Row = dict[str, "Cell | str"]
"""By platform: a cell, or why there is no such symptom of its own."""

WRONG_HOST = {"arize": ("base URL",), "langfuse": ("base URL",), "langsmith": ("API host of your region",)}
TABLE: dict[str, Row] = {
    "wrong key": {
        "arize": Cell("unauthorized", ("Replace the key",), fields={"api_key": "another"}),
        "langfuse": Cell("unauthorized", ("compare both keys", "another region"), fields={"secret_key": "sk-lf-another"}),
        "langsmith": Cell("unauthorized", ("Replace the key",), fields={"api_key": "lsv2_pt_another"}),
    },
    "wrong region": {
        "arize": "Phoenix has no regions: a space of its cloud is a part of the host.",
        "langfuse": "Langfuse answers as to a wrong key, so that sentence names both causes.",
        "langsmith": Cell("forbidden", ("host of its region",), "echo-403"),
    },
    "no right": {
        "arize": Cell("forbidden", ("Use a key that may read",), "forbidden"),
        "langfuse": Cell("forbidden", ("Use the keys of the project",), "echo-403"),
        "langsmith": "LangSmith answers as to a key of another region, so that sentence names both causes.",
    },
    "firewall": {
        "arize": "Phoenix refuses in plain text itself: a firewall's answer looks the same.",
        "langfuse": Cell("forbidden", ("firewall",), "forbidden"),
        "langsmith": Cell("forbidden", ("proxy or firewall",), "forbidden"),
    },
    "no project": {
        "arize": Cell("project_not_found", ("Compare the project name",), fields={"project_name": "no such project"}),
        "langfuse": "Its keys are those of one project: no project is named.",
        "langsmith": Cell("project_not_found", ("Compare the connection's project name",), fields={"project_name": "no such project"}),
    },
    "HTML": {provider: Cell("wrong_host", advice, "html") for provider, advice in WRONG_HOST.items()},
    "a redirect": {provider: Cell("wrong_host", advice, "login") for provider, advice in WRONG_HOST.items()},
    "closed port": {provider: Cell("unreachable", ("no connection could be made",), CLOSED) for provider in PROVIDERS},
    "private host": {provider: Cell("host_refused", ("public",), "https://10.1.2.3") for provider in PROVIDERS},
    "no address": {provider: Cell("bad_connection", ("host",), "not an address") for provider in PROVIDERS},
    "old version": {
        "arize": Cell("unsupported_version", ("Upgrade it",), "old"),
        "langfuse": Cell("unsupported_version", ("Upgrade it",), "half-migrated"),
        "langsmith": "A server without one API is read by the other; one without both cannot be told from another host.",
    },
    "keys swapped": {
        "arize": "It has one key.",
        "langfuse": Cell("bad_connection", ("swapped",), fields={"public_key": "sk-lf-1", "secret_key": "pk-lf-1"}),
        "langsmith": "It has one key.",
    },
}
SAME_SENTENCE = {"a redirect"}
"""As HTML: both are what a user interface answers, and the same helps."""


def address(cell: Cell, provider: str, client: Client, misbehaving: Misbehaving, closed_host: str) -> str:
    """What stands in the connection's `host`."""
    if cell.host == RIGHT:
        return misbehaving.host("locked") if provider == "arize" else client.settings.stand_in_url(provider)
    if cell.host == CLOSED:
        return closed_host
    return cell.host if " " in cell.host or "://" in cell.host else misbehaving.host(cell.host)


def cells(provider: str) -> Iterator[tuple[str, Cell]]:
    for symptom, row in TABLE.items():
        assert row.keys() == set(PROVIDERS), symptom
        cell = row[provider]
        if isinstance(cell, Cell):
            yield symptom, cell
        else:
            assert cell.endswith("."), f"{symptom}: why not, in a sentence"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_symptom_is_said_by_verify_and_by_import_alike(
    client: Client, operator: Operator, misbehaving: Misbehaving, closed_host: str, window: Window, provider: str
) -> None:
    if provider in SCENARIOS:
        scenario, _ = SCENARIOS[provider]({}, window)
        stand_in_scenarios.set_scenario(client.settings, provider, scenario)
    begun = []
    for symptom, cell in cells(provider):
        organization = Organization(client, f"org-{secrets.token_hex(4)}")
        project = {"project_name": organization.project} if provider == "arize" else {}
        host = address(cell, provider, client, misbehaving, closed_host)
        client.connect(organization.id, provider, **(project | KEYS[provider] | cell.fields | {"host": host}))
        call = Conversation(f"sim-{organization.id}", window.started_at.isoformat(), window.ended_at.isoformat())
        organization.announce(call)
        document = operator.json(f"verify {provider} --organization {organization.id} --json")
        answer = document["answer"]
        assert (document["exit"], answer["ok"], answer["reason"]) == (1, False, cell.reason), (symptom, answer)
        assert all(part in answer["advice"] for part in cell.advice), (symptom, answer)
        begun.append((symptom, organization, call, answer))
    for symptom, organization, call, answer in begun:
        item = organization.wait_for(call, "failed", key=f"1#{provider}", seconds=60)
        assert (item["reason"], item["last_error"]) == (answer["reason"], answer["advice"]), symptom
    sentences = [answer["advice"] for symptom, *_, answer in begun if symptom not in SAME_SENTENCE]
    assert len(set(sentences)) == len(sentences), "each its own sentence"


def hold(organization: Organization, provider: str, kind: str, window: Window) -> None:
    """Connects a platform that works and holds one call: of three days ago, of nobody, or of another simulation."""
    client, theirs = organization.client, "theirs"
    if kind == "nothing_in_window":
        end = datetime.now(timezone.utc) - timedelta(days=3)
        window = Window(end - timedelta(seconds=32), end)
    if provider == "arize":
        with Agent(client.settings.phoenix_url, organization.project, organization.id) as agent:
            make = agent_calls.untagged if kind == "untagged" else agent_calls.one_trace
            sent = make(agent, theirs, window)
        client.wait_for_phoenix(organization.project, [sent])
        organization.connect()
        return
    tag = None if kind == "untagged" else theirs
    scenario, _ = SCENARIOS[provider]({f"{organization.id} call": tag}, window)
    stand_in_scenarios.set_scenario(client.settings, provider, scenario)
    # Without this an untagged window would be imported by its time.
    client.connect(organization.id, provider, host=client.settings.stand_in_url(provider), correlation="strict", **KEYS[provider])


def preview(client: Client, organization: Organization, provider: str, call: Conversation) -> Item:
    """What the last pass would do."""
    request = {"preview": call.event(organization.id)}
    answer = aws_client(client.settings, "lambda").invoke(
        FunctionName=client.deployment.direct_function(provider), Payload=json.dumps(request).encode()
    )
    return json.loads(answer["Payload"].read())


@pytest.mark.parametrize("kind", ["nothing_in_window", "untagged", "others_tagged"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_empty_is_said_by_verify_and_by_import_alike(
    client: Client, organization: Organization, operator: Operator, window: Window, provider: str, kind: str
) -> None:
    """What verify finds of the last day, an import says of its window. A key that occurs on no trace is `untagged`."""
    hold(organization, provider, kind, window)
    ours = Conversation(f"sim-{organization.id}", window.started_at.isoformat(), window.ended_at.isoformat())
    organization.announce(ours)
    document = operator.json(f"verify {provider} --organization {organization.id} --json")
    verified = document["answer"]
    assert (document["exit"], verified["ok"]) == (0, True), document
    assert preview(client, organization, provider, ours)["reason"] == kind
    assert organization.wait_for(ours, "empty", key=f"1#{provider}", seconds=60)["reason"] == kind
    match kind:
        case "nothing_in_window":
            assert (verified["finding"], verified["rows"]) == (kind, 0), verified
        case "untagged":
            assert verified["finding"] == kind and verified["rows"] > 0, verified
            assert "simulation_output_id" in verified["advice"], verified
        case _:
            assert "finding" not in verified and verified["keys"], verified
