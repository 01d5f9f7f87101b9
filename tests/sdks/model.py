"""A model that answers from a table, behind OpenAI's HTTP API: chat completions and responses, streamed or whole.

The conversation is the same for every SDK. The caller asks for a parcel and wants an order cancelled; the model calls a tool that works, then
one that fails, then answers. What the model says depends only on how many tool results it was given.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "gpt-4.1-mini"
ANSWERING = "gpt-4.1-mini-2025-04-14"
# Long enough that a time to the first token is not zero in any unit that an SDK writes.
FIRST_TOKEN_AFTER = 0.12


@dataclass(frozen=True)
class Step:
    """One answer: a tool call or a text, and the tokens that it is said to take."""

    tool: str | None
    arguments: dict[str, str] | None
    text: str | None
    tokens_in: int
    tokens_out: int
    cached: int
    reasoning: int


STEPS = (
    Step("track_parcel", {"number": "A17"}, None, 1200, 60, 1024, 32),
    Step("cancel_order", {"order": "7"}, None, 1290, 48, 1152, 16),
    Step(None, None, "Your parcel is out for delivery, but order 7 cannot be cancelled.", 1350, 40, 1280, 8),
)


def _results(request: dict[str, Any]) -> int:
    """Tool results since the caller spoke last."""
    said = request.get("messages") or request.get("input") or []
    count = 0
    for message in said if isinstance(said, list) else []:
        if message.get("role") == "user":
            count = 0
        elif message.get("role") == "tool" or message.get("type") == "function_call_output":
            count += 1
    return count


def _step(request: dict[str, Any]) -> tuple[int, Step]:
    number = min(_results(request), len(STEPS) - 1) if request.get("tools") else len(STEPS) - 1
    return number, STEPS[number]


def _chat_usage(step: Step) -> dict[str, Any]:
    return {
        "prompt_tokens": step.tokens_in,
        "completion_tokens": step.tokens_out,
        "total_tokens": step.tokens_in + step.tokens_out,
        "prompt_tokens_details": {"cached_tokens": step.cached, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": step.reasoning, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0},
    }


def _chat(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The chunks of a chat completion, or the whole as one."""
    number, step = _step(request)
    base = {"id": f"chatcmpl-{number}", "created": 1790000000, "model": ANSWERING, "system_fingerprint": "fp_table", "service_tier": "default"}
    finish = "tool_calls" if step.tool else "stop"
    call = {"id": f"call_{number}", "type": "function", "function": {"name": step.tool, "arguments": json.dumps(step.arguments)}}
    if not request.get("stream"):
        message = {"role": "assistant", "content": step.text, "refusal": None} | ({"tool_calls": [call]} if step.tool else {})
        choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
        yield {**base, "object": "chat.completion", "choices": [choice], "usage": _chat_usage(step)}
        return

    def chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        return {**base, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}]}

    if step.tool:
        yield chunk({"role": "assistant", "content": None, "tool_calls": [{"index": 0, **call}]})
    else:
        yield chunk({"role": "assistant", "content": ""})
        for word in (step.text or "").split(" "):
            yield chunk({"content": word if word == "Your" else f" {word}"})
    yield chunk({}, finish)
    if (request.get("stream_options") or {}).get("include_usage"):
        yield {**base, "object": "chat.completion.chunk", "choices": [], "usage": _chat_usage(step)}


def _responses(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The events of a response, or the whole as one."""
    number, step = _step(request)
    if step.tool:
        item: dict[str, Any] = {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}", "name": step.tool, "arguments": json.dumps(step.arguments), "status": "completed"}
    else:
        part = {"type": "output_text", "text": step.text, "annotations": [], "logprobs": []}
        item = {"type": "message", "id": f"msg_{number}", "role": "assistant", "status": "completed", "content": [part]}
    usage = {
        "input_tokens": step.tokens_in,
        "input_tokens_details": {"cached_tokens": step.cached},
        "output_tokens": step.tokens_out,
        "output_tokens_details": {"reasoning_tokens": step.reasoning},
        "total_tokens": step.tokens_in + step.tokens_out,
    }
    whole = {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": 1790000000,
        "status": "completed",
        "model": ANSWERING,
        "output": [item],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": request.get("tools") or [],
        "temperature": 1.0,
        "top_p": 1.0,
        "usage": usage,
        "error": None,
        "incomplete_details": None,
        "instructions": request.get("instructions"),
        "metadata": {},
    }
    if not request.get("stream"):
        yield whole
        return
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    yield {"type": "response.created", "sequence_number": 0, "response": begun}
    yield {"type": "response.output_item.added", "sequence_number": 1, "output_index": 0, "item": {**item, "status": "in_progress"} | ({"arguments": ""} if step.tool else {"content": []})}
    if step.tool:
        yield {"type": "response.function_call_arguments.delta", "sequence_number": 2, "item_id": item["id"], "output_index": 0, "delta": item["arguments"]}
        yield {"type": "response.function_call_arguments.done", "sequence_number": 3, "item_id": item["id"], "output_index": 0, "arguments": item["arguments"], "name": step.tool}
    else:
        place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
        yield {"type": "response.content_part.added", "sequence_number": 2, **place, "part": {"type": "output_text", "text": "", "annotations": [], "logprobs": []}}
        yield {"type": "response.output_text.delta", "sequence_number": 3, **place, "delta": step.text, "logprobs": []}
        yield {"type": "response.output_text.done", "sequence_number": 4, **place, "text": step.text, "logprobs": []}
        yield {"type": "response.content_part.done", "sequence_number": 5, **place, "part": item["content"][0]}
    yield {"type": "response.output_item.done", "sequence_number": 6, "output_index": 0, "item": item}
    yield {"type": "response.completed", "sequence_number": 7, "response": whole}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        is_chat = self.path.endswith("/chat/completions")
        if not is_chat and not self.path.endswith("/responses"):
            self.send_error(404)
            return
        time.sleep(FIRST_TOKEN_AFTER)
        parts = _chat(request) if is_chat else _responses(request)
        if request.get("stream"):
            self._stream(parts, is_chat)
        else:
            self._answer("application/json", json.dumps(next(parts)).encode())

    def _answer(self, content_type: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, parts: Iterator[dict[str, Any]], is_chat: bool) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        for part in parts:
            name = "" if is_chat else f"event: {part['type']}\n"
            self.wfile.write(f"{name}data: {json.dumps(part)}\n\n".encode())
            self.wfile.flush()
            time.sleep(0.005)
        if is_chat:
            self.wfile.write(b"data: [DONE]\n\n")


def start() -> str:
    """Starts it on a free port of this machine, for as long as the process runs. The base URL, with `/v1`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}/v1"
