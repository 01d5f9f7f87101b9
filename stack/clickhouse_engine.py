"""ClickHouse itself, in this process: package `chdb-core-lite`, with its tables in a folder."""

from __future__ import annotations

import contextlib
import json
import re
import sys
import tempfile
import threading
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clickhouse_sessions import Session, Sessions
from clickhouse_wire import ClickHouseError

_TOKEN = re.compile(
    rb"""\s+|--[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\.|``)*`|[A-Za-z_][A-Za-z0-9_]*|.""", re.S
)
_INSERT_DATA = re.compile(rb"[ \t]*;?[ \t]*\r?\n?")
READING = frozenset({b"CHECK", b"DESC", b"DESCRIBE", b"EXISTS", b"EXPLAIN", b"SELECT", b"SET", b"SHOW", b"USE", b"WITH"})
"""What a statement begins with that changes nothing stored."""
WRITING = frozenset(b"ALTER ATTACH BACKUP CREATE DELETE DETACH DROP GRANT INSERT KILL OPTIMIZE RENAME REPLACE REVOKE SYSTEM TRUNCATE UPDATE".split())


@dataclass
class Statement:
    """One request: the statement, rows that follow it, and what the URL set for it."""

    sql: bytes
    rows: Iterator[bytes] = iter(())
    database: str = ""
    default_format: str = "TabSeparated"
    settings: list[tuple[str, str]] = field(default_factory=list)
    parameters: list[tuple[str, str]] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    only_reads: bool = False
    session: Session | None = None


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


def first_words(sql: bytes, count: int = 3) -> list[bytes]:
    """The words that a statement begins with, comments left out: what kind of statement it is, and nothing of its values. None if it is none."""
    words: list[bytes] = []
    for found in _TOKEN.finditer(sql, 0, 4096):
        word = found.group()
        if word[:1].isspace() or word[:2] in (b"--", b"/*") or (word == b"(" and not words):
            continue
        is_one = re.fullmatch(rb"[A-Za-z_]\w*|`\w+`", word) and (words or word.upper() in READING | WRITING)
        if len(words) == count or not is_one:
            break
        words.append(word)
    return words


def _identifier(name: str) -> str:
    return f"`{name.replace('`', '')}`"


def _text(sql: bytes) -> str:
    try:
        return sql.decode()
    except UnicodeDecodeError as error:
        reason = f"The embedded engine takes statements in UTF-8 only, and byte {error.start} of this one is none"
        raise ClickHouseError(f"Code: 48. DB::Exception: {reason}. (NOT_IMPLEMENTED)") from None


