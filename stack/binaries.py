"""From a function's binary to the zip that Lambda takes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from errors import StackError
from settings import REPOSITORY, Settings

EXECUTABLE = 0o100755 << 16
NO_CARGO = "cargo is not there. rustup brings it: https://rustup.rs"
SAME_TIME = (1980, 1, 1, 0, 0, 0)


def build() -> None:
    """Compiles every binary. Cargo's own progress is the progress."""
    try:
        done = subprocess.run(["cargo", "build", "--workspace", "--bins"], cwd=REPOSITORY, check=False)
    except FileNotFoundError as error:
        raise StackError(NO_CARGO) from error
    if done.returncode:
        raise StackError("cargo build failed; its reason stands above")


def command_line(settings: Settings) -> Path:
    """The spanlift command, compiled with the functions: the one that is on the stack, and not the one that a `cargo run` would make."""
    command = binaries(settings) / "spanlift"
    if not command.is_file():
        raise StackError(f"there is no spanlift command in {command.parent}. Run: make build")
    return command


def binaries(settings: Settings) -> Path:
    """The folder of what was compiled."""
    return settings.binaries or _cargo_target() / "debug"


def packages(settings: Settings, names: Iterable[str]) -> dict[str, Path]:
    """The zips of those functions that have a binary, made again only where the binary changed."""
    folder = binaries(settings)
    found = {name: folder / name for name in names if (folder / name).is_file()}
    if not found:
        raise StackError(f"there is no function in {folder}. Run: make build")
    return {name: _package(binary, settings.state / "packages") for name, binary in found.items()}


def _package(binary: Path, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    archive, made_from = folder / f"{binary.name}.zip", folder / f"{binary.name}.made-from"
    now = f"{binary.resolve()} {binary.stat().st_size} {binary.stat().st_mtime_ns}"
    if archive.exists() and made_from.exists() and made_from.read_text() == now:
        return archive
    stripped = folder / binary.name
    shutil.copy(binary, stripped)
    if shutil.which("strip") and _is_program(stripped):  # half the size, half the time to zip; without it all works too
        subprocess.run(["strip", str(stripped)], check=True)
    entry = zipfile.ZipInfo("bootstrap", SAME_TIME)  # the same binary gives the same zip, hence no deployment
    entry.external_attr, entry.compress_type = EXECUTABLE, zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(archive, "w", compresslevel=1) as file:
        file.writestr(entry, stripped.read_bytes(), compresslevel=1)
    stripped.unlink()
    made_from.write_text(now)
    return archive


def _is_program(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(4) == b"\x7fELF"


@cache
def _cargo_target() -> Path:
    if os.environ.get("CARGO_TARGET_DIR"):
        return Path(os.environ["CARGO_TARGET_DIR"]).resolve()
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1", "--offline"]
    try:
        answer = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise StackError(NO_CARGO) from error
    except subprocess.CalledProcessError as error:
        raise StackError(f"cargo metadata failed: {error.stderr.strip()}") from error
    return Path(json.loads(answer.stdout)["target_directory"])
