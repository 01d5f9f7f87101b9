"""One conversation, stored once as native spans and once imported from each platform: the same metrics, the same transitions, the same tree.

Only `service.name` may differ, ids, and what a platform does not hold, which `NOT_HELD` names with the reason.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import stand_in_scenarios
from agent import Agent, Conversation, SentSpan, Window
from held import NOT_HELD, langfuse_rows, langsmith_rows, send_to_phoenix
from insight_oracle import FIRST_BYTE, TOKENS
from native import SERVICE, Sent, booking_call, exporter_rows, write_rows
from organization import Organization

from conftest import Spanlift

RUN = "run-1"
SIMULATIONS = {"sim-fails": True, "sim-works": False}
"""Each simulation, and whether a tool fails in it."""
FIGURES = (*FIRST_BYTE.values(), *TOKENS, "llm_total_tokens")
Tree = tuple[str, str, int, int, tuple[Any, ...]]


def native(organization: Organization, calls: dict[str, list[Sent]], window: Window) -> None:
    for simulation, spans in calls.items():
        write_rows(organization.client, exporter_rows(organization.id, RUN, simulation, spans, window))


def arize(organization: Organization, calls: dict[str, list[Sent]], window: Window) -> None:
    settings = organization.client.settings
    organization.connect()
    with Agent(settings.phoenix_url, organization.project, organization.id) as agent:
        sent = {simulation: send_to_phoenix(agent, simulation, spans, window) for simulation, spans in calls.items()}
    for simulation, ids in sent.items():
        conversation = conversation_of(simulation, window)
        conversation.spans = [SentSpan("", identity, "", simulation) for identity in ids]
        organization.finish(conversation, run_id=RUN)


def langfuse(organization: Organization, calls: dict[str, list[Sent]], window: Window) -> None:
    keys = {"public_key": f"pk-lf-{organization.id}", "secret_key": "sk-lf-parity"}
    rows = [row for simulation, spans in calls.items() for row in langfuse_rows(simulation, spans, window)]
    stand_in(organization, "langfuse", keys, stand_in_scenarios.langfuse_project(rows, keys), window)


def langsmith(organization: Organization, calls: dict[str, list[Sent]], window: Window) -> None:
    keys = {"api_key": f"lsv2_pt_{organization.id}", "project_name": organization.id}
    rows = [row for simulation, spans in calls.items() for row in langsmith_rows(simulation, spans, window)]
    stand_in(organization, "langsmith", keys, stand_in_scenarios.langsmith_project(rows, keys), window)


def stand_in(organization: Organization, provider: str, keys: dict[str, str], scenario: dict[str, Any], window: Window) -> None:
    settings = organization.client.settings
    stand_in_scenarios.set_scenario(settings, provider, scenario)
    organization.client.connect(organization.id, provider, host=settings.stand_in_url(provider), **keys)
    for simulation in SIMULATIONS:
        organization.announce(conversation_of(simulation, window), run_id=RUN)


def conversation_of(simulation: str, window: Window) -> Conversation:
    began, ended = (moment.isoformat().replace("+00:00", "Z") for moment in (window.started_at, window.ended_at))
    return Conversation(simulation, began, ended)


def tree(rows: list[dict[str, Any]]) -> list[Tree]:
    """Roots with what is below them: label, status, start and duration in milliseconds."""

    def below(parent: str) -> tuple[Tree, ...]:
        return tuple(
            (
                f"{row['SpanName']} {row['SpanAttributes'].get('function.name', '')}".strip(),
                "Error" if row["StatusCode"] == "Error" else "",
                int(row["StartNanoseconds"]) // 1_000_000,
                int(row["Duration"]) // 1_000_000,
                below(row["SpanId"]),
            )
            for row in sorted(rows, key=lambda row: (int(row["StartNanoseconds"]), row["SpanName"]))
            if row["ParentSpanId"] == parent
        )

    return list(below(""))


def ask(spanlift: Spanlift, *arguments: str) -> dict[str, Any]:
    done = spanlift(*arguments, "--json")
    assert done.returncode == 0, done.stderr or done.stdout
    return json.loads(done.stdout)


def without(told: dict[str, Any], provider: str) -> dict[str, Any]:
    """Figures without those that the platform holds no value for, which the answer must say."""
    kept = dict(told)
    for figure in NOT_HELD[provider]:
        assert figure in FIGURES
        del kept[figure]
    return kept


@pytest.mark.parametrize("provider", ["arize", "langfuse", "langsmith"])
def test_imported_spans_answer_as_native_ones(organization: Organization, window: Window, spanlift: Spanlift, provider: str) -> None:
    calls = {simulation: booking_call(simulation, fails=fails) for simulation, fails in SIMULATIONS.items()}
    sent_natively = Organization(organization.client, f"{organization.id}-native")
    native(sent_natively, calls, window)
    {"arize": arize, "langfuse": langfuse, "langsmith": langsmith}[provider](organization, calls, window)
    for simulation in SIMULATIONS:
        organization.wait_for(conversation_of(simulation, window), "imported", key=f"1#{provider}")

    both = [ask(spanlift, "metrics", of.id, "--run", RUN) for of in (sent_natively, organization)]
    assert [[source["service"] for source in told["sources"]] for told in both] == [[SERVICE], [provider]]
    ours, imported = both
    for name, of_native, of_import in [("all", ours["all"], imported["all"])] + [
        (simulation, ours["simulations"][simulation], imported["simulations"][simulation]) for simulation in SIMULATIONS
    ]:
        assert without(of_import, provider) == without(of_native, provider), name
        for figure, reason in NOT_HELD[provider].items():
            assert of_import[figure]["statistics"] is None, f"{figure} is held after all: {reason}"
            assert "none has a number in 'metrics.ttfb'" in of_import[figure]["missing"]
            assert of_import[figure]["spans"] == of_native[figure]["spans"], "the spans are there"

    ours, imported = (ask(spanlift, "transitions", of.id, RUN) for of in (sent_natively, organization))
    assert imported["transitions"] == ours["transitions"]
    assert any(of["failures"] for of in ours["transitions"])

    custom = ("--run", RUN, "--span-name", "llm_tool_call", "--value-source", "duration", "--aggregation", "p95")
    ours, imported = (ask(spanlift, "metrics", of.id, *custom) for of in (sent_natively, organization))
    assert imported["all"] == ours["all"]

    for simulation in SIMULATIONS:
        trees = [tree(of.client.stored_spans(of.id, simulation)) for of in (sent_natively, organization)]
        assert trees[0] == trees[1], simulation
        assert len(trees[0]) == 1
