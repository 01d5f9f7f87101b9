"""`cargo lambda watch` and `cargo lambda invoke`: every function answers as on Lambda, with what was compiled already, and does its work."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import events_calls
import fill_platforms
import pytest
from client import Client, Item, wait_until
from direct_schemas import DIRECT_ANSWERS
from events_calls import GOOD, ORGANIZATION
from fenced import REPOSITORY
from lifecycle import Stack
from pip_tools import cargo_lambda_folder
from settings import free_port

FILES = {"fanout": "events/fanout/completed.json"} | {
    provider: f"events/{provider}/first-pass.json" for provider in ("arize", "langfuse", "langsmith")
}


@dataclass(frozen=True)
class Watch:
    """A `cargo lambda watch` that runs."""

    port: int
    log: Path
    environment: dict[str, str]

    def invoke(self, function: str, file: Path) -> Item:
        """The function's answer."""
        command = ["cargo", "lambda", "invoke", function, *_address(self.port), "--data-file", str(file)]
        done = subprocess.run(command, cwd=REPOSITORY, env=self.environment, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, f"{done.stderr}\n{self.log.read_text()}"
        return json.loads(done.stdout)

    def lines(self) -> list[Item]:
        """What functions have logged by now."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith('{"timestamp"')]


@pytest.fixture(scope="module")
def watch(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    """One for all functions. Its log is outside the repository, where it would start the build again."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment["PATH"] = f"{cargo_lambda_folder()}:{environment['PATH']}"
    watch = Watch(free_port(), tmp_path_factory.mktemp("watch") / "log", environment)
    command = ["cargo", "lambda", "watch", "--ignore-changes", *_address(watch.port), "--env-file", str(stack.env_file())]
    with watch.log.open("w") as log:
        process = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        wait_until(lambda: _listens(watch.port) or process.poll() is not None, 60, "cargo lambda watch listens")
        assert process.poll() is None, watch.log.read_text()
        yield watch
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _address(port: int) -> list[str]:
    return ["--invoke-address", "127.0.0.1", "--invoke-port", str(port)]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def filled(client: Client) -> None:
    """The calls of events/ are on the platforms, and Phoenix has time again."""
    fill_platforms.fill(client.settings)
    fill_platforms.wait_for_the_largest(client)


@pytest.fixture
def organization(client: Client, filled: None) -> str:
    """Connected as the files' own is, and new: nothing of it was imported before."""
    name = f"{ORGANIZATION}-{secrets.token_hex(4)}"
    for provider, connection in events_calls.connections(client.settings).items():
        client.connect(name, provider, **connection)
    return name


@pytest.mark.parametrize("function", FILES)
def test_a_function_answers_and_does_its_work(client: Client, watch: Watch, organization: str, tmp_path: Path, function: str) -> None:
    file = tmp_path / "event.json"
    file.write_text((REPOSITORY / FILES[function]).read_text().replace(ORGANIZATION, organization))
    before = len(watch.lines())
    assert watch.invoke(function, file) == {"batchItemFailures": []}
    items = client.ledger(organization, GOOD)
    if function == "fanout":
        assert set(items["1#fanout"]["sent_to"]) == set(client.deployment.providers)
        return
    [told] = [line for line in watch.lines()[before:] if line["message"].startswith("import ")]
    stored = client.stored_spans(organization, GOOD)
    assert (told["message"], told["span"]["provider"], told["stored"]) == ("import imported", function, len(stored))
    assert (set(items), items[f"1#{function}"]["status"]) == ({f"1#{function}"}, "imported")
    assert stored and {row["ServiceName"] for row in stored} == {function}


@pytest.mark.parametrize("asked", ["verify", "preview"])
def test_a_direct_request_is_answered_here_too(client: Client, watch: Watch, organization: str, tmp_path: Path, asked: str) -> None:
    """`cargo lambda` knows no aliases: here every invocation may be either (docs/adr/0026-direct-requests-have-a-door-of-their-own.md)."""
    file = tmp_path / "request.json"
    file.write_text((REPOSITORY / f"events/arize/{asked}.json").read_text().replace(ORGANIZATION, organization))
    answer = watch.invoke("arize", file)
    DIRECT_ANSWERS[asked].validate(answer)
    assert (answer["ok"], answer["provider"]) == (True, "arize"), answer
    assert client.ledger(organization, GOOD) == {}, "nothing is written"


def test_every_function_is_invoked_with_a_file_of_its_own(client: Client) -> None:
    assert {file.split("/")[1] for file in FILES.values()} == set(FILES) == {"fanout", *client.deployment.providers}
