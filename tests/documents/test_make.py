"""The Makefile: `make help` lists every target, documents name only targets that are there, and what is missing is named with what brings it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fenced import REPOSITORY

MAKEFILE = (REPOSITORY / "Makefile").read_text()
TARGETS = set(MAKEFILE.split(".PHONY:")[1].split("\n")[0].split())
DOCUMENTS = [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md"), *REPOSITORY.glob("events/*.md"), *REPOSITORY.glob("stack/*.md"), REPOSITORY / ".ci/run"]


def _make(*arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    make = shutil.which("make")
    assert make
    environment = {"PATH": str(path)} if path else None
    return subprocess.run([make, *arguments], cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_help_lists_every_target_with_a_line() -> None:
    listed = re.findall(r"^  ([a-z0-9-]+) +\S.*$", _make("help").stdout, re.MULTILINE)
    assert sorted(listed) == sorted(TARGETS) == sorted(re.findall(r"^([a-z0-9-]+):", MAKEFILE, re.MULTILINE))
    assert _make().stdout == _make("help").stdout


def test_documents_name_targets_that_are_there() -> None:
    named = {target for file in DOCUMENTS for target in re.findall(r"(?:^|`|\()make (?:-s )?([a-z][a-z0-9-]*)", file.read_text(), re.MULTILINE)}
    assert named <= TARGETS and {"demo", "test", "up", "doctor"} <= named


@pytest.mark.parametrize(
    ("target", "has_python", "advice"),
    [
        ("fmt", True, "cargo is not there. rustup brings it: https://rustup.rs"),
        ("build", True, "cargo is not there. rustup brings it: https://rustup.rs"),
        ("up", False, "python3 is not there. Debian, Ubuntu: apt-get install python3 python3-venv"),
    ],
)
def test_a_missing_tool_is_named_with_what_brings_it(tmp_path: Path, target: str, has_python: bool, advice: str) -> None:
    (tmp_path / "sh").symlink_to("/bin/sh")
    if has_python:
        (tmp_path / "python3").symlink_to(sys.executable)
    done = _make(target, f"VENV={sys.prefix}", path=tmp_path)
    assert (done.returncode, advice in done.stderr) == (2, True), done.stderr
