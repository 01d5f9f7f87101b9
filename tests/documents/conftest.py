"""What the documents show is run: one stack for all (profile `test`, its own state), only for the tests that ask for it.

With PROFILE=test and STATE set to a stack that is up, that one is used and left up.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "stack"), str(TESTS / "e2e")]

from client import Client  # noqa: E402
from embedded import Stack  # noqa: E402
from settings import Settings  # noqa: E402


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of a running stack."""
    state = os.environ.get("STATE") or str(tmp_path_factory.mktemp("stack"))
    stack = Stack(Settings.read({**os.environ, "PROFILE": "test", "STATE": state}))
    was_up = stack.is_up()
    try:
        stack.up()
        yield Client(stack.settings)
    finally:
        if not was_up:
            stack.down()
