"""A model that answers from a table, behind OpenAI's HTTP API: chat completions and responses, streamed or whole.

The conversation is the same for every SDK. The caller asks for a parcel and wants an order cancelled; the model calls a tool that works, then
one that fails, then answers. What the model says depends only on how many tool results it was given. A scenario changes one thing, or more (`parallel, interrupted`):

parallel   the first answer calls both tools
broken     the last answer breaks off after a few words
interrupted  the last answer comes slowly, so that somebody can break in
refused    each first request is refused once, so that the SDK asks again
"""

from __future__ import annotations

import contextlib
import itertools
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
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

# What an agent that may hand over, or ask another, does first: the tools that SDKs have for it, and their arguments.
HANDOVER = Step("transfer_to_desk", {}, None, 400, 12, 0, 0)
HANDOVERS: dict[str, dict[str, str]] = {
    "transfer_to_desk": {},
    "transfer_to_agent": {"agent_name": "desk"},
    "handoff_to_agent": {"agent_name": "desk", "message": "A parcel and an order."},
    "ask_desk": {"input": "Where is my parcel A17? And cancel order 7."},
}


def _calls(number: int, scenario: str, tool: str) -> list[tuple[str, str | None, str]]:
    """Ids, names and arguments of the tools that an answer calls."""
    if number < 0:
        return [("call_handover", tool, json.dumps(HANDOVERS[tool]))]
    steps = range(2) if "parallel" in scenario and number == 0 else range(number, number + 1)
    return [(f"call_{place}", STEPS[place].tool, json.dumps(STEPS[place].arguments)) for place in steps if STEPS[place].tool]


def _results(request: dict[str, Any]) -> int:
    """Tool results since the caller spoke last."""
    said = request.get("messages") or request.get("input") or []
    count = 0
    for message in said if isinstance(said, list) else []:
        if message.get("role") == "user":
            count = 0
        elif message.get("role") == "tool" or message.get("type") == "function_call_output":
            count += "call_handover" not in (message.get("tool_call_id"), message.get("call_id"))
    return count


def _has_handed_over(request: dict[str, Any]) -> bool:
    said = request.get("messages") or request.get("input") or []
    return any("call_handover" in (message.get("tool_call_id"), message.get("call_id")) for message in said if isinstance(message, dict))


def _step(request: dict[str, Any]) -> tuple[int, Step]:
    tools = request.get("tools") or []
    names = [(tool.get("function") or tool).get("name") for tool in tools]
    handovers = [name for name in names if name in HANDOVERS]
    # Who was handed to may hand back, and who has handed over is done.
    if handovers and "track_parcel" not in names and not _has_handed_over(request):
        return -1, replace(HANDOVER, tool=handovers[0])
    number = min(_results(request), len(STEPS) - 1) if "track_parcel" in names else len(STEPS) - 1
    return number, STEPS[number]


