#!/usr/bin/env python3
"""Makes the recordings of `recordings/`: one conversation an SDK, by the real packages, and what each platform makes of what they export.

    record.py [NAME …]              all of sdks.json, or these; one that is made again must be the same conversation (again.py)
    record.py --replace [NAME …]    keep the new ones, whatever they are
    record.py --platforms [NAME …]  keep the exports, only ask the platforms anew

An SDK gets a virtual environment (or a node_modules) of its own, which is removed afterwards: they are large. SDKS_ENVIRONMENTS names a folder that
keeps them. Never part of CI, which replays.
LANGFUSE_SOURCE is a checkout of Langfuse's server at the commit that tests/ingest/langfuse.mjs names; Node.js runs it, and the agents in JavaScript.
"""

from __future__ import annotations

import base64
import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
INGEST = HERE.parent / "ingest"
sys.path[:0] = [str(REPOSITORY / "stack"), str(INGEST)]

import virtual_environment  # noqa: E402
from errors import StackError  # noqa: E402
from progress import say  # noqa: E402
from settings import Settings, state_root  # noqa: E402

RECORDINGS = HERE / "recordings"
SIMULATION = "3zfmuDbVQsi4GaseDtiVcS"
LARGEST = 100_000
NODE_PACKAGES = ("esbuild@0.25.0", "zod@4.3.6", "lodash@4.17.21", "lossless-json@4.1.1")
Json = dict[str, Any]


@dataclass(frozen=True)
class Sdk:
    """An entry of sdks.json."""

    name: str
    title: str
    version: str
    agent: str
    packages: tuple[str, ...]
    tag: str
    environment: Json
    platforms: tuple[str, ...]
    python: str

    @property
    def folder(self) -> Path:
        return RECORDINGS / self.name

    @property
    def is_node(self) -> bool:
        return self.agent.endswith(".mjs")


def sdks() -> list[Sdk]:
    """All that are recorded."""
    entries = json.loads((HERE / "sdks.json").read_text())
    given = [{"environment": {}, "platforms": ("phoenix", "langfuse", "langsmith"), "python": sys.executable} | entry for entry in entries]
    return [Sdk(**{name: tuple(value) if isinstance(value, list) else value for name, value in entry.items() if name in Sdk.__annotations__}) for entry in given]


def main(arguments: list[str]) -> None:
    """Records what is named."""
    only_platforms = "--platforms" in arguments
    names = [argument for argument in arguments if not argument.startswith("--")]
    chosen = [sdk for sdk in sdks() if not names or sdk.name in names]
    if unknown := set(names) - {sdk.name for sdk in chosen}:
        raise StackError(f"{', '.join(sorted(unknown))}: not in tests/sdks/sdks.json")
    if not shutil.which("node"):
        raise StackError("Node.js is missing: it runs Langfuse's own code and the agents in JavaScript. Debian, Ubuntu: apt-get install nodejs npm")
    if not os.environ.get("LANGFUSE_SOURCE"):
        raise StackError(
            "LANGFUSE_SOURCE must be a checkout of Langfuse's server: git clone --filter=blob:none https://github.com/langfuse/langfuse"
            " && git -C langfuse checkout 62751446149b702b419a9292ddfc2280cdf74b8c && export LANGFUSE_SOURCE=$PWD/langfuse"
        )
    virtual_environment.enter()
    other: list[str] = []
    made = chosen
    if not only_platforms:
        made = [sdk for sdk in chosen if record(sdk, other, is_replaced="--replace" in arguments)]
    if made:
        with phoenix() as address:
            for sdk in made:
                ask_platforms(sdk, address)
    if other:
        raise StackError("\n".join(["not the same conversation as the recording (--replace keeps the new one):", *other]))


