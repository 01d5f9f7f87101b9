"""From an agent's traces in a real Phoenix to rows in ClickHouse."""

from __future__ import annotations

import json
from datetime import timedelta

import agent_calls
import pytest
from agent import Agent, Window
from client import wait_until
from organization import Organization


def test_a_call_in_one_trace(organization: Organization, agent: Agent, window: Window) -> None:
    with agent:
        call = agent_calls.one_trace(agent, "one-trace", window)
    organization.connect()
    organization.finish(call)
    item = organization.wait_for(call, "imported")
    organization.assert_imported_exactly(call)
    assert (item["matched_by"], item["matched_traces"], item["matched_spans"], item["stored"]) == (["simulation_output_id"], 1, 12, 12)
    rows = {row["SpanId"]: row for row in organization.stored(call)}
    names = {span.name: rows[span.span_id] for span in call.spans}
    assert {row["ServiceName"] for row in rows.values()} == {"arize"}
    assert names["pipecat.llm"]["SpanName"] == "llm"
    assert (names["pipecat.stt"]["SpanName"], names["pipecat.tts"]["SpanName"]) == ("stt", "tts")
    assert names["pipecat.llm"]["SpanAttributes"]["gen_ai.usage.input_tokens"] == "412"
    failed = names["move_booking"]
    assert (failed["StatusCode"], failed["StatusMessage"]) == ("Error", "Friday is fully booked")
    assert failed["Events.Name"] == ["exception"]
    assert failed["ParentSpanId"] == names["conversation"]["SpanId"]


def test_a_trace_per_turn(organization: Organization, agent: Agent, window: Window) -> None:
    with agent:
        call = agent_calls.trace_per_turn(agent, "per-turn", window, turns=4)
        other = agent_calls.one_trace(agent, "concurrent", window)
    organization.connect()
    organization.finish(call)
    assert organization.wait_for(call, "imported")["matched_traces"] == 4
    organization.assert_imported_exactly(call)
    assert organization.stored_ids(other) == []


def test_untagged_traces_are_nobodys(organization: Organization, agent: Agent, window: Window) -> None:
    with agent:
        call = agent_calls.untagged(agent, "untagged", window)
    organization.connect()
    organization.finish(call)
    item = organization.wait_for(call, "empty", seconds=45)
    assert item["reason"] == "untagged"
    assert organization.stored_ids(call) == []


def test_tagged_by_session(organization: Organization, agent: Agent, window: Window) -> None:
    with agent:
        call = agent_calls.tagged_by_session(agent, "by-session", window)
    organization.connect()
    organization.finish(call)
    assert organization.wait_for(call, "imported")["matched_by"] == ["session.id"]
    organization.assert_imported_exactly(call)


def test_the_agents_own_session_beside_our_id(organization: Organization, agent: Agent, window: Window) -> None:
    with agent:
        call = agent_calls.one_trace(agent, "beside", window, session__id="the-agents-own")
    organization.connect()
    organization.finish(call)
    organization.wait_for(call, "imported")
    organization.assert_imported_exactly(call)


def test_a_worker_trace_is_split_between_its_calls(organization: Organization, agent: Agent, window: Window) -> None:
    with agent:
        calls = agent_calls.shared_worker(agent, ("first", "second"), window)
    organization.connect()
    for call in calls:
        organization.finish(call)
    for call in calls:
        organization.wait_for(call, "imported")
        organization.assert_imported_exactly(call)


def test_the_same_event_ten_times_at_once_is_one_import(organization: Organization, agent: Agent, window: Window) -> None:
    client = organization.client
    with agent:
        call = agent_calls.one_trace(agent, "ten-times", window)
    client.wait_for_phoenix(organization.project, [call])
    organization.connect()
    client.send(organization.event_queue, *[json.dumps(call.event(organization.id))] * 10)
    organization.wait_for(call, "imported")
    queues = (organization.event_queue, organization.import_queue)
    wait_until(lambda: client.busy(*queues) == 0, 90, "the other nine are acknowledged")
    organization.assert_imported_exactly(call)
    outcomes = [json.loads(message["Body"]) for message in client.receive(client.deployment.queue_names["outcomes"])]
    first_passes = [found for found in outcomes if found.get("organization_id") == organization.id and found.get("pass") == 0]
    assert len(first_passes) == 1
    assert organization.dead_letters(organization.import_queue) == []


def test_native_spans_come_first(organization: Organization, agent: Agent, window: Window) -> None:
    with agent:
        call = agent_calls.one_trace(agent, "native", window)
    organization.connect()
    organization.write_native_span(call, window.at(3).isoformat())
    organization.finish(call)
    organization.wait_for(call, "skipped_native")
    assert organization.stored_ids(call) == ["b7ad6b7169203331"]


@pytest.mark.parametrize("minutes", [-11, 11])
def test_a_native_span_without_attempt_far_from_the_call_does_not_count(
    organization: Organization, agent: Agent, window: Window, minutes: int
) -> None:
    with agent:
        call = agent_calls.one_trace(agent, "native-elsewhere", window)
    organization.connect()
    edge = window.started_at if minutes < 0 else window.ended_at
    organization.write_native_span(call, (edge + timedelta(minutes=minutes)).isoformat())
    organization.finish(call)
    organization.wait_for(call, "imported")
    assert organization.stored_ids(call) == sorted({"b7ad6b7169203331", *call.expected})


def test_six_thousand_matched_spans_are_cut_and_a_small_call_among_them_is_not(
    organization: Organization, agent: Agent, window: Window
) -> None:
    with agent:
        large = agent_calls.many_spans(agent, "large", window, 6_000)
        small = agent_calls.many_spans(agent, "small", window, 3)
    organization.client.wait_for_phoenix(organization.project, [large, small], seconds=400)
    organization.connect()
    organization.finish(large)
    organization.finish(small)
    item = organization.wait_for(large, "imported", seconds=60)
    assert (item["truncated"], len(organization.stored_ids(large))) == ("cap", 5_000)
    assert set(organization.stored_ids(large)) < large.expected
    assert not organization.wait_for(small, "imported").get("truncated")
    organization.assert_imported_exactly(small)
