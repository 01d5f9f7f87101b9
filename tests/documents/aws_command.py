"""The real `aws`, as somebody has it who is logged in to an account: that account is a stack's emulator."""

from __future__ import annotations

from pathlib import Path

from pip_tools import installed
from settings import Settings

# What else it imports is in the stack's own environment.
PACKAGES = ("awscli==1.46.3", "colorama==0.4.6", "docutils==0.19", "rsa==4.7.2")


def aws_command(folder: Path, settings: Settings) -> Path:
    """Puts `aws` into a folder, for PATH, and returns the folder."""
    packages = installed(*PACKAGES)
    environment = settings.aws_environment | {"PYTHONPATH": str(packages)}
    exports = "".join(f"export {name}='{value}'\n" for name, value in environment.items())
    folder.mkdir()
    program = folder / "aws"
    program.write_text(f'#!/bin/sh\n{exports}exec {packages}/bin/aws "$@"\n')
    program.chmod(0o755)
    return folder
