"""docs/CONNECT.md: its snippets run with the real SDKs and their tags arrive, its commands are ones that AWS knows, its reasons are the ledger's."""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from agent import Conversation
from aws_command import aws_command
from capture import Capture, Captured
from client import Client, wait_until
from events_calls import ORGANIZATION
from fenced import REPOSITORY, Block, runnable
from organization import Organization
from sdks import sdk

DOCUMENT = "docs/CONNECT.md"
SNIPPETS = runnable(DOCUMENT, "python")
PREPARED = "import os\nsimulation_output_id = os.environ['SIMULATION_OUTPUT_ID']\n"
Case = tuple[str, Block]


def _cases(platform: str) -> list[Any]:
    """The snippets of a platform, once for each SDK that they are said to run with."""
    named = [(word, block) for block in SNIPPETS for word in block.words[1:] if word.split("-")[0] == platform]
    return [pytest.param(*case, id=f"{case[0]}-line-{case[1].line}") for case in named]


def _run(snippet: Block, simulation: str, folder: str = "", **environment: str) -> None:
    """Runs a snippet as a program of its own. It may say nothing: a complaint of an SDK is a failure."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {**inherited, "PYTHONPATH": folder, "SIMULATION_OUTPUT_ID": simulation, **environment}
    command = [sys.executable, "-c", PREPARED + snippet.text]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, ""), f"{DOCUMENT}:{snippet.line}\n{done.stdout}\n{done.stderr}"


@pytest.fixture
def simulation() -> str:
    """An id that no other test has."""
    return f"simulation-{secrets.token_hex(6)}"


@pytest.mark.parametrize(("environment", "snippet"), _cases("phoenix"))
def test_phoenix_snippets_are_imported_by_their_tag(client: Client, environment: str, snippet: Block, simulation: str) -> None:
    """From the snippet through the real Phoenix to the rows of the import."""
    [_, _, key] = snippet.words
    began = datetime.now(timezone.utc)
    _run(
        snippet,
        simulation,
        OTEL_EXPORTER_OTLP_ENDPOINT=client.settings.phoenix_url,
        PHOENIX_COLLECTOR_ENDPOINT=client.settings.phoenix_url,
    )
    ended = datetime.now(timezone.utc) + timedelta(seconds=1)
    wait_until(lambda: client.spans_in_phoenix("voice-agent", start_time=began.isoformat()), 120, "the snippet's spans are visible in Phoenix")
    organization = Organization(client, f"org-{secrets.token_hex(4)}")
    organization.project = "voice-agent"
    organization.connect()
    call = Conversation(simulation, began.isoformat(), ended.isoformat())
    organization.finish(call)
    item = organization.wait_for(call, "imported")
    assert list(item["matched_by"]) == [key], environment
    assert "conversation" in [row["SpanName"] for row in organization.stored(call)]


@pytest.mark.parametrize(("environment", "snippet"), _cases("langfuse"))
def test_langfuse_snippets_send_the_tag(environment: str, snippet: Block, simulation: str) -> None:
    """On the root at least, under a name from which Langfuse makes metadata. SDK v5 sends text as JSON; the importer knows."""
    with Capture() as capture:
        keys = {"LANGFUSE_PUBLIC_KEY": "pk-lf-1", "LANGFUSE_SECRET_KEY": "sk-lf-1", "LANGFUSE_BASE_URL": capture.url}
        _run(snippet, simulation, str(sdk(environment)), **keys)
        spans = [span for request in capture.wait("/api/public/otel/v1/traces") for span in request.spans()]
    [root] = [span for span in spans if not span["parent"]]
    names = [f"langfuse.{level}.metadata.simulation_output_id" for level in ("observation", "trace")]
    sent = [root["attributes"][name] for name in names if name in root["attributes"]]
    assert sent == [json.dumps(simulation) if environment == "langfuse-5" else simulation]
    if "propagate_attributes" in snippet.text:
        assert len(spans) == 2 and all(names[1] in span["attributes"] for span in spans)


def test_shared_traces_on_langfuse_v3_are_tagged_on_the_calls_own_span() -> None:
    """Whatever writes to the whole trace makes the spans of every call in it those of one: 6 of 13, with the real SDKs."""
    section = (REPOSITORY / DOCUMENT).read_text().split("## Langfuse\n")[1].split("\n## ")[0]
    advice = [" ".join(paragraph.split()) for paragraph in section.split("\n\n") if "whose trace holds several calls" in paragraph]
    assert len(advice) == 1
    assert "on Langfuse v3: tag each call by `metadata=` of the call's own span, never by `propagate_attributes` or `update_trace`." in advice[0]


@pytest.mark.parametrize(("environment", "snippet"), [case for case in _cases("langsmith") if case.values[0] == "langsmith"])
def test_langsmith_snippets_send_the_tag(environment: str, snippet: Block, simulation: str) -> None:
    with Capture() as capture:
        settings = {
            "LANGSMITH_TRACING": "true",
            "LANGSMITH_API_KEY": "lsv2_pt_1",
            "LANGSMITH_PROJECT": "voice-agent",
            "LANGSMITH_ENDPOINT": capture.url,
            "LANGSMITH_DISABLE_RUN_COMPRESSION": "true",
        }
        _run(snippet, simulation, str(sdk(environment)), **settings)
        runs = _runs(capture.wait("/runs/multipart"))
    assert [(run["name"], run["session_name"], run["metadata"]["simulation_output_id"]) for run in runs] == [
        ("conversation", "voice-agent", simulation)
    ]


@pytest.mark.parametrize(("environment", "snippet"), [case for case in _cases("langsmith") if case.values[0] == "langsmith-otel"])
def test_langsmith_takes_the_tag_by_opentelemetry(environment: str, snippet: Block, simulation: str) -> None:
    with Capture() as capture:
        headers = "x-api-key=lsv2_pt_1,Langsmith-Project=voice-agent"
        _run(snippet, simulation, OTEL_EXPORTER_OTLP_ENDPOINT=f"{capture.url}/otel", OTEL_EXPORTER_OTLP_HEADERS=headers)
        [request] = capture.wait("/otel/v1/traces")
    assert (request.headers["x-api-key"], request.headers["langsmith-project"]) == ("lsv2_pt_1", "voice-agent"), environment
    assert [span["attributes"] for span in request.spans()] == [{"langsmith.metadata.simulation_output_id": simulation}]


def _runs(requests: list[Captured]) -> list[dict[str, Any]]:
    """The runs that were posted, each with the metadata that came in a part of its own."""
    parts = {name: part for request in requests for name, part in request.parts().items()}
    posted = {name: part for name, part in parts.items() if name.startswith("post.") and name.count(".") == 1}
    return [part | {"metadata": parts[f"{name}.extra"]["metadata"]} for name, part in posted.items()]


def test_every_python_snippet_is_run() -> None:
    known = ("phoenix", "langfuse-3", "langfuse-4", "langfuse-5", "langsmith", "langsmith-otel")
    assert SNIPPETS and all(block.environment in known for block in SNIPPETS)
    marked = {block.line for block in SNIPPETS}
    assert [block.line for block in runnable(DOCUMENT, "python") if block.line not in marked] == []
    assert re.findall(r"^```python$", (REPOSITORY / DOCUMENT).read_text(), re.MULTILINE) == []


def test_the_secretsmanager_lines_work(client: Client, tmp_path: Path) -> None:
    """Word for word, each block for an organization of its own, against the emulator."""
    environment = os.environ | {"PATH": f"{aws_command(tmp_path / 'bin', client.settings)}:{os.environ['PATH']}"}
    for block in runnable(DOCUMENT, "sh"):
        script = block.text.replace("caf26438", f"doc-{secrets.token_hex(4)}")
        done = subprocess.run(["bash", "-e", "-c", script], env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"{DOCUMENT}:{block.line}\n{done.stderr}"


@pytest.mark.parametrize("document", [DOCUMENT, "README.md"])
def test_connections_hold_the_fields_that_are_listed(document: str) -> None:
    commands = [shlex.split(line, comments=True) for block in runnable(document, "sh") for line in block.text.replace("\\\n", " ").splitlines()]
    shown = [(words[4].rpartition("/")[2], json.loads(words[6])) for words in commands if words[0] == "aws" and "--secret-string" in words]
    assert shown
    for provider, given in shown:
        listed = _fields(provider)
        assert set(given) <= set(listed), (document, provider)
        assert {name for name, required in listed.items() if required == "yes"} <= set(given), (document, provider)


def _fields(provider: str) -> dict[str, str]:
    """The rows of a provider's table of fields: name to `required`."""
    section = (REPOSITORY / DOCUMENT).read_text().split(f"Secret `<prefix>/<organization_id>/{provider}`:")[1].split("```")[0]
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE))


