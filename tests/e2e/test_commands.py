"""The `spanlift` command without a terminal: fields from standard input, filters, and the JSON that its documents promise."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import agent_calls
import pytest
import stand_in_scenarios
from agent import Agent, Conversation, Window
from binaries import command_line
from client import Client, Item, wait_until
from lifecycle import Stack
from misbehaving import RIGHT_KEY, Misbehaving, Rotated
from operator_terminal import TRACED
from organization import Organization
from test_secrets import found

Spanlift = Callable[..., subprocess.CompletedProcess[str]]
PAGE = Path(__file__).resolve().parents[2] / "docs/CONNECT.md"


def test_fields_come_from_standard_input(
    organization: Organization, stack: Stack, misbehaving: Misbehaving, window: Window, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As a password manager pipes them in. What is wrong with them is said, and nothing of them."""
    old, new = f"old-{secrets.token_hex(16)}", f"new-{secrets.token_hex(16)}"
    misbehaving.rotated = Rotated(old, new)
    begun = tmp_path_factory.mktemp("traced") / "begun"
    with Agent(stack.settings.phoenix_url, organization.project, organization.id) as agent:
        call = agent_calls.one_trace(agent, "the-call", window)
    organization.client.wait_for_phoenix(organization.project, [call])
    client, whose = organization.client, f"arize --organization {organization.id}"
    marks, said = {"the old key": old[4:], "the new key": new[4:]}, ""

    def run(line: str, piped: str) -> tuple[int, str]:
        nonlocal said
        words = [sys.executable, str(TRACED), str(begun), str(command_line(stack.settings)), *line.split()]
        done = subprocess.run(words, env=stack.command_environment(), input=piped, capture_output=True, text=True, timeout=120, check=False)
        began = [" ".join(json.loads(words)) for words in begun.read_text().splitlines()]
        said += "\n".join([done.stdout, done.stderr, *began])
        return done.returncode, done.stdout + done.stderr

    def fields(key: str | None) -> str:
        connection = {"host": misbehaving.host("rotated"), "project_name": organization.project}
        return json.dumps(connection | ({"api_key": key} if key else {}))

    def kept() -> str | None:
        secret = client.deployment.connection_secret(organization.id, "arize")
        try:
            return json.loads(client.secrets.get_secret_value(SecretId=secret)["SecretString"])["api_key"]
        except client.secrets.exceptions.ResourceNotFoundException:
            return None

    for piped, sentence in [
        ("", "standard input holds no JSON object"),
        (f'["{old}"]', "standard input holds no JSON object"),
        (f'{{"{old}": 1}}', "no such field"),
        (f'{{"api_key": "{old}"}}', "host is missing, and there is no terminal to ask on: give it by --from or --set"),
        (fields("wrong-key"), "nothing was saved"),
    ]:
        status, text = run(f"connect {whose} --from -", piped)
        assert (status, kept()) == (1, None) and sentence in text, text
    status, text = run(f"connect {whose} --from -", fields(old))
    assert (status, kept()) == (0, old) and "Connected" in text, text
    status, text = run(f"replace-key {whose} --from - --json", fields("wrong-key"))
    assert (status, kept(), json.loads(text)["answer"]["reason"]) == (1, old, "unauthorized"), text
    status, text = run(f"replace-key {whose} --from - --json", fields(new))
    assert (status, kept(), json.loads(text)["done"]) == (0, new, True), text
    assert f"spanlift connect {whose}" in said, "command lines are searched"
    assert not found(said, marks)
    assert found(said + old, marks)


def test_status_is_filtered(organization: Organization, spanlift: Spanlift, window: Window) -> None:
    """By provider, reason, status and time, newest first: one import of three that ended three hours ago, and one that failed."""
    client = organization.client
    organization.connect()
    wrong_key = stand_in_scenarios.LANGFUSE | {"secret_key": "sk-lf-another"}
    scenario, _ = stand_in_scenarios.langfuse({}, window)
    stand_in_scenarios.set_scenario(client.settings, "langfuse", scenario)
    client.connect(organization.id, "langfuse", host=client.settings.stand_in_url("langfuse"), **wrong_key)
    with Agent(client.settings.phoenix_url, organization.project, organization.id) as agent:
        older, newer = (agent_calls.one_trace(agent, name, window) for name in ("older", "newer"))
    for call in (older, newer):
        organization.finish(call)
    for call in (older, newer):
        organization.wait_for(call, "failed", key="1#langfuse", seconds=60)
        wait_until(lambda call=call: is_over(organization.item(call)), 60, "the last look at Phoenix")
    put_back(client, organization, older, timedelta(hours=3))

    def listed(*filters: str) -> list[tuple[str, str]]:
        done = spanlift("status", "--organization", organization.id, *filters, "--json")
        assert done.returncode == 0, done.stderr
        return [(one["simulation_output_id"], one["provider"]) for one in json.loads(done.stdout)["imports"]]

    failed = {("older", "langfuse"), ("newer", "langfuse")}
    everything = listed()
    assert set(everything) == failed | {("older", "arize"), ("newer", "arize")}
    assert everything[-1] == ("older", "arize"), "newest first"
    assert set(listed("--provider", "arize")) == {("older", "arize"), ("newer", "arize")}
    assert listed("--provider", "langsmith") == []
    assert set(listed("--reason", "unauthorized")) == failed
    assert listed("--reason", "untagged") == []
    assert set(listed("--status", "failed", "--reason", "unauthorized", "--provider", "langfuse")) == failed
    assert listed("--status", "imported", "--reason", "unauthorized") == []
    assert listed("--provider", "arize", "--since", "2h") == listed("--provider", "arize", "--since", "120m") == [("newer", "arize")]
    assert listed("--provider", "arize", "--since", "4h") == [("newer", "arize"), ("older", "arize")]
    assert listed("--provider", "arize", "--since", "1d", "--limit", "1") == [("newer", "arize")]
    table = spanlift("status", "--organization", organization.id, "--reason", "unauthorized").stdout
    assert "unauthorized" in table and "imported" not in table
    for wrong in (["--since", "2"], ["--since", "2w"], ["--since=-1h"], ["--status", "done"], ["--provider", "Not A Name"], ["--limit", "x"]):
        done = spanlift("status", *wrong)
        assert done.returncode == 2 and wrong[0].partition("=")[0] in done.stderr and not done.stdout, wrong


