"""One stack for all tests of a session (profile `test`, its own state), and a fresh organization for each test.

With PROFILE=test and STATE set to a stack that is up, that one is used and left up: quicker while writing tests.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "stack"))

from agent import Agent, Window  # noqa: E402
from client import Client  # noqa: E402
from embedded import Stack  # noqa: E402
from misbehaving import Misbehaving  # noqa: E402
from organization import Organization  # noqa: E402
from packages import command_line  # noqa: E402
from settings import Settings, free_port  # noqa: E402

Spanlift = Callable[..., subprocess.CompletedProcess[str]]
LOG_SIZE = pytest.StashKey[int]()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The stack's place: a folder of this session, unless STATE names one."""
    state = os.environ.get("STATE") or str(tmp_path_factory.mktemp("stack"))
    return Settings.read({**os.environ, "PROFILE": "test", "STATE": state, "ALLOWED_HOSTS": ""})


@pytest.fixture(scope="session")
def misbehaving(settings: Settings) -> Iterator[Misbehaving]:
    """The stand-in for platforms that answer wrongly."""
    with Misbehaving(settings.phoenix_url) as server:
        yield server


@pytest.fixture(scope="session")
def closed_host() -> str:
    """An address that is allowed and where nobody listens."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="session")
def client(settings: Settings, misbehaving: Misbehaving, closed_host: str) -> Iterator[Client]:
    """A client of a running stack, whose importers may also reach the two addresses of the tests."""
    allowed = ",".join((misbehaving.host(), closed_host))
    stack = Stack(Settings.read({**os.environ, "PROFILE": "test", "STATE": str(settings.state), "ALLOWED_HOSTS": allowed}))
    was_up = stack.is_up()
    try:
        stack.up()
        yield Client(stack.settings)
    finally:
        if not was_up:
            stack.down()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failed test shows what the functions logged while it ran: the ledger says what they concluded, the log says why."""
    report = yield
    client = getattr(item, "funcargs", {}).get("client")
    if client and report.when == "setup":
        item.stash[LOG_SIZE] = client.log.stat().st_size
    if client and report.failed and report.when == "call":
        with client.log.open(errors="replace") as log:
            log.seek(item.stash.get(LOG_SIZE, 0))
            report.sections.append(("logged by the functions", log.read()[-8000:]))
    return report


@pytest.fixture
def window() -> Window:
    """A call of 32 s that ended a while ago, so that nothing has to be waited for."""
    end = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(seconds=75)
    return Window(end - timedelta(seconds=32), end)


@pytest.fixture
def spanlift(client: Client) -> Spanlift:
    """The spanlift command on the stack: called with its arguments."""
    environment = Stack(client.settings).command_environment()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(command_line(client.settings)), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)

    return run


@pytest.fixture
def organization(client: Client) -> Organization:
    """A tenant of this test alone, with a Phoenix project of its own."""
    return Organization(client, f"org-{secrets.token_hex(4)}")


@pytest.fixture
def agent(organization: Organization) -> Agent:
    """The agent of that tenant. Use it in a `with` block, whose end sends everything."""
    return Agent(organization.client.settings.phoenix_url, organization.project, organization.id)


@pytest.fixture(autouse=True, scope="session")
def _nothing_left_in_work(client: Client) -> Iterator[None]:
    """After the last test every queue comes to rest: nothing may go round for ever."""
    yield
    deployment = client.deployment
    client.wait_for_rest(deployment.queue_names["events"], *(deployment.import_queue(provider) for provider in deployment.providers))
