"""Metrics and transitions of generated conversations, against an oracle that knows only what was sent."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from agent import Window
from insight_oracle import FIRST_BYTE, TOKENS, duration_percentile, figures, transitions
from native import Sent, exporter_rows, write_rows
from organization import Organization

from conftest import Spanlift

RUN = "run-1"
FIGURES = (*FIRST_BYTE.values(), *TOKENS, "llm_total_tokens")
NAMES = ("llm", "stt", "tts", "llm_tool_call", "tool_call", "turn", "vad", "a name with 'quotes'")
Simulations = dict[str, list[Sent]]


def generated(seed: int) -> Simulations:
    """Simulations whose spans lack values, hold broken ones, fail, begin together, and mark moments."""
    chance = random.Random(seed)

    def span(number: int) -> Sent:
        start = chance.randrange(28_000) // chance.choice([1, 500]) / 1000
        given = {
            "metrics.ttfb": chance.choice([round(chance.random() * 3, 3), chance.random(), "nan", "soon", 0]),
            "gen_ai.usage.input_tokens": chance.randrange(5000),
            "gen_ai.usage.output_tokens": chance.randrange(500),
            "gen_ai.usage.total_tokens": chance.randrange(6000),
            "trace.timing": "metadata_marker",
            chance.choice(["function.name", "tool.name", "gen_ai.tool.name"]): chance.choice(["find_booking", "move_booking"]),
        }
        attributes = {name: value for name, value in given.items() if chance.random() < (0.2 if name == "trace.timing" else 0.75)}
        error = "it failed" if chance.random() < 0.15 else None
        took = chance.randrange(1, 3000) / 1000
        return Sent(f"{number}", None, chance.choice(NAMES), start, start + took, attributes, error)

    return {f"sim-{number}": [span(place) for place in range(chance.randrange(1, 120))] for number in range(3)}


def ask(spanlift: Spanlift, *arguments: str) -> dict[str, Any]:
    """A command's JSON."""
    done = spanlift(*arguments, "--json")
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def assert_figures(told: dict[str, Any], spans: list[Sent]) -> None:
    expected = figures(spans)
    assert (told["spans"], told["errors"]) == (expected["spans"], expected["errors"])
    assert told["error_rate"] == pytest.approx(expected["error_rate"])
    for figure in FIGURES:
        if expected[figure] is None:
            assert told[figure]["statistics"] is None and told[figure]["missing"], figure
            continue
        assert told[figure]["missing"] is None, figure
        flat = {"spans": told[figure]["spans"], "measured": told[figure]["measured"]} | told[figure]["statistics"]
        assert flat == pytest.approx(expected[figure]), figure
    assert {tool["tool"]: (tool["count"], tool["errors"]) for tool in told["tool_calls"]["by_tool"]} == expected["tools"]


@pytest.mark.parametrize("seed", range(3))
def test_generated_simulations_answer_as_the_oracle_says(organization: Organization, window: Window, spanlift: Spanlift, seed: int) -> None:
    simulations = generated(seed)
    for simulation, spans in simulations.items():
        rows = exporter_rows(organization.id, RUN, simulation, spans, window)
        write_rows(organization.client, rows + rows[:5])  # what is sent again is appended, and counts once
    everything = [span for spans in simulations.values() for span in spans]

    told = ask(spanlift, "metrics", organization.id, "--run", RUN)
    assert_figures(told["all"], everything)
    assert told["simulations"].keys() == simulations.keys()
    for simulation, spans in simulations.items():
        assert_figures(told["simulations"][simulation], spans)
        assert_figures(ask(spanlift, "metrics", organization.id, simulation)["all"], spans)

    told = ask(spanlift, "transitions", organization.id, RUN)
    pairs = {(of["from"], of["to"]): (of["count"], of["simulations"], of["failures"]) for of in told["transitions"]}
    assert pairs == transitions(list(simulations.values()))

    custom = ask(spanlift, "metrics", organization.id, "--run", RUN, "--span-name", "turn", "--value-source", "duration", "--aggregation", "P90")
    marked = [span for span in everything if span.attributes.get("trace.timing") != "metadata_marker"]
    assert custom["all"]["value"] == pytest.approx(duration_percentile(marked, "turn", 0.9))


def test_what_is_missing_is_said_and_is_no_success(organization: Organization, window: Window, spanlift: Spanlift, tmp_path: Path) -> None:
    nothing = spanlift("metrics", organization.id, "sim-none")
    assert (nothing.returncode, nothing.stdout.count("There are no spans.")) == (1, 7), nothing.stdout
    write_rows(organization.client, exporter_rows(organization.id, RUN, "sim-1", [Sent("a", None, "llm", 1, 2)], window))

    file = tmp_path / "metric.json"
    for metric, sentence in {
        '{"span_name": "stt", "aggregation_method": "COUNT"}': "No spans named 'stt'.",
        '{"span_name": "llm", "metric_attribute": "metrics.ttfb", "aggregation_method": "p90"}': "it has no number in 'metrics.ttfb'.",
        '{"span_name": "llm", "aggregation_method": "p90"}': "metric_attribute is required",
    }.items():
        file.write_text(metric)
        done = spanlift("metrics", organization.id, "sim-1", "--metric", str(file))
        assert done.returncode == 1
        assert sentence in done.stdout + done.stderr, metric
    summary = spanlift("summary", organization.id, "sim-1")
    assert (summary.returncode, "llm" in summary.stdout) == (0, True)
    assert spanlift("summary", organization.id, "sim-1", "--text").stdout.startswith("1 span in 1 trace")
