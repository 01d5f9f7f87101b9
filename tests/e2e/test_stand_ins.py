"""Langfuse and LangSmith behind the real functions: stand-ins that answer as docs/platforms says, each with a scenario of the test."""

from __future__ import annotations

import os
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
import stand_in_scenarios
from agent import Conversation, Window
from client import Item, wait_until
from organization import Organization

CREDENTIALS = {"langfuse": stand_in_scenarios.LANGFUSE, "langsmith": stand_in_scenarios.LANGSMITH}
SCENARIOS = {"langfuse": stand_in_scenarios.langfuse, "langsmith": stand_in_scenarios.langsmith}
SHORT_MINUTE = 3_000
"""The minute of Langfuse's rate limit in ms, as much shorter as the passes of the `test` profile are."""
FIRST_MINUTE = 20_000


class Connected:
    """An organization whose one platform is a stand-in."""

    def __init__(self, organization: Organization, provider: str, scenario: stand_in_scenarios.Scenario, **settings: Any) -> None:  # noqa: ANN401
        self.organization, self.provider = organization, provider
        client = organization.client
        stand_in_scenarios.set_scenario(client.settings, provider, scenario)
        client.connect(organization.id, provider, host=client.settings.stand_in_url(provider), **CREDENTIALS[provider], **settings)

    def finish(self, simulation: str, window: Window) -> None:
        """The simulation is over: its event goes on the bus."""
        event = Conversation(simulation, window.started_at.isoformat(), window.ended_at.isoformat()).event(self.organization.id)
        self.organization.client.put_event(event)

    def item(self, simulation: str) -> Item:
        """The import's ledger item."""
        return self.organization.client.ledger(self.organization.id, simulation).get(f"1#{self.provider}", {})

    def wait_for(self, simulation: str, status: str, seconds: float = 40) -> Item:
        """The import's ledger item, once it has this status and no pass follows."""
        return wait_until(
            lambda: (item := self.item(simulation)).get("status") == status and "next_pass" not in item and item,
            seconds,
            f"{simulation} from {self.provider} {status} for good: {self.item(simulation)}",
        )

    def rows(self, simulation: str) -> list[Item]:
        """The rows of a simulation."""
        return self.organization.client.stored_spans(self.organization.id, simulation)

    def ids(self, simulation: str) -> list[str]:
        """Their span ids, sorted, each as often as it is stored."""
        return sorted(row["SpanId"] for row in self.rows(simulation))


@pytest.mark.parametrize("provider", ["langfuse", "langsmith"])
def test_concurrent_calls_get_exactly_their_own(organization: Organization, window: Window, provider: str) -> None:
    tags = {f"{organization.id} {name}": tag for name, tag in {"a": "sim-a", "b": "sim-b", "third": "sim-third", "none": None}.items()}
    scenario, calls = SCENARIOS[provider](tags, window)
    connected = Connected(organization, provider, scenario)
    for simulation in ("sim-a", "sim-b", "sim-nobody"):
        connected.finish(simulation, window)
    for name, simulation in (("a", "sim-a"), ("b", "sim-b")):
        connected.wait_for(simulation, "imported")
        assert connected.ids(simulation) == sorted(calls[f"{organization.id} {name}"].expected)
        assert {row["ServiceName"] for row in connected.rows(simulation)} == {provider}
    assert connected.wait_for("sim-nobody", "empty")["reason"] == "others_tagged"
    assert connected.ids("sim-nobody") == []


@pytest.mark.parametrize("provider", ["langfuse", "langsmith"])
def test_wrong_key_says_what_to_do(organization: Organization, window: Window, provider: str) -> None:
    scenario, _ = SCENARIOS[provider]({}, window)
    connected = Connected(organization, provider, scenario)
    wrong = {name: "wrong" if name.endswith("key") else value for name, value in CREDENTIALS[provider].items()}
    host = organization.client.settings.stand_in_url(provider)
    organization.client.connect(organization.id, provider, host=host, **wrong)
    connected.finish("sim", window)
    item = connected.wait_for("sim", "failed")
    assert item["reason"] in {"unauthorized", "forbidden"}
    assert "key" in item["last_error"] and "region" in item["last_error"].lower() or provider == "langsmith", item["last_error"]


