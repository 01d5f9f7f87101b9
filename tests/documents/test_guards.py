"""Each guard that `make guards` switches off is there, once: the command takes too long to run with every change."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "soak"))

from guards import GUARDS, Guard  # noqa: E402


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
def test_a_guards_patch_fits(guard: Guard) -> None:
    assert (REPOSITORY / guard.file).read_text().count(guard.guarded) == 1, guard.file
