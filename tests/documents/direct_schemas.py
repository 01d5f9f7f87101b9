"""The published schemas of the answers to direct requests."""

from __future__ import annotations

import json

from fenced import REPOSITORY
from jsonschema import Draft202012Validator

FOLDER = REPOSITORY / "docs/schemas"
DIRECT_ANSWERS = {
    asked: Draft202012Validator(json.loads((FOLDER / f"{asked}-answer.schema.json").read_text())) for asked in ("verify", "preview")
}
