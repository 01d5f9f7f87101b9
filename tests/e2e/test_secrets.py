"""No secret gets out of the real functions, whatever fails, logs at `trace` included; and nothing of one organization reaches another."""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import agent_calls
import pytest
from agent import Agent, Conversation, Window
from client import Client, wait_until
from misbehaving import RIGHT_KEY, Misbehaving
from organization import Organization

SHORTEST = 8
"""As few characters of a secret as the search finds."""


def forms(core: str) -> Iterator[str]:
    """Every form in which a secret may have got out."""
    told = core.encode()
    yield from (core, core[::-1], told.hex(), told.hex().upper(), "".join(f"%{byte:02X}" for byte in told))
    # Whatever stands before it in what was encoded, some characters are always the same.
    yield from (base64.b64encode(b" " * before + told).decode().rstrip("=")[4:-4] for before in range(3))


def found(text: str, marks: dict[str, str]) -> list[str]:
    """The secrets of which something stands in a text, and where: 15 characters of any form, or how the secret begins or ends."""
    pieces = {
        form[at : at + SHORTEST]: name for name, core in marks.items() for form in forms(core) for at in range(len(form) - SHORTEST + 1)
    }
    ends = {core[part]: name for name, core in marks.items() for part in (slice(SHORTEST), slice(-SHORTEST, None))}
    # Of 15 characters, eight stand where the text is looked at.
    looked_at = ((at, text[at : at + SHORTEST]) for at in range(0, len(text), SHORTEST))
    places = {pieces[piece]: at for at, piece in looked_at if piece in pieces}
    places |= {name: text.find(piece) for piece, name in ends.items() if piece in text}
    return [f"{name}: {text[max(at - 100, 0) : at + 60]}" for name, at in places.items()]


def test_the_search_finds_every_form() -> None:
    core = secrets.token_hex(16)
    whole = f"pk-lf-1:sk-lf-{core}"
    for text in (core, core[:8], core[-9:], core[3:18], whole, base64.b64encode(whole.encode()).decode(), base64.b64encode(f"x{whole}".encode()).decode(), whole.encode().hex()):
        assert found(f"before {text} after", {"key": core}), text
    assert not found("sk-lf-" + core[:7], {"key": core})


