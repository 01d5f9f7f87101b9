"""docs/DEPLOY.md, walked as a new user would: every command that is marked runnable, in one shell, in order.

The account is an emulator of its own, in which nothing is at first. terraform is the real one, with the real backend (its state and its lock are in that
account's S3); its AWS provider is the stand-in of infra/tools, so that what it makes is in its state only. ClickHouse is the engine, with users
that are made up. The first import is walked on the embedded stack, where everything is deployed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import agent_calls
import pytest
from access_recorder import Recorder
from agent import Agent, Window
from aws_command import aws_command
from binaries import command_line
from clickhouse_server import Server
from client import Client
from fenced import REPOSITORY, Block, blocks
from lifecycle import Stack
from organization import Organization
from servers import services
from settings import Settings, free_port

DOCUMENT = "docs/DEPLOY.md"
FUNCTIONS = ("fanout", "langfuse", "arize", "langsmith", "overdue")
SECONDS = 900
MARK = "====== "
SECRETS = ("clickhouse", "clickhouse-readers")
DESCRIBE = "aws secretsmanager describe-secret --query '[Name, KmsKeyId]' --output text --secret-id"


def _section(block: Block) -> str:
    """The heading that a block stands under: its number, or its first word."""
    lines = (REPOSITORY / DOCUMENT).read_text().splitlines()[: block.line]
    return next(re.split(r"[. ]", line[3:])[0] for line in reversed(lines) if line.startswith("## "))


def _restore() -> str:
    """What the runbook says of a ledger that was restored under another name."""
    [block] = [block for block in blocks("docs/RUNBOOK.md") if block.environment == "restore"]
    return "sed -i 's/\"table\": \"ledger\"/\"table\": \"ledger-restored\"/' infra/deployment.json\n" + block.text.replace("<prefix>", "spanlift")


@dataclass(frozen=True)
class Account:
    """An account, and a shell of somebody who is signed in to it, in a clone."""

    folder: Path
    environment: dict[str, str]
    clickhouse: Server

    def walk(self, script: str) -> str:
        """What one shell prints from the first command to the last; it ends at the first that fails."""
        file = self.folder.parent / "walk.sh"
        file.write_text(f"set -e\n{script}")
        done = subprocess.run(
            ["bash", str(file)], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    terraform = shutil.which("terraform")
    if not terraform:
        pytest.skip("there is no terraform on this machine (https://developer.hashicorp.com/terraform/install)")
    settings = Settings.read({"STATE": str(tmp_path / "account"), "AWS_PORT": str(free_port())})
    [emulator] = [service for service in services(settings) if service.name == "aws"]
    clone = tmp_path / "spanlift"
    shutil.copytree(REPOSITORY / "infra", clone / "infra", ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars", "backend.tf", "tests", "tools"))
    shutil.copy(REPOSITORY / "Makefile", clone)
    for name in FUNCTIONS:  # as step 2 leaves them
        (clone / "target/lambda" / name).mkdir(parents=True)
        (clone / "target/lambda" / name / "bootstrap.zip").write_bytes(b"")
    programs = aws_command(tmp_path / "bin", settings)
    # Nobody is there to answer "yes".
    (programs / "terraform").write_text(f'#!/bin/sh\ncase "$2" in apply|destroy) set -- "$@" -auto-approve -no-color ;; esac\nexec {terraform} "$@"\n')
    (programs / "terraform").chmod(0o755)
    clickhouse = Server(0, tmp_path / "clickhouse", {"admin": "secret"})
    monkeypatch.setattr(clickhouse.engine, "run", Recorder(clickhouse.engine, clickhouse.users))
    threading.Thread(target=clickhouse.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    provider = subprocess.Popen(
        [str(REPOSITORY / "infra/tools/terraform-offline/provider.sh"), str(tmp_path / "aws.sock")], stdout=subprocess.PIPE, text=True
    )
    assert provider.stdout
    environment = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ} | settings.aws_environment
    environment |= {"PATH": f"{programs}:{os.environ['PATH']}", "TF_REATTACH_PROVIDERS": provider.stdout.readline().strip()}
    environment |= {"TF_CLI_CONFIG_FILE": "/dev/null", "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
    emulator.start()
    try:
        emulator.wait_until_ready()
        yield Account(clone, environment, clickhouse)
    finally:
        emulator.stop()
        provider.terminate()
        provider.wait(30)
        clickhouse.shutdown()
        clickhouse.engine.close()


def test_an_empty_account_is_deployed_to_and_left_again(account: Account) -> None:
    url = f"http://127.0.0.1:{account.clickhouse.server_address[1]}"
    # What stands in for what is missing, before each section; and what is looked at after it.
    before = {
        # The stand-in of the provider makes no secrets.
        "4": f"export CLICKHOUSE_URL={url}\n" + "\n".join(f"aws secretsmanager create-secret --name spanlift/{name}" for name in SECRETS),
        "Remove": "aws events create-event-bus --name spanlift-simulations\n"
        "aws events put-rule --name spanlift-simulation-completed --event-bus-name spanlift-simulations --event-pattern '{\"source\": [\"x\"]}'\n"
        "aws secretsmanager create-secret --name spanlift/acme/langsmith --kms-key-id alias/spanlift --secret-string '{}'\n"
        "rm -r target",
    }
    after = {
        "3": 'aws s3api list-objects --bucket "$STATES" --query "Contents[].Key" --output text',
        "4": "\n".join(f"aws secretsmanager get-secret-value --query SecretString --output text --secret-id spanlift/{name}" for name in SECRETS),
        "5": f"{DESCRIBE} spanlift/acme/arize",
        "6": f"env | grep -E '^(LEDGER_TABLE|CLICKHOUSE_SECRET|DEAD_LETTER_QUEUES)='\n{_restore()}\n"
        "terraform -chdir=infra show -json | python3 -c 'import json, sys; print([r[\"values\"][\"name\"]"
        ' for r in json.load(sys.stdin)["values"]["root_module"]["resources"] if r["type"] == "aws_dynamodb_table"])\'',
        "Remove": f"{DESCRIBE} spanlift/acme/langsmith\n{DESCRIBE} spanlift/acme/arize\n"
        "aws events describe-rule --name spanlift-simulation-completed --event-bus-name spanlift-simulations --query State\n"
        "aws secretsmanager list-secrets --query 'SecretList[].Name' --output text\nterraform -chdir=infra state list",
    }
    walked = [block for block in blocks(DOCUMENT) if block.environment == "account"]
    sections = list(dict.fromkeys(map(_section, walked)))
    assert sections == ["1", "3", "4", "5", "6", "Remove"]
    script = []
    for section in sections:
        own = "\n".join(block.text for block in walked if _section(block) == section).replace("CLICKHOUSE_USER=default CLICKHOUSE_PASSWORD='…'", "CLICKHOUSE_USER=admin CLICKHOUSE_PASSWORD=secret")
        script += [f"echo '{MARK}{section}'", before.get(section, ""), own, f"echo '{MARK}{section} after'", after.get(section, "")]
    printed = dict(part.split("\n", 1) for part in account.walk("\n".join(script)).split(MARK)[1:])

    assert "Apply complete!" in printed["3"] and printed["3 after"].split() == ["spanlift/spanlift-eu-west-1.tfstate"], "no lock is left"
    assert "spanlift_importer: logs in" in printed["4"] and "spanlift_reader: logs in" in printed["4"]
    users = [json.loads(line) for line in printed["4 after"].splitlines()]
    assert [user["user"] for user in users] == ["spanlift_importer", "spanlift_reader"]
    for user in users:
        assert account.clickhouse.users[user["user"]] == user["password"]
        assert re.fullmatch(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[^A-Za-z0-9]).{12,}", user["password"])
    assert printed["5 after"].split() == ["spanlift/acme/arize", "None"], "not under the stack's key"
    assert "LEDGER_TABLE=spanlift-ledger\n" in printed["6 after"] and "CLICKHOUSE_SECRET=spanlift/clickhouse-readers\n" in printed["6 after"]
    assert printed["6 after"].splitlines()[-1] == "['spanlift-ledger-restored']"
    assert re.search(r"Resources: \d+ added, \d+ changed, 0 destroyed", printed["6 after"]), "nothing is replaced"
    assert "Destroy complete!" in printed["Remove"]
    moved, own, state, names, *left = printed["Remove after"].splitlines()
    assert [moved.split(), own.split()] == [[f"spanlift/acme/{name}", "alias/aws/secretsmanager"] for name in ("langsmith", "arize")]
    assert state == '"DISABLED"' and sorted(names.split()) == ["spanlift/acme/arize", "spanlift/acme/langsmith"], "connections stay"
    assert left == [], "terraform knows of nothing any more"


def test_the_first_import(client: Client, stack: Stack, tmp_path: Path) -> None:
    nobody, event = (block.text for block in blocks(DOCUMENT) if block.environment == "stack")
    environment = stack.command_environment()
    environment["PATH"] = f"{command_line(stack.settings).parent}:{environment['PATH']}"

    def walk(text: str) -> str:
        done = subprocess.run(["bash", "-ec", text], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    rows = re.findall(r"^(arize|langfuse|langsmith)  +(\w+)", walk(nobody), re.M)
    assert sorted(rows) == [(provider, "not_connected") for provider in ("arize", "langfuse", "langsmith")]

    organization = Organization(client, f"deployed-{time.time_ns()}")
    end = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(seconds=75)
    agent = Agent(client.settings.phoenix_url, organization.project, organization.id)
    with agent:
        call = agent_calls.one_trace(agent, "deployed", Window(end - timedelta(seconds=32), end))
    client.wait_for_phoenix(organization.project, [call])
    organization.connect()
    given = {"acme": organization.id, "3zfmuDbVQsi4GaseDtiVcS": call.simulation_output_id}
    own = call.event(organization.id)
    given |= {"2026-11-20T15:00:00Z": own["started_at"], "2026-11-20T15:04:41Z": own["ended_at"]}
    for shown, real in given.items():
        assert shown in event
        event = event.replace(shown, real)
    shown = walk(event)
    assert re.search(r"^arize  +imported ", shown, re.M) and "import " in shown and "spans in 1 trace" in shown, shown


def test_what_no_test_runs_says_so() -> None:
    """A command that is neither walked nor marked would be one that nobody has tried."""
    for document in (DOCUMENT, "docs/RUNBOOK.md"):
        for block in blocks(document):
            if block.language == "sh" and block.is_runnable:
                assert block.environment in ("account", "stack", "restore"), f"{document}:{block.line}"
    unwalked = [block for block in blocks(DOCUMENT) if block.language == "sh" and not block.is_runnable]
    assert [block.line for block in unwalked if not block.text.startswith("# no test")] == []
    assert len(unwalked) == 4
