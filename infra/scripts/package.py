#!/usr/bin/env python3
"""Puts the package of infra/watch beside those that cargo-lambda makes: <folder>/overdue/bootstrap.zip. The same source gives the same bytes."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SAME_TIME = (1980, 1, 1, 0, 0, 0)


def package(folder: Path) -> Path:
    """Writes it."""
    archive = folder / "overdue/bootstrap.zip"
    archive.parent.mkdir(parents=True, exist_ok=True)
    entry = zipfile.ZipInfo("overdue.py", SAME_TIME)
    entry.external_attr = 0o100644 << 16
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(entry, (REPOSITORY / "infra/watch/overdue.py").read_bytes())
    return archive


if __name__ == "__main__":
    print(package(Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "target/lambda"))
