"""Late, limited, repeated: what makes an import whole when the platform is slow or busy, or the same call is run again.

Under the `test` profile an import looks at its platform at 0, 1, 2, 3 and 4 s, and at what looks whole at 0 and 4 s; a pass that sees a trace
without its root waits about 3 s more for it. The agent here sends on when an outcome says what a pass has come to, and not by the clock.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import agent_calls
import pytest
from agent import Agent, Conversation, Window
from client import wait_until
from misbehaving import Misbehaving
from organization import Organization

LONGEST_WAIT_MILLISECONDS = 15_000
READERS_RULE = Path(__file__).resolve().parents[2] / "shared/trace-store/src/highest_attempt.sql"


def earlier(window: Window, minutes: float) -> Window:
    """A call as long, so much before."""
    back = timedelta(minutes=minutes)
    return Window(window.started_at - back, window.ended_at - back)


def test_spans_that_arrive_after_the_event_with_their_roots_last(organization: Organization, agent: Agent, window: Window) -> None:
    with agent:
        before = agent_calls.one_trace(agent, "hours-before", earlier(window, 120))
        agent.send()
        organization.client.wait_for_phoenix(organization.project, [before])
        organization.connect()
        call = agent.call("late", window)
        organization.announce(call.conversation)
        organization.wait_for_look(call.conversation, "deferred")
        with call.span("conversation", "AGENT", 0.2, 31, simulation_output_id="late") as root:
            call.leaf("tagged", "CHAIN", 1, 2, root, simulation_output_id="late")
            call.leaf("not tagged", "CHAIN", 2, 3, root)
            agent.send()
            first = organization.wait_for_look(call.conversation, "imported")
            # What has no tag is held back until its root says whose it is.
            assert (first["stored"], first["incomplete"]) == (1, True)
            call.leaf("later still", "CHAIN", 3, 4, root)
    final = organization.wait_for_final(call.conversation)
    organization.assert_imported_exactly(call.conversation)
    assert (final["status"], final["stored"], final["incomplete"]) == ("imported", 4, False)
    story = organization.story(call.conversation)
    assert story[0] == (0, "deferred", "empty"), story
    # Which pass meets the root is chance; none is there twice, and the last look is taken.
    numbers = [number for number, _, _ in story]
    assert (numbers, numbers[-1]) == (sorted(set(numbers)), 4), story
    assert organization.item(call.conversation)["stored"] == final["stored"]


def test_one_more_turn_after_the_import_looked_whole(organization: Organization, agent: Agent, window: Window) -> None:
    with agent:
        call = agent_calls.trace_per_turn(agent, "one-more-turn", window, turns=2)
        agent.send()
        organization.connect()
        organization.finish(call)
        first = organization.wait_for_look(call, "imported")
        last = agent_calls.trace_per_turn(agent, "one-more-turn", window, turns=1)
        assert (first["matched_traces"], first["incomplete"], first["final"]) == (2, False, False)
    call.spans += last.spans
    final = organization.wait_for_final(call)
    organization.assert_imported_exactly(call)
    assert (final["status"], final["matched_traces"], final["pass"]) == ("imported", 3, 4)
    assert organization.story(call) == [(0, "imported", None), (4, "imported", None)]


@pytest.mark.parametrize("others", ["none", "of another call"])
def test_nothing_ever_arrives(organization: Organization, agent: Agent, window: Window, others: str) -> None:
    with agent:
        other = agent_calls.one_trace(agent, "another", window if others == "of another call" else earlier(window, 120))
    organization.client.wait_for_phoenix(organization.project, [other])
    organization.connect()
    call = Conversation("nothing", window.started_at.isoformat(), window.ended_at.isoformat())
    organization.finish(call)
    final = organization.wait_for_final(call)
    reason = "others_tagged" if others == "of another call" else "nothing_in_window"
    assert (final["status"], final["reason"]) == ("empty", reason)
    assert organization.story(call) == [*((number, "deferred", "empty") for number in range(4)), (4, "empty", reason)]
    assert all(outcome["duration_ms"] < LONGEST_WAIT_MILLISECONDS for outcome in organization.outcomes(call))
    assert organization.stored(call) == []


def test_a_platform_that_limits_its_rate(organization: Organization, agent: Agent, misbehaving: Misbehaving, window: Window) -> None:
    with agent:
        calls = [agent_calls.one_trace(agent, f"limited-{number}", window) for number in range(3)]
    organization.client.wait_for_phoenix(organization.project, calls)
    misbehaving.limit(12)
    organization.connect(misbehaving.host("limited"))
    for call in calls:
        organization.finish(call)
    for call in calls:
        assert organization.wait_for_final(call, seconds=60)["status"] == "imported"
        organization.assert_imported_exactly(call)
    limited = [look for call in calls for look in organization.story(call) if look == (0, "deferred", "rate_limited")]
    assert limited, "a pass was put off, and came again as the same pass"
    assert organization.dead_letters(organization.import_queue) == []


@pytest.mark.parametrize("queue", ["imports", "outcomes"])
def test_a_crash_after_the_ledger_was_written(
    organization: Organization, agent: Agent, misbehaving: Misbehaving, window: Window, queue: str
) -> None:
    """Write, send, acknowledge. Where the next job cannot be sent, it is a crash after the write; where the outcome cannot, after the send."""
    with agent:
        calls = [agent_calls.one_trace(agent, name, window) for name in ("undisturbed", "crashed")]
    organization.client.wait_for_phoenix(organization.project, calls)
    organization.connect(misbehaving.host("limited"))
    cut_off = organization.import_queue if queue == "imports" else organization.client.deployment.queue_names["outcomes"]
    undisturbed, crashed = calls

    def assert_ended_well(call: Conversation) -> None:
        organization.wait_for_final(call, seconds=60)
        organization.client.wait_for_rest(organization.import_queue)
        organization.assert_imported_exactly(call)
        assert organization.story(call) == [(0, "imported", None), (4, "imported", None)]

    at_first = len(misbehaving.requests)
    organization.finish(undisturbed)
    assert_ended_well(undisturbed)
    without_crash = len(misbehaving.requests) - at_first
    with organization.client.cut_off("arize", cut_off):
        organization.finish(crashed)
        organization.wait_for_log(crashed, "not done, the message goes back to its queue")
        assert organization.item(crashed)["status"] == "imported"
    assert_ended_well(crashed)
    assert len(misbehaving.requests) - at_first == 2 * without_crash, "nothing ran twice"
    assert organization.dead_letters(organization.import_queue) == []


def test_the_same_simulation_run_again_in_place(organization: Organization, agent: Agent, window: Window) -> None:
    with agent:
        first = agent_calls.one_trace(agent, "again", earlier(window, 2))
        agent.send()
        organization.connect()
        organization.finish(first)
        assert organization.wait_for_look(first, "imported")["final"] is False
        second = agent_calls.one_trace(agent, "again", window)
        organization.announce(second, attempt=2)
        wait_until(lambda: organization.item(second, "2#fanout"), 20, "fanout's item of the second attempt")
    assert organization.wait_for_final(first)["status"] == "superseded"
    assert organization.item(first)["stored"] == len(first.expected), "what it stored it has"
    assert organization.wait_for_final(second, attempt=2)["status"] == "imported"
    rows = organization.stored(first)
    attempts = {number: sorted(row["SpanId"] for row in rows if row["ResourceAttributes"]["coval.attempt"] == number) for number in ("1", "2")}
    assert attempts == {"1": sorted(first.expected), "2": sorted(second.expected)}
    assert len({row["ResourceAttributes"]["import.id"] for row in rows}) == 2
    read = organization.client.rows(
        f"""SELECT SpanId FROM otel_traces
        WHERE ResourceAttributes['coval.organization_id'] = {{organization:String}}
            AND ResourceAttributes['coval.simulation_output_id'] = 'again'
        {READERS_RULE.read_text()} ORDER BY SpanId""",
        organization=organization.id,
    )
    assert [row["SpanId"] for row in read] == attempts["2"], "readers take the highest attempt"


def test_content_that_is_not_to_be_captured(organization: Organization, agent: Agent, window: Window) -> None:
    with agent:
        call = agent_calls.one_trace(agent, "no-content", window)
    organization.connect(capture_content=False)
    organization.finish(call)
    organization.wait_for(call, "imported")
    organization.assert_imported_exactly(call)
    rows = organization.stored(call)
    text = json.dumps(rows)
    said = ("Hello?", "move my booking", "Thursday, please", "You move bookings.", "Of course.", "Look it up first.", "Ada Lovelace", "B-1842")
    assert [words for words in said if words in text] == []
    [model_call, *_] = [row["SpanAttributes"] for row in rows if row["SpanName"] == "llm"]
    assert (model_call["gen_ai.request.model"], model_call["gen_ai.usage.input_tokens"]) == ("gpt-4.1-mini", "412")
    assert {row["SpanName"] for row in rows} >= {"llm", "stt", "tts", "llm_tool_call"}
    tools = {row["SpanAttributes"].get("function.name") for row in rows if row["SpanName"] == "llm_tool_call"}
    assert tools == {"find_booking", "move_booking"}
