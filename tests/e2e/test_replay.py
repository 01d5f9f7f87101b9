"""`spanlift replay`: what it says and how it exits, on a real deployment."""

from __future__ import annotations

import json
from pathlib import Path

import conversations
import pytest
from agent import Agent, Window
from conftest import Spanlift
from organization import Organization

EVENTS = Path(__file__).resolve().parents[2] / "events"
FILES = sorted(file for function in ("fanout", "arize") for file in (EVENTS / function).glob("*.json"))
REFUSED = "refused: fanout would put this message into its dead-letter queue, as\n  reason  bad_json\n"
# The files' organization has connected nothing here.
SENT = "The organization has connected no provider, so there is nothing to read."


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_every_event_that_is_there_to_be_replayed(spanlift: Spanlift, file: Path) -> None:
    replayed = spanlift("replay", str(file), "--timeout", "30")
    holds_bad_ones = file.stem in ("malformed", "mixed")
    assert replayed.returncode == (1 if holds_bad_ones else 0), replayed.stdout + replayed.stderr
    assert (REFUSED in replayed.stdout) == holds_bad_ones, replayed.stdout
    if file.stem != "malformed":
        assert SENT in replayed.stdout
    if file == EVENTS / "fanout/mixed.json":
        assert "ignored: the simulation did not take place" in replayed.stdout


def test_a_file_that_is_not_there(spanlift: Spanlift) -> None:
    refused = spanlift("replay", "events/none.json")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("error: events/none.json: No such file")


def test_replayed_once_more_and_then_by_force(
    organization: Organization, agent: Agent, window: Window, spanlift: Spanlift, tmp_path: Path
) -> None:
    with agent:
        call = conversations.one_trace(agent, "replayed", window)
    organization.client.wait_for_phoenix(organization.project, [call])
    organization.connect()
    file = tmp_path / "event.json"
    file.write_text(json.dumps(call.event(organization.id)))

    def replay(*options: str) -> tuple[str, str]:
        done = spanlift("replay", str(file), "--timeout", "60", *options)
        assert done.returncode == 0, done.stdout + done.stderr
        [row] = [line for line in done.stdout.splitlines() if line.startswith("arize  ")]
        assert row.split()[:6] == ["arize", "imported", "–", "simulation_output_id", "1", "12"], done.stdout
        return done.stdout, done.stderr

    first, _ = replay()
    assert "already" not in first
    before = organization.item(call)
    # The last look is still due: it reads again by itself, and force waits for it.
    _, progress = replay("--force")
    assert "not read again before it is due" in progress
    looked = organization.item(call)
    assert looked["claimed_at"] > before["claimed_at"]
    organization.wait_for_final(call)
    again, _ = replay()
    assert "arize: already imported, nothing to do; --force reads again." in again
    assert organization.item(call)["claimed_at"] == looked["claimed_at"]
    forced, _ = replay("--force")
    assert "already" not in forced
    assert organization.item(call)["claimed_at"] > looked["claimed_at"]
    organization.assert_imported_exactly(call)