def test_an_untagged_langfuse_window_is_imported_as_the_connection_says(organization: Organization, window: Window) -> None:
    scenario, calls = stand_in_scenarios.langfuse({f"{organization.id} one": None, f"{organization.id} two": None}, window)
    everything = sorted(span.span_id for call in calls.values() for span in call.spans)
    connected = Connected(organization, "langfuse", scenario, correlation="window")
    connected.finish("sim-window", window)
    connected.wait_for("sim-window", "imported")
    assert connected.ids("sim-window") == everything
    assert {row["ResourceAttributes"]["coval.correlation.method"] for row in connected.rows("sim-window")} == {"window"}


def test_a_strict_langfuse_connection_never_falls_back(organization: Organization, window: Window) -> None:
    scenario, _ = stand_in_scenarios.langfuse({f"{organization.id} one": None}, window)
    connected = Connected(organization, "langfuse", scenario, correlation="strict")
    connected.finish("sim-strict", window)
    assert connected.wait_for("sim-strict", "empty")["reason"] == "untagged"
    assert connected.ids("sim-strict") == []


def test_one_foreign_tag_keeps_the_langfuse_window_out(organization: Organization, window: Window) -> None:
    scenario, _ = stand_in_scenarios.langfuse({f"{organization.id} one": None, f"{organization.id} two": "sim-else"}, window)
    connected = Connected(organization, "langfuse", scenario, correlation="window")
    connected.finish("sim-mixed", window)
    assert connected.wait_for("sim-mixed", "empty")["reason"] == "others_tagged"
    assert connected.ids("sim-mixed") == []


@pytest.mark.parametrize("edition", ["v4_dual", "v3", "v3_without_route", "v3_without_table"])
def test_every_edition_of_langfuse_gives_the_same_spans(organization: Organization, window: Window, edition: str) -> None:
    scenario, calls = stand_in_scenarios.langfuse({f"{organization.id} a": "sim-a", f"{organization.id} b": "sim-b"}, window)
    connected = Connected(organization, "langfuse", scenario | {"edition": edition})
    connected.finish("sim-a", window)
    connected.wait_for("sim-a", "imported")
    assert connected.ids("sim-a") == sorted(calls[f"{organization.id} a"].expected)


def test_a_hundred_simulations_that_end_within_5_s_where_29_requests_a_minute_are_allowed(organization: Organization, window: Window) -> None:
    """Langfuse refuses the N-th request. MINUTE_MS=60000 takes its minute as it is."""
    simulations = {f"{organization.id} {number}": f"sim-{number}" for number in range(100)}
    scenario, calls = stand_in_scenarios.langfuse(simulations, window)
    limit = {"requests_a_minute": 30, "minute_ms": int(os.environ.get("MINUTE_MS", SHORT_MINUTE))}
    settings = organization.client.settings
    # A slow machine asks for less than 30 in a short minute: the first one lasts until the limit was met.
    first = limit | {"minute_ms": max(limit["minute_ms"], FIRST_MINUTE)}
    connected = Connected(organization, "langfuse", scenario | first)
    for number, simulation in enumerate(simulations.values()):
        connected.finish(simulation, Window(window.started_at, window.ended_at + timedelta(milliseconds=50 * number)))

    def refused() -> list[Item]:
        asked = stand_in_scenarios.requests(settings, "langfuse")
        return [request for request in asked if request["status"] == HTTPStatus.TOO_MANY_REQUESTS]

    wait_until(refused, 2 * first["minute_ms"] / 1000, "the limit was met")
    stand_in_scenarios.set_scenario(settings, "langfuse", scenario | limit)
    for name, simulation in simulations.items():
        connected.wait_for(simulation, "imported", seconds=90 * limit["minute_ms"] / 1000)
        assert connected.ids(simulation) == sorted(calls[name].expected)
    assert organization.dead_letters(organization.client.deployment.import_queue("langfuse")) == []