def aws_keys(client: Client) -> dict[str, str]:
    """The keys that the functions' processes have now, as the kernel tells their environments."""
    keys = {}
    for file in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            pairs = (pair.partition(b"=") for pair in file.read_bytes().split(b"\0"))
            environment = {name.decode(): value.decode(errors="replace") for name, _, value in pairs}
            if environment.get("LEDGER_TABLE") == client.deployment.table and environment.get("AWS_ENDPOINT_URL") == client.settings.aws_url:
                keys |= {f"{name} {file.parent.name}": environment[name] for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN") if name in environment}
    return keys


def connections(core: str, misbehaving: Misbehaving) -> dict[str, dict[str, Any] | str]:
    """Ways to fail for good, each with the secret in it. What is tried again is tested in tests/worlds/tests/secrets."""
    key = f"sk-lf-{core}"
    good = {"host": misbehaving.host("echo-401"), "project_name": "voice", "api_key": key, "public_key": "pk-lf-1", "secret_key": key}
    plain = misbehaving.host().removeprefix("http://")
    return {f"echo-{status}": good | {"host": misbehaving.host(f"echo-{status}")} for status in (401, 403, 302)} | {
        "TLS on a plain port": good | {"host": f"https://{plain}"},
        "a password in the address": good | {"host": f"http://user:{core}@{plain}/echo-401"},
        "a key in the address": good | {"host": f"http://{plain}/?key={core}"},
        "a key in the wrong field": good | {"correlation": key, "keep_attributes": key},
        "a key that is no text": good | {"api_key": [key], "secret_key": [key]},
        "a key with a line end": good | {"api_key": f"{key}\nX-Other: 1", "secret_key": f"{key}\nX-Other: 1"},
        "no JSON": f'{{"host": "{plain}", "api_key": "{key}"',
    }


def test_marked_secrets_are_nowhere_whatever_fails(client: Client, misbehaving: Misbehaving, window: Window) -> None:
    marks = {"ClickHouse's password": client.settings.clickhouse_user("importer")[1]}
    began, organizations, said = client.log.stat().st_size, [], []
    with client.configured(client.deployment.providers, {"LOG_LEVEL": "trace"}):
        core = marks["a connection's key"] = secrets.token_hex(16)
        for connection in connections(core, misbehaving).values():
            organization = Organization(client, f"org-{secrets.token_hex(4)}")
            for provider in client.deployment.providers:
                client.connect(organization.id, provider, host="placeholder")
                name = client.deployment.connection_secret(organization.id, provider)
                client.secrets.put_secret_value(SecretId=name, SecretString=connection if isinstance(connection, str) else json.dumps(connection))
            call = Conversation(f"sim-{secrets.token_hex(4)}", window.started_at.isoformat(), window.ended_at.isoformat())
            organizations.append((organization, call))
            organization.announce(call)
        for organization, call in organizations:
            for provider in client.deployment.providers:
                said.append(organization.wait_for(call, "failed", key=f"1#{provider}"))
        marks |= aws_keys(client)
    assert any(name.startswith("AWS_SESSION_TOKEN") for name in marks), "the functions' keys are known"
    sent = [authorization for _, _, authorization in misbehaving.requests if authorization]
    assert found("\n".join(sent), marks), "keys were sent"
    for organization, call in organizations:
        said.append(client.ledger(organization.id, call.simulation_output_id))
        said.append(organization.stored(call))
    queues = [client.deployment.queue_names["events"], *map(client.deployment.import_queue, client.deployment.providers)]
    said += [client.peek(client.deployment.dead_letters(queue)) for queue in queues]
    outcomes = client.receive(client.deployment.queue_names["outcomes"])
    assert {json.loads(outcome["Body"])["organization_id"] for outcome in outcomes} >= {organization.id for organization, _ in organizations}, "every failure was announced"
    with client.log.open(errors="replace") as log:
        log.seek(began)
        logged = log.read()
    assert all(organization.id in logged for organization, _ in organizations), "the log is that of these imports"
    for where, text in (("what is kept", json.dumps([said, outcomes], default=str)), ("the log", logged)):
        assert found(text, marks) == [], where


@pytest.fixture
def tenants(client: Client, window: Window) -> Iterator[list[tuple[Organization, Conversation]]]:
    """Three organizations that have the same simulation, by its id, at the same time on one Phoenix, each in a project of its own."""
    tenants = []
    for _ in range(3):
        organization = Organization(client, f"org-{secrets.token_hex(6)}")
        with Agent(client.settings.phoenix_url, organization.project, organization.id) as agent:
            tenants.append((organization, agent_calls.one_trace(agent, "the-same-simulation", window, said=f"by {organization.id}")))
    yield tenants


def test_nothing_of_one_organization_reaches_another(
    client: Client, misbehaving: Misbehaving, tenants: list[tuple[Organization, Conversation]]
) -> None:
    began = client.log.stat().st_size
    (first, _), (failing, _), (last, _) = tenants
    first.connect(misbehaving.host("locked"), api_key=RIGHT_KEY)
    failing.connect(misbehaving.host("locked"), api_key=f"wrong-{failing.id}")
    last.connect(misbehaving.host("locked"), api_key=RIGHT_KEY)
    for organization, call in tenants:
        organization.finish(call)
    for organization, call in tenants:
        organization.wait_for(call, "failed" if organization is failing else "imported")
    outcomes: list[dict[str, Any]] = []

    def announced() -> bool:
        outcomes.extend(json.loads(message["Body"]) for message in client.receive(client.deployment.queue_names["outcomes"]))
        final = {outcome["organization_id"] for outcome in outcomes if outcome["final"]}
        return final >= {organization.id for organization, _ in tenants}

    wait_until(announced, 30, "final outcomes of all three")
    with client.log.open(errors="replace") as log:
        log.seek(began)
        lines = [line for line in log if line.startswith("{")]
    for organization, call in tenants:
        if organization is not failing:
            organization.assert_imported_exactly(call)
        kept = [
            *organization.stored(call),
            *client.ledger(organization.id, call.simulation_output_id).values(),
            *(outcome for outcome in outcomes if outcome["organization_id"] == organization.id),
            *(json.loads(line) for line in lines if f'"organization_id":"{organization.id}"' in line),
        ]
        text = json.dumps(kept, default=str)
        assert text.count(organization.id) > len(kept) / 2, "it is this organization's"
        for other, its_call in tenants:
            if other is not organization:
                foreign = {other.id, other.project, *(span.span_id for span in its_call.spans)}
                assert not [word for word in foreign if word in text], f"of {other.id} in what is {organization.id}'s"
