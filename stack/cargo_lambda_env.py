"""The functions' environments as files, for `cargo lambda watch --env-file`.

`cargo lambda watch` gives one environment to all functions, and here each has its own, as on Lambda. It starts them by `cargo run`, and
cargo starts what it built by a runner: so the one file names a runner, which reads the file of the function that it is to start.
"""

from __future__ import annotations

import platform
from pathlib import Path

RUNNER = """#!/bin/sh
set -a
. "${0%/*}/${1##*/}.env"
exec "$@"
"""


def write(folder: Path, environments: dict[str, dict[str, str]]) -> Path:
    """Writes them; returns the one for `--env-file`."""
    folder.mkdir(exist_ok=True)
    for name, values in environments.items():
        # cargo lambda knows no aliases: each invocation is both, the queue's and a direct request.
        if "DIRECT_ALIAS" in values:
            values = values | {"DIRECT_ALIAS": "*"}  # noqa: PLW2901
        _write(folder / f"{name}.env", values)
    runner = folder / "run"
    runner.write_text(RUNNER)
    runner.chmod(0o755)
    return _write(folder / "lambda.env", {f"CARGO_TARGET_{platform.machine().upper()}_UNKNOWN_LINUX_GNU_RUNNER": str(runner)})


def _write(file: Path, values: dict[str, str]) -> Path:
    """A value is quoted: braces and blanks break cargo lambda's parser, and the shell's."""
    file.touch(mode=0o600)
    file.write_text("".join(f"{key}='{value}'\n" for key, value in values.items()))
    return file