class Engine:
    """A connection costs about 0.2 ms, so each statement gets its own: what one sets can never leak into the next. Those of a session share one."""

    def __init__(self, folder: Path, statements_at_once: int = 16) -> None:
        with _without_data_frames():
            import chdb
            from chdb.state import connect

        folder.mkdir(parents=True, exist_ok=True)
        self._connect, self._folder, self.version = connect, str(folder), chdb.engine_version
        self._keeps_engine_up = connect(self._folder)
        self._sessions = Sessions(lambda: connect(self._folder))
        self._slots = threading.BoundedSemaphore(statements_at_once)
        self._slot_count = statements_at_once
        self.time_zone = self._keeps_engine_up.query("SELECT timezone()", "TSVRaw").bytes().decode().strip()

    def close(self) -> None:
        """Waits for running statements, then writes everything to disk."""
        for _ in range(self._slot_count):
            self._slots.acquire(timeout=10)
        self._sessions.close()
        self._keeps_engine_up.close()

    def run(self, statement: Statement) -> Answer:
        """Runs one statement; any failure comes out as a ClickHouseError."""
        with self._slots:
            try:
                if statement.session:
                    with self._sessions.lent(statement.session) as connection, self._for_a_while(connection, statement):
                        return self._run(connection, statement)
                with contextlib.closing(self._connect(self._folder)) as connection:
                    return self._run(connection, statement)
            except RuntimeError as error:  # chdb's own error is one, with ClickHouse's text
                raise ClickHouseError(str(error)) from error

    def _run(self, connection: Any, statement: Statement) -> Answer:  # noqa: ANN401 - chdb has no types
        if statement.roles:
            connection.query(f"SET ROLE {', '.join(map(_identifier, statement.roles))}")
        if statement.database:
            connection.query(f"USE {_identifier(statement.database)}")
        for name, value in statement.settings:
            connection.query(f"SET {name} = {quoted(value)}")
        for name, value in statement.parameters:
            connection.query(f"SET param_{name} = {quoted(value)}")
        if statement.only_reads:
            self._only_read(connection, statement)
        insert = split_insert(statement.sql)
        return self._insert(connection, insert, statement) if insert else self._query(connection, statement)

    @staticmethod
    def _only_read(connection: Any, statement: Statement) -> None:  # noqa: ANN401
        """What `readonly` forbids. It cannot be taken back, so in a session the statement's first word decides."""
        if not statement.session:
            connection.query("SET readonly = '2'")
        elif (word := next(iter(first_words(statement.sql, 1)), b"").upper()) in WRITING:
            raise ClickHouseError(f"Code: 164. DB::Exception: Cannot execute query in readonly mode: {word.decode()}. (READONLY)")

    @staticmethod
    @contextlib.contextmanager
    def _for_a_while(connection: Any, statement: Statement) -> Iterator[None]:  # noqa: ANN401
        """Settings and database of the URL count for their own statement only, in a session too. Parameters and roles stay: the engine cannot unset them."""
        names = ", ".join(quoted(name) for name, _ in statement.settings) or "''"
        lines = connection.query(f"SELECT name, value FROM system.settings WHERE changed AND name IN ({names})", "JSONEachRow").bytes()
        before = {row["name"]: row["value"] for row in map(json.loads, lines.splitlines())}
        database = connection.query("SELECT currentDatabase()", "TSVRaw").bytes().decode().strip()
        try:
            yield
        finally:
            for name, _ in statement.settings:
                with contextlib.suppress(RuntimeError):  # the setting that is not there, of which the client is told already
                    connection.query(f"SET {name} = {quoted(before[name]) if name in before else 'DEFAULT'}")
            if statement.database:
                with contextlib.suppress(RuntimeError):  # the statement may have dropped it
                    connection.query(f"USE {_identifier(database)}")

    def _query(self, connection: Any, statement: Statement) -> Answer:  # noqa: ANN401
        sql = statement.sql + b"".join(statement.rows)
        if not sql.strip():
            raise ClickHouseError("Code: 62. DB::Exception: Syntax error: Empty query. (SYNTAX_ERROR)")
        named = re.search(rb"\bFORMAT\s+([A-Za-z0-9_]+)\s*;?\s*$", sql, re.I)
        form = named.group(1).decode() if named else statement.default_format
        result = connection.query(_text(sql), form)
        body = result.bytes()
        return Answer(body, form, {"read_rows": str(result.rows_read()), "written_rows": "0", "result_bytes": str(len(body))})

    def _insert(self, connection: Any, insert: tuple[bytes, bytes, bytes], statement: Statement) -> Answer:  # noqa: ANN401
        """By way of a file, because this engine takes rows in a binary format from nowhere else. Complete rows or none."""
        head, form, inline = insert
        text = _text(head)
        named = re.match(r"(?s)(.*?)(\bSETTINGS\b.*)?$", text, re.I)
        target, settings = (named.group(1), named.group(2) or "") if named else (text, "")
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


@contextlib.contextmanager
def _without_data_frames() -> Iterator[None]:
    """chdb imports two packages for data frames, which nothing here asks for: 150 MB not installed. Others must not take the stubs for them."""
    stubs = {name: _Stub(name) for name in ("pyarrow", "pandas") if name not in sys.modules}
    sys.modules.update(stubs)
    try:
        yield
    finally:
        for name in stubs:
            sys.modules.pop(name, None)


class _Stub(types.ModuleType):
    """A module any name can be imported from."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})