def test_the_sql_finds_the_imported_spans(client: Client, simulation: str) -> None:
    """As it stands in the document but for the simulation's id, over a row as an importer writes it."""
    [block] = runnable(DOCUMENT, "sql")
    names = {
        "coval.organization_id": ORGANIZATION,
        "coval.simulation_output_id": simulation,
        "coval.correlation.method": "simulation_output_id",
    }
    row = {"Timestamp": "2026-11-20 15:00:00.2", "SpanName": "conversation", "ServiceName": "arize", "ResourceAttributes": names}
    client.sql("INSERT INTO otel_traces FORMAT JSONEachRow", json.dumps(row).encode(), async_insert="0")
    [found] = client.rows(block.text.strip().replace("3zfmuDbVQsi4GaseDtiVcS", simulation))
    assert (found["SpanName"], found["ServiceName"], found["matched_by"]) == ("conversation", "arize", "simulation_output_id")


LEDGER = (REPOSITORY / "shared/model/src/ledger.rs").read_text()
WORDS = {
    name: set(re.findall(r'= "(\w+)"', body)) for name, body in re.findall(r"^    (\w+) \{\n(.*?)^    \}", LEDGER, re.MULTILINE | re.DOTALL)
}
OF_STATUS = {"failed": "FailureReason", "retrying": "FailureReason", "deferred": "DeferReason", "empty": "EmptyReason"}


