#!/usr/bin/env python3
"""The embedded stack: the same function binaries as in production, on one machine.

    up        start what does not run, deploy what changed         down    stop everything, keep the data
    redeploy  compile, and deploy what changed                     status  what runs and where
    build     compile the functions                                setup   make the Python environment
    env       print the file for `cargo lambda watch --env-file`
    spanlift  run the spanlift command on the stack                run     run any command with the stack's addresses in its environment
    cargo-lambda   make a folder with cargo-lambda, and print it: PATH="$(make -s cargo-lambda):$PATH"

Folders, ports and addresses: see settings.py. A second `up` is harmless and quick.
"""

from __future__ import annotations

import sys

import pip_tools
import virtual_environment
from errors import StackError
from settings import Settings

COMMANDS = ("setup", "build", "up", "redeploy", "down", "status", "env", "spanlift", "run", "cargo-lambda")


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
        print(pip_tools.cargo_lambda_folder())
        return
    from binaries import build, command_line
    from lifecycle import Stack

    if command in ("build", "redeploy"):
        build()
    if command != "build":
        stack = Stack(Settings.read())
        actions = {"up": stack.up, "redeploy": stack.redeploy, "down": stack.down, "status": stack.status, "env": lambda: print(stack.env_file())}
        words = rest[1:] if rest[:1] == ["--"] else rest
        actions |= {"spanlift": lambda: stack.run([str(command_line(stack.settings)), *words]), "run": lambda: stack.run(words)}
        actions[command]()
        if command == "up":
            from fill_platforms import fill

            fill(stack.settings)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except StackError as error:
        sys.exit(f"error: {error}")
