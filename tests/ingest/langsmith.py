"""What LangSmith makes of an export: runs that its SDKs post, and OTLP. Both as the two versions of the runs query tell them.

From documentation, never from a server:
- OTLP: langchain-ai/docs, src/langsmith/trace-with-opentelemetry.mdx (commit 02cc7deca5cce6e0ae43665dfa7e2dc087003151), the section "Supported OpenTelemetry attribute
  and event mapping". What its tables do not name is not kept. Ids are those of "Link OpenTelemetry spans to a LangSmith SDK trace": 8 bytes behind 8 zeros.
- Rows: docs/platforms/langsmith.md, "Row of v1" and "Row of v2" (LangSmith's published schema), and the types of langsmith 0.15.

Where the documentation leaves something open, it is taken so: usage of OTLP stands in the metadata; a span whose status is an error has an error, with or without an exception
event; a span of no known kind is a chain; of two attributes for one field the first of the table counts.
"""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

Json = dict[str, Any]

PROJECT = "5f0d4f3c-7a3e-4d19-9a52-3c1f2f6f2b10"
TENANT = "b3a1f6de-2f5c-4a44-8a8e-0e6d5a1c9f77"

OPERATIONS = {"chat": "llm", "completion": "llm", "text_completion": "llm", "embedding": "embedding", "embeddings": "embedding"}
KINDS = {
    "openinference.span.kind": {"LLM": "llm", "TOOL": "tool", "RETRIEVER": "retriever", "EMBEDDING": "embedding", "CHAIN": "chain", "AGENT": "chain"},
    "traceloop.span.kind": {"tool": "tool", "workflow": "chain", "task": "chain", "agent": "chain"},
}
# In the order of the documentation's tables.
COUNTS = {
    "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt"),
    "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion"),
    "total_tokens": ("gen_ai.usage.total_tokens", "llm.token_count.total", "llm.usage.total_tokens"),
    "reasoning_tokens": ("gen_ai.usage.details.reasoning_tokens",),
}
PARAMETERS = {
    **{f"gen_ai.request.{name}": name for name in ("model", "temperature", "top_p", "max_tokens", "frequency_penalty", "presence_penalty", "seed", "top_k", "encoding_formats")},
    "gen_ai.request.stop_sequences": "stop",
    "gen_ai.response.model": "model",
    "gen_ai.tool.name": "tool_name",
    "llm.presence_penalty": "presence_penalty",
    "llm.frequency_penalty": "frequency_penalty",
    "llm.request.functions": "functions",
    "tools": "tools",
    "tool_arguments": "tool_arguments",
}
# In this order: the whole, then messages one by one. The first that is there counts.
INPUTS = ("gen_ai.prompt", "input.value", "traceloop.entity.input", "prompt")
OUTPUTS = ("gen_ai.completion", "output.value", "traceloop.entity.output", "all_messages_events")
PREFIXES = ("langsmith.metadata.", "traceloop.association.properties.")


