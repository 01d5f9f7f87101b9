"""The answers of three platforms that hold one call, in bytes: made once, before anything is measured.

A trace has up to 20 spans: an agent's root, which bears the tag, and model calls below it whose input and output are text. The forms are
those of `docs/platforms`; nothing here comes from the code that reads them.
"""

from __future__ import annotations

import base64
import json
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

SIMULATION = "bench-simulation"
PROJECT = "bench"
PROJECT_ID = "3f0a1d52-8a6e-4c1b-b7a9-6d1c2e9f4a10"
START = datetime(2026, 11, 20, 15, tzinfo=UTC)
END = START + timedelta(minutes=4)
SPANS_OF_A_TRACE = 20
CAPS = {"arize": 5_000, "langfuse": 10_000, "langsmith": 500}
"""What one import may hold (Langfuse: 500 traces of 20 observations)."""
JSON = {"Content-Type": "application/json", "x-phoenix-server-version": "20.26.1"}
Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class Row:
    """A span as its platform tells it."""

    trace: str
    start: str
    is_root: bool
    whole: bytes
    slim: bytes
    """Without what went in and out."""


class Platform:
    """One platform's answers for a call of `spans` spans, each with `size` bytes of input and output."""

    def __init__(self, provider: str, spans: int, size: int) -> None:
        self.provider = provider
        self.rows = [_row(provider, number, size) for number in range(spans)]
        self._answers: dict[tuple[str, bytes], Answer] = {}

    def answer(self, path: str, body: bytes) -> Answer:
        """What it answers to a request. Put together once: whoever asks again gets the same bytes at once."""
        asked = (path, body)
        if asked not in self._answers:
            self._answers[asked] = self._put_together(path, body)
        return self._answers[asked]

    def _put_together(self, path: str, body: bytes) -> Answer:
        split = urlsplit(path)
        asked = parse_qs(split.query)
        match split.path.strip("/").split("/"):
            case ["v1", "projects", _, "spans"]:
                return self._phoenix(asked)
            case ["api", "public", "v2", "observations"]:
                return self._langfuse(asked)
            case ["api", "v1", "sessions"]:
                session = {"id": PROJECT_ID, "tenant_id": PROJECT_ID, "name": PROJECT, "start_time": "2026-11-01T00:00:00", "reference_dataset_id": None}
                return 200, JSON, json.dumps([session]).encode()
            case ["api", "v1", "info"]:
                return 200, JSON, b'{"version":"0.18.2"}'
            case ["api", "v2", "runs", "query"]:
                return self._langsmith(json.loads(body))
            case _:
                return 404, JSON, b'{"message":"not found"}'

    def _phoenix(self, asked: dict[str, list[str]]) -> Answer:
        rows = between(self.rows, asked["start_time"][0], asked["end_time"][0])
        if "trace_id" in asked:
            rows = [row for row in rows if row.trace in asked["trace_id"]]
        for searched in asked.get("attribute", []):
            rows = [row for row in rows if row.is_root and searched == f"simulation_output_id:{SIMULATION}"]
        if asked.get("order") != ["asc"]:
            rows = rows[::-1]
        first = int(base64.b64decode(asked["cursor"][0]).decode().split(":")[1]) if "cursor" in asked else 0
        page, following = _page(rows, first, int(asked["limit"][0]))
        cursor = json.dumps(base64.b64encode(f"Span:{following}".encode()).decode() if following else None).encode()
        return 200, JSON, b'{"data":[' + page + b'],"next_cursor":' + cursor + b"}"

    def _langfuse(self, asked: dict[str, list[str]]) -> Answer:
        rows = between(self.rows, asked["fromStartTime"][0], asked["toStartTime"][0])
        for condition in json.loads(asked["filter"][0]) if "filter" in asked else []:
            if condition["column"] != "traceId":
                return 400, JSON, b'{"message":"unknown column"}'
            wanted = set(condition["value"])
            rows = [row for row in rows if row.trace in wanted]
        is_whole = "io" in asked["fields"][0].split(",")
        page, following = _page(rows[::-1], int(asked.get("cursor", ["0"])[0]), int(asked["limit"][0]), is_whole=is_whole)
        meta = json.dumps({"cursor": str(following)} if following else {}).encode()
        return 200, JSON, b'{"data":[' + page + b'],"meta":' + meta + b"}"

    def _langsmith(self, query: dict[str, Any]) -> Answer:
        rows = between(self.rows, query["min_start_time"], query["max_start_time"])
        if "trace_filter" in query:  # what begins outside of the call's window
            rows = []
        elif wanted := query.get("filter"):
            negated = wanted.startswith("not(")
            if traces := re.search(r"in\(trace_id, (\[.*?\])\)", wanted):
                known = set(json.loads(traces[1]))
                found = [row for row in rows if row.trace in known]
            else:
                found = [row for row in rows if row.is_root and ("metadata_value" not in wanted or f'"{SIMULATION}"' in wanted)]
            rows = [row for row in rows if row not in found] if negated else found
        if query.get("is_root"):
            rows = [row for row in rows if row.is_root]
        is_whole = "INPUTS" in query.get("selects", [])
        page, following = _page(rows[::-1], int(query.get("cursor") or 0), query["page_size"], is_whole=is_whole)
        return 200, JSON, b'{"items":[' + page + b'],"next_cursor":' + json.dumps(str(following) if following else None).encode() + b"}"


