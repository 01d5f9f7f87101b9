"""The watch of `infra/`: it counts what is long past, however many pages that is, and reports in CloudWatch's metric format."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from settings import REPOSITORY

spec = importlib.util.spec_from_file_location("overdue", REPOSITORY / "infra/watch/overdue.py")
assert spec and spec.loader
overdue = importlib.util.module_from_spec(spec)
spec.loader.exec_module(overdue)


class Ledger:
    """Three pages of arize's, none of the others'."""

    def __init__(self) -> None:
        self.asked: list[dict] = []

    def query(self, **question: object) -> dict:
        self.asked.append(question)
        if question["ExpressionAttributeValues"][":provider"] != {"S": "arize"}:
            return {"Count": 0}
        page = question.get("ExclusiveStartKey", 0)
        return {"Count": 2} | ({"LastEvaluatedKey": page + 1} if page < 2 else {})


def test_it_counts_and_reports(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    environment = {
        "LEDGER_TABLE": "spanlift-ledger",
        "DUE_INDEX": "due",
        "DUE_HASH": "provider",
        "DUE_RANGE": "next_at",
        "OVERDUE_SECONDS": "3600",
        "PROVIDERS": "arize,langfuse",
        "METRICS_NAMESPACE": "Spanlift/spanlift",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(overdue.time, "time", lambda: 1_800_000_000.0)
    ledger = Ledger()
    assert overdue.handler({}, None, ledger) == {"arize": 6, "langfuse": 0}
    assert ledger.asked[0]["ExpressionAttributeValues"][":before"] == {"N": "1799996400000"}
    assert ledger.asked[0]["ExpressionAttributeNames"] == {"#hash": "provider", "#range": "next_at"}
    told, metric = map(json.loads, capsys.readouterr().out.splitlines())
    assert (told["provider"], told["overdue"]) == ("arize", 6)
    assert metric["overdue"] == 6
    assert metric["_aws"]["CloudWatchMetrics"] == [
        {"Namespace": "Spanlift/spanlift", "Dimensions": [[]], "Metrics": [{"Name": "overdue", "Unit": "Count"}]}
    ]


def test_its_package_is_the_same_from_the_same_source(tmp_path: Path) -> None:
    for name in ("one", "two"):
        subprocess.run([sys.executable, str(REPOSITORY / "infra/scripts/package.py"), str(tmp_path / name)], check=True, capture_output=True)
    one, two = (tmp_path / name / "overdue/bootstrap.zip" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert zipfile.ZipFile(one).read("overdue.py") == (REPOSITORY / "infra/watch/overdue.py").read_bytes()