def _chat_usage(step: Step) -> dict[str, Any]:
    return {
        "prompt_tokens": step.tokens_in,
        "completion_tokens": step.tokens_out,
        "total_tokens": step.tokens_in + step.tokens_out,
        "prompt_tokens_details": {"cached_tokens": step.cached, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": step.reasoning, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0},
    }


def _chat(request: dict[str, Any], scenario: str) -> Iterator[dict[str, Any]]:
    """The chunks of a chat completion, or the whole as one."""
    number, step = _step(request)
    if request.get("response_format"):
        step = replace(step, text=json.dumps({"answer": step.text}, separators=(",", ":")))
    base = {"id": f"chatcmpl-{number}", "created": 1790000000, "model": ANSWERING, "system_fingerprint": "fp_table", "service_tier": "default"}
    finish = "tool_calls" if step.tool else "stop"
    calls = [{"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}} for id_, name, arguments in _calls(number, scenario, step.tool or "")]
    if not request.get("stream"):
        message = {"role": "assistant", "content": step.text, "refusal": None} | ({"tool_calls": calls} if calls else {})
        choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
        yield {**base, "object": "chat.completion", "choices": [choice], "usage": _chat_usage(step)}
        return

    def chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        return {**base, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}]}

    if calls:
        for index, call in enumerate(calls):
            yield chunk(({} if index else {"role": "assistant", "content": None}) | {"tool_calls": [{"index": index, **call}]})
    else:
        yield chunk({"role": "assistant", "content": ""})
        for word in (step.text or "").split(" "):
            yield chunk({"content": word if word == "Your" else f" {word}"})
    yield chunk({}, finish)
    if (request.get("stream_options") or {}).get("include_usage"):
        yield {**base, "object": "chat.completion.chunk", "choices": [], "usage": _chat_usage(step)}


def _responses(request: dict[str, Any], scenario: str) -> Iterator[dict[str, Any]]:
    """The events of a response, or the whole as one."""
    number, step = _step(request)
    items: list[dict[str, Any]] = [
        {"type": "function_call", "id": id_.replace("call", "fc"), "call_id": id_, "name": name, "arguments": arguments, "status": "completed"} for id_, name, arguments in _calls(number, scenario, step.tool or "")
    ]
    if not items:
        part = {"type": "output_text", "text": step.text, "annotations": [], "logprobs": []}
        items = [{"type": "message", "id": f"msg_{number}", "role": "assistant", "status": "completed", "content": [part]}]
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
        "output": items,
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
    events: list[dict[str, Any]] = [{"type": "response.created", "response": begun}]
    for index, item in enumerate(items):
        events += _item(item, index)
    events.append({"type": "response.completed", "response": whole})
    for sequence_number, event in enumerate(events):
        yield {**event, "sequence_number": sequence_number}


def _item(item: dict[str, Any], index: int) -> list[dict[str, Any]]:
    """The events of one item of a response."""
    is_call = item["type"] == "function_call"
    begun = {**item, "status": "in_progress"} | ({"arguments": ""} if is_call else {"content": []})
    events = [{"type": "response.output_item.added", "output_index": index, "item": begun}]
    if is_call:
        place = {"item_id": item["id"], "output_index": index}
        events.append({"type": "response.function_call_arguments.delta", **place, "delta": item["arguments"]})
        events.append({"type": "response.function_call_arguments.done", **place, "arguments": item["arguments"], "name": item["name"]})
    else:
        place = {"item_id": item["id"], "output_index": index, "content_index": 0}
        [part] = item["content"]
        events.append({"type": "response.content_part.added", **place, "part": {**part, "text": ""}})
        events.append({"type": "response.output_text.delta", **place, "delta": part["text"], "logprobs": []})
        events.append({"type": "response.output_text.done", **place, "text": part["text"], "logprobs": []})
        events.append({"type": "response.content_part.done", **place, "part": part})
    events.append({"type": "response.output_item.done", "output_index": index, "item": item})
    return events


def _messages(request: dict[str, Any], scenario: str) -> Iterator[dict[str, Any]]:
    import model_anthropic

    return model_anthropic.answer(request, scenario)


def _embeddings(request: dict[str, Any], scenario: str) -> Iterator[dict[str, Any]]:
    yield {"object": "list", "model": request["model"], "data": [{"object": "embedding", "index": 0, "embedding": [0.25, 0.5, -0.125]}], "usage": {"prompt_tokens": 4, "total_tokens": 4}}


ANSWERS = {"/chat/completions": _chat, "/responses": _responses, "/embeddings": _embeddings, "/messages": _messages}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    scenario = ""
    refused: set[int]

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        is_chat = self.path.endswith("/chat/completions")
        answers = next((answers for end, answers in ANSWERS.items() if self.path.partition("?")[0].endswith(end)), None)
        if not answers:
            self.send_error(404)
            return
        time.sleep(FIRST_TOKEN_AFTER)
        number, _ = _step(request)
        if "refused" in self.scenario and number not in self.refused:
            self.refused.add(number)
            self._answer("application/json", json.dumps({"error": {"message": "The server is overloaded.", "type": "server_error", "code": None, "param": None}}).encode(), 503)
            return
        parts = answers(request, self.scenario)
        if request.get("stream"):
            is_broken = "broken" in self.scenario and number == len(STEPS) - 1
            is_slow = "interrupted" in self.scenario and number == len(STEPS) - 1
            # After an interruption the SDK has closed the connection.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self._stream(itertools.islice(parts, 4) if is_broken else parts, is_chat, is_broken, 0.3 if is_slow else 0.005)
        else:
            self._answer("application/json", json.dumps(next(parts)).encode())

    def _answer(self, content_type: str, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, parts: Iterator[dict[str, Any]], is_chat: bool, is_broken: bool, pause: float) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        for part in parts:
            name = "" if is_chat else f"event: {part['type']}\n"
            self.wfile.write(f"{name}data: {json.dumps(part)}\n\n".encode())
            self.wfile.flush()
            time.sleep(pause)
        if is_broken:
            # As OpenAI says in the middle of a stream that it cannot go on.
            error = {"message": "The server had an error.", "type": "server_error", "code": None, "param": None}
            event = {"error": error} if is_chat else {"type": "error", "sequence_number": 9, **error}
            self.wfile.write((("" if is_chat else "event: error\n") + f"data: {json.dumps(event)}\n\n").encode())
        elif is_chat:
            self.wfile.write(b"data: [DONE]\n\n")


def start(scenario: str = "") -> str:
    """Starts it on a free port of this machine, for as long as the process runs. The base URL, with `/v1`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"scenario": scenario, "refused": set()}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}/v1"
