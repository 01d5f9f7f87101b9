#!/usr/bin/env python3
"""Brings a ClickHouse database up to date: applies what is new of infra/clickhouse, in order, once each. Run it again without harm.

    CLICKHOUSE_URL        https://host:8443 (http only to this machine)
    CLICKHOUSE_USER       who may create tables and users; default: default
    CLICKHOUSE_PASSWORD   their password
    IMPORTER_PASSWORD     of the user spanlift_importer, which is made
    READER_PASSWORD       of the user spanlift_reader, which is made

Both users are logged in as at the end, for one that was there before keeps the password that it had.
What was applied stands in the table spanlift_migrations, with a checksum of each file. A table of spans that was there before, the
OpenTelemetry collector exporter's or ClickStack's, is adopted: checked and used as it is, and nothing is made beside it. What this cannot
understand it refuses, and changes nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path

INFRA = Path(__file__).resolve().parents[1]
NAME = re.compile(r"(\d{4})_\w+")
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# The migration that makes the table of spans, and is adopted where there is one.
SPANS = 1
# Whose password each is.
IMPORTER, READER = "spanlift_importer", "spanlift_reader"
USERS = {"importer_password": IMPORTER, "reader_password": READER}
# Seconds between attempts to log in as a user who was made just now: the replicas of a service learn of it one after the other.
PATIENCE = (1, 2, 4)
# Each keeps rows as they came. Others merge rows away, or store none.
ENGINES = {
    "MergeTree": ("non_replicated_deduplication_window", "merge_tree_settings"),
    "ReplicatedMergeTree": ("replicated_deduplication_window", "replicated_merge_tree_settings"),
    "SharedMergeTree": ("replicated_deduplication_window", "replicated_merge_tree_settings"),
}
MAP = "Map(String, String)"
# What an importer writes: the exporter's 22 columns. Where LowCardinality stands makes no difference to a writer.
COLUMNS = {
    "Timestamp": "DateTime64(9)",
    **dict.fromkeys(("TraceId", "SpanId", "ParentSpanId", "TraceState", "SpanName", "SpanKind", "ServiceName"), "String"),
    "ResourceAttributes": MAP,
    "ScopeName": "String",
    "ScopeVersion": "String",
    "SpanAttributes": MAP,
    "Duration": "UInt64",
    "StatusCode": "String",
    "StatusMessage": "String",
    "Events.Timestamp": "Array(DateTime64(9))",
    "Events.Name": "Array(String)",
    "Events.Attributes": f"Array({MAP})",
    **dict.fromkeys(("Links.TraceId", "Links.SpanId", "Links.TraceState"), "Array(String)"),
    "Links.Attributes": f"Array({MAP})",
}
RECORD = """CREATE TABLE IF NOT EXISTS spanlift_migrations (
    version UInt32, name String, checksum String, state LowCardinality(String), at DateTime DEFAULT now()
) ENGINE = MergeTree ORDER BY (version, at)"""


class Refused(Exception):
    """Something that must not be touched; the text says what a person can do."""


class ClickHouse:
    """The HTTP interface."""

    def __init__(self, url: str, user: str, password: str) -> None:
        host = urllib.parse.urlsplit(url)
        if host.scheme != "https" and not (host.scheme == "http" and host.hostname in ("127.0.0.1", "::1", "localhost")):
            raise Refused("CLICKHOUSE_URL must be https://host:port: a password goes there")
        self.url, self.user, self.password, self.database = url.rstrip("/"), user, password, ""

    def run(self, sql: str, **parameters: str) -> str:
        """A statement's answer. Parameters go in the body, never in the URL, which proxies and servers log."""
        boundary = uuid.uuid4().hex
        parts = {"query": sql} | {f"param_{name}": value for name, value in parameters.items()}
        form = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts.items())
        settings = {"select_sequential_consistency": "1"} | ({"database": self.database} if self.database else {})
        request = urllib.request.Request(
            f"{self.url}/?{urllib.parse.urlencode(settings)}",
            data=f"{form}--{boundary}--\r\n".encode(),
            headers={
                "Content-Type": f"multipart/form-data; boundary={boundary}",
                "X-ClickHouse-User": self.user,
                "X-ClickHouse-Key": self.password,
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=180) as response:
                return response.read().decode().strip()
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace").strip()
            raise Refused(text.splitlines()[0] if text else f"HTTP status {error.code}, and no reason") from error

    def rows(self, sql: str, **parameters: str) -> list[dict[str, str]]:
        """The rows of an answer."""
        return [json.loads(line) for line in self.run(f"{sql} FORMAT JSONEachRow", **parameters).splitlines()]

    def wake(self) -> str:
        """Its version. An idle service of ClickHouse Cloud takes up to a minute or two to wake."""
        for wait in (2, 5, 10, 20, 0):
            try:
                return self.run("SELECT version()")
            except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
                if not wait:
                    raise Refused(f"{self.url} does not answer: {error}") from error
                say(f"no answer yet; once more in {wait} s (an idle service needs a while)")
                time.sleep(wait)
        raise AssertionError


@dataclass(frozen=True)
class Migration:
    """One file of infra/clickhouse."""

    version: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """What tells whether the file was changed after it was applied."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    @property
    def passwords(self) -> list[str]:
        """The parameters that it needs."""
        return sorted(set(re.findall(r"\{(\w+_password):String\}", self.text)))

    def statements(self, database: str, table: str) -> list[str]:
        """Its statements, one by one: the interface takes no more."""
        text = self.text.replace("{{database}}", database).replace("{{table}}", table)
        statements = (statement.strip().removesuffix(";") for statement in text.split(";\n"))
        return [statement for statement in statements if re.sub(r"--[^\n]*", "", statement).strip()]


def migrations(folder: Path) -> list[Migration]:
    """Every migration, in order."""
    found = []
    for file in sorted(folder.iterdir()):
        name = file.name.removesuffix(".template").removesuffix(".sql")
        numbered = NAME.fullmatch(name)
        if name != file.name and numbered:
            found.append(Migration(int(numbered[1]), name, file.read_text()))
    if [migration.version for migration in found] != list(range(1, len(found) + 1)):
        raise Refused(f"the files of {folder} must be numbered 0001, 0002, … without a gap")
    return found


class Migrator:
    """One database, and what it should become."""

    def __init__(self, server: ClickHouse, table: str, known: list[Migration], passwords: dict[str, str]) -> None:
        self.server, self.table, self.known, self.passwords = server, table, known, passwords

    def migrate(self, with_users: bool, set_window: bool) -> None:
        """Applies what is new, then checks what is there."""
        states = self.states()
        self.refuse_the_unknown(states)
        if with_users and self.users_are_gone(states):
            states = {version: state for version, state in states.items() if version not in self.versions_with_users()}
        wanted = [migration for migration in self.known if with_users or not migration.passwords]
        missing = sorted({name for step in wanted if step.version not in done(states) for name in step.passwords if not self.passwords.get(name)})
        if missing:
            raise Refused(f"set {' and '.join(name.upper() for name in missing)}, or leave the users to somebody else by --without-users")
        if self.has(self.table):  # before anything is written
            self.check_columns()
        for migration in wanted:
            if migration.version in done(states):
                say(f"{migration.name}: {states[migration.version]} already")
            elif migration.version == SPANS and self.has(self.table) and SPANS not in states:
                self.record(migration, "adopted")
                say(f"{migration.name}: adopted; the table {self.table} was there, and stays as it is")
            else:
                self.apply(migration)
        for migration in self.known:
            if migration not in wanted and migration.version not in done(states):
                say(f"{migration.name}: left out (--without-users)")
        self.check_columns()
        self.check_window(set_window)
        if with_users:
            self.check_passwords(PATIENCE if self.versions_with_users() - done(states) else ())

    def versions_with_users(self) -> set[int]:
        """The migrations that make users."""
        return {migration.version for migration in self.known if migration.passwords}

    def users_are_gone(self, states: dict[int, str]) -> bool:
        """Whether users were made once and dropped since, as docs/DEPLOY.md#remove says. The record remembers them, and what makes them may run again."""
        if not self.versions_with_users() & done(states):
            return False
        question = "SELECT count() FROM system.users WHERE name IN ({importer:String}, {reader:String})"
        try:
            return self.server.run(question, importer=IMPORTER, reader=READER) != str(len(USERS))
        except Refused:  # whoever may not look leaves them as they are; the passwords are tried all the same
            return False

    def check_passwords(self, patience: tuple[int, ...]) -> None:
        """The passwords go into secrets next, and an import with a wrong one fails hours later only."""
        wrong = []
        for name, user in USERS.items():
            password = self.passwords.get(name)
            if not password:
                say(f"{user}: not tried, for {name.upper()} is not given")
            elif self.logs_in(user, password, patience):
                say(f"{user}: logs in with {name.upper()}")
            else:
                wrong.append(f"{user} does not log in with {name.upper()}:\n  ALTER USER {user} IDENTIFIED WITH sha256_password BY '<{name.upper()}>'")
        if wrong:
            raise Refused(
                "\n".join(wrong) + "\nThe user was there before, with another password. If another stack uses it, take that stack's password (its ClickHouse secrets);"
                "\nif none does, run the statement as an administrator. Then migrate again"
            )

    def logs_in(self, user: str, password: str, patience: tuple[int, ...]) -> bool:
        """Whether a user gets in; any other refusal than of the password is passed on."""
        for wait in (*patience, 0):
            try:
                ClickHouse(self.server.url, user, password).run("SELECT 1")
            except Refused as refusal:
                if not re.search(r"\b516\b|AUTHENTICATION_FAILED", str(refusal)):
                    raise Refused(f"{user}: {refusal}") from refusal
                time.sleep(wait)
            else:
                return True
        return False

    def states(self) -> dict[int, str]:
        """What was done, by version: started, applied or adopted. Anything that contradicts the files is refused."""
        if not self.has("spanlift_migrations"):
            return {}
        states: dict[int, str] = {}
        known = {migration.version: migration for migration in self.known}
        for row in self.server.rows("SELECT version, name, checksum, state FROM spanlift_migrations ORDER BY version, at, state = 'started' DESC"):
            version = int(row["version"])
            if version not in known:
                raise Refused(f"{row['name']} was applied, and is not among the files: this is an older release than the database's. Use the newer one")
            if row["checksum"] != known[version].checksum and row["state"] != "started":
                raise Refused(f"{row['name']} was changed after it was applied. Restore the file; what is to change goes into a new one")
            if states.get(version) not in ("applied", "adopted"):
                states[version] = row["state"]
        return states

    def refuse_the_unknown(self, states: dict[int, str]) -> None:
        """Neither guesses nor repairs."""
        if states and SPANS not in states:
            raise Refused("later migrations were applied, and 0001 was not. Somebody changed spanlift_migrations; restore it")
        if SPANS in done(states) and not self.has(self.table):
            raise Refused(f"0001 was applied, and the table {self.table} is not there. Was it dropped or renamed? Restore it, or begin in an empty database")
        if self.table != "otel_traces" and not self.has(self.table):
            raise Refused(f"there is no table {self.table} to adopt, and the one that would be made is named otel_traces")

    def apply(self, migration: Migration) -> None:
        """Its statements may all run again, so a crash in between is mended by the next run."""
        self.record(migration, "started")
        passwords = {name: self.passwords[name] for name in migration.passwords}
        for statement in migration.statements(self.server.database, self.table):
            needed = {name: value for name, value in passwords.items() if f"{{{name}:String}}" in statement}
            try:
                self.server.run(statement, **needed)
            except Refused as refusal:
                what = next(line for line in statement.splitlines() if line and not line.startswith("--"))
                raise Refused(f"{migration.name}: {what.strip()} …\n  {refusal}") from refusal
        self.record(migration, "applied")
        say(f"{migration.name}: applied")

    def record(self, migration: Migration, state: str) -> None:
        """Writes down how far a migration is."""
        self.server.run(RECORD)
        self.server.run(
            "INSERT INTO spanlift_migrations (version, name, checksum, state) SELECT {version:UInt32}, {name:String}, {checksum:String}, {state:String}",
            version=str(migration.version),
            name=migration.name,
            checksum=migration.checksum,
            state=state,
        )

    def has(self, table: str) -> bool:
        """Whether there is such a table."""
        question = "SELECT count() FROM system.tables WHERE database = {database:String} AND name = {table:String}"
        return self.server.run(question, database=self.server.database, table=table) != "0"

    def check_columns(self) -> None:
        """An importer writes its 22 columns by name: they must be there, of their type. More may be."""
        question = "SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {table:String}"
        rows = self.server.rows(question, database=self.server.database, table=self.table)
        found = {row["name"]: plain_type(row["type"]) for row in rows}
        wrong = [f"{name} must be {kind}, and is {found.get(name, 'missing')}" for name, kind in COLUMNS.items() if found.get(name) != kind]
        if wrong:
            advice = " (the exporter's JSON variant is not supported)" if any("JSON" in fault for fault in wrong) else ""
            raise Refused(f"{self.table} is not the exporter's table{advice}:\n  " + "\n  ".join(wrong))

    def check_window(self, set_window: bool) -> None:
        """The retry of an insert whose answer was lost leans on it: without one, spans are doubled."""
        question = "SELECT engine, engine_full FROM system.tables WHERE database = {database:String} AND name = {table:String}"
        [row] = self.server.rows(question, database=self.server.database, table=self.table)
        if row["engine"] not in ENGINES:
            raise Refused(f"{self.table} has the engine {row['engine']}; spans need one of {', '.join(ENGINES)}")
        setting, defaults = ENGINES[row["engine"]]
        own = re.search(rf"\b(?<!_){setting} = (\d+)", row["engine_full"])
        window = own[1] if own else self.server.run(f"SELECT value FROM system.{defaults} WHERE name = {{name:String}}", name=setting)
        if window == "0":
            statement = f"ALTER TABLE {self.server.database}.{self.table} MODIFY SETTING {setting} = 10000"
            if not set_window:
                raise Refused(
                    f"{self.table} ({row['engine']}) remembers no inserts: {setting} is 0, and a retried insert would double its spans.\n"
                    f"Run this, or migrate with --set-deduplication-window; identical inserts of others are then dropped, too:\n  {statement}"
                )
            self.server.run(statement)
            say(f"{self.table}: {setting} was 0, and is 10000 now")
            return
        say(f"{self.table}: {row['engine']}, {setting} is {window}")


def done(states: dict[int, str]) -> set[int]:
    """The versions that are done with."""
    return {version for version, state in states.items() if state != "started"}


def plain_type(kind: str) -> str:
    """A column's type as a writer sees it."""
    kind = re.sub(r"LowCardinality\(([^()]*)\)", r"\1", kind)
    return re.sub(r"DateTime64\(9,[^)]*\)", "DateTime64(9)", kind)


def say(line: str) -> None:
    """One line of what was done."""
    print(line, flush=True)


def main(arguments: list[str], environment: dict[str, str]) -> None:
    """Migrates, or says why not."""
    store = json.loads((INFRA / "deployment.json").read_text())["trace_store"]
    parser = argparse.ArgumentParser(prog="migrate.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", default=store["database"], help="made if there is none; default: %(default)s")
    parser.add_argument("--table", default=store["table"], help="the table of spans; default: %(default)s")
    parser.add_argument("--without-users", action="store_true", help="make no users: somebody else does")
    parser.add_argument("--set-deduplication-window", action="store_true", help="turn on deduplication where the table has none")
    parser.add_argument("--folder", type=Path, default=INFRA / "clickhouse", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if not IDENTIFIER.fullmatch(given.database) or not IDENTIFIER.fullmatch(given.table):
        raise Refused("database and table must be a letter or '_', then letters, digits or '_'")
    if not environment.get("CLICKHOUSE_URL"):
        raise Refused("CLICKHOUSE_URL is missing. Set it to https://host:8443, and CLICKHOUSE_USER and CLICKHOUSE_PASSWORD")
    server = ClickHouse(environment["CLICKHOUSE_URL"], environment.get("CLICKHOUSE_USER") or "default", environment.get("CLICKHOUSE_PASSWORD", ""))
    known = migrations(given.folder)
    say(f"ClickHouse {server.wake()}, database {given.database}")
    if server.run("SELECT count() FROM system.databases WHERE name = {name:String}", name=given.database) == "0":
        server.run(f"CREATE DATABASE IF NOT EXISTS {given.database}")
        say(f"database {given.database}: made")
    server.database = given.database
    passwords = {name: environment.get(name.upper(), "") for name in ("importer_password", "reader_password")}
    Migrator(server, given.table, known, passwords).migrate(not given.without_users, given.set_deduplication_window)


if __name__ == "__main__":
    try:
        main(sys.argv[1:], dict(os.environ))
    except Refused as refusal:
        sys.exit(f"migrate: refused: {refusal}")
