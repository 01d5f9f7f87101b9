#!/usr/bin/env python3
"""The embedded stack: the same function binaries as in production, on one machine.

    up        start what does not run, deploy what changed         down    stop everything, keep the data
    redeploy  compile, and deploy what changed                     status  what runs and where
    build     compile the functions                                setup   make the Python environment
    env       print the file for `cargo lambda watch --env-file`   run     run a command with the stack's addresses in its environment
    cargo-lambda   make a folder with cargo-lambda, and print it: PATH="$(make -s cargo-lambda):$PATH"

Folders, ports and addresses: see settings.py. A second `up` is harmless and quick.
"""

from __future__ import annotations

import sys

import tools
import virtual_environment
from processes import StackError
from settings import Settings

COMMANDS = ("setup", "build", "up", "redeploy", "down", "status", "env", "run", "cargo-lambda")


def main(arguments: list[str]) -> None:
    """Runs one command. What needs more than the standard library is imported only once the stack's own Python runs."""
    command, rest = (arguments[0] if arguments else "help"), arguments[1:]
    if command not in COMMANDS:
        sys.exit(__doc__)
    if command == "setup":
        print(virtual_environment.setup())
        return
    virtual_environment.enter()
    if command == "cargo-lambda":
        print(tools.cargo_lambda_folder())
        return
    from embedded import Stack
    from packages import build

    if command in ("build", "redeploy"):
        build()
    if command != "build":
        stack = Stack(Settings.read())
        actions = {"up": stack.up, "redeploy": stack.redeploy, "down": stack.down, "status": stack.status, "env": lambda: print(stack.env_file())}
        actions[command]() if command in actions else stack.run(rest[1:] if rest[:1] == ["--"] else rest)
        if command == "up":
            from platforms import fill

            fill(stack.settings)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except StackError as error:
        sys.exit(f"error: {error}")