def test_langsmith_runs_that_come_late_or_end_late_are_imported_with_their_last_values(organization: Organization, window: Window) -> None:
    scenario, calls = stand_in_scenarios.langsmith({f"{organization.id} late": "sim-late"}, window)
    root, model, tool = scenario["tenants"][0]["projects"][0]["runs"]
    root["ends_after"], model["arrives_after"], tool["arrives_after"] = 2.5, 1.5, 0.5
    connected = Connected(organization, "langsmith", scenario)
    connected.finish("sim-late", window)
    assert organization.wait_for_final(calls[f"{organization.id} late"])["status"] == "imported"
    assert connected.ids("sim-late") == sorted(calls[f"{organization.id} late"].expected)
    [stored_root] = [row for row in connected.rows("sim-late") if not row["ParentSpanId"]]
    assert int(stored_root["Duration"]) == 30_500_000_000


def test_langsmith_at_its_cap_says_so(organization: Organization, window: Window) -> None:
    scenario, _ = stand_in_scenarios.langsmith({f"{organization.id} large": "sim-large"}, window)
    project = scenario["tenants"][0]["projects"][0]
    root = project["runs"][0]
    project["runs"] += stand_in_scenarios.more_runs(project["runs"], 499)
    connected = Connected(organization, "langsmith", scenario)
    connected.finish("sim-large", window)
    item = connected.wait_for("sim-large", "imported")
    assert (item["truncated"], len(connected.ids("sim-large"))) == ("cap", 500)
    assert stand_in_scenarios.span_id(root["id"]) in connected.ids("sim-large")


def test_a_slow_langfuse_is_cut_and_a_later_pass_completes_it(organization: Organization, window: Window) -> None:
    tags = {f"{organization.id} ours": "sim-slow"} | {f"{organization.id} other {number}": f"not-{number}" for number in range(300)}
    scenario, calls = stand_in_scenarios.langfuse(tags, window)
    connected = Connected(organization, "langfuse", scenario | {"delay_ms": 8_000})
    connected.finish("sim-slow", window)
    first = wait_until(lambda: (item := connected.item("sim-slow")).get("requests_total") and item, 40, "the first pass has ended")
    # The next pass may have begun: it is the last status that tells how the first one ended.
    assert (first["last_status"], first["truncated"]) in {("deferred", "budget"), ("imported", "budget")}, first
    stand_in_scenarios.set_scenario(organization.client.settings, "langfuse", scenario)
    connected.wait_for("sim-slow", "imported", seconds=60)
    assert connected.ids("sim-slow") == sorted(calls[f"{organization.id} ours"].expected)


def test_langfuse_at_its_cap_says_so_and_foreign_traces_do_not_count(organization: Organization, window: Window) -> None:
    names = {f"{organization.id} {number}": "sim-cap" for number in range(501)} | {f"{organization.id} few {n}": "sim-few" for n in range(20)}
    scenario, _ = stand_in_scenarios.langfuse(names, window)
    connected = Connected(organization, "langfuse", scenario | {"minute_ms": SHORT_MINUTE})
    connected.finish("sim-cap", window)
    connected.finish("sim-few", window)
    item = connected.wait_for("sim-cap", "imported", seconds=60)
    assert (item["truncated"], len({row["TraceId"] for row in connected.rows("sim-cap")})) == ("cap", 500)
    assert not connected.wait_for("sim-few", "imported", seconds=60).get("truncated")
    assert len({row["TraceId"] for row in connected.rows("sim-few")}) == 20