def is_over(item: Item) -> bool:
    return item.get("status") == "imported" and "next_pass" not in item


def put_back(client: Client, organization: Organization, call: Conversation, by: timedelta) -> None:
    """Lets an import of Phoenix have ended earlier than it did, in the index by time."""
    then = datetime.now(timezone.utc) - by
    shard = organization.item(call)["recent_key"].partition("#")[2]
    client.dynamodb.update_item(
        TableName=client.deployment.table,
        Key={"PK": {"S": f"{organization.id}#{call.simulation_output_id}"}, "SK": {"S": "1#arize"}},
        UpdateExpression="SET recent_key = :key, recent_at = :at",
        ExpressionAttributeValues={":key": {"S": f"{then:%Y-%m-%d}#{shard}"}, ":at": {"N": str(int(then.timestamp() * 1000))}},
    )


def test_json_is_as_documented(organization: Organization, spanlift: Spanlift, misbehaving: Misbehaving, window: Window) -> None:
    """Standard output is one JSON document with the members that the page lists, whether the answer is yes or no; an error leaves it empty."""
    documented = json_members()
    whose = ("arize", "--organization", organization.id)
    connection = {"host": misbehaving.host("locked"), "project_name": organization.project, "api_key": RIGHT_KEY}
    client = organization.client

    def members(status: int, *words: str, piped: str = "") -> Item:
        done = spanlift(*words, "--json", piped=piped)
        assert done.returncode == status, (words, done.stderr)
        document = json.loads(done.stdout)
        assert list(document) == documented.pop(words[0], list(document)), words
        return document

    with Agent(client.settings.phoenix_url, organization.project, organization.id) as agent:
        call = agent_calls.one_trace(agent, "the-call", window)
    client.wait_for_phoenix(organization.project, [call])
    members(1, "connect", *whose, "--from", "-", piped=json.dumps(connection | {"api_key": "wrong"}))
    assert members(0, "connect", *whose, "--from", "-", piped=json.dumps(connection))["done"] is True
    members(0, "verify", *whose)
    members(0, "replace-key", *whose, "--from", "-", piped=json.dumps(connection))
    organization.finish(call)
    organization.wait_for(call, "imported")
    one = (organization.id, "the-call")
    assert [row["organization_id"] for row in members(0, "connections", "--organization", organization.id)["connections"]] == [organization.id]
    assert members(0, "status", "--organization", organization.id)["imports"]
    assert members(0, "explain", *one, "--ask")["previews"]["arize"]["ok"] is True
    assert members(0, "explain", *one)["previews"] == {}
    assert len(members(0, "show", *one)["spans"]) == len(call.expected)
    assert json.loads(spanlift("summary", *one, "--json").stdout)["total_spans"] == len(call.expected)
    members(0, "metrics", *one)
    members(1, "transitions", organization.id, "no-such-run")
    assert members(0, "disconnect", *whose, "--yes")["done"] is True
    assert documented == {}, "every command of the page was asked"
    for words, text in [
        (("disconnect", *whose, "--yes"), "has no connection"),
        (("connect", "nothing", "--organization", organization.id), "not deployed"),
        (("explain", organization.id, "no-such-call"), "no-such-call"),
    ]:
        done = spanlift(*words, "--json")
        assert (done.returncode, done.stdout) == (1, "") and done.stderr.startswith("error: ") and text in done.stderr, (words, done)


def json_members() -> dict[str, list[str]]:
    """By command, the members that the page lists."""
    lines = PAGE.read_text().split("### JSON for programs", 1)[1].split("\n## ", 1)[0].splitlines()
    commands = {}
    for line in lines:
        if row := re.fullmatch(r"\| ((?:`[a-z-]+`(?:, )?)+) \| ((?:`\w+`(?:, )?)+) \|.*", line):
            commands |= {command: re.findall(r"`(\w+)`", row[2]) for command in re.findall(r"`([a-z-]+)`", row[1])}
    assert commands
    return commands
