"""The numbers of `infra/deployment.json` under a profile, and the names and settings that follow from them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from errors import StackError
from settings import REPOSITORY

DEPLOYMENT_FILE = REPOSITORY / "infra/deployment.json"


@dataclass(frozen=True)
class Function:
    """One function: `fanout`, or the importer that a provider is named after."""

    name: str
    queue: str
    timeout_seconds: int
    batch_size: int
    maximum_concurrency: int
    receives: int
    environment: dict[str, str]

    @property
    def is_importer(self) -> bool:
        """Whether it pulls from a platform."""
        return self.name != "fanout"


class Deployment:
    """`infra/deployment.json` with one profile merged over it."""

    def __init__(self, profile: str) -> None:
        numbers = json.loads(DEPLOYMENT_FILE.read_text())
        profiles = numbers.pop("profiles")
        if profile not in profiles:
            raise StackError(f"PROFILE={profile} is not in {DEPLOYMENT_FILE}; there are: {', '.join(profiles)}")
        self.numbers: dict[str, Any] = _merged(numbers, profiles[profile])
        self.prefix: str = self.numbers["name_prefix"]

    def name(self, plain: str) -> str:
        """A resource's full name."""
        return f"{self.prefix}-{plain}"

    @property
    def providers(self) -> list[str]:
        """Every provider of the table, built or not."""
        return list(self.numbers["providers"])

    @property
    def queue_names(self) -> dict[str, str]:
        """The queues that are not a provider's: by what they are for."""
        return {purpose: self.name(self.numbers["queues"][purpose]) for purpose in ("events", "outcomes")}

    def import_queue(self, provider: str) -> str:
        """The queue of a provider's import jobs."""
        return self.name(self.numbers["queues"]["imports"] + provider)

    def dead_letters(self, queue: str) -> str:
        """The dead-letter queue of a queue."""
        return queue + self.numbers["queues"]["dead_letters"]

    def visibility_seconds(self, function: Function) -> int:
        """How long a message stays hidden from others: a fixed multiple of its function's timeout, as AWS advises, or what the profile says."""
        queues = self.numbers["queues"]
        return queues["visibility_seconds"] or queues["visibility_timeouts"] * function.timeout_seconds

    @property
    def direct_alias(self) -> str:
        """Through which importers answer direct requests."""
        return self.numbers["functions"]["direct_alias"]

    def direct_function(self, provider: str) -> str:
        """Where a provider's function answers them."""
        return f"{self.name(provider)}:{self.direct_alias}"

    @property
    def table(self) -> str:
        """The ledger."""
        return self.name(self.numbers["ledger"]["table"])

    @property
    def clickhouse_secret(self) -> str:
        """The importers' ClickHouse user. Two segments: a connection's secret has three, so they cannot be mistaken."""
        return f"{self.prefix}/{self.numbers['trace_store']['secret']}"

    def connection_secret(self, organization_id: str, provider: str) -> str:
        """One organization's connection to one provider."""
        return f"{self.prefix}/{organization_id}/{provider}"

    @cached_property
    def event_pattern(self) -> dict[str, list[str]]:
        """What the rule lets through."""
        event = self.numbers["event"]
        return {"source": [event["source"]], "detail-type": [event["detail_type"]]}

    def functions(self, built: Iterable[str]) -> list[Function]:
        """fanout and the importers, of which only what was built is deployed."""
        built = set(built)
        numbers = self.numbers["functions"]
        fanout = Function("fanout", self.queue_names["events"], environment={}, **numbers["fanout"])
        importers = [self._importer(name, provider) for name, provider in self.numbers["providers"].items()]
        return [function for function in (fanout, *importers) if function.name in built]

    def _importer(self, name: str, provider: dict[str, Any]) -> Function:
        store = self.numbers["trace_store"]
        environment = {
            "BUDGET_SECONDS": str(provider["budget_seconds"]),
            "PASS_SECONDS": ",".join(map(str, provider["pass_seconds"])),
            "LAST_LOOK_SECONDS": str(provider["last_look_seconds"]),
            "RATE_LIMIT_SECONDS": str(self.numbers["functions"]["rate_limit_seconds"]),
            "METRICS_NAMESPACE": f"Spanlift/{self.prefix}",
            "CLICKHOUSE_DATABASE": store["database"],
            "CLICKHOUSE_TABLE": store["table"],
            "CLICKHOUSE_SECRET": self.clickhouse_secret,
            "ORGANIZATION_ATTRIBUTE": store["organization_attribute"],
            "SIMULATION_ATTRIBUTE": store["simulation_attribute"],
        }
        shared = self.numbers["functions"]["importer"]
        return Function(name, self.import_queue(name), provider["timeout_seconds"], environment=environment, **shared)

    def common_environment(self, function: Function) -> dict[str, str]:
        """What every function is told."""
        return {
            "MAX_RECEIVES": str(self.numbers["queues"]["max_receives"]),
            "LEDGER_TABLE": self.table,
            "LEDGER_DAYS": str(self.numbers["ledger"]["days"]),
            "SECRET_PREFIX": self.prefix,
            "FUNCTION_TIMEOUT_SECONDS": str(function.timeout_seconds),
            "RETRY_BASE_SECONDS": str(self.numbers["functions"]["retry_base_seconds"]),
            "MALLOC_ARENA_MAX": str(self.numbers["functions"]["malloc_arenas"]),
            "LOG_LEVEL": self.numbers["functions"]["log_level"],
        }


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` laid upon `base`, objects member by member."""
    merged = dict(base)
    for name, value in over.items():
        merged[name] = _merged(base[name], value) if isinstance(value, dict) and isinstance(base.get(name), dict) else value
    return merged
