"""ClickHouse's engine with users that are made up: the embedded one has no access management."""

from __future__ import annotations

import re

from clickhouse_engine import Answer, Engine, Statement

ACCESS = (b"CREATE USER", b"CREATE SETTINGS PROFILE", b"GRANT")
USERS = {"spanlift_importer", "spanlift_reader"}


class Recorder:
    """The engine, with statements on access only read (EXPLAIN AST) and noted, and the users that they make."""

    def __init__(self, engine: Engine, users: dict[str, str]) -> None:
        self.run_really, self.users, self.seen, self.has_access_management = engine.run, users, [], True

    def __call__(self, statement: Statement) -> Answer:
        text = b"\n".join(line for line in statement.sql.splitlines() if not line.startswith(b"--")).strip()
        if self.has_access_management and text.startswith(ACCESS):
            self.seen.append((text.decode(), dict(statement.parameters)))
            if made := re.match(rb"CREATE USER IF NOT EXISTS (\w+) .*\{(\w+):String\}", text):
                self.users.setdefault(made[1].decode(), dict(statement.parameters)[made[2].decode()])
            statement = Statement(b"EXPLAIN AST " + text, database=statement.database, parameters=statement.parameters)
        if self.has_access_management and b"FROM system.users" in text:
            statement = Statement(f"SELECT {len(USERS & set(self.users))}".encode(), settings=statement.settings)
        return self.run_really(statement)
