"""The model of model.py behind Anthropic's HTTP API: messages, streamed or whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import model

ANSWERING = "claude-sonnet-4-5-20250929"


def answer(request: dict[str, Any], scenario: str) -> Iterator[dict[str, Any]]:
    """The events of a message, or the whole as one. Anthropic counts tokens of a cache beside those that went in."""
    blocks = [block for message in request["messages"] if isinstance(message["content"], list) for block in message["content"]]
    number = min(sum(block["type"] == "tool_result" for block in blocks), len(model.STEPS) - 1)
    step = model.STEPS[number]
    content = [{"type": "tool_use", "id": f"toolu_{number}", "name": step.tool, "input": step.arguments}] if step.tool else [{"type": "text", "text": step.text}]
    usage = {"input_tokens": step.tokens_in - step.cached - 16, "cache_creation_input_tokens": 16, "cache_read_input_tokens": step.cached, "output_tokens": step.tokens_out}
    whole = {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": ANSWERING,
        "content": content,
        "stop_reason": "tool_use" if step.tool else "end_turn",
        "stop_sequence": None,
        "usage": usage,
    }
    if not request.get("stream"):
        yield whole
        return
    yield {"type": "message_start", "message": {**whole, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}}
    [block] = content
    is_call = block["type"] == "tool_use"
    yield {"type": "content_block_start", "index": 0, "content_block": {**block, **({"input": {}} if is_call else {"text": ""})}}
    delta = {"type": "input_json_delta", "partial_json": json.dumps(step.arguments)} if is_call else {"type": "text_delta", "text": step.text}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    yield {"type": "message_delta", "delta": {"stop_reason": whole["stop_reason"], "stop_sequence": None}, "usage": usage}
    yield {"type": "message_stop"}
