"""infra/scripts/release.sh: what it builds, by which packages, and what it leaves. cargo itself is played by a script; CI runs the real one on each push."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from settings import REPOSITORY

FUNCTIONS = ["fanout", "langfuse", "arize", "langsmith"]
# What only people's profiles need: docs/adr/0023-profiles-in-the-command-only.md.
OF_PROFILES = {"aws-sdk-sso", "aws-sdk-ssooidc", "aws-sdk-signin", "p256"}
CARGO = """#!/usr/bin/env python3
import pathlib, sys, zipfile
pathlib.Path("calls").open("a").write(" ".join(sys.argv[1:]) + "\\n")
for flag, name in zip(sys.argv, sys.argv[1:]):
    if flag == "--package":
        folder = pathlib.Path("target/lambda") / name
        folder.mkdir(parents=True)
        with zipfile.ZipFile(folder / "bootstrap.zip", "w") as file:
            file.writestr("bootstrap", name)
"""


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A copy of the repository after a release for arm64."""
    for name in ("scripts", "watch", "deployment.json"):
        source, target = REPOSITORY / "infra" / name, tmp_path / "infra" / name
        target.parent.mkdir(exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    cargo = tmp_path / "bin/cargo"
    cargo.parent.mkdir()
    cargo.write_text(CARGO)
    cargo.chmod(0o755)
    environment = os.environ | {"PATH": f"{cargo.parent}:{os.environ['PATH']}"}
    done = subprocess.run(["infra/scripts/release.sh", "arm64"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return tmp_path


def test_functions_and_command_are_built_in_runs_of_their_own_and_by_package(released: Path) -> None:
    """One run unifies features, and `--bin` chooses no package: either would put the command's crates into the functions."""
    same = "lambda build --release --locked --arm64 --output-format zip"
    functions = " ".join(f"--package {name}" for name in FUNCTIONS)
    assert (released / "calls").read_text().splitlines() == [f"{same} {functions}", f"{same} --package spanlift"]


def test_a_release_is_the_functions_and_the_command(released: Path) -> None:
    files = released / "target/release-files"
    assert sorted(file.name for file in files.iterdir()) == ["spanlift-arm64", "spanlift-functions-arm64.zip"]
    packed = zipfile.ZipFile(files / "spanlift-functions-arm64.zip").namelist()
    assert sorted(packed) == sorted(f"{name}/bootstrap.zip" for name in (*FUNCTIONS, "overdue"))
    command = files / "spanlift-arm64"
    assert command.read_text() == "spanlift" and os.access(command, os.X_OK)


def test_it_runs_on_the_bash_of_macos() -> None:
    """3.2: without what came with 4."""
    script = (REPOSITORY / "infra/scripts/release.sh").read_text()
    code = "\n".join(line.split(" #")[0] for line in script.splitlines())
    assert not [word for word in ("mapfile", "readarray", "declare -A", "|&", "&>>", "^^}", ",,}") if word in code]


@pytest.mark.parametrize("packages", [FUNCTIONS, ["spanlift"]], ids=["the functions", "the command"])
def test_only_the_command_carries_what_profiles_need(packages: list[str]) -> None:
    chosen = [word for name in packages for word in ("--package", name)]
    command = ["cargo", "tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}", *chosen]
    told = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    crates = {line.split()[0] for line in told.splitlines() if line}
    assert {"aws-config", "ring", *packages} <= crates
    assert crates & OF_PROFILES == (OF_PROFILES if packages == ["spanlift"] else set())
