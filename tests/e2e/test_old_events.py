"""The files in `events/` have fixed dates: whatever day it is when they are replayed, their calls are imported and stay."""

from __future__ import annotations

from datetime import timedelta

import agent_calls
import pytest
import stand_in_scenarios
from agent import Agent, Conversation, Window
from organization import Organization


@pytest.mark.parametrize("provider", ["arize", "langfuse", "langsmith"])
@pytest.mark.parametrize("days", [-400, 400])
def test_a_call_of_another_year_is_imported_and_kept(organization: Organization, agent: Agent, window: Window, provider: str, days: int) -> None:
    other_day = Window(window.started_at + timedelta(days=days), window.ended_at + timedelta(days=days))
    call = _hold(organization, agent, other_day, provider)
    organization.announce(call)
    organization.wait_for(call, "imported", key=f"1#{provider}")
    organization.client.sql("OPTIMIZE TABLE otel_traces FINAL")
    organization.assert_imported_exactly(call)


def _hold(organization: Organization, agent: Agent, window: Window, provider: str) -> Conversation:
    """A call on a platform, to which its organization is connected."""
    simulation, client = f"{organization.id} call", organization.client
    if provider == "arize":
        with agent:
            call = agent_calls.one_trace(agent, simulation, window)
        client.wait_for_phoenix(organization.project, [call])
        organization.connect()
        return call
    make, keys = {"langfuse": (stand_in_scenarios.langfuse, stand_in_scenarios.LANGFUSE), "langsmith": (stand_in_scenarios.langsmith, stand_in_scenarios.LANGSMITH)}[provider]
    scenario, calls = make({simulation: simulation}, window)
    stand_in_scenarios.set_scenario(client.settings, provider, scenario)
    client.connect(organization.id, provider, host=client.settings.stand_in_url(provider), **keys)
    return calls[simulation]
