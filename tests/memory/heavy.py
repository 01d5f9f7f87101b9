"""Answers that fill the memory of who reads them, for all three platforms: one call, whose rows are told page by page.

The path begins with the input's name, then comes the platform's own path. All rows belong to one trace, whose root has the tag.

    numbers   one attribute of 15 MB of numbers, the largest that fits into an answer that is taken
    too-large one of 31 MB, which does not
    arrays    95 spans with 284 KB of numbers each
    tiny      200,000 spans of next to nothing
    crowd     200,000 of them in one page, whatever was asked for
    texts     5,000 spans with 20 KB of text each
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

SIMULATION = "heavy-simulation"
PROJECT = "heavy"
PROJECT_ID = "3f0a1d52-8a6e-4c1b-b7a9-6d1c2e9f4a10"
START, END = "2026-11-20T15:00:00.000000Z", "2026-11-20T15:04:00.000000Z"
"""The call's window; every span starts 10 s into it."""
AT, UNTIL = "2026-11-20T15:00:10.000000Z", "2026-11-20T15:00:11.000000Z"
JSON = {"Content-Type": "application/json", "x-phoenix-server-version": "20.26.1"}
Answer = tuple[int, dict[str, str], bytes]

INPUTS: dict[str, Callable[[int], str | None]] = {
    "numbers": lambda number: _numbers(15_000_000) if number == 0 else None,
    "too-large": lambda number: _numbers(31_000_000) if number == 0 else None,
    "arrays": lambda number: _numbers(284_000) if number < 95 else None,
    "tiny": lambda number: "1" if number < 200_000 else None,
    "crowd": lambda number: "1" if number < 200_000 else None,
    "texts": lambda number: json.dumps("x" * 20_000) if number < 5_000 else None,
}
"""By input: the JSON of a span's payload, by the span's number; None behind the last."""
FEW = "few"
"""An input that is no burden at all: three spans, for who makes something else of the answer."""


def answer(path: str, body: bytes) -> Answer:
    """What a platform with such a call answers."""
    name, _, rest = path.partition("/")
    split = urlsplit("/" + rest)
    asked = {key: values[-1] for key, values in parse_qs(split.query).items()}
    match split.path.strip("/").split("/"):
        case ["v1", "projects", _, "spans", *_]:
            first = int(base64.b64decode(asked["cursor"]).decode().split(":")[1]) if "cursor" in asked else 0
            rows, following = _page(name, "arize", first, int(asked["limit"]), asked["start_time"], asked["end_time"])
            cursor = json.dumps(base64.b64encode(f"Span:{following}".encode()).decode()) if following else "null"
            return 200, JSON, b'{"data":[' + rows + b'],"next_cursor":' + cursor.encode() + b"}"
        case ["api", "public", "v2", "observations"]:
            first = int(asked.get("cursor", 0))
            rows, following = _page(name, "langfuse", first, int(asked["limit"]), asked["fromStartTime"], asked["toStartTime"])
            meta = json.dumps({"cursor": str(following)} if following else {})
            return 200, JSON, b'{"data":[' + rows + b'],"meta":' + meta.encode() + b"}"
        case ["api", _, "sessions"]:
            return 200, JSON, json.dumps([{"id": PROJECT_ID, "name": PROJECT}]).encode()
        case ["api", "v2", "runs", "query"]:
            query = json.loads(body)
            first, limit = int(query.get("cursor") or 0), query["page_size"]
            rows, following = _page(name, "langsmith", first, limit, query["min_start_time"], query["max_start_time"])
            return 200, JSON, b'{"items":[' + rows + b'],"next_cursor":' + json.dumps(str(following) if following else None).encode() + b"}"
        case _:
            return 404, JSON, b'{"message":"not found"}'


def _numbers(size: int) -> str:
    return "[" + "1," * (size // 2) + "1]"


def _few(number: int) -> str | None:
    return "1" if number < 3 else None


def _page(name: str, provider: str, first: int, limit: int, start: str, end: str) -> tuple[bytes, int | None]:
    """Rows of a window, joined, and the number of the first that is left."""
    if not start[:19] <= AT[:19] <= end[:19]:
        return b"", None
    rows = _rows(name, provider)
    last = len(rows) if name == "crowd" else first + limit
    return b",".join(rows[first:last]), last if last < len(rows) else None


@lru_cache(maxsize=2)
def _rows(name: str, provider: str) -> list[bytes]:
    payload, row, rows = (INPUTS | {FEW: _few})[name], {"arize": _phoenix, "langfuse": _langfuse, "langsmith": _langsmith}[provider], []
    while (told := payload(len(rows))) is not None:
        rows.append(row(len(rows), told).encode())
    return rows


TRACE = "0af7651916cd43dd8448eb211c80319c"


def _phoenix(number: int, payload: str) -> str:
    parent = "null" if number == 0 else f'"{1:016x}"'
    tag = f'"simulation_output_id":"{SIMULATION}",' if number == 0 else ""
    return (
        f'{{"name":"s","span_kind":"CHAIN","context":{{"trace_id":"{TRACE}","span_id":"{number + 1:016x}"}},"parent_id":{parent},'
        f'"start_time":"{AT}","end_time":"{UNTIL}","status_code":"OK","attributes":{{{tag}"p":{payload}}}}}'
    )


def _langfuse(number: int, payload: str) -> str:
    parent = "null" if number == 0 else f'"{1:016x}"'
    tag = f'"simulation_output_id":"{SIMULATION}",' if number == 0 else ""
    return (
        f'{{"id":"{number + 1:016x}","traceId":"{TRACE}","parentObservationId":{parent},"type":"SPAN","name":"s","level":"DEFAULT",'
        f'"startTime":"{AT}","endTime":"{UNTIL}","metadata":{{{tag}"p":{payload}}}}}'
    )


def _langsmith(number: int, payload: str) -> str:
    root = str(uuid.UUID(int=1))
    above = "[]" if number == 0 else f'["{root}"]'
    tag = f'"simulation_output_id":"{SIMULATION}"' if number == 0 else ""
    return (
        f'{{"id":"{uuid.UUID(int=number + 1)}","trace_id":"{root}","parent_run_ids":{above},"project_id":"{PROJECT_ID}","name":"s",'
        f'"run_type":"chain","status":"success","start_time":"{AT}","end_time":"{UNTIL}","metadata":{{{tag}}},"inputs":{{"p":{payload}}}}}'
    )
