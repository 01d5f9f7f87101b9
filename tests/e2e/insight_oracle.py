"""What metrics and transitions must be, worked out from the spans that were sent, by the words of docs/INSIGHT.md and by Python's own arithmetic.

Nothing here knows SQL, and nothing there knows this.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from typing import Any

from native import Sent

Answer = dict[str, Any]
FIRST_BYTE = {"llm": "llm_time_to_first_byte", "stt": "stt_time_to_first_byte", "tts": "tts_time_to_first_byte"}
TOKENS = {"llm_input_tokens": "gen_ai.usage.input_tokens", "llm_output_tokens": "gen_ai.usage.output_tokens"}
TOOL_SPANS = ("llm_tool_call", "tool_call")


def figures(spans: list[Sent]) -> Answer:
    """Of some spans."""
    errors = sum(span.error is not None for span in spans)
    model_calls = [span for span in spans if span.name == "llm"]
    answer: Answer = {"spans": len(spans), "errors": errors, "error_rate": errors / len(spans) if spans else None}
    for name, figure in FIRST_BYTE.items():
        named = [span for span in spans if span.name == name]
        values = [number(span, "metrics.ttfb") for span in named if span.attributes.get("trace.timing") != "metadata_marker"]
        answer[figure] = summed_up(len(named), values)
    for figure, attribute in TOKENS.items():
        answer[figure] = summed_up(len(model_calls), [number(span, attribute) for span in model_calls])
    answer["llm_total_tokens"] = summed_up(len(model_calls), [total_tokens(span) for span in model_calls])
    calls: dict[str, list[Sent]] = defaultdict(list)
    for span in spans:
        if span.name in TOOL_SPANS:
            calls[tool(span)].append(span)
    answer["tools"] = {name: (len(made), sum(call.error is not None for call in made)) for name, made in calls.items()}
    return answer


def transitions(simulations: list[list[Sent]]) -> dict[tuple[str, str], tuple[int, int, int]]:
    """For each pair of labels: how often, in how many simulations, how often it failed."""
    counts, failures, within = Counter(), Counter(), defaultdict(set)
    for place, spans in enumerate(simulations):
        ordered = sorted(spans, key=lambda span: (int(span.start * 1000), -(span.end - span.start), label(span)))
        for before, after in zip(ordered, ordered[1:]):
            pair = (label(before), label(after))
            counts[pair] += 1
            failures[pair] += after.error is not None
            within[pair].add(place)
    return {pair: (counts[pair], len(within[pair]), failures[pair]) for pair in counts}


def duration_percentile(spans: list[Sent], name: str, share: float) -> float:
    """How long spans of one name took."""
    return percentile(sorted(span.end - span.start for span in spans if span.name == name), share)


def summed_up(spans: int, told: list[float | None]) -> Answer | None:
    """None where there is no value."""
    values = sorted(value for value in told if value is not None)
    if not values:
        return None
    shares = {"median": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
    return {"spans": spans, "measured": len(values)} | {
        "average": statistics.fmean(values),
        "min": values[0],
        "max": values[-1],
        "sum": math.fsum(values),
        **{name: percentile(values, share) for name, share in shares.items()},
    }


def percentile(values: list[float], share: float) -> float:
    """By the standard library where it can: the inclusive method."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]


def number(span: Sent, attribute: str) -> float | None:
    """A finite number in an attribute."""
    try:
        value = float(span.attributes[attribute])
    except (KeyError, ValueError):
        return None
    return value if math.isfinite(value) else None


def total_tokens(span: Sent) -> float | None:
    """As told, else the sum of what is told."""
    told = number(span, "gen_ai.usage.total_tokens")
    parts = [value for attribute in TOKENS.values() if (value := number(span, attribute)) is not None]
    return told if told is not None else sum(parts) if parts else None


def tool(span: Sent) -> str:
    """Of a tool call."""
    names = (span.attributes.get(name) for name in ("function.name", "tool.name", "gen_ai.tool.name"))
    return next((name for name in names if name), "")


def label(span: Sent) -> str:
    """The name, of a tool call with the tool."""
    if span.name not in TOOL_SPANS:
        return span.name
    return f"llm_tool_call: {tool(span)}" if tool(span) else "llm_tool_call"
