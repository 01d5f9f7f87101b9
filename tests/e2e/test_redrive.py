"""Dead letters: what failed too often is sent back once a person has mended what was wrong; what was refused stays where it is."""

from __future__ import annotations

import re

import agent_calls
from agent import Agent, Window
from client import wait_until
from conftest import Spanlift
from organization import Organization


def test_a_closed_port_fails_at_the_last_receive_and_is_redriven_once_it_is_open(
    organization: Organization, agent: Agent, window: Window, closed_host: str, spanlift: Spanlift
) -> None:
    with agent:
        call = agent_calls.one_trace(agent, "redriven", window)
    organization.connect(closed_host)
    organization.finish(call)
    organization.wait_for(call, "retrying")
    assert organization.wait_for(call, "failed", seconds=120)["reason"] == "unreachable"
    organization.client.send(organization.import_queue, organization.job(call, attempt="second"))
    organization.client.send(organization.event_queue, f'{{"organization_id": "{organization.id}", cut short')
    wait_until(lambda: len(organization.dead_letters(organization.import_queue)) == 2, 30, "the failed and the refused job put aside")
    wait_until(lambda: organization.dead_letters(organization.event_queue), 30, "the refused event put aside")

    organization.connect()
    redriven = spanlift("redrive", organization.import_queue, organization.event_queue)

    assert redriven.returncode == 0, redriven.stderr
    [line] = [line for line in redriven.stdout.splitlines() if organization.id in line]
    # Other tests' letters may be there too, and widen the columns.
    columns = re.split(r"  +", line)
    assert (columns[0], *columns[3:]) == (organization.import_queue, "redriven", "sent back, by force"), redriven.stdout
    assert "stays: it was refused (bad_json)" in redriven.stdout
    assert "stays: it was refused (bad_field)" in redriven.stdout
    organization.wait_for(call, "imported")
    organization.assert_imported_exactly(call)
    for queue in (organization.import_queue, organization.event_queue):
        [left] = wait_until(lambda queue=queue: organization.dead_letters(queue), 10, "what was refused is still there, and can be seen")
        assert "reason" in left["MessageAttributes"], left

    again = spanlift("redrive", organization.import_queue)
    assert again.returncode == 0, again.stderr
    assert organization.id not in again.stdout


def test_a_queue_that_is_not_there(spanlift: Spanlift) -> None:
    refused = spanlift("redrive", "spanlift-import-nobody")
    assert refused.returncode == 1
    assert "there is no queue spanlift-import-nobody; there are " in refused.stderr