def runs_of_otlp(export: Json) -> list[Json]:
    """The runs that OTLP's spans become, as an SDK would have posted them. Roots first."""
    spans = {
        span["spanId"]: (span, attributes(resource.get("resource", {}).get("attributes", [])))
        for resource in export["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    }

    def way(span: Json) -> list[Json]:
        above = spans.get(span.get("parentSpanId", ""))
        return [*(way(above[0]) if above else []), span]

    runs = [_run(span, resource, way(span)) for span, resource in spans.values()]
    return sorted(runs, key=lambda run: run["dotted_order"])


def attributes(items: list[Json]) -> Json:
    """OTLP's list of keys and values as an object."""
    return {item["key"]: _value(item.get("value", {})) for item in items}


def _value(value: Json) -> Any:
    [(kind, plain)] = value.items() if value else [("", None)]
    match kind:
        case "intValue":
            return int(plain)
        case "arrayValue":
            return [_value(item) for item in plain.get("values", [])]
        case "kvlistValue":
            return attributes(plain.get("values", []))
    return plain


def _run(span: Json, resource: Json, way: list[Json]) -> Json:
    sent = attributes(span.get("attributes", []))
    # Metadata of the resource lies below the span's own.
    metadata: Json = {name: value for name, value in resource.items()}
    if isinstance(own := _parsed(sent.get("metadata")), dict):
        metadata |= own
    metadata |= {name[len(prefix) :]: value for prefix in PREFIXES for name, value in sent.items() if name.startswith(prefix)}
    for name in ("gen_ai.system", "gen_ai.provider.name", "llm.system"):
        if name in sent:
            metadata.setdefault("ls_provider", sent[name])
    if "llm.model_name" in sent:
        metadata["ls_model_name"] = sent["llm.model_name"]
    usage = {name: int(sent[source]) for name, sources in COUNTS.items() for source in reversed(sources) if source in sent}
    if usage:
        metadata["usage_metadata"] = usage
    if isinstance(stated := _parsed(sent.get("langsmith.usage_metadata")), dict):
        metadata["usage_metadata"] = stated
    parameters = {target: sent[name] for name, target in reversed(PARAMETERS.items()) if name in sent}
    if isinstance(stated := _parsed(sent.get("llm.invocation_parameters")), dict):
        parameters |= stated
    error = _error(span)
    name = sent.get("langsmith.trace.name") or sent.get("traceloop.entity.name") or span["name"]
    kind = _type(sent)
    if kind == "tool" and sent.get("openinference.span.kind") == "TOOL" and "tool.name" in sent:
        name = sent["tool.name"]
    return {
        "id": run_id(span["spanId"]),
        "trace_id": run_id(way[0]["spanId"]),
        "parent_run_id": run_id(way[-2]["spanId"]) if len(way) > 1 else None,
        "dotted_order": ".".join(f"{_moment(above).strftime('%Y%m%dT%H%M%S%fZ')}{run_id(above['spanId'])}" for above in way),
        "name": name,
        "run_type": kind,
        "start_time": _moment(span).isoformat(),
        "end_time": _moment(span, "endTimeUnixNano").isoformat(),
        "inputs": _payload(sent, span, INPUTS, ("gen_ai.input.messages", "llm.input_messages", "gen_ai.prompt"), ("system", "user")),
        "outputs": _payload(sent, span, OUTPUTS, ("gen_ai.output.messages", "llm.output_messages", "gen_ai.completion"), ("assistant", "tool")),
        "error": error,
        "extra": {"metadata": metadata, "invocation_params": parameters},
        "tags": [tag.strip() for tag in str(sent.get("langsmith.span.tags", "")).split(",") if tag.strip()],
    }


def run_id(span_id: str) -> str:
    """A span's id behind eight zero bytes."""
    return str(UUID(f"{span_id:0>32}"))


def _moment(span: Json, member: str = "startTimeUnixNano") -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(span[member]) // 1000)


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return text


def _type(sent: Json) -> str:
    if "langsmith.span.kind" in sent:
        return str(sent["langsmith.span.kind"]).lower()
    for name, kinds in KINDS.items():
        if known := kinds.get(str(sent.get(name))):
            return known
    if known := OPERATIONS.get(str(sent.get("gen_ai.operation.name"))):
        return known
    if "gen_ai.tool.name" in sent:
        return "tool"
    if "traceloop.llm.request.type" in sent:
        return "embedding" if sent["traceloop.llm.request.type"] == "embedding" else "llm"
    return "chain"


def _error(span: Json) -> str | None:
    for event in span.get("events", []):
        if event["name"] == "exception":
            told = attributes(event.get("attributes", []))
            if text := str(told.get("exception.message", "")) + str(told.get("exception.stacktrace", "")):
                return text
    status = span.get("status", {})
    return status.get("message", "") or "error" if status.get("code") == 2 else None


def _payload(sent: Json, span: Json, wholes: tuple[str, ...], lists: tuple[str, ...], roles: tuple[str, ...]) -> Json | None:
    """What went in or came out: the whole value, else messages."""
    for name in wholes:
        if name in sent:
            value = _parsed(sent[name])
            return value if isinstance(value, dict) else {"input" if wholes is INPUTS else "output": value}
    for name in lists:
        if isinstance(listed := _parsed(sent.get(name)), list):
            return {"messages": listed}
        if messages := _numbered(sent, f"{name}."):
            return {"messages": messages}
    events = [_message(event) for event in span.get("events", []) if event["name"] in tuple(f"gen_ai.{role}.message" for role in roles)]
    choices = [attributes(event.get("attributes", [])) for event in span.get("events", []) if event["name"] == "gen_ai.choice"]
    if wholes is OUTPUTS and choices:
        return {"choices": choices}
    return {"messages": events} if events else None


def _numbered(sent: Json, prefix: str) -> list[Json]:
    """`prefix.0.role` or `prefix.0.message.role` as messages. Only role and content are documented."""
    messages: dict[int, Json] = {}
    for name, value in sent.items():
        found = re.fullmatch(re.escape(prefix) + r"(\d+)\.(?:message\.)?(role|content)", name)
        if found:
            messages.setdefault(int(found[1]), {})[found[2]] = value
    return [messages[number] for number in sorted(messages)]


def _message(event: Json) -> Json:
    told = attributes(event.get("attributes", []))
    if isinstance(whole := _parsed(told.get("gen_ai.event.content")), dict):
        return whole
    message = {"role": told.get("role", event["name"].split(".")[1]), "content": told.get("content")}
    return message | ({"tool_call_id": told["id"]} if "id" in told else {})


def answers(runs: list[Json]) -> Json:
    """What the two versions of the query tell of posted runs: `{"v2": [rows], "v1": [rows]}`."""
    by_id = {run["id"]: run for run in runs}
    own = {run["id"]: _counts(run) for run in runs}
    below = dict.fromkeys(by_id, (0, 0, 0))
    for run in runs:
        above: str | None = run["id"]
        seen: set[str] = set()
        # v1 adds up the counts of all runs below.
        while above in by_id and above not in seen:
            seen.add(above)
            below[above] = tuple(a + b for a, b in zip(below[above], own[run["id"]], strict=True))
            above = by_id[above].get("parent_run_id")
    return {"v2": [_v2(run, own[run["id"]], by_id) for run in runs], "v1": [_v1(run, below[run["id"]], by_id) for run in runs]}


def _counts(run: Json) -> tuple[int, int, int]:
    """The counts that a run states in a documented place; zeros where it states none."""
    if run.get("run_type") not in ("llm", "embedding"):
        return 0, 0, 0
    outputs = run.get("outputs") if isinstance(run.get("outputs"), dict) else {}
    metadata = (run.get("extra") or {}).get("metadata") or {}
    generations = [generation for row in outputs.get("generations") or [] for generation in (row if isinstance(row, list) else [row])]
    messages = [generation.get("message") or {} for generation in generations if isinstance(generation, dict)]
    places = [outputs.get("usage_metadata"), metadata.get("usage_metadata"), *((message.get("kwargs") or message).get("usage_metadata") for message in messages)]
    usage = next((place for place in places if isinstance(place, dict)), {})
    count = lambda *names: next((int(usage[name]) for name in names if usage.get(name) is not None), 0)  # noqa: E731
    told, said = count("input_tokens", "prompt_tokens"), count("output_tokens", "completion_tokens")
    return told, said, count("total_tokens") or told + said


def _time(told: str | float | None) -> datetime | None:
    """The API takes times as texts and as milliseconds since 1970; the SDK in JavaScript sends ends in milliseconds."""
    if told is None:
        return None
    if isinstance(told, int | float):
        return datetime.fromtimestamp(told / 1000, UTC)
    moment = datetime.fromisoformat(told)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _first_token(run: Json) -> datetime | None:
    return next((_time(event["time"]) for event in run.get("events") or [] if event.get("name") == "new_token"), None)


def _common(run: Json, counts: tuple[int, int, int], by_id: dict[str, Json]) -> Json:
    parents: list[str] = []
    above = run.get("parent_run_id")
    while above and above not in parents:
        parents.insert(0, above)
        above = by_id.get(above, {}).get("parent_run_id")
    error = run.get("error")
    return {
        "id": run["id"],
        "trace_id": run.get("trace_id") or (parents[0] if parents else run["id"]),
        "name": run.get("name", ""),
        "run_type": run.get("run_type", "chain"),
        "status": "error" if error else "success" if run.get("end_time") else "pending",
        "inputs": run.get("inputs"),
        "outputs": run.get("outputs"),
        "error": error,
        "extra": run.get("extra") or {},
        "tags": run.get("tags") or [],
        "parent_run_ids": parents,
        "dotted_order": run.get("dotted_order", ""),
        "prompt_tokens": counts[0],
        "completion_tokens": counts[1],
        "total_tokens": counts[2],
        "thread_id": next((metadata[name] for metadata in [(run.get("extra") or {}).get("metadata") or {}] for name in ("session_id", "thread_id", "conversation_id") if name in metadata), None),
        "app_path": f"/o/{TENANT}/projects/p/{PROJECT}/r/{run['id']}",
    }


def _v1(run: Json, counts: tuple[int, int, int], by_id: dict[str, Json]) -> Json:
    def without_zone(moment: datetime | None) -> str | None:
        return moment.replace(tzinfo=None).isoformat() if moment else None

    row = _common(run, counts, by_id)
    times = {"start_time": without_zone(_time(run.get("start_time"))), "end_time": without_zone(_time(run.get("end_time"))), "first_token_time": without_zone(_first_token(run))}
    return row | times | {"parent_run_id": run.get("parent_run_id"), "session_id": PROJECT}


def _v2(run: Json, counts: tuple[int, int, int], by_id: dict[str, Json]) -> Json:
    def zoned(moment: datetime | None) -> str | None:
        return moment.isoformat().replace("+00:00", "Z") if moment else None

    row = _common(run, counts, by_id)
    extra = dict(row["extra"])
    metadata = extra.pop("metadata", {})
    times = {"start_time": zoned(_time(run.get("start_time"))), "end_time": zoned(_time(run.get("end_time"))), "first_token_time": zoned(_first_token(run))}
    return row | times | {"run_type": row["run_type"].upper(), "status": row["status"].upper(), "project_id": PROJECT, "extra": extra, "metadata": metadata}


def of_export(export: Json) -> Json:
    """What LangSmith tells of an export of either form."""
    return answers(export["runs"] if "runs" in export else runs_of_otlp(export))


if __name__ == "__main__":
    json.dump(of_export(json.load(sys.stdin)), sys.stdout, ensure_ascii=False)
