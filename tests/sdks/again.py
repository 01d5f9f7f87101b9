"""Is a second recording the same conversation as the first? Ids, times and what is measured are no part of it; that something was measured is.

`record.py` asks it of every recording that is made again: what differs is an error, and the new one is kept only where it is asked for (`--replace`).
"""

from __future__ import annotations

import json
import re
from typing import Any

Json = dict[str, Any]

# What is another one each time: ids, addresses, times and durations; and where in an agent's file a line stands. In this order.
VARYING = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"), "TIME"),
    (re.compile(r"\b\d{8}T\d{12}Z"), "TIME"),
    (re.compile(r"\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"), "TIME"),
    (re.compile(r"127\.0\.0\.1:\d+"), "ADDRESS"),
    (re.compile(r"\b0x[0-9a-f]+\b"), "PLACE"),
    (re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12,64}\b"), "ID"),
    # LiveKit counts the answers of one speech behind its id: speech_d3dfebbbd9bb_3.
    (re.compile(r"\b[A-Za-z]+_(?=[0-9A-Za-z]*\d)[0-9a-zA-Z]{12,32}(?![0-9a-zA-Z])"), "ID"),
    # LiveKit for JavaScript cuts a UUID.
    (re.compile(r"\b[a-z]+_[0-9a-f]{8}-[0-9a-f]{3}\b"), "ID"),
    (re.compile(r"/tmp/[^\s\"']+?/(?=venv|node_modules|[a-z_]+\.(?:py|mjs))"), "FOLDER/"),
    (re.compile(r"/[^\s\"']+/tests/sdks/agents/"), "FOLDER/"),
    (re.compile(r"\bline \d+(?=, in )|(?<=\.mjs):\d+:\d+"), "LINE"),
    (re.compile(r"\b1[6-9]\d{8}(\.\d+|\d{3}|\d{6}|\d{9})?\b"), "TIME"),
    (re.compile(r"\b\d+\.\d{4,}(e-\d+)?\b"), "DURATION"),
)
# Names of what is measured, or decided by a moment: a free port, whether Pipecat's last turn was still spoken when the call ended.
MEASURED = re.compile(r"was_interrupted|server\.port|ttf|latency|duration|time_to|msTo|per_second|PerSecond|avgOutput|delay|elapsed|_ms$|timestamp|created|process\.|host\.|telemetry\.", re.IGNORECASE)


def normalised(export: Json) -> list[str]:
    """A line a span: where it lies by names, and all that it says."""
    spans = export.get("runs") or [span for resource in export["resourceSpans"] for scope in resource["scopeSpans"] for span in scope["spans"]]
    ids = ("id", "parent_run_id") if "runs" in export else ("spanId", "parentSpanId")
    by_id = {span[ids[0]]: span for span in spans}

    def way(span: Json) -> str:
        above = by_id.get(span.get(ids[1]) or "")
        return (way(above) + " > " if above else "") + span["name"]

    return sorted(f"{_varied(way(span))} {_varied(json.dumps(_said(span), sort_keys=True, ensure_ascii=False))}" for span in spans)


def differences(first: Json, second: Json) -> list[str]:
    """What only one of two exports has, as the first words that differ; nothing if they are the same conversation."""
    one, other = normalised(first), normalised(second)
    missing, new = [line for line in one if line not in other], [line for line in other if line not in one]
    told = [f"{len(one)} spans, then {len(other)}"] if len(one) != len(other) else []
    for before, after in zip(missing, new, strict=False):
        at = next((place for place, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after)))
        told.append(f"{before.split(' {')[0]}: …{before[max(0, at - 60) : at + 60]}… then …{after[max(0, at - 60) : at + 60]}…")
    return told or ([f"only in one: {line[:120]}" for line in missing + new] if missing or new else [])


def _said(span: Json) -> Json:
    """What is compared of a span or run."""
    if "run_type" in span:
        return _measured({name: span.get(name) for name in ("name", "run_type", "inputs", "outputs", "error", "extra", "tags")})
    events = [[event["name"], _attributes(event)] for event in span.get("events", [])]
    return {"attributes": _attributes(span), "events": events, "status": span.get("status", {}), "kind": span.get("kind")}


def _attributes(of: Json) -> Json:
    return _measured({item["key"]: item["value"] for item in of.get("attributes", [])})


def _measured(value: Any) -> Any:
    """JSON, also JSON that is a text, with a word in place of what is measured."""
    match value:
        case dict():
            return {name: "MEASURED" if MEASURED.search(name) else _measured(member) for name, member in value.items()}
        case list():
            return [_measured(item) for item in value]
        case str() if value[:1] in "{[":
            try:
                return _measured(json.loads(value))
            except ValueError:
                return value
    return value


def _varied(text: str) -> str:
    for pattern, word in VARYING:
        text = pattern.sub(word, text)
    return text
