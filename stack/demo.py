#!/usr/bin/env python3
"""The whole way on one machine: an agent's traces in a real Phoenix, the event on the bus, the spans in ClickHouse. Checks every span.

It compiles, starts what is not up, shows what was imported, and stops what it started. Run again, it finds all done and adds no row.
"""

from __future__ import annotations

import sys

import virtual_environment
from errors import StackError
from progress import say
from settings import Settings


def main() -> int:
    """Returns the exit code."""
    virtual_environment.enter()
    from binaries import build
    from demo_run import demonstrate
    from lifecycle import Stack

    stack = Stack(Settings.read())
    was_up = stack.is_up()
    try:
        stack.start()
        say("compiling the functions")
        build()
        stack.up()
        return demonstrate(stack)
    finally:
        if was_up:
            say("the stack was up before, so it stays up")
        else:
            stack.down()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StackError as error:
        sys.exit(f"error: {error}")
