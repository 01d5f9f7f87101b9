"""docs/schemas: what is published of the event, the job and the outcome is what the code takes and sends."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta, timezone
from typing import Any

import agent_calls
import pytest
from agent import Agent, Conversation, Window
from client import Client, wait_until
from fenced import REPOSITORY, blocks
from jsonschema import Draft202012Validator
from organization import Organization
from referencing import Registry, Resource

FOLDER = REPOSITORY / "docs/schemas"
SCHEMAS = {file.name: json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))}
REGISTRY = Registry().with_resources([(name, Resource.from_contents(schema)) for name, schema in SCHEMAS.items()])
EVENT, JOB, OUTCOME = (Draft202012Validator(SCHEMAS[f"{name}.schema.json"], registry=REGISTRY) for name in ("event", "import-job", "outcome"))
# What the code does with each of these is asserted by shared/model/tests/documents.rs.
CASES = json.loads((REPOSITORY / "shared/model/tests/cases.json").read_text())
# What the importers make such outcomes of is asserted by shared/importer/tests/it/outcome.rs.
OUTCOMES = json.loads((REPOSITORY / "shared/importer/tests/outcomes.json").read_text())
EVENTS = REPOSITORY / "events"
DIRECT = Draft202012Validator(SCHEMAS["direct-request.schema.json"], registry=REGISTRY)
REQUESTS = ("verify", "preview")


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_schemas_and_fit_their_examples(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$id"] == name
    for example in SCHEMAS[name]["examples"]:
        Draft202012Validator(SCHEMAS[name], registry=REGISTRY).validate(example)


@pytest.mark.parametrize(("kind", "validator"), [("event", EVENT), ("job", JOB)])
def test_a_schema_says_what_the_code_says_as_far_as_it_can(kind: str, validator: Draft202012Validator) -> None:
    for case in CASES[f"{kind}s"]:
        body = {name: value for name, value in (CASES[kind] | case.get("set", {})).items() if name not in case.get("remove", ())}
        is_taken = "reason" not in case or "schema" in case
        assert validator.is_valid(body) == is_taken, (case, [error.message for error in validator.iter_errors(body)])


@pytest.mark.parametrize("name", OUTCOMES)
def test_the_schema_takes_the_outcomes_and_what_the_type_refuses_it_refuses_too(name: str) -> None:
    OUTCOME.validate(OUTCOMES[name])
    for member in OUTCOMES["bare"]:
        assert not OUTCOME.is_valid({known: value for known, value in OUTCOMES[name].items() if known != member}), member
    for member in OUTCOMES["whole"]:
        assert not OUTCOME.is_valid(OUTCOMES[name] | {member: {"no": "such"}}), member


@pytest.mark.parametrize("file", sorted(file for file in EVENTS.rglob("*.json") if file.stem not in REQUESTS), ids=lambda file: str(file.relative_to(EVENTS)))
def test_files_to_replay_hold_events_and_jobs(file: Any) -> None:  # noqa: ANN401
    """Of a malformed file no message is valid, of a mixed one some are, of any other all."""
    validator = EVENT if file.parent.name in ("fanout", "events") else JOB
    valid = [_is_valid(validator, message, file.parent.name) for message in _messages(json.loads(file.read_text()))]
    wanted = {"malformed": {False}, "mixed": {True, False}}.get(file.stem, {True})
    assert set(valid) == wanted, valid


@pytest.mark.parametrize("file", sorted(file for file in EVENTS.rglob("*.json") if file.stem in REQUESTS), ids=lambda file: str(file.relative_to(EVENTS)))
def test_files_with_a_direct_request_hold_one(file: Any) -> None:  # noqa: ANN401
    request = json.loads(file.read_text())
    DIRECT.validate(request)
    assert list(request) == [file.stem]
    assert not DIRECT.is_valid(request | {"more": 1})


def _messages(content: Any) -> list[Any]:  # noqa: ANN401
    if isinstance(content, list):
        return [json.loads(entry["Detail"]) for entry in content]
    return [record["body"] for record in content["Records"]] if "Records" in content else [content]


def _is_valid(validator: Draft202012Validator, message: Any, function: str) -> bool:  # noqa: ANN401
    if isinstance(message, str):
        try:
            message = json.loads(message)
        except json.JSONDecodeError:
            return False
    if "detail" in message:
        if (message["source"], message["detail-type"]) != ("coval.simulations", "Simulation Completed"):
            return False
        message = message["detail"]
    if validator is JOB and message.get("provider") not in (None, function):
        return False  # valid, and on another platform's queue
    return validator.is_valid(message)


def test_the_readmes_event_and_outcome_are_valid() -> None:
    shown = [json.loads(block.text) for block in blocks("README.md") if block.language == "json"]
    assert [EVENT.is_valid(value) for value in shown] == [True, False]
    OUTCOME.validate(shown[1])


def test_real_outcomes_are_described_whole(client: Client) -> None:
    """What importers really send is valid, and has no member that the schema does not describe."""
    end = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(seconds=75)
    window = Window(end - timedelta(seconds=32), end)
    organization = Organization(client, f"org-{secrets.token_hex(4)}")
    with Agent(client.settings.phoenix_url, organization.project, organization.id) as agent:
        tagged = agent_calls.one_trace(agent, "outcome-imported", window)
        untagged = agent_calls.untagged(agent, "outcome-empty", window)
    organization.connect()
    for call in (tagged, untagged):
        organization.finish(call)
        organization.wait_for(call, "imported", "empty")
    elsewhere = Organization(client, f"{organization.id}-elsewhere")
    elsewhere.connect(host="http://10.1.2.3")
    refused = Conversation("outcome-failed", tagged.started_at, tagged.ended_at)
    elsewhere.finish(refused)
    elsewhere.wait_for(refused, "failed")
    outcomes: list[dict[str, Any]] = []
    queue = client.deployment.queue_names["outcomes"]

    def look() -> bool:
        received = (json.loads(message["Body"]) for message in client.receive(queue))
        outcomes.extend(outcome for outcome in received if outcome["organization_id"].startswith(organization.id))
        return {"deferred", "empty", "failed", "imported"} <= {outcome["status"] for outcome in outcomes}

    wait_until(look, 90, "an outcome of each kind")
    for outcome in outcomes:
        OUTCOME.validate(outcome)
        assert set(outcome) <= set(SCHEMAS["outcome.schema.json"]["properties"]), outcome
    assert {outcome["reason"] for outcome in outcomes if outcome["status"] == "failed"} == {"host_refused"}
