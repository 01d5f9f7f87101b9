"""What cannot be imported says why, in the ledger, in words that a person can act on; and nothing is stored."""

from __future__ import annotations

import json

import agent_calls
import pytest
from agent import Agent, Conversation, Window
from client import wait_until
from misbehaving import RIGHT_KEY, Misbehaving
from organization import Organization


@pytest.fixture
def call(window: Window) -> Conversation:
    """A call of which nothing was sent."""
    return Conversation("refused", window.started_at.isoformat(), window.ended_at.isoformat())


def test_a_wrong_key_and_then_the_right_one(organization: Organization, agent: Agent, misbehaving: Misbehaving, window: Window) -> None:
    with agent:
        first = agent_calls.one_trace(agent, "wrong-key", window)
        second = agent_calls.one_trace(agent, "right-key", window)
    organization.connect(misbehaving.host("locked"), api_key="the-wrong-key")
    organization.finish(first)
    item = organization.wait_for(first, "failed")
    assert item["reason"] == "unauthorized"
    assert "the-wrong-key" not in json.dumps(item, default=str)
    organization.connect(misbehaving.host("locked"), api_key=RIGHT_KEY)
    organization.finish(second)
    organization.wait_for(second, "imported")
    organization.assert_imported_exactly(second)


def test_a_project_that_is_not_there(organization: Organization, call: Conversation) -> None:
    organization.connect()
    organization.finish(call)
    assert organization.wait_for(call, "failed", seconds=60)["reason"] == "project_not_found"


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [("html", "wrong_host"), ("login", "wrong_host"), ("forbidden", "forbidden"), ("old", "unsupported_version")],
)
def test_platforms_that_answer_something_else(
    organization: Organization, misbehaving: Misbehaving, call: Conversation, behaviour: str, reason: str
) -> None:
    organization.connect(misbehaving.host(behaviour))
    organization.finish(call)
    assert organization.wait_for(call, "failed")["reason"] == reason


@pytest.mark.parametrize(
    "host",
    [
        "http://10.1.2.3:6006",
        "http://127.0.0.1:1",
        "http://localhost:1",
        "http://169.254.169.254",
        "http://[::1]:6006",
        "http://[::ffff:10.1.2.3]",
    ],
)
def test_private_addresses_are_refused(organization: Organization, call: Conversation, host: str) -> None:
    organization.connect(host)
    organization.finish(call)
    assert organization.wait_for(call, "failed")["reason"] == "host_refused"


def test_a_job_without_a_connection(organization: Organization, call: Conversation) -> None:
    organization.client.send(organization.import_queue, organization.job(call))
    organization.wait_for(call, "not_connected")
    assert organization.dead_letters(organization.import_queue) == []


def test_fanout_says_what_is_not_connected(organization: Organization, call: Conversation) -> None:
    organization.finish(call)
    item = wait_until(lambda: organization.item(call, "1#fanout"), 20, "fanout's item")
    assert list(item["sent_to"]) == []
    assert "arize" in item["not_connected"]
    organization.connect()
    again = Conversation("connected", call.started_at, call.ended_at)
    organization.finish(again)
    item = wait_until(lambda: organization.item(again, "1#fanout"), 20, "fanout's item")
    assert list(item["sent_to"]) == ["arize"]
    assert "arize" not in item["not_connected"]


def test_one_malformed_event_among_ten(organization: Organization, window: Window) -> None:
    calls = [Conversation(f"sound-{number}", window.started_at.isoformat(), window.ended_at.isoformat()) for number in range(9)]
    bodies = [json.dumps(call.event(organization.id)) for call in calls]
    bodies.insert(4, f'{{"organization_id": "{organization.id}", cut short')
    organization.client.send(organization.event_queue, *bodies)
    for call in calls:
        wait_until(lambda call=call: organization.item(call, "1#fanout"), 20, f"fanout's item for {call.simulation_output_id}")
    [refused] = wait_until(lambda: organization.dead_letters(organization.event_queue), 20, "the malformed one in the dead-letter queue")
    assert any("reason" in name.lower() for name in refused["MessageAttributes"]), refused
    assert organization.client.busy(organization.event_queue) == 0


def test_a_status_that_is_not_imported_is_ignored(organization: Organization, call: Conversation) -> None:
    organization.connect()
    organization.finish(call, status="CANCELLED")
    wait_until(lambda: organization.client.busy(organization.event_queue) == 0, 20, "the event is acknowledged")
    assert organization.item(call) == {}
    assert organization.dead_letters(organization.event_queue) == []
