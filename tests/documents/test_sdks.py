"""The recordings of SDKs: recipes are the code that made them, LangSmith's rows are what its documentation says, and none is large."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from fenced import REPOSITORY, blocks

SDKS = REPOSITORY / "tests/sdks"
sys.path[:0] = [str(REPOSITORY / "tests/ingest"), str(SDKS)]

import again  # noqa: E402
import langsmith  # noqa: E402

RECORDED = sorted(path.parent for path in SDKS.glob("recordings/*/export.json"))
SECTION = re.compile(r"^ *(?:#|//) connect: begin\n(.*?)^ *(?:#|//) connect: end$", re.MULTILINE | re.DOTALL)


def test_recipes_are_the_code_that_made_the_recordings() -> None:
    recipes = {block.words[1]: block.text for block in blocks("docs/CONNECT.md") if block.words[:1] == ("recorded",)}
    assert {Path(file).name for file in recipes} == {"livekit_cascade.py", "livekit_desk.mjs", "pipecat_cascade.py"}
    for file, text in recipes.items():
        found = SECTION.search((REPOSITORY / file).read_text())
        assert found and found[1].rstrip() == text.rstrip(), file


def test_every_sdk_is_recorded_and_every_recording_is_of_one() -> None:
    named = {entry["name"] for entry in json.loads((SDKS / "sdks.json").read_text())}
    assert named == {folder.name for folder in RECORDED} == {oracle.stem for oracle in SDKS.glob("oracles/*.json")}


@pytest.mark.parametrize("folder", RECORDED, ids=lambda folder: folder.name)
def test_a_recording_is_small_and_names_its_versions(folder: Path) -> None:
    assert (folder / "export.json").stat().st_size <= 100_000
    assert (folder / "versions.txt").read_text().strip()


@pytest.mark.parametrize("folder", [folder for folder in RECORDED if (folder / "langsmith.json").exists()], ids=lambda folder: folder.name)
def test_langsmith_tells_what_its_documentation_says(folder: Path) -> None:
    export = json.loads((folder / "export.json").read_text())
    assert langsmith.of_export(export) == json.loads((folder / "langsmith.json").read_text())


def test_langsmith_drops_what_its_documentation_does_not_name() -> None:
    span = {
        "traceId": "0" * 31 + "1",
        "spanId": "00f067aa0ba902b7",
        "name": "answer",
        "startTimeUnixNano": "1790000000000000000",
        "endTimeUnixNano": "1790000001000000000",
        "attributes": [
            {"key": name, "value": {kind: value}}
            for name, kind, value in (
                ("gen_ai.operation.name", "stringValue", "chat"),
                ("gen_ai.request.model", "stringValue", "m"),
                ("gen_ai.usage.input_tokens", "intValue", "7"),
                ("gen_ai.usage.cache_read.input_tokens", "intValue", "5"),
                ("simulation_output_id", "stringValue", "plain"),
                ("langsmith.metadata.simulation_output_id", "stringValue", "so_1"),
            )
        ],
    }
    [row] = langsmith.of_export({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})["v1"]
    assert (row["id"], row["run_type"], row["prompt_tokens"]) == ("00000000-0000-0000-00f0-67aa0ba902b7", "llm", 7)
    assert row["extra"]["metadata"] == {"simulation_output_id": "so_1", "usage_metadata": {"input_tokens": 7}}
    assert row["extra"]["invocation_params"] == {"model": "m"}


def test_a_second_recording_is_compared_without_ids_and_times() -> None:
    def export(number: int, said: str = "hi", **attributes: str) -> dict[str, object]:
        values = {"output": said, "id": f"{number:032x}a1", "metrics.ttfb": str(number), "body": json.dumps({"latency_ms": number, "said": said})} | attributes
        span = {
            "spanId": f"{number:015x}a",
            "name": "llm",
            "startTimeUnixNano": str(number),
            "attributes": [{"key": name, "value": {"stringValue": value}} for name, value in values.items()],
        }
        return {"resourceSpans": [{"scopeSpans": [{"spans": [{"spanId": f"{number:015x}b", "name": "turn"}, span | {"parentSpanId": f"{number:015x}b"}]}]}]}

    assert again.differences(export(1), export(2)) == []
    for other in (export(2, "ho"), export(2, model="m"), {"resourceSpans": []}):
        assert again.differences(export(1), other), other
    [difference] = again.differences(export(1), export(2, "ho"))
    assert difference.startswith("turn > llm: …")
    without = export(2)
    del without["resourceSpans"][0]["scopeSpans"][0]["spans"][1]["attributes"][2]  # type: ignore[index]
    assert again.differences(export(1), without), "what was measured is not there"
