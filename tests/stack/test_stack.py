"""The parts of the stack that decide something."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import run_side_by_side
from background_process import Service
from binaries import command_line, packages
from deployment_file import DEPLOYMENT_FILE, Deployment
from errors import StackError
from lifecycle import Stack
from policies import Policies
from settings import REPOSITORY, Settings, free_port

ALL = ["fanout", "langfuse", "arize", "langsmith"]


def settings(state: Path, **environment: str) -> Settings:
    return Settings.read({"STATE": str(state), **environment})


def test_the_default_profile_keeps_what_aws_and_the_design_ask_for() -> None:
    deployment = Deployment("default")
    for function in deployment.functions(ALL):
        assert deployment.visibility_seconds(function) == 6 * function.timeout_seconds
        assert function.maximum_concurrency >= 2
        if function.is_importer:
            assert int(function.environment["BUDGET_SECONDS"]) < function.timeout_seconds
            assert function.batch_size == 1


def test_the_test_profile_only_scales_numbers_that_are_there() -> None:
    def unknown(base: dict, over: dict, path: str = "") -> list[str]:
        found = [f"{path}{name}" for name in over if name not in base]
        for name, value in over.items():
            if isinstance(value, dict) and name in base:
                found += unknown(base[name], value, f"{path}{name}.")
        return found

    numbers = json.loads(DEPLOYMENT_FILE.read_text())
    for profile in numbers["profiles"].values():
        assert unknown(numbers, profile) == []
    with pytest.raises(StackError, match="there are: default, test"):
        Deployment("nope")


def test_a_provider_without_a_binary_is_not_deployed() -> None:
    names = [function.name for function in Deployment("default").functions(["fanout", "arize"])]
    assert names == ["fanout", "arize"]


def test_policies_name_no_other_resource_than_their_own() -> None:
    deployment = Deployment("default")
    policies = Policies(deployment, "123456789012")
    for function in deployment.functions(ALL):
        document = json.loads(policies.role(function, deployment.providers))
        resources = [resource for statement in document["Statement"] for resource in statement["Resource"]]
        actions = [action for statement in document["Statement"] for action in statement["Action"]]
        assert "*" not in resources and not any(action.endswith("*") for action in actions)
        if function.is_importer:
            others = set(deployment.providers) - {function.name}
            assert not any(other in resource for other in others for resource in resources)
        else:
            assert "secretsmanager:GetSecretValue" not in actions


def test_the_same_binary_makes_the_same_executable_zip(tmp_path: Path) -> None:
    binaries = tmp_path / "binaries"
    binaries.mkdir()
    (binaries / "fanout").write_text("#!/bin/sh\n")
    first = packages(settings(tmp_path / "one", BINARIES=str(binaries)), ALL)
    second = packages(settings(tmp_path / "two", BINARIES=str(binaries)), ALL)
    assert list(first) == ["fanout"]
    assert first["fanout"].read_bytes() == second["fanout"].read_bytes()
    [entry] = zipfile.ZipFile(first["fanout"]).infolist()
    assert (entry.filename, entry.external_attr >> 16) == ("bootstrap", 0o100755)
    with pytest.raises(StackError, match="make build"):
        packages(settings(tmp_path / "three", BINARIES=str(tmp_path)), ALL)


def test_ports_are_remembered_and_can_be_set(tmp_path: Path) -> None:
    first = settings(tmp_path)
    assert first.ports == settings(tmp_path).ports
    assert len(set(first.ports.values())) == len(first.ports)
    assert settings(tmp_path, PHOENIX_PORT="6006").phoenix_url == "http://127.0.0.1:6006"
    assert settings(tmp_path, AWS_ENDPOINT_URL="http://elsewhere").aws_url == "http://elsewhere"


def test_a_process_is_known_by_its_number_and_its_start(tmp_path: Path) -> None:
    service = Service("sleeper", ["sleep", "60"], dict(os.environ), "http://127.0.0.1:1/", tmp_path)
    assert service.start() and not service.start()
    record = tmp_path / "sleeper.pid"
    known = record.read_text()
    record.write_text(json.dumps(json.loads(known) | {"started_at": "1"}))
    assert service.pid() is None, "another process has the number now"
    record.write_text(known)
    assert service.stop() and not service.stop()


def test_a_process_that_ended_before_its_start_was_read_does_not_run(tmp_path: Path) -> None:
    (tmp_path / "short.pid").write_text(json.dumps({"pid": 2**30, "started_at": None, "ready_url": ""}))
    assert Service("short", [], {}, "", tmp_path).pid() is None


def test_a_process_that_ends_at_once_says_where_to_look(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such port')"]
    service = Service("short", command, dict(os.environ), "http://127.0.0.1:1/", tmp_path)
    service.start()
    with pytest.raises(StackError, match="no such port"):
        service.wait_until_ready()


def test_a_stack_without_functions_says_what_to_do(tmp_path: Path) -> None:
    command = [sys.executable, str(REPOSITORY / "stack/command.py"), "env"]
    answer = subprocess.run(command, env=os.environ | {"STATE": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (1, "error: nothing was deployed yet. Run: make up\n")


def test_a_command_line_that_is_not_compiled_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "fanout").touch()
    with pytest.raises(StackError, match="there is no spanlift command in .*Run: make build"):
        command_line(settings(tmp_path, BINARIES=str(tmp_path)))


def sleeper(state: Path, name: str, ready_url: str = "") -> Service:
    service = Service(name, ["sleep", "60"], dict(os.environ), ready_url, state)
    service.start()
    return service


def test_down_stops_all_that_was_started_whatever_the_settings_are_now(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    """A stand-in was started while BINARIES named its folder; a later command knows nothing of it."""
    (tmp_path / "empty").mkdir()
    stack = Stack(settings(tmp_path, BINARIES=str(tmp_path / "empty")))
    started = [sleeper(tmp_path, name) for name in ("stand-in-langfuse", "phoenix", "fill-phoenix")]
    stack.down()
    assert [service.pid() for service in started] == [None, None, None]
    stack.down()
    assert "nothing was running" in capsys.readouterr().err


def test_status_has_columns_and_tells_all_that_runs(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "empty").mkdir()
    stack = Stack(settings(tmp_path, BINARIES=str(tmp_path / "empty")))
    running = sleeper(tmp_path, "stand-in-langfuse", "http://127.0.0.1:1/_requests")
    try:
        stack.status()
    finally:
        running.stop()
    _, headings, _, *lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines} == {"phoenix", "clickhouse", "aws", "stand-in-langfuse"}
    for heading in ("address", "state", "log"):
        column = headings.index(f"  {heading}")
        assert {line[column : column + 2] for line in lines} == {"  "}, lines
    [told] = [line for line in lines if line.startswith("stand-in-langfuse  http://127.0.0.1:1  ")]
    assert ", does not answer  " in told


def test_the_readme_names_every_file() -> None:
    named = set(re.findall(r"`([\w-]+\.(?:py|txt))`", (REPOSITORY / "stack/README.md").read_text()))
    assert named == {file.name for file in (REPOSITORY / "stack").iterdir() if file.suffix in (".py", ".txt")}


def test_every_test_is_in_one_part_of_those_that_run_side_by_side() -> None:
    def has(part: tuple[str, ...], file: Path) -> bool:
        command, name = run_side_by_side.command(part, []), str(file.relative_to(REPOSITORY))
        return bool({name, str(Path(name).parent)} & set(command)) and f"--ignore={name}" not in command

    for folder in ("e2e", "documents", "stack"):
        for file in (REPOSITORY / "tests" / folder).glob("test_*.py"):
            assert [has(part, file) for part in run_side_by_side.PARTS].count(True) == 1, file
    assert all((REPOSITORY / path).exists() for part in run_side_by_side.PARTS for path in part)


def test_free_ports_are_others_each_time_and_none_of_the_kernels() -> None:
    ports = [free_port() for _ in range(100)]
    assert len(set(ports)) == 100
    assert all(20_000 <= port < 32_000 for port in ports)
