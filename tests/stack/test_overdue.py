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


NOW = 1_800_000_000
DUE = {"N": str((NOW - 3601) * 1000)}
NOT_YET = {"N": str((NOW - 3599) * 1000)}


class Ledger:
    """Three pages of arize's imports that began long ago, none of the others'. Of a batch it gives all but the last at first."""

    def __init__(self) -> None:
        self.asked: list[dict] = []
        self.batches: list[int] = []

    def query(self, **question: object) -> dict:
        self.asked.append(question)
        if question["ExpressionAttributeValues"][":provider"] != {"S": "arize"}:
            return {"Items": []}
        page = question.get("ExclusiveStartKey", 0)
        entries = [{"PK": {"S": f"org#{page}-{number}"}, "SK": {"S": "1#arize"}, "provider": {"S": "arize"}} for number in range(150)]
        return {"Items": entries} | ({"LastEvaluatedKey": page + 1} if page < 2 else {})

    def batch_get_item(self, RequestItems: dict) -> dict:  # noqa: N803 - as boto3 has it
        keys = RequestItems["spanlift-ledger"]["Keys"]
        assert all(set(key) == {"PK", "SK"} for key in keys)
        self.batches.append(len(keys))
        later = keys[-1:] if len(keys) > 1 else []
        numbers = [int(key["PK"]["S"].rpartition("-")[2]) for key in keys[: len(keys) - len(later)]]
        # One of ten is due; one of ten has ended since.
        items = [{"PK": {"S": "-"}} | ({} if number % 10 == 9 else {"next_at": DUE if number % 10 == 0 else NOT_YET}) for number in numbers]
        return {"Responses": {"spanlift-ledger": items}, "UnprocessedKeys": {"spanlift-ledger": {"Keys": later}} if later else {}}


def test_it_counts_and_reports(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    environment = {
        "LEDGER_TABLE": "spanlift-ledger",
        "DUE_INDEX": "due",
        "DUE_HASH": "provider",
        "DUE_RANGE": "passes_from",
        "OVERDUE_SECONDS": "3600",
        "PROVIDERS": "arize,langfuse",
        "METRICS_NAMESPACE": "Spanlift/spanlift",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(overdue.time, "time", lambda: float(NOW))
    ledger = Ledger()
    assert overdue.handler({}, None, ledger) == {"arize": 45, "langfuse": 0}
    assert ledger.batches == [100, 1, 50, 1] * 3
    assert ledger.asked[0]["ExpressionAttributeValues"][":before"] == {"N": "1799996400000"}
    assert ledger.asked[0]["ExpressionAttributeNames"] == {"#hash": "provider", "#range": "passes_from"}
    told, metric = map(json.loads, capsys.readouterr().out.splitlines())
    assert (told["provider"], told["overdue"]) == ("arize", 45)
    assert metric["overdue"] == 45
    assert metric["_aws"]["CloudWatchMetrics"] == [
        {"Namespace": "Spanlift/spanlift", "Dimensions": [[]], "Metrics": [{"Name": "overdue", "Unit": "Count"}]}
    ]


def test_its_package_is_the_same_from_the_same_source(tmp_path: Path) -> None:
    for name in ("one", "two"):
        subprocess.run([sys.executable, str(REPOSITORY / "infra/scripts/package.py"), str(tmp_path / name)], check=True, capture_output=True)
    one, two = (tmp_path / name / "overdue/bootstrap.zip" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert zipfile.ZipFile(one).read("overdue.py") == (REPOSITORY / "infra/watch/overdue.py").read_bytes()
