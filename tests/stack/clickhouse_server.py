#!/usr/bin/env python3
"""ClickHouse's HTTP interface over the engine in this process: for local runs and tests, where there is no ClickHouse server.

It serves what the Rust client `clickhouse` and plain HTTP clients need: statements in the URL or the body, rows in any input format
(also in LZ4 blocks), settings and parameters, users, error codes. Answers are sent whole, so that an error is never in mid-body.
What a user may do is not checked: every user may do everything.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hmac
import json
import re
import signal
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from clickhouse_engine import Engine, Statement, split_insert
from clickhouse_wire import ClickHouseError, ClientWentAway, body_chunks, decompressed_blocks, form_fields

# Parameters of the interface itself; every other one is a setting.
INTERFACE_PARAMETERS = frozenset({"query", "database", "default_format", "decompress", "compress", "user", "password", "query_id", "role"})


class Server(ThreadingHTTPServer):
    """One thread a connection; the engine bounds how many statements run."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, folder: Path, users: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", port), Handler)  # binds first: a second server fails here, and not in the folder
        self.engine = Engine(folder)
        self.users = users


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server_version = "clickhouse-in-process"
    disable_nagle_algorithm = True
    wbufsize, rbufsize, timeout = 1 << 16, 1 << 20, 120
    server: Server

    def log_message(self, *_: object) -> None:
        """Nothing: the callers log what they asked."""

    def handle_expect_100(self) -> bool:
        """Buffered like all output, so it must be flushed: the client waits for it before it sends the body."""
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def do_GET(self) -> None:  # noqa: N802 - the name is the protocol's
        """Statements and `/ping`."""
        self.raw_body = body_chunks(self.rfile, self.headers)
        try:
            self.serve()
        except ClickHouseError as error:
            self.drain()  # else the client sees a closed connection in place of the answer
            headers = {"Content-Type": "text/plain; charset=UTF-8", "X-ClickHouse-Exception-Code": str(error.code)}
            self.reply(error.status, f"{error.text} (version {self.server.engine.version})\n".encode(), headers)
        except (ClientWentAway, ConnectionError, TimeoutError):
            self.close_connection = True

    do_POST = do_GET  # noqa: N815

    def serve(self) -> None:
        """Answers, or raises what went wrong."""
        url = urllib.parse.urlsplit(self.path)
        if url.path == "/ping":
            self.reply(200, b"Ok.\n", {"Content-Type": "text/html; charset=UTF-8"})
            return
        fields = urllib.parse.parse_qsl(url.query, keep_blank_values=True)
        self.authenticate(dict(fields))
        answer = self.server.engine.run(self.statement(fields))
        self.drain()
        headers = {
            "Content-Type": "application/octet-stream",
            "X-ClickHouse-Format": answer.format,
            "X-ClickHouse-Summary": json.dumps(answer.summary, separators=(",", ":")),
        }
        self.reply(200, answer.body, headers)

    def statement(self, fields: list[tuple[str, str]]) -> Statement:
        """The statement: its text from the form, the URL or the body, in that order; rows may follow it in the body."""
        rows = self.raw_body
        content_type = self.headers.get("Content-Type", "")
        if content_type.lower().startswith("multipart/form-data"):
            fields = fields + form_fields(content_type, b"".join(rows))
        given = dict(fields)
        if given.get("decompress") == "1":
            rows = decompressed_blocks(rows)
        sql = given.get("query", "").encode()
        if not sql:
            sql = b"".join(rows)
        elif split_insert(sql) is None:
            sql += b"\n"
        statement = Statement(sql, rows, given.get("database") or self.headers.get("X-ClickHouse-Database") or "")
        statement.default_format = given.get("default_format") or self.headers.get("X-ClickHouse-Format") or "TabSeparated"
        for name, value in fields:
            if name.startswith("param_"):
                statement.parameters.append((name.removeprefix("param_"), value))
            elif name not in INTERFACE_PARAMETERS:
                if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
                    raise ClickHouseError(f"Code: 115. DB::Exception: Unknown setting {name}. (UNKNOWN_SETTING)")
                statement.settings.append((name, value))
        if self.command == "GET":
            statement.settings.append(("readonly", "2"))
        return statement

    def authenticate(self, given: dict[str, str]) -> None:
        """Name and password from ClickHouse's own headers, basic authentication or the URL."""
        user, password = self.headers.get("X-ClickHouse-User"), self.headers.get("X-ClickHouse-Key")
        scheme, _, encoded = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                user, _, password = base64.b64decode(encoded).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError) as error:
                raise ClickHouseError("Code: 516. DB::Exception: Invalid authorization header. (AUTHENTICATION_FAILED)") from error
        user = user or given.get("user") or "default"
        password = password or given.get("password") or ""
        expected = self.server.users.get(user)
        if expected is None or not hmac.compare_digest(expected.encode(), password.encode()):
            reason = "Authentication failed: password is incorrect, or there is no user with such name"
            raise ClickHouseError(f"Code: 516. DB::Exception: {user}: {reason}. (AUTHENTICATION_FAILED)")

    def drain(self) -> None:
        """Reads what is left of the body, so that the connection can serve the next request."""
        for _ in self.raw_body:
            pass

    def reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Sends a whole answer."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def main() -> None:
    """Serves until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="where the tables are")
    parser.add_argument("--users", type=Path, help="JSON file, name to password; without it 'default' with none")
    arguments = parser.parse_args()
    users = json.loads(arguments.users.read_text()) if arguments.users else {"default": ""}
    server = Server(arguments.port, arguments.folder.resolve(), users)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    print(f"ClickHouse {server.engine.version} on http://127.0.0.1:{server.server_address[1]}", file=sys.stderr, flush=True)
    stopping.wait()
    server.shutdown()
    server.engine.close()


if __name__ == "__main__":
    main()
