"""The watch of `infra/` on a real ledger: it sees an import whose next pass is due, and sees it no more once nothing is."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import agent_calls
import pytest
from agent import Agent, Window
from client import Item, wait_until
from organization import Organization

spec = importlib.util.spec_from_file_location("overdue", Path(__file__).resolve().parents[2] / "infra/watch/overdue.py")
assert spec and spec.loader
overdue = importlib.util.module_from_spec(spec)
spec.loader.exec_module(overdue)


class Watched:
    """DynamoDB's client; of every answer only one organization's imports count."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization

    def query(self, **question: object) -> Item:
        answer = self.organization.client.dynamodb.query(**question)
        return answer | {"Items": [item for item in answer["Items"] if item["PK"]["S"].startswith(f"{self.organization.id}#")]}

    def batch_get_item(self, **question: object) -> Item:
        return self.organization.client.dynamodb.batch_get_item(**question)


def test_an_import_is_due_until_it_has_ended(
    organization: Organization, agent: Agent, window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = organization.client.deployment
    due = deployment.numbers["ledger"]["due_index"]
    environment = {
        "LEDGER_TABLE": deployment.table,
        "DUE_INDEX": due["name"],
        "DUE_HASH": due["hash"],
        "DUE_RANGE": due["range"],
        "OVERDUE_SECONDS": "-3600",  # all that is due in the next hour
        "PROVIDERS": ",".join(deployment.providers),
        "METRICS_NAMESPACE": "Spanlift/test",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def counted() -> dict[str, int]:
        return overdue.handler({}, None, Watched(organization))

    nobody = dict.fromkeys(deployment.providers, 0)
    with agent:
        call = agent_calls.one_trace(agent, "watched", window)
    assert counted() == nobody
    organization.connect()
    organization.finish(call)
    wait_until(lambda: counted() == nobody | {"arize": 1}, 60, "the import is due", every=0.05)
    assert organization.wait_for_final(call)["status"] == "imported"
    wait_until(lambda: counted() == nobody, 10, "nothing is due")
