"""What the older APIs answer for the same calls: Langfuse's and LangSmith's v1, beside a v2 that is not there."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from rows import JSON, PROJECT_ID, SIMULATION, Answer, Platform, Row, between

ABSENT = b'{"error":"LangfuseNotFoundError","message":"This endpoint needs a Langfuse v4 write mode"}'


class PlatformV1(Platform):
    """A server without v2: `langfuse` or `langsmith`."""

    def __init__(self, provider: str, spans: int, size: int) -> None:
        super().__init__(provider, spans, size)
        if provider == "langsmith":
            self.rows = [replace(row, whole=_run(row.whole), slim=_run(row.slim)) for row in self.rows]
        self._of_trace: dict[str, list[Row]] = {}
        for row in self.rows:
            self._of_trace.setdefault(row.trace, []).append(row)

    def _put_together(self, path: str, body: bytes) -> Answer:
        split = urlsplit(path)
        asked = parse_qs(split.query)
        match split.path.strip("/").split("/"):
            case ["api", "public" | "v2", "v2" | "runs", "observations" | "query"]:
                return 404, JSON, ABSENT
            case ["api", "public", "health"]:
                return 200, JSON, b'{"status":"OK","version":"3.140.0"}'
            case ["api", "public", "traces"]:
                roots = [row for row in self.rows if row.is_root]
                rows = between(roots, asked["fromTimestamp"][0], asked["toTimestamp"][0])[::-1]
                return self._page([_trace(row, []) for row in rows], asked)
            case ["api", "public", "traces", trace]:
                rows = self._of_trace.get(trace, [])
                whole = [row.whole for row in rows[::-1]]
                return (200, JSON, _trace(rows[0], whole)) if rows else (404, JSON, b'{"message":"Trace not found within authorized project"}')
            case ["api", "public", "observations"]:
                rows = between(self.rows, asked["fromStartTime"][0], asked["toStartTime"][0])
                for condition in json.loads(asked["filter"][0]) if "filter" in asked else []:
                    wanted = set(condition["value"])
                    rows = [row for row in rows if row.trace in wanted]
                return self._page([row.whole for row in rows[::-1]], asked)
            case ["api", "v1", "runs", "query"]:
                return self._runs(json.loads(body))
            case _:
                return super()._put_together(path, body)

    def _page(self, rows: list[bytes], asked: dict[str, list[str]]) -> Answer:
        page, limit = int(asked["page"][0]), int(asked["limit"][0])
        meta = {"page": page, "limit": limit, "totalItems": len(rows), "totalPages": -(-len(rows) // limit)}
        return 200, JSON, b'{"data":[' + b",".join(rows[(page - 1) * limit : page * limit]) + b'],"meta":' + json.dumps(meta).encode() + b"}"

    def _runs(self, query: dict[str, Any]) -> Answer:
        wanted = query.get("filter", "")
        until = re.search(r'lt\(start_time, ?"([^"]+)"\)', wanted)
        rows = between(self.rows, query["start_time"], until[1] if until else "9")
        if "trace_filter" in query:  # what begins outside of the call's window
            rows = []
        elif traces := re.search(r"in\(trace_id, (\[.*?\])\)", wanted):
            known = set(json.loads(traces[1]))
            rows = [row for row in rows if (row.trace in known) != ("not(" in wanted)]
        elif "metadata_" in wanted:
            found = {row.trace for row in rows if row.is_root and ("metadata_value" not in wanted or f'"{SIMULATION}"' in wanted)}
            rows = [row for row in rows if row.is_root and (row.trace in found) != ("not(" in wanted)]
        if query.get("is_root"):
            rows = [row for row in rows if row.is_root]
        if query["order"] == "desc":
            rows = rows[::-1]
        first, limit = int(query.get("cursor") or 0), query["limit"]
        following = str(first + limit) if first + limit < len(rows) else None
        is_whole = "inputs" in query.get("select", ["inputs"])
        page = b",".join(row.whole if is_whole else row.slim for row in rows[first : first + limit])
        return 200, JSON, b'{"runs":[' + page + b'],"cursors":' + json.dumps({"next": following}).encode() + b"}"


def _trace(row: Row, observations: list[bytes]) -> bytes:
    """A trace as v1 tells it: its root's, with its observations where they are asked for."""
    root = json.loads(row.whole)
    own = {"id": row.trace, "timestamp": row.start, "name": root["name"], "projectId": PROJECT_ID, "tags": [], "metadata": root["metadata"]}
    return json.dumps(own).encode()[:-1] + b',"observations":[' + b",".join(observations) + b"]}"


def _run(told_by_v2: bytes) -> bytes:
    row = json.loads(told_by_v2)
    parents = row["parent_run_ids"]
    place = "".join(sign for sign in row["start_time"] if sign.isalnum() and sign != "Z") + "Z"
    kept = {name: value for name, value in row.items() if name not in ("project_id", "metadata")}
    own = kept | {
        "session_id": PROJECT_ID,
        "parent_run_id": parents[-1] if parents else None,
        "extra": {"metadata": row["metadata"]},
        "start_time": row["start_time"].rstrip("Z"),
        "end_time": row["end_time"].rstrip("Z"),
        "dotted_order": ".".join(f"{place}{run}" for run in [*parents, row["id"]]),
        "app_path": f"/o/bench/projects/p/{PROJECT_ID}/r/{row['id']}",
    }
    return json.dumps(own).encode()
