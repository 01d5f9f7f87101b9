#!/usr/bin/env python3
"""pytest in the stack's own Python environment, which is made first if need be. Arguments are pytest's."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import virtual_environment
from errors import StackError

if __name__ == "__main__":
    try:
        virtual_environment.enter()
    except StackError as error:
        sys.exit(f"error: {error}")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # Phoenix brings one along, which takes longer to import than our tests to run
    import pytest

    shared = ["--confcutdir", str(Path(__file__).resolve().parents[1] / "tests")]  # tests/conftest.py counts for each folder below
    quiet = ["-q", "-p", "no:cacheprovider", "-W", "ignore::DeprecationWarning"]
    sys.exit(pytest.main([*shared, *quiet, *sys.argv[1:]]))
