"""A fresh organization for each test, with its agent."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone

import pytest
from agent import Agent, Window
from binaries import command_line
from client import Client
from lifecycle import Stack
from operator_terminal import Operator
from organization import Organization

Spanlift = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def window() -> Window:
    """A call of 32 s that ended a while ago, so that nothing has to be waited for."""
    end = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(seconds=75)
    return Window(end - timedelta(seconds=32), end)


@pytest.fixture
def spanlift(stack: Stack) -> Spanlift:
    """The spanlift command on the stack, without a terminal: called with its arguments, and what its standard input holds."""
    environment = stack.command_environment()

    def run(*arguments: str, piped: str = "") -> subprocess.CompletedProcess[str]:
        command = [str(command_line(stack.settings)), *arguments]
        return subprocess.run(command, env=environment, input=piped, capture_output=True, text=True, timeout=120, check=False)

    return run


@pytest.fixture
def operator(stack: Stack) -> Operator:
    """A person at a terminal with the spanlift command."""
    return Operator(stack)


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
