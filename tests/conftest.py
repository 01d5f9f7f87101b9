"""One stack for all tests of a session (profile `test`, its own state), started for the first test that asks for it.

With PROFILE=test and STATE set to a stack that is up, that one is used and left up: quicker while writing tests.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(folder) for folder in (TESTS.parent / "stack", TESTS / "e2e", TESTS / "memory", TESTS / "chaos", TESTS / "stack")]

from client import Client  # noqa: E402
from lifecycle import Stack  # noqa: E402
from misbehaving import Misbehaving  # noqa: E402
from settings import Settings, free_port  # noqa: E402

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
def stack(settings: Settings, misbehaving: Misbehaving, closed_host: str) -> Iterator[Stack]:
    """A running stack, whose importers may also reach the two addresses of the tests."""
    allowed = ",".join((misbehaving.host(), closed_host))
    stack = Stack(Settings.read({**os.environ, "PROFILE": "test", "STATE": str(settings.state), "ALLOWED_HOSTS": allowed}))
    was_up = stack.is_up()
    try:
        stack.up()
        yield stack
    finally:
        if not was_up:
            stack.down()


@pytest.fixture(scope="session")
def client(stack: Stack) -> Client:
    """A client of it."""
    return Client(stack.settings)


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
