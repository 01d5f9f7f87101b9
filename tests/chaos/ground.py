"""What every part of the run stands on: a running stack, the functions' binaries, and environments for processes of our own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from binaries import binaries
from client import Client
from deployment_file import Deployment
from lifecycle import Stack

PROVIDERS = ("arize", "langfuse", "langsmith")
# The platforms of these tests listen on ports that come and go.
ANY_PORT_HERE = "http://127.0.0.1,https://127.0.0.1"


@dataclass
class Ground:
    """One run's."""

    stack: Stack
    client: Client
    run: str = field(default_factory=lambda: secrets.token_hex(3))

    @property
    def logs(self) -> Path:
        """Where processes of our own write."""
        folder = self.stack.settings.state / "chaos"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def binary(self, function: str) -> Path:
        """A function as it was compiled."""
        return binaries(self.stack.settings) / function

    def environment(self, function: str, **changes: str) -> dict[str, str]:
        """A deployed function's, with changes."""
        return self.stack.environments()[function] | {"ALLOWED_HOSTS": ANY_PORT_HERE} | changes


def deployed(function: str) -> Any:  # noqa: ANN401 - a Function
    """A function as it is deployed on AWS, in whatever profile the stack runs."""
    return next(found for found in Deployment("default").functions([function]) if found.name == function)
