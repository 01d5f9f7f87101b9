"""Direct requests by Lambda's own API: a wrong request gets a typed answer, and the alias for direct requests takes nothing else."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import agent_calls
import pytest
from agent import Agent, Window
from client import Client
from clients import aws_client
from misbehaving import RIGHT_KEY, Misbehaving
from organization import Organization

PROVIDERS = ("arize", "langfuse", "langsmith")


@dataclass(frozen=True)
class Answered:
    """What an invocation came to."""

    is_error: bool
    body: Any


@dataclass(frozen=True)
class Door:
    """A provider's function, by its alias for direct requests."""

    client: Client
    provider: str

    def ask(self, payload: Any, function: str = "") -> Answered:  # noqa: ANN401
        """Sends a payload, or bytes as they are."""
        sent = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        name = function or self.client.deployment.direct_function(self.provider)
        answer = aws_client(self.client.settings, "lambda").invoke(FunctionName=name, Payload=sent)
        return Answered("FunctionError" in answer, json.loads(answer["Payload"].read()))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_wrong_request_has_an_answer(client: Client, organization: Organization, window: Window, provider: str) -> None:
    door, nobody = Door(client, provider), organization.id
    event = {
        "version": "1",
        "organization_id": nobody,
        "simulation_output_id": "a-call",
        "status": "COMPLETED",
        "started_at": window.started_at.isoformat(),
        "ended_at": window.ended_at.isoformat(),
    }
    verify = {"organization_id": nobody}
    unknown_version = {"version": "0f9e0cf4-6a3b-4d20-9a4e-2f1b7c3d5e6f"}
    for request, reason in [
        ({"verify": verify}, "not_connected"),
        ({"verify": verify | unknown_version}, "not_connected"),
        ({"verify": {}}, "bad_field"),
        ({"verify": None}, "bad_field"),
        ({"verify": []}, "bad_field"),
        ({"verify": nobody}, "bad_field"),
        ({"verify": {"organization_id": "../another"}}, "bad_field"),
        ({"verify": {"organization_id": 7}}, "bad_field"),
        ({"verify": {"organization_id": "x" * 100_000}}, "bad_field"),
        ({"verify": verify | {"version": "AWSPENDING"}}, "bad_field"),
        ({"verify": verify | {"learn": "yes"}}, "bad_field"),
        ({"verify": verify | {"host": "https://elsewhere.example"}}, "bad_field"),
        ({"preview": event}, "not_connected"),
        ({"preview": {}}, "unknown_version"),
        ({"preview": None}, "bad_json"),
        ({"preview": [event]}, "bad_json"),
        ({"preview": json.dumps(event)}, "bad_json"),
        ({"preview": event | {"version": "2"}}, "unknown_version"),
        ({"preview": event | {"status": "CANCELLED"}}, "ignored_status"),
        ({"preview": event | {"simulation_output_id": " "}}, "bad_field"),
        ({"preview": event | {"organization_id": "a/b"}}, "bad_field"),
        ({"preview": event | {"attempt": 0}}, "bad_field"),
        ({"preview": event | {"started_at": "2026-11-20 15:00"}}, "bad_field"),
        ({"preview": event | {"ended_at": "2026-11-20T14:00:00Z"}}, "ends_before_start"),
        ({"preview": event | {"started_at": "2026-11-20T14:00:00Z", "ended_at": "2026-11-22T14:00:00Z"}}, "window_too_long"),
    ]:
        answered = door.ask(request)
        assert not answered.is_error and answered.body["ok"] is False, (request, answered)
        assert answered.body.keys() == {"ok", "reason", "advice"} and answered.body["advice"], (request, answered)
        assert answered.body["reason"] == reason, (request, answered)
        assert len(answered.body["advice"]) < 500, request
    assert client.ledger(nobody, "a-call") == {}, "none of them has written anything"


def test_what_is_no_direct_request_is_an_error(client: Client, organization: Organization) -> None:
    door, verify = Door(client, "arize"), {"organization_id": organization.id}
    for payload in [None, [], {}, 7, {"verified": verify}, {"verify": verify, "preview": {}}, {"verify": verify, "Records": []}]:
        assert door.ask(payload).is_error, payload


def test_a_forged_batch_through_the_alias_does_nothing(organization: Organization, client: Client, window: Window) -> None:
    organization.connect()
    with Agent(client.settings.phoenix_url, organization.project, organization.id) as agent:
        call = agent_calls.one_trace(agent, "forged", window)
    batch = {"Records": [{"messageId": "1", "body": organization.job(call), "attributes": {"ApproximateReceiveCount": "1"}}]}
    door = Door(client, "arize")
    assert door.ask(batch).is_error
    verify = {"verify": {"organization_id": organization.id}}
    assert door.ask(verify, client.deployment.name("arize")).is_error, "not through the queue's door"
    assert door.ask(verify).body["ok"] is True
    assert client.ledger(organization.id, call.simulation_output_id) == {}
    assert not organization.stored(call)


def test_verify_ends_within_ten_seconds(client: Client, organization: Organization, misbehaving: Misbehaving) -> None:
    """The platform takes a request, and never answers."""
    organization.connect(misbehaving.host("silent"), api_key=RIGHT_KEY)
    door, began = Door(client, "arize"), time.monotonic()
    try:
        answered = door.ask({"verify": {"organization_id": organization.id}})
        took = time.monotonic() - began
    finally:
        misbehaving.silence.set()
    assert (answered.is_error, answered.body["ok"], answered.body["reason"]) == (False, False, "timeout"), answered
    assert took < 10, took