def record(sdk: Sdk, other: list[str], *, is_replaced: bool) -> bool:
    """Runs the agent and keeps what it exports, if nothing is there or that is to be replaced: whether it did. Else it tells in `other` what differs."""
    import again
    import model
    import realtime
    from receiver import Receiver

    say(f"{sdk.name}: packages")
    kept = os.environ.get("SDKS_ENVIRONMENTS")
    with nullcontext(Path(kept) / sdk.name) if kept else tempfile.TemporaryDirectory(prefix=f"spanlift-{sdk.name}-") as folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        command, versions = _installed(sdk, Path(folder))
        receiver, model_url, realtime_url = Receiver(), model.start(str(sdk.environment.get("SCENARIO", ""))), realtime.start()
        say(f"{sdk.name}: the conversation")
        run = subprocess.run(command, env=_environment(sdk, receiver.url, model_url) | {"REALTIME_URL": realtime_url}, timeout=300, check=False, cwd=folder, capture_output=True, text=True)
        if run.returncode:
            raise StackError(f"{sdk.name}: the agent failed: {run.stderr[-2000:]}")
    export, size = receiver.export(), -1
    while receiver.size() != size:
        size, export = receiver.size(), receiver.export()
        time.sleep(1)
    known = sdk.folder / "export.json"
    if known.exists() and not is_replaced:
        differences = again.differences(json.loads(known.read_text()), export)
        say(f"{sdk.name}: {'another conversation than' if differences else 'equal to'} the recording that is there")
        other += [f"  {sdk.name}: {difference}" for difference in differences]
        return False
    sdk.folder.mkdir(parents=True, exist_ok=True)
    (sdk.folder / "versions.txt").write_text(versions)
    _write(known, export)
    if (bytes_ := (sdk.folder / "export.json").stat().st_size) > LARGEST:
        raise StackError(f"{sdk.name}: the export has {bytes_} bytes, over {LARGEST}")
    return True


def _installed(sdk: Sdk, folder: Path) -> tuple[list[str], str]:
    """The command that runs the agent, and the versions that were installed. Versions that were recorded before are installed again."""
    agent, known = HERE / "agents" / sdk.agent, sdk.folder / "versions.txt"
    if sdk.is_node:
        # A module finds packages beside itself.
        shutil.copy(agent, folder / agent.name)
        (folder / "package.json").write_text('{"type": "module"}')
        _run(["npm", "install", "--silent", "--no-audit", "--no-fund", *sdk.packages], folder)
        told = json.loads(_run(["npm", "ls", "--all", "--json"], folder, may_fail=True) or "{}")
        return ["node", str(folder / agent.name)], "".join(sorted({f"{name}@{version}\n" for name, version in _tree(told)}))
    environment = folder / "venv"
    if not environment.exists():
        _run([sdk.python, "-m", "venv", str(environment)], folder)
    pip = [str(environment / "bin/python"), "-m", "pip"]
    _run([*pip, "install", "--quiet", *sdk.packages, *(["--constraint", str(known)] if known.exists() else [])], folder)
    return [str(environment / "bin/python"), str(agent)], _run([*pip, "freeze"], folder)


def _tree(told: Json) -> Iterator[tuple[str, str]]:
    for name, package in told.get("dependencies", {}).items():
        if "version" in package:
            yield name, package["version"]
        yield from _tree(package)


def _run(command: list[str], folder: Path, *, may_fail: bool = False) -> str:
    run = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if run.returncode and not may_fail:
        raise StackError(f"{' '.join(command)} failed: {run.stderr[-1500:]}")
    return run.stdout


def _environment(sdk: Sdk, receiver: str, model: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "PATH", "TMPDIR") if name in os.environ}
    return (
        kept
        | {
            "SIMULATION_OUTPUT_ID": SIMULATION,
            "MODEL_URL": model,
            "OPENAI_BASE_URL": model,
            "OPENAI_API_KEY": "none",
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver,
            "LANGFUSE_BASE_URL": receiver,
            "LANGFUSE_HOST": receiver,
            "LANGFUSE_PUBLIC_KEY": "pk-lf-1",
            "LANGFUSE_SECRET_KEY": "sk-lf-1",
            "LANGSMITH_ENDPOINT": receiver,
            "LANGSMITH_API_KEY": "none",
            "LANGSMITH_PROJECT": "agent",
            "PYTHONUNBUFFERED": "1",
        }
        | {name: str(value) for name, value in sdk.environment.items()}
    )


