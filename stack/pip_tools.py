"""Python packages in folders of their own: tools and SDKs that only some commands and tests need, at the versions that were checked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from errors import StackError
from settings import state_root

CARGO_LAMBDA = Path(__file__).resolve().parent / "requirements-cargo-lambda.txt"


def installed(*requirements: str) -> Path:
    """The folder that holds these packages and nothing that they ask for; made when it is not there (some seconds)."""
    folder = state_root() / "packages" / "+".join(requirements).replace("==", "-")
    if not (folder / "complete").exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), "--upgrade", *requirements]
        if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
            raise StackError(f"{' '.join(requirements)} cannot be installed. Is a package index reachable (PIP_INDEX_URL, PIP_FIND_LINKS)?")
        (folder / "complete").touch()
    return folder


def cargo_lambda_folder() -> Path:
    """The folder with `cargo-lambda`, for PATH. Without zig, which only `cargo lambda build` needs."""
    cargo_lambda, _ziglang = CARGO_LAMBDA.read_text().split()
    return installed(cargo_lambda) / "bin"
