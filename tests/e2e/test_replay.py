"""`spanlift replay`: what it says and how it exits, on a real deployment."""

from __future__ import annotations

import json
import re
from pathlib import Path

import agent_calls
import fill_platforms
import pytest
from agent import Agent, Window
from client import Client
from conftest import Spanlift
from organization import Organization

EVENTS = Path(__file__).resolve().parents[2] / "events"
PROVIDERS = ("arize", "langfuse", "langsmith")
FILES = sorted(file for file in EVENTS.glob("*/*.json") if file.stem not in ("verify", "preview"))
REFUSED = "refused: the function would put this message into its dead-letter queue, as\n  reason  bad_json\n"


def test_a_file_that_is_not_there(spanlift: Spanlift) -> None:
    refused = spanlift("replay", "events/none.json")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("error: events/none.json: No such file")


def test_replayed_once_more_and_then_by_force(
    organization: Organization, agent: Agent, window: Window, spanlift: Spanlift, tmp_path: Path
) -> None:
    with agent:
        call = agent_calls.one_trace(agent, "replayed", window)
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
    # The last look is still due: by force it is read at once, and that look still comes.
    beside, _ = replay("--force")
    assert "already" not in beside
    assert organization.item(call)["claimed_at"] > before["claimed_at"]
    organization.wait_for_final(call)
    looked = organization.item(call)
    again, _ = replay()
    assert "arize: already imported, nothing to do; --force reads again." in again
    assert organization.item(call)["claimed_at"] == looked["claimed_at"]
    forced, _ = replay("--force")
    assert "already" not in forced
    assert organization.item(call)["claimed_at"] > looked["claimed_at"]
    organization.assert_imported_exactly(call)


@pytest.fixture(scope="session")
def filled(client: Client) -> Client:
    """The calls that the files speak of are on the platforms."""
    fill_platforms.fill(client.settings)
    return client


# Last those that need the largest call: Phoenix takes a while for it.
@pytest.mark.parametrize("file", sorted(FILES, key=lambda file: file.stem == "limited"), ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_every_event_and_job_that_is_there_to_be_replayed(filled: Client, spanlift: Spanlift, file: Path) -> None:
    """Each file's own organization has imported before what an earlier file speaks of: then that is said."""
    if file.stem == "limited":
        fill_platforms.wait_for_the_largest(filled)
    replayed = spanlift("replay", str(file), "--timeout", "60")
    holds_bad_ones = file.stem in ("malformed", "mixed")
    assert replayed.returncode == (1 if holds_bad_ones else 0), replayed.stdout + replayed.stderr
    assert (REFUSED in replayed.stdout) == holds_bad_ones, replayed.stdout
    assert ("ignored: the simulation did not take place" in replayed.stdout) == (file == EVENTS / "fanout/mixed.json")
    rows = re.findall(rf"^({'|'.join(PROVIDERS)})  +(\w+)", replayed.stdout, re.MULTILINE)
    assert set(rows) == _outcomes(file.parent.name, file.stem), replayed.stdout


def _outcomes(function: str, kind: str) -> set[tuple[str, str]]:
    """How the imports stand that a file reaches."""
    if kind == "malformed":
        # What is wrong with an importer's second message is its queue: it is sent to the one that it is for.
        return set() if function == "fanout" else {("arize" if function == "langfuse" else "langfuse", "imported")}
    reached = PROVIDERS if function == "fanout" else (function,)
    imported = {(provider, "imported") for provider in reached}
    # Only Langfuse falls back to the window.
    untagged = {(provider, "imported" if provider == "langfuse" else "empty") for provider in reached}
    if kind == "mixed" and function != "fanout":
        return imported | untagged
    return untagged if kind == "untagged" else imported
