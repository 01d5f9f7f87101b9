"""ClickHouse itself, in this process: package `chdb-core-lite`, with its tables in a folder."""

from __future__ import annotations

import re
import sys
import tempfile
import threading
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from clickhouse_wire import ClickHouseError

_TOKEN = re.compile(
    rb"""\s+|--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\.|``)*`|[A-Za-z_][A-Za-z0-9_]*|.""", re.S
)
_INSERT_DATA = re.compile(rb"[ \t]*;?[ \t]*\r?\n?")


@dataclass
class Statement:
    """One request: the statement, rows that follow it, and what the URL set for it."""

    sql: bytes
    rows: Iterator[bytes] = iter(())
    database: str = ""
    default_format: str = "TabSeparated"
    settings: list[tuple[str, str]] = field(default_factory=list)
    parameters: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Answer:
    """The whole answer, its format, and the counts of `X-ClickHouse-Summary`."""

    body: bytes
    format: str
    summary: dict[str, str]


def split_insert(sql: bytes) -> tuple[bytes, bytes, bytes] | None:
    """(head, format, inline data) of an `INSERT … FORMAT x`; None for any other statement, `INSERT … VALUES` and `… SELECT` too."""
    depth, head_end = 0, -1
    words = (found for found in _TOKEN.finditer(sql) if not found.group()[:1].isspace() and found.group()[:2] not in (b"--", b"/*"))
    for position, found in enumerate(words):
        word = found.group().upper()
        if head_end >= 0:
            data = _INSERT_DATA.match(sql, found.end())
            return sql[:head_end], found.group(), sql[data.end() if data else found.end() :]
        if position == 0 and word != b"INSERT":
            return None
        depth += (word == b"(") - (word == b")")
        if depth == 0 and word in (b"VALUES", b"SELECT", b"WITH"):
            return None
        if depth == 0 and word == b"FORMAT":
            head_end = found.start()
    return None


def quoted(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Engine:
    """A connection costs about 0.2 ms, so each statement gets its own: what one sets can never leak into the next."""

    def __init__(self, folder: Path, statements_at_once: int = 16) -> None:
        for name in ("pyarrow", "pandas"):  # chdb imports them for data frames, which nothing here asks for: 150 MB not installed
            sys.modules.setdefault(name, _Stub(name))
        import chdb
        from chdb.state import connect

        folder.mkdir(parents=True, exist_ok=True)
        self._connect, self._folder, self.version = connect, str(folder), chdb.engine_version
        self._keeps_engine_up = connect(self._folder)
        self._slots = threading.BoundedSemaphore(statements_at_once)
        self._slot_count = statements_at_once

    def close(self) -> None:
        """Waits for running statements, then writes everything to disk."""
        for _ in range(self._slot_count):
            self._slots.acquire(timeout=10)
        self._keeps_engine_up.close()

    def run(self, statement: Statement) -> Answer:
        """Runs one statement; any failure comes out as a ClickHouseError."""
        with self._slots:
            connection = self._connect(self._folder)
            try:
                if statement.database:
                    connection.query(f"USE `{statement.database.replace('`', '')}`")
                for name, value in statement.settings:
                    connection.query(f"SET {name} = {quoted(value)}")
                for name, value in statement.parameters:
                    connection.query(f"SET param_{name} = {quoted(value)}")
                insert = split_insert(statement.sql)
                return self._insert(connection, insert, statement) if insert else self._query(connection, statement)
            except RuntimeError as error:  # chdb's own error is one, with ClickHouse's text
                raise ClickHouseError(str(error)) from error
            finally:
                connection.close()

    def _query(self, connection, statement: Statement) -> Answer:  # noqa: ANN001 - chdb has no types
        sql = statement.sql + b"".join(statement.rows)
        if not sql.strip():
            raise ClickHouseError("Code: 62. DB::Exception: Syntax error: Empty query. (SYNTAX_ERROR)")
        named = re.search(rb"\bFORMAT\s+([A-Za-z0-9_]+)\s*;?\s*$", sql, re.I)
        form = named.group(1).decode() if named else statement.default_format
        result = connection.query(sql.decode("utf-8", "surrogateescape"), form)
        body = result.bytes()
        return Answer(body, form, {"read_rows": str(result.rows_read()), "written_rows": "0", "result_bytes": str(len(body))})

    def _insert(self, connection, insert: tuple[bytes, bytes, bytes], statement: Statement) -> Answer:  # noqa: ANN001
        """By way of a file, because this engine takes rows in a binary format from nowhere else. Complete rows or none."""
        head, form, inline = insert
        named = re.match(r"(?s)(.*?)(\bSETTINGS\b.*)?$", head.decode(), re.I)
        target, settings = (named.group(1), named.group(2) or "") if named else (head.decode(), "")
        with tempfile.NamedTemporaryFile(prefix="clickhouse-rows-") as file:
            file.write(inline)
            for chunk in statement.rows:
                file.write(chunk)
            size = file.tell()
            if size == 0:
                raise ClickHouseError("Code: 108. DB::Exception: No data to insert. (NO_DATA_TO_INSERT)")
            file.flush()
            source = f"FROM INFILE {quoted(file.name)} COMPRESSION 'none'"
            result = connection.query(f"{target} {source} {settings} FORMAT {form.decode()}", "Null")
        return Answer(b"", statement.default_format, {"written_rows": str(result.rows_read()), "written_bytes": str(size)})


class _Stub(types.ModuleType):
    """A module any name can be imported from."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})
