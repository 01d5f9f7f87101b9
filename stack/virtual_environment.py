"""The Python environment of the stack: made once, made again when the requirements change. Standard library only, for it runs before."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from errors import StackError
from progress import say
from settings import virtual_environment

HERE = Path(__file__).resolve().parent
REQUIREMENT_FILES = tuple(HERE / name for name in ("requirements.txt", "constraints.txt", "requirements-alone.txt"))


def setup() -> Path:
    """Makes the environment unless it is there and current; returns its Python."""
    folder = virtual_environment()
    python, stamp = folder / "bin/python", folder / "requirements.sha256"
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in REQUIREMENT_FILES)).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    say(f"making the Python environment in {folder} (once; about a minute)")
    folder.parent.mkdir(parents=True, exist_ok=True)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if sys.version_info < (3, 11):
        raise StackError(f"python {version} is too old, 3.11 is needed. On Debian and Ubuntu: apt-get install python3.11 python3.11-venv")
    missing = f"python {version} has no venv or pip. On Debian and Ubuntu: apt-get install python{version}-venv"
    _run([sys.executable, "-m", "venv", str(folder)], missing)
    requirements, constraints, alone = map(str, REQUIREMENT_FILES)
    unreachable = "the packages could not be installed. Is a package index reachable (PIP_INDEX_URL, PIP_FIND_LINKS)?"
    _run([str(python), "-m", "pip", "install", "--quiet", "--requirement", requirements, "--constraint", constraints], unreachable)
    _run([str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", alone], unreachable)
    stamp.write_text(wanted)
    say("Python environment ready")
    return python


def enter() -> None:
    """Goes on in the stack's own Python: the caller's command starts again there, unless it already runs there."""
    python = setup()
    if Path(sys.prefix).resolve() != python.parent.parent.resolve():
        os.execv(python, [str(python), *sys.argv])


def _run(command: list[str], advice: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # Phoenix starts twice as fast
    if subprocess.run(command, env=environment, check=False).returncode:
        raise StackError(f"{' '.join(command)} failed: {advice}")