def _said() -> list[tuple[str, list[str], str]]:
    """What the document says that the ledger says: status, reasons, truncations."""
    cells = re.findall(r"^\|[^|]*\|([^|]*)\|[^|]*\|$|^\| (`[^|]*)\|[^|]*\|$", (REPOSITORY / DOCUMENT).read_text(), re.MULTILINE)
    said = []
    for cell in (one or other for one, other in cells):
        for part in re.split(r", then ", cell):
            if found := re.match(r"\s*`(\w+)`(?: / (`\w+`(?:, `\w+`)*))?(?:, truncated (.*))?", part):
                if found[1] in WORDS["Status"]:
                    said.append((found[1], re.findall(r"`(\w+)`", found[2] or ""), " ".join(re.findall(r"`(\w+)`", found[3] or ""))))
    return said


def test_its_words_are_the_ledgers_and_none_is_missing() -> None:
    said = _said()
    for status, reasons, truncations in said:
        assert set(reasons) <= WORDS.get(OF_STATUS.get(status, ""), set()), (status, reasons)
        assert set(truncations.split()) <= WORDS["Truncation"], truncations
    assert {status for status, _, _ in said} == WORDS["Status"]
    for status, words in (("failed", "FailureReason"), ("deferred", "DeferReason"), ("empty", "EmptyReason")):
        assert {reason for its, reasons, _ in said if its == status for reason in reasons} == WORDS[words], status
    assert {word for _, _, truncations in said for word in truncations.split()} == WORDS["Truncation"]
