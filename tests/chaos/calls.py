"""Calls on the platforms, as many as a part of the run needs: each with a window of its own, so that no import reads what another's has."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import agent_calls
import stand_in_scenarios
from agent import Agent, Conversation, Window
from ground import Ground

APART = timedelta(minutes=20)
CALL = timedelta(seconds=32)
# So long over that no importer waits for stragglers.
ENDED_AGO = timedelta(seconds=75)


class Calls:
    """The calls of one part. `project` names it on the platforms."""

    def __init__(self, ground: Ground, project: str) -> None:
        self.ground, self.project = ground, f"{project}-{ground.run}"

    def connection(self, provider: str, host: str) -> dict[str, Any]:
        """What connects an organization to them."""
        return {"host": host} | {
            "arize": {"project_name": self.project},
            "langfuse": {"public_key": f"pk-{self.project}", "secret_key": f"sk-{self.project}"},
            "langsmith": {"api_key": f"lsv2_pt_{self.project}", "project_name": self.project},
        }[provider]

    def host(self, provider: str) -> str:
        """Where the platform really is."""
        settings = self.ground.stack.settings
        return settings.phoenix_url if provider == "arize" else settings.stand_in_url(provider)

    def make(self, provider: str, count: int) -> list[Conversation]:
        """So many calls, far apart, on their platform in place of what was there, and visible."""
        simulations = [f"{self.project}-{provider}-{number}" for number in range(count)]
        return self.put(provider, dict(zip(simulations, windows(count, APART), strict=True)))

    def put(self, provider: str, simulations: dict[str, Window]) -> list[Conversation]:
        """The calls of these simulations, on their platform in place of what was there, and visible."""
        if provider == "arize":
            with Agent(self.ground.stack.settings.phoenix_url, self.project, self.project) as agent:
                calls = [agent_calls.one_trace(agent, simulation, window) for simulation, window in simulations.items()]
            self.ground.client.wait_for_phoenix(self.project, calls, seconds=180)
            return calls
        make = {"langfuse": stand_in_scenarios.observations, "langsmith": stand_in_scenarios.runs}[provider]
        rows: list[dict[str, Any]] = []
        calls = []
        for simulation, window in simulations.items():
            own, [call] = _one(make, simulation, window)
            rows += own
            calls.append(call)
        keys = {name: value for name, value in self.connection(provider, "").items() if name != "host"}
        project = {"langfuse": stand_in_scenarios.langfuse_project, "langsmith": stand_in_scenarios.langsmith_project}[provider]
        stand_in_scenarios.set_scenario(self.ground.stack.settings, provider, project(rows, keys))
        return calls


def windows(count: int, apart: timedelta) -> list[Window]:
    """So many windows of calls that are over, the latest first."""
    end = datetime.now(timezone.utc).replace(microsecond=0) - ENDED_AGO
    return [Window(end - number * apart - CALL, end - number * apart) for number in range(count)]


def _one(make: Any, simulation: str, window: Window) -> tuple[list[dict[str, Any]], list[Conversation]]:  # noqa: ANN401 - either platform's
    rows, calls = make({simulation: simulation}, window)
    return rows, list(calls.values())
