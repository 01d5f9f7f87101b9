"""The calls that a voice agent has, each traced the way that some real agents trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from opentelemetry.trace import Span

from agent import Agent, Call, Conversation, Window

TOKENS = (412, 38)


class LookupFailed(Exception):
    """What a tool of the agent raises."""


def one_trace(agent: Agent, simulation: str, window: Window, tag: str = "simulation_output_id", **more: str) -> Conversation:
    """A trace for the whole call, tagged on its root (`tag` empty: nowhere): two turns, a tool that works and one that fails."""
    call = agent.call(simulation, window)
    length = (window.ended_at - window.started_at).total_seconds()
    labels = ({tag: simulation} if tag else {}) | more
    with call.span("conversation", "AGENT", 0.2, length - 0.3, **labels, input__value="Hello?", agent__name="booking-agent") as root:
        _turn(call, root, 1, 1.0, "I'd like to move my booking to Friday.")
        _model_call(call, root, 6.0, "Look it up first.", tool="find_booking", arguments={"name": "Ada Lovelace"})
        call.leaf(
            "find_booking", "TOOL", 7.4, 7.9, root,
            tool__name="find_booking", tool__parameters=json.dumps({"name": "Ada Lovelace"}), output__value='{"booking":"B-1842"}',
        )  # fmt: skip
        call.failed_tool("move_booking", 8.1, 9.6, root, LookupFailed("Friday is fully booked"), tool__name="move_booking")
        _turn(call, root, 2, 10.0, "Then Thursday, please.")
    return call.conversation


def trace_per_turn(agent: Agent, simulation: str, window: Window, turns: int = 3) -> Conversation:
    """As Pipecat's instrumentor does: each turn is a trace of its own, tagged on the turn's root."""
    call = agent.call(simulation, window)
    for number in range(1, turns + 1):
        _turn(call, None, number, 2.0 + 7 * (number - 1), f"This is what I say in turn {number}.", simulation_output_id=simulation)
    return call.conversation


def untagged(agent: Agent, simulation: str, window: Window) -> Conversation:
    """The agent does not pass the id on: nothing may be imported."""
    conversation = one_trace(agent, simulation, window, tag="")
    for span in conversation.spans:
        span.simulation = None
    return conversation


def tagged_by_session(agent: Agent, simulation: str, window: Window) -> Conversation:
    """The id is the agent's session."""
    return one_trace(agent, simulation, window, tag="session__id")


def shared_worker(agent: Agent, simulations: tuple[str, str], window: Window) -> list[Conversation]:
    """A worker's one trace, in which two calls are handled. What stands directly below its root is nobody's."""
    first, second = simulations
    call = agent.call(first, window)
    with call.span("worker", "CHAIN", 0, 25, owner=None) as worker:
        call.leaf("load prompts", "CHAIN", 0.1, 0.4, worker, owner=None)
        for offset, simulation in ((1.0, first), (2.5, second)):
            with call.span("handle call", "AGENT", offset, offset + 18, worker, owner=simulation, simulation_output_id=simulation) as root:
                _model_call(call, root, offset + 1, f"Good morning, this is for {simulation}.", owner=simulation)
                call.leaf("speak", "CHAIN", offset + 3, offset + 5, root, owner=simulation, output__value="Good morning!")
    other = agent.call(second, window).conversation
    other.spans = call.conversation.spans
    return [call.conversation, other]


def many_spans(
    agent: Agent,
    simulation: str,
    window: Window,
    count: int,
    name: str = "step",
    tag: str = "simulation_output_id",
    pace: Callable[[Conversation], None] = lambda _: None,
) -> Conversation:
    """One trace of exactly `count` spans. `pace` is called after each."""
    call = agent.call(simulation, window)
    labels = {tag: simulation} if tag else {}
    with call.span("conversation", "AGENT", 0, 30, **labels) as root:
        for number in range(count - 1):
            call.leaf(f"{name} {number}", "CHAIN", 0.1 + number * 0.001, 0.2 + number * 0.001, root)
            pace(call.conversation)
    return call.conversation


def _turn(call: Call, parent: Span | None, number: int, start: float, said: str, **labels: str) -> None:
    """What the user says, what the model makes of it, what the agent says. Speech spans bear the kind LLM, as Pipecat writes them."""
    with call.span(
        "pipecat.conversation.turn", "CHAIN", start, start + 4.6, parent,
        conversation__turn_number=number, conversation__was_interrupted=False, input__value=said, **labels,
    ) as turn:  # fmt: skip
        call.leaf(
            "pipecat.stt", "LLM", start + 0.1, start + 1.0, turn,
            service__type="stt", llm__model_name="nova-3", llm__provider="deepgram", output__value=said, metrics__ttfb=0.21,
        )  # fmt: skip
        _model_call(call, turn, start + 1.1, said)
        call.leaf(
            "pipecat.tts", "LLM", start + 2.6, start + 4.5, turn,
            service__type="tts", llm__model_name="sonic-2", llm__provider="cartesia", input__value="Of course.", metrics__ttfb=0.14,
        )  # fmt: skip


def _model_call(
    call: Call, parent: Span, start: float, said: str, owner: str | None = "", tool: str = "", arguments: dict[str, Any] | None = None
) -> None:
    prompt, completion = TOKENS
    message = "llm__output_messages__0__message__"
    answer: dict[str, Any] = {message + "role": "assistant"}
    if tool:
        requested = message + "tool_calls__0__tool_call__"
        answer |= {requested + "id": "call_1", requested + "function__name": tool, requested + "function__arguments": json.dumps(arguments)}
    else:
        answer[message + "content"] = "Of course."
    call.leaf(
        "pipecat.llm", "LLM", start, start + 1.3, parent, owner,
        llm__model_name="gpt-4.1-mini", llm__provider="openai", llm__system="openai",
        llm__invocation_parameters='{"temperature":0.2,"max_tokens":300}',
        llm__token_count__prompt=prompt, llm__token_count__completion=completion, llm__token_count__total=prompt + completion,
        llm__token_count__prompt_details__cache_read=128, metrics__ttfb=0.43,
        llm__input_messages__0__message__role="system", llm__input_messages__0__message__content="You move bookings.",
        llm__input_messages__1__message__role="user", llm__input_messages__1__message__content=said,
        input__value=said, output__value="Of course.", **answer,
    )  # fmt: skip
