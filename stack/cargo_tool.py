#!/usr/bin/env python3
"""A cargo command from PyPI, at the version that was checked: `cargo_tool.py deny check`. Installed once; taken from PATH where that version is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pip_tools
import virtual_environment
from errors import StackError


def program(name: str) -> Path:
    """The program `cargo-<name>`."""
    requirement = (Path(__file__).resolve().parent / f"requirements-cargo-{name}.txt").read_text().strip()
    there = shutil.which(f"cargo-{name}")
    if there:
        told = subprocess.run([there, "--version"], capture_output=True, text=True, check=False).stdout.split()
        if told[-1:] == requirement.split("==")[-1:]:
            return Path(there)
    return pip_tools.installed(requirement) / "bin" / f"cargo-{name}"


if __name__ == "__main__":
    try:
        virtual_environment.enter()
        tool = program(sys.argv[1])
    except StackError as error:
        sys.exit(f"error: {error}")
    # Called as cargo calls its commands: some take their own name as the first argument only.
    os.execv(tool, [str(tool), *sys.argv[1:]])