def between(rows: list[Row], start: str, end: str) -> list[Row]:
    """The rows that start in a time that is told to the second at the least; all are of whole milliseconds."""
    return [row for row in rows if start[:19] <= row.start[:19] <= end[:19]]


def _page(rows: list[Row], first: int, limit: int, *, is_whole: bool = True) -> tuple[bytes, int | None]:
    last = first + limit
    page = b",".join(row.whole if is_whole else row.slim for row in rows[first:last])
    return page, last if last < len(rows) else None


def _row(provider: str, number: int, size: int) -> Row:
    trace, place = divmod(number, SPANS_OF_A_TRACE)
    start = START + timedelta(seconds=10, milliseconds=number % 1_000)
    began, ended = (at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z" for at in (start, start + timedelta(milliseconds=400)))
    texts = [("abcdefghij klmnop " * (size // 36 + 1))[: size // 2] for _ in range(2)]
    make = {"arize": _phoenix, "langfuse": _langfuse, "langsmith": _langsmith}[provider]
    whole, slim = (json.dumps(make(trace, place, began, ended, content)).encode() for content in (texts, None))
    trace_id = str(_run(trace, 0)) if provider == "langsmith" else f"{trace + 1:032x}"
    return Row(trace_id, began, place == 0, whole, slim)


def _span(trace: int, place: int) -> str:
    return f"{trace + 1:08x}{place + 1:08x}"


def _run(trace: int, place: int) -> uuid.UUID:
    return uuid.UUID(int=(trace + 1) << 64 | (trace + 1) << 16 | place + 1)


def _phoenix(trace: int, place: int, began: str, ended: str, content: list[str] | None) -> dict[str, Any]:
    attributes: dict[str, Any] = {"openinference.span.kind": "LLM" if place else "AGENT"}
    if place:
        attributes |= {"llm.model_name": "gpt-4o", "llm.token_count.prompt": 812, "llm.token_count.completion": 64}
    else:
        attributes |= {"simulation_output_id": SIMULATION}
    if content:
        attributes |= {"input.value": content[0], "output.value": content[1]}
    return {
        "name": "call" if place else "turn",
        "span_kind": "LLM" if place else "AGENT",
        "context": {"trace_id": f"{trace + 1:032x}", "span_id": _span(trace, place)},
        "parent_id": _span(trace, 0) if place else None,
        "start_time": began,
        "end_time": ended,
        "status_code": "OK",
        "status_message": "",
        "attributes": attributes,
        "events": [],
    }


def _langfuse(trace: int, place: int, began: str, ended: str, content: list[str] | None) -> dict[str, Any]:
    return {
        "id": _span(trace, place),
        "traceId": f"{trace + 1:032x}",
        "projectId": PROJECT_ID,
        "parentObservationId": _span(trace, 0) if place else None,
        "type": "GENERATION" if place else "SPAN",
        "name": "call" if place else "turn",
        "level": "DEFAULT",
        "startTime": began,
        "endTime": ended,
        "metadata": {} if place else {"simulation_output_id": SIMULATION},
    } | ({"model": "gpt-4o", "usageDetails": {"input": 812, "output": 64}} if place else {}) | (
        {"input": content[0], "output": content[1]} if content else {}
    )


def _langsmith(trace: int, place: int, began: str, ended: str, content: list[str] | None) -> dict[str, Any]:
    return {
        "id": str(_run(trace, place)),
        "trace_id": str(_run(trace, 0)),
        "parent_run_ids": [str(_run(trace, 0))] if place else [],
        "project_id": PROJECT_ID,
        "name": "call" if place else "turn",
        "run_type": "llm" if place else "chain",
        "status": "success",
        "start_time": began,
        "end_time": ended,
        "metadata": {"ls_model_name": "gpt-4o"} if place else {"simulation_output_id": SIMULATION},
    } | ({"prompt_tokens": 812, "completion_tokens": 64} if place else {}) | (
        {"inputs": {"text": content[0]}, "outputs": {"text": content[1]}} if content else {}
    )