def ask_platforms(sdk: Sdk, phoenix_address: str) -> None:
    """Writes what each platform tells of the export."""
    import langsmith

    export = json.loads((sdk.folder / "export.json").read_text())
    is_otlp = "resourceSpans" in export
    say(f"{sdk.name}: platforms")
    if is_otlp and "phoenix" in sdk.platforms:
        _write(sdk.folder / "phoenix.json", {"spans": _of_phoenix(sdk.name, export, phoenix_address)})
    if is_otlp and "langfuse" in sdk.platforms:
        rows = subprocess.run(["node", str(INGEST / "langfuse.mjs")], input=json.dumps(export), env={**os.environ, "NODE_PACKAGES": str(_node_packages())}, check=False, capture_output=True, text=True)
        if rows.returncode:
            raise StackError(f"{sdk.name}: Langfuse's code failed: {rows.stderr[-2000:]}")
        _write(sdk.folder / "langfuse.json", json.loads(rows.stdout))
    if "langsmith" in sdk.platforms:
        _write(sdk.folder / "langsmith.json", langsmith.of_export(export))


def _node_packages() -> Path:
    folder = state_root() / "packages" / "node-langfuse"
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text("{}")
        _run(["npm", "install", "--silent", "--no-audit", "--no-fund", *NODE_PACKAGES], folder)
        (folder / "complete").touch()
    return folder


@contextmanager
def phoenix() -> Iterator[str]:
    """A real Phoenix server on a free port, until the end."""
    from servers import services

    with tempfile.TemporaryDirectory(prefix="spanlift-sdks-") as state:
        service = next(service for service in services(Settings.read({"STATE": state})) if service.name == "phoenix")
        say("starting a Phoenix server (about 15 s)")
        try:
            service.start()
            service.wait_until_ready()
            yield service.address.removesuffix("/readyz")
        finally:
            service.stop()


def _of_phoenix(project: str, export: Json, address: str) -> list[Json]:
    """Sends the export to a project of its own, and reads its spans when all are there."""
    from google.protobuf.json_format import ParseDict
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    request = copy.deepcopy(export)
    count = 0
    for resource in request["resourceSpans"]:
        resource.setdefault("resource", {}).setdefault("attributes", []).append({"key": "openinference.project.name", "value": {"stringValue": project}})
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                count += 1
                for sent in (span, *span.get("links", [])):
                    sent.update({name: base64.b64encode(bytes.fromhex(sent[name])).decode() for name in ("traceId", "spanId", "parentSpanId") if sent.get(name)})
    body = ParseDict(request, ExportTraceServiceRequest()).SerializeToString()
    asked = urllib.request.Request(f"{address}/v1/traces", body, {"content-type": "application/x-protobuf"})
    urllib.request.urlopen(asked, timeout=30).close()
    rows: list[Json] = []
    for _ in range(120):
        try:
            with urllib.request.urlopen(f"{address}/v1/projects/{project}/spans?limit=1000", timeout=30) as answer:
                rows = json.load(answer)["data"]
        except urllib.error.HTTPError:
            rows = []
        if len(rows) == count:
            return rows
        time.sleep(0.5)
    raise StackError(f"{project}: Phoenix tells {len(rows)} of {count} spans")


def _write(file: Path, content: Json) -> None:
    """JSON with a line for each row: small, and a change is seen where it is."""

    def lines(value: Any, depth: int) -> str:
        pad = " " * depth
        if depth < 6 and isinstance(value, dict) and any(isinstance(member, list | dict) for member in value.values()) and not {"traceId", "trace_id", "context"} & value.keys():
            return "{\n" + ",\n".join(f"{pad} {json.dumps(name)}: {lines(member, depth + 1)}" for name, member in value.items()) + f"\n{pad}}}"
        if depth < 6 and isinstance(value, list) and value and isinstance(value[0], dict) and "key" not in value[0]:
            return "[\n" + ",\n".join(f"{pad} {lines(member, depth + 1)}" for member in value) + f"\n{pad}]"
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    file.write_text(lines(content, 0) + "\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except StackError as error:
        sys.exit(f"error: {error}")
