"""What a request asks for: its statement, what the URL sets for it, how its body and its answer are compressed."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

from clickhouse_compression import decoded, decompressed_blocks
from clickhouse_engine import Statement, split_insert
from clickhouse_sessions import DEFAULT_SECONDS, MOST_SECONDS, Session
from clickhouse_wire import ClickHouseError, form_fields

# Parameters of the interface itself, as the server's HTTPHandler has them; every other one is a setting, also those that only the
# interface looks at (enable_http_compression, http_write_exception_in_output_format, http_wait_end_of_query …).
INTERFACE_PARAMETERS = frozenset(
    {"query", "database", "default_format", "query_id", "user", "password", "quota_key", "role"}
    | {"session_id", "session_timeout", "session_check", "close_session"}
    | {"compress", "decompress", "buffer_size", "wait_end_of_query", "stacktrace", "client_protocol_version"}
)
Fields = list[tuple[str, str]]


@dataclass
class Request:
    """One request, as far as it is known before its body is read: a fault in the rest can then still be told of it."""

    fields: Fields
    headers: Message
    only_reads: bool
    sql: bytes = field(default=b"", init=False)

    def __post_init__(self) -> None:
        self.given = dict(self.fields)
        self.query_id = re.sub(r"[\x00-\x1f\x7f]", "", self.given.get("query_id") or self.headers.get("X-ClickHouse-Query-Id", ""))

    def credentials(self) -> tuple[str, str]:
        """Name and password from ClickHouse's own headers, basic authentication or the URL."""
        user, password = self.headers.get("X-ClickHouse-User"), self.headers.get("X-ClickHouse-Key")
        scheme, _, encoded = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                user, _, password = base64.b64decode(encoded).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError) as error:
                raise ClickHouseError("Code: 516. DB::Exception: Invalid authorization header. (AUTHENTICATION_FAILED)") from error
        return user or self.given.get("user") or "default", password or self.given.get("password") or ""

    def statement(self, body: Iterator[bytes]) -> Statement:
        """The statement: its text from the form, the URL or the body, in that order; rows may follow it in the body."""
        rows = decoded(body, self.headers.get("Content-Encoding", ""))
        if _is_on(self.given, "decompress"):
            rows = decompressed_blocks(rows)
        fields, content_type = self.fields, self.headers.get("Content-Type", "")
        if content_type.lower().startswith("multipart/form-data"):
            fields = fields + form_fields(content_type, b"".join(rows))
            rows = iter(())
        given = dict(fields)
        self.sql = given.get("query", "").encode()
        if not self.sql:
            self.sql = b"".join(rows)
        elif split_insert(self.sql) is None:
            self.sql += b"\n"
        statement = Statement(self.sql, rows, only_reads=self.only_reads, session=self._session())
        statement.database = self.headers.get("X-ClickHouse-Database") or given.get("database") or ""
        statement.default_format = self.headers.get("X-ClickHouse-Format") or given.get("default_format") or "TabSeparated"
        statement.roles = [value for name, value in fields if name == "role"]
        for name, value in fields:
            if name.startswith("param_"):
                statement.parameters.append((name.removeprefix("param_"), value))
            elif name and name not in INTERFACE_PARAMETERS:
                if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
                    raise ClickHouseError(f"Code: 115. DB::Exception: Unknown setting {name}. (UNKNOWN_SETTING)")
                if name == "readonly" and statement.session:
                    statement.only_reads |= value != "0"  # set on a session's connection, it could not be taken back
                else:
                    statement.settings.append((name, value))
        return statement

    def _session(self) -> Session | None:
        if "session_id" not in self.given:
            return None
        if not self.given["session_id"]:
            reason = "Session id query parameter was provided, but it was empty"
            raise ClickHouseError(f"Code: 744. DB::Exception: {reason}. (SESSION_ID_EMPTY)")
        given = self.given.get("session_timeout", str(DEFAULT_SECONDS))
        if not given.isdecimal() or int(given) > MOST_SECONDS:
            reason = f"Session timeout '{given}' is larger than max_session_timeout: {MOST_SECONDS}" if given.isdecimal() else f"Invalid session timeout: '{given}'"
            raise ClickHouseError(f"Code: 374. DB::Exception: {reason}. (INVALID_SESSION_TIMEOUT)")
        checks, closes = _is_on(self.given, "session_check"), _is_on(self.given, "close_session")
        return Session(self.credentials()[0], self.given["session_id"], int(given), checks, closes)

    @property
    def takes_blocks(self) -> bool:
        """Whether the answer goes in ClickHouse's own blocks."""
        return _is_on(self.given, "compress")

    @property
    def accepted_encodings(self) -> str:
        """What the answer may be encoded with: by default whatever the client takes, as `enable_http_compression` is on."""
        wanted = "enable_http_compression" not in self.given or _is_on(self.given, "enable_http_compression")
        return self.headers.get("Accept-Encoding", "") if wanted else ""


def _is_on(given: dict[str, str], name: str) -> bool:
    return given.get(name, "").lower() in ("1", "true")
