"""The `spanlift` command alone, from no connection to an import and back: a real process on a pseudo-terminal, the real functions."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import threading

import agent_calls
import pytest
import stand_in_scenarios
import walk_page
from agent import Agent, Window
from client import Client, Item, wait_until
from clients import aws_client
from lifecycle import Stack
from misbehaving import RIGHT_KEY, Misbehaving, Rotated
from operator_terminal import TRACED, Operator, processes
from organization import Organization
from test_secrets import found

Answers = tuple[tuple[str, str], ...]
PROVIDERS = ("arize", "langfuse", "langsmith")


class Platform:
    """One platform as a person connects it: what is asked, what is answered, and a call that it holds."""

    def __init__(self, organization: Organization, provider: str, misbehaving: Misbehaving, window: Window) -> None:
        self.organization, self.provider = organization, provider
        settings = organization.client.settings
        simulation = f"sim-{organization.id}"
        if provider == "arize":
            self.host, self.right, self.asked = misbehaving.host("locked"), RIGHT_KEY, "API key"
            self.others: Answers = (("Phoenix's address", self.host), ("Project", organization.project))
            with Agent(settings.phoenix_url, organization.project, organization.id) as agent:
                self.call = agent_calls.one_trace(agent, "the-call", window)
            organization.client.wait_for_phoenix(organization.project, [self.call])
            return
        known = stand_in_scenarios.LANGFUSE if provider == "langfuse" else stand_in_scenarios.LANGSMITH
        keys = {name: f"{value}-{secrets.token_hex(16)}" for name, value in known.items()}
        self.host = settings.stand_in_url(provider)
        if provider == "langfuse":
            rows, calls = stand_in_scenarios.observations({organization.id: simulation}, window)
            scenario = stand_in_scenarios.langfuse_project(rows, keys)
            self.right, self.asked = keys["secret_key"], "Secret key"
            self.others = (("Langfuse's address", self.host), ("Public key", keys["public_key"]))
        else:
            rows, calls = stand_in_scenarios.runs({organization.id: simulation}, window)
            scenario = stand_in_scenarios.langsmith_project(rows, keys)
            self.right, self.asked = keys["api_key"], "API key"
            self.others = (("LangSmith's API address", self.host), ("Project", keys["project_name"]), ("Workspace id", ""))
        stand_in_scenarios.set_scenario(settings, provider, scenario)
        self.call = calls[organization.id]

    def all(self, key: str) -> Answers:
        """The answers to every prompt of `connect`."""
        return (*self.others, (self.asked, key))

    @property
    def whose(self) -> str:
        return f"{self.provider} --organization {self.organization.id}"

    def secret(self) -> Item | None:
        """What Secrets Manager knows of the connection."""
        client = self.organization.client
        try:
            return client.secrets.describe_secret(SecretId=client.deployment.connection_secret(self.organization.id, self.provider))
        except client.secrets.exceptions.ResourceNotFoundException:
            return None

    def key(self) -> str:
        """The key that imports read."""
        client = self.organization.client
        value = client.secrets.get_secret_value(SecretId=client.deployment.connection_secret(self.organization.id, self.provider))
        connection = json.loads(value["SecretString"])
        return connection.get("api_key") or connection["secret_key"]

    def current(self) -> str:
        """The id of the current version; no version is being tried."""
        stages = (self.secret() or {})["VersionIdsToStages"]
        assert not [one for one, labels in stages.items() if "AWSPENDING" in labels], stages
        return next(one for one, labels in stages.items() if "AWSCURRENT" in labels)


def wrong_key() -> str:
    return f"wrong-{secrets.token_hex(16)}"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_walk(organization: Organization, operator: Operator, misbehaving: Misbehaving, window: Window, provider: str) -> None:
    with organization.client.configured([provider], {"LOG_LEVEL": "trace"}):
        walk(organization, operator, misbehaving, window, provider)


def walk(organization: Organization, operator: Operator, misbehaving: Misbehaving, window: Window, provider: str) -> None:
    """Each step and its effect. The function logs at `trace`."""
    client = organization.client
    began = client.log.stat().st_size
    program = Operator(operator.stack)
    platform = Platform(organization, provider, misbehaving, window)
    simulation = platform.call.simulation_output_id

    # A wrong key first: a sentence that says what to do, and nothing is left.
    refused = operator.run(f"connect {platform.whose}", *platform.all(wrong_key()))
    assert refused.status == 1 and "unauthorized: " in refused.text and "nothing was saved" in refused.text, refused.text
    assert platform.secret() is None

    # The event of a simulation that nobody is connected for.
    organization.announce(platform.call)
    fanout = organization.wait_for_fanout(platform.call)
    assert provider in fanout["not_connected"] and not fanout["sent_to"]

    connected = operator.run(f"connect {platform.whose}", *platform.all(platform.right))
    assert connected.status == 0 and "host, key and project work" in connected.text, connected.text
    assert "simulation_output_id" in connected.text, connected.text
    described = platform.secret()
    assert described is not None and not described.get("Tags")
    again = operator.run(f"connect {platform.whose}")
    assert again.status == 1 and "replace-key" in again.text

    assert operator.run(f"verify {platform.whose}").status == 0
    verified = program.json(f"verify {platform.whose} --json")
    assert (verified["exit"], verified["done"], verified["answer"]["version"]) == (0, True, platform.current()), verified
    assert client.ledger(organization.id, simulation).keys() == {"1#fanout"}, "verify writes nothing"

    organization.announce(platform.call)
    organization.wait_for(platform.call, "imported", key=f"1#{provider}")
    # No look is due any more: what the command says then is the same in every run.
    wait_until(lambda: "next_pass" not in organization.item(platform.call, f"1#{provider}"), 60, "the last look")
    assert {row["SpanId"] for row in organization.stored(platform.call)} == set(platform.call.expected)

    listed = operator.run(f"status --organization {organization.id}")
    assert listed.status == 0 and simulation in listed.text and "imported" in listed.text, listed.text
    filtered = program.json(f"status --organization {organization.id} --status failed --json")
    assert filtered["imports"] == []
    assert operator.run(f"connections --organization {organization.id}").status == 0
    [shown] = program.json(f"connections --organization {organization.id} --json")["connections"]
    assert (shown["state"], shown["last_failed_at"]) == ("configured", None) and shown["last_imported_at"], shown

    explained = operator.run(f"explain {organization.id} {simulation}")
    assert explained.status == 0 and "window: " in explained.text and "what follows: " in explained.text, explained.text
    assert "if its last pass ran now" in operator.run(f"explain {organization.id} {simulation} --ask").text
    asked = program.json(f"explain {organization.id} {simulation} --ask --json")["previews"][provider]
    assert (asked["status"], asked["would_insert"]) == ("imported", 0), asked
    assert asked["stored"] == len(platform.call.expected)

    # A wrong key replaces nothing, and the old one still works.
    version = platform.current()
    refused = operator.run(f"replace-key {platform.whose}", (platform.asked, wrong_key()))
    assert refused.status == 1 and "unauthorized: " in refused.text and "Nothing was replaced" in refused.text, refused.text
    assert (platform.current(), platform.key()) == (version, platform.right)
    assert operator.run(f"verify {platform.whose}").status == 0

    replaced = operator.run(f"replace-key {platform.whose}", (platform.asked, platform.right))
    assert replaced.status == 0 and "Replaced" in replaced.text, replaced.text
    assert platform.current() != version

    removed = operator.run(f"disconnect {platform.whose}", ("Type the organization's id", organization.id))
    assert removed.status == 0 and platform.secret() is None, removed.text
    assert {row["SpanId"] for row in organization.stored(platform.call)} == set(platform.call.expected), "what was imported stays"
    back = operator.run(f"connect {platform.whose}", *platform.all(platform.right))
    assert back.status == 0 and platform.secret() is not None, back.text

    if provider == "arize":
        walk_page.check(operator.transcript)

    # No key is anywhere but in its secret.
    marks = {f"a key typed {number}": key.rsplit("-", 1)[-1] for number, key in enumerate(operator.secrets) if key != RIGHT_KEY}
    assert marks
    with client.log.open(errors="replace") as log:
        log.seek(began)
        logged = log.read()
    said = operator.transcript + program.transcript
    places = {
        "the terminal and the answers": json.dumps([one.text + one.line for one in said]),
        "the log": logged,
        "what is kept": json.dumps([client.ledger(organization.id, simulation), organization.stored(platform.call)], default=str),
        "command lines": "\n".join(operator.command_lines + program.command_lines),
    }
    level = aws_client(client.settings, "lambda").get_function_configuration(FunctionName=client.deployment.name(provider))
    assert level["Environment"]["Variables"]["LOG_LEVEL"] == "trace"
    verifies = [line for line in logged.splitlines() if f'"{organization.id}"' in line and '"name":"verify"' in line]
    for one in said:
        assert f"spanlift {one.line}" in places["command lines"], "every command's line is searched"
    assert verifies, "the log that is searched is the functions'"
    assert leaks(places, marks) == []
    # Each search finds a key that is planted.
    key = next(iter(marks.values()))
    for where, text in places.items():
        middle = len(text) // 2
        assert leaks(places | {where: f"{text[:middle]}{key}{text[middle:]}"}, marks) == [where]


def leaks(places: dict[str, str], marks: dict[str, str]) -> list[str]:
    """The places that hold a secret."""
    return [where for where, text in places.items() if found(text, marks)]


def test_a_key_in_an_argument_would_be_seen(operator: Operator, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Of the command itself, without a prompt; of a process that it starts and that ends at once; of one that runs elsewhere."""
    key = secrets.token_hex(16)
    assert not found(processes(), {"key": key})
    assert operator.run("connect arize --organization acme --set api_key=nothing").status == 1
    assert not found("\n".join(operator.command_lines), {"key": key})
    assert operator.run(f"connect arize --organization acme --set api_key={key}").status == 1
    assert found("\n".join(operator.command_lines), {"key": key})
    begun = tmp_path_factory.mktemp("traced") / "begun"
    command = [sys.executable, "-c", "import subprocess, sys; sys.exit(subprocess.run(['/bin/sh', '-c', 'exit 7', sys.stdin.read()]).returncode)"]
    ended = subprocess.run([sys.executable, str(TRACED), str(begun), *command], input=key, text=True, check=False)
    assert ended.returncode == 7, "the command's own exit code"
    assert not found(" ".join(command), {"key": key}) and found(begun.read_text(), {"key": key})
    waits = [sys.executable, "-c", "print(flush=True); input()", f"--key={key}"]
    with subprocess.Popen(waits, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()  # a process that has only just begun has no command line yet
        assert found(processes(), {"key": key})
        process.communicate(b"\n")


def test_a_kept_connection_is_imported_from_once_it_works(organization: Organization, operator: Operator, misbehaving: Misbehaving, window: Window) -> None:
    platform = Platform(organization, "arize", misbehaving, window)
    kept = operator.run(f"connect {platform.whose} --keep", *platform.all(wrong_key()))
    assert kept.status == 1
    assert [tag["Key"] for tag in (platform.secret() or {})["Tags"]] == ["spanlift-unverified"]
    organization.announce(platform.call)
    assert "arize" in organization.wait_for_fanout(platform.call)["not_connected"]
    assert "unverified" in operator.run(f"connections --organization {organization.id}").text
    connected = operator.run(f"connect {platform.whose}", *platform.all(platform.right))
    assert connected.status == 0 and not (platform.secret() or {}).get("Tags"), connected.text


def test_fields_come_from_a_file_or_standard_input_and_a_key_from_no_argument(
    organization: Organization, operator: Operator, misbehaving: Misbehaving, window: Window, tmp_path_factory: pytest.TempPathFactory
) -> None:
    platform = Platform(organization, "arize", misbehaving, window)
    file = tmp_path_factory.mktemp("connection") / "connection.json"
    file.write_text(json.dumps({"host": platform.host, "project_name": organization.project, "api_key": platform.right}))
    refused = operator.run(f"connect {platform.whose} --set api_key=whatever")
    assert refused.status == 1 and "never an argument" in refused.text
    document = operator.json(f"connect {platform.whose} --from {file} --json")
    assert (document["exit"], document["done"]) == (0, True), document
    # A changed host asks for the key again: the old one is sent to no other host.
    asked = len(misbehaving.requests)
    moved = operator.run(f"replace-key {platform.whose} --set host={misbehaving.host('echo-401')}", (platform.asked, "another-key-of-mine"))
    assert moved.status == 1
    sent = [authorization for behaviour, _, authorization in misbehaving.requests[asked:] if behaviour == "echo-401"]
    assert sent and all(authorization == "Bearer another-key-of-mine" for authorization in sent), sent


def test_two_operators_at_once(organization: Organization, misbehaving: Misbehaving, window: Window, stack: Stack) -> None:
    platform = Platform(organization, "arize", misbehaving, window)
    assert Operator(stack).run(f"connect {platform.whose}", *platform.all(platform.right)).status == 0
    before = platform.current()
    operators = [Operator(stack) for _ in range(4)]
    gate = threading.Barrier(len(operators))

    def replace(operator: Operator) -> None:
        gate.wait()
        operator.run(f"replace-key {platform.whose}", (platform.asked, platform.right))

    threads = [threading.Thread(target=replace, args=(operator,)) for operator in operators]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcomes = sorted(operator.transcript[0].status for operator in operators)
    assert outcomes[0] == 0, [operator.transcript[0].text for operator in operators]
    for operator in operators:
        said = operator.transcript[0]
        assert said.status == 0 or "somebody else" in said.text, said.text
    stages = (platform.secret() or {})["VersionIdsToStages"]
    assert [one for one, labels in stages.items() if "AWSCURRENT" in labels] != [before]
    # AWS knows one version with AWSPENDING; the emulator keeps several, and takes the label off the first only.
    assert platform.key() == platform.right


def test_a_pass_that_runs_while_a_key_is_replaced(organization: Organization, operator: Operator, misbehaving: Misbehaving, window: Window) -> None:
    platform = Platform(organization, "arize", misbehaving, window)
    assert operator.run(f"connect {platform.whose}", *platform.all(platform.right)).status == 0
    organization.announce(platform.call)
    assert operator.run(f"replace-key {platform.whose}", (platform.asked, wrong_key())).status == 1
    assert operator.run(f"replace-key {platform.whose}", (platform.asked, platform.right)).status == 0
    final = organization.wait_for_final(platform.call)
    assert (final["status"], final.get("error")) == ("imported", None)
    organization.assert_imported_exactly(platform.call)


def test_a_key_that_is_revoked_in_the_middle_of_a_reading(organization: Organization, misbehaving: Misbehaving, window: Window) -> None:
    """The old key is refused while its page waits, and the new one is current by then: the same pass reads by that one to its end."""
    old, new = f"old-{secrets.token_hex(16)}", f"new-{secrets.token_hex(16)}"
    platform = Platform(organization, "arize", misbehaving, window)
    misbehaving.rotated = phoenix = Rotated(old, new)
    connection = {"host": misbehaving.host("rotated"), "project_name": organization.project}
    organization.client.connect(organization.id, "arize", **connection, api_key=old)
    phoenix.hold(old)
    organization.announce(platform.call)
    assert phoenix.is_held.wait(timeout=60), "a pass reads"
    try:
        # In one call: the request that waits has seconds, and on a busy machine replace-key takes as long.
        organization.client.connect(organization.id, "arize", **connection, api_key=new)
        phoenix.accepted.remove(old)
    finally:
        phoenix.release()
    organization.wait_for(platform.call, "imported")
    [held, *rest] = phoenix.asked
    assert held == (old, 401) and rest, phoenix.asked
    assert {(key, status) for key, status in rest} == {(new, 200)}, phoenix.asked
    organization.wait_for_final(platform.call)
    assert organization.story(platform.call)[0] == (0, "imported", None), "no try failed, and no later pass was needed"
    organization.assert_imported_exactly(platform.call)


def test_a_key_that_is_replaced_in_the_middle_of_a_reading(
    organization: Organization, operator: Operator, misbehaving: Misbehaving, window: Window
) -> None:
    """Phoenix holds the page that a pass asks for by the old key, which still works, until the new one is current: nothing is lost or doubled."""
    old, new = f"old-{secrets.token_hex(16)}", f"new-{secrets.token_hex(16)}"
    platform = Platform(organization, "arize", misbehaving, window)
    misbehaving.rotated = phoenix = Rotated(old, new)
    client = organization.client
    client.connect(organization.id, "arize", host=misbehaving.host("rotated"), project_name=organization.project, api_key=old)
    phoenix.hold(old)
    organization.announce(platform.call)
    assert phoenix.is_held.wait(timeout=60), "a pass reads"
    try:
        replaced = operator.run(f"replace-key {platform.whose}", (platform.asked, new))
        assert replaced.status == 0 and platform.key() == new, replaced.text
        assert organization.item(platform.call)["status"] == "in_progress", "the pass is still at its page"
        before = len(phoenix.asked)
    finally:
        phoenix.release()
    organization.wait_for(platform.call, "imported")
    held = phoenix.asked[before]
    assert held == (old, 200), phoenix.asked
    organization.wait_for_final(platform.call)
    organization.assert_imported_exactly(platform.call)


def test_watch_goes_on_until_it_is_stopped(organization: Organization, operator: Operator, client: Client, window: Window) -> None:
    child = operator.start(f"status --organization {organization.id} --watch")
    child.expect_exact("No such import", timeout=30)
    organization.connect()
    with Agent(client.settings.phoenix_url, organization.project, organization.id) as agent:
        call = agent_calls.one_trace(agent, "watched", window)
    organization.finish(call)
    child.expect_exact("imported", timeout=60)
    child.sendintr()
    child.close(force=True)


def test_completions_and_help_need_no_deployment(operator: Operator) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "replace-key" in operator.run(f"completions {shell}").text
    for command in ("connect", "connections", "verify", "replace-key", "disconnect", "status", "explain"):
        assert "Example" in operator.run(f"{command} --help").text, command
    assert operator.run("verify arize").status == 2
