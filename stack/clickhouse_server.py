#!/usr/bin/env python3
"""ClickHouse's HTTP interface over the engine in this process: for local runs and tests, where there is no ClickHouse server.

It serves what the official clients and plain HTTP clients need: statements in the URL or the body, rows in any input format, compressed
bodies and answers, settings and parameters, sessions, users, error codes. Answers are sent whole, so that an error is never in mid-body.
What a user may do is not checked: every user may do everything. `client_protocol_version` is taken and changes nothing, so the time zone of a
`DateTime` is not in Native; there are no external tables; `http_write_exception_in_output_format` leaves faults as plain text.

Its log has a line for each request that failed: what kind of statement, which sizes, which fault; never a value of either.
"""

from __future__ import annotations

import argparse
import hmac
import json
import signal
import sys
import threading
import traceback
import urllib.parse
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from clickhouse_compression import compressed_blocks, encoded, encoding_for
from clickhouse_engine import Engine, first_words
from clickhouse_request import Request
from clickhouse_wire import ClickHouseError, ClientWentAway, body_chunks

HEALTH_CHECKS = frozenset({"/", "/ping", "/replicas_status"})
NO_HANDLE = """There is no handle {path}

Use / or /ping for health checks.
Or /replicas_status for more sophisticated health checks.

Send queries from your program with POST method or GET /?query=...
"""
PLAIN = "text/plain; charset=UTF-8"
CONTENT_TYPES = {
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "JSONCompactEachRow": "application/x-ndjson; charset=UTF-8",
    "Native": "application/octet-stream",
    "RowBinary": "application/octet-stream",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TSV": "text/tab-separated-values; charset=UTF-8",
}


class Server(ThreadingHTTPServer):
    """One thread a connection; the engine bounds how many statements run."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, folder: Path, users: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", port), Handler)  # binds first: a second server fails here, and not in the folder
        self.engine = Engine(folder)
        self.users = users

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that broke off. Python's own way prints the fault, and with it what was being read."""
        print(f"a connection ended: {where(sys.exc_info()[1])}", file=sys.stderr, flush=True)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

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
        """Statements and health checks."""
        url = urllib.parse.urlsplit(self.path)
        request = Request(urllib.parse.parse_qsl(url.query, keep_blank_values=True), self.headers, only_reads=self.command != "POST")
        self.body_size = 0
        self.body = self.counted(body_chunks(self.rfile, self.headers))
        try:
            if url.path in HEALTH_CHECKS and not url.query and self.command != "POST":
                self.reply(200, b"Ok.\n", {"Content-Type": "text/html; charset=UTF-8"})
            elif url.path not in ("", "/", "/query"):
                self.drain()
                self.reply(404, NO_HANDLE.format(path=url.path).encode(), {"Content-Type": PLAIN})
            else:
                self.serve(request)
        except (ClientWentAway, ConnectionError, TimeoutError):
            self.close_connection = True
        except ClickHouseError as error:
            self.refuse(request, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer, and the log no body
            self.refuse(request, ClickHouseError(f"Code: 1001. DB::Exception: std::exception: {where(error)}. (STD_EXCEPTION)"))

    do_POST = do_GET  # noqa: N815
    do_HEAD = do_GET  # noqa: N815

    def serve(self, request: Request) -> None:
        """Answers, or raises what went wrong."""
        if self.command == "POST" and not {"content-length", "transfer-encoding"} & {name.lower() for name in self.headers}:
            reason = "The Transfer-Encoding is not chunked and there is no Content-Length header for POST request"
            raise ClickHouseError(f"Code: 381. DB::Exception: {reason}. (HTTP_LENGTH_REQUIRED)")
        self.authenticate(request)
        answer = self.server.engine.run(request.statement(self.body))
        self.drain()
        headers = {
            "Content-Type": CONTENT_TYPES.get(answer.format, PLAIN),
            "X-ClickHouse-Format": answer.format,
            "X-ClickHouse-Query-Id": request.query_id or str(uuid.uuid4()),
            "X-ClickHouse-Summary": json.dumps(answer.summary, separators=(",", ":")),
            "X-ClickHouse-Timezone": self.server.engine.time_zone,
        }
        body = compressed_blocks(answer.body) if request.takes_blocks else answer.body
        if body and (method := encoding_for(request.accepted_encodings)):
            body, headers["Content-Encoding"] = encoded(body, method), method
        self.reply(200, body, headers)

    def authenticate(self, request: Request) -> None:
        """Holds name and password against those that are known."""
        user, password = request.credentials()
        expected = self.server.users.get(user)
        if expected is None or not hmac.compare_digest(expected.encode(), password.encode()):
            reason = "Authentication failed: password is incorrect, or there is no user with such name"
            raise ClickHouseError(f"Code: 516. DB::Exception: {user}: {reason}. (AUTHENTICATION_FAILED)")

    def refuse(self, request: Request, error: ClickHouseError) -> None:
        """Answers as the server does where it cannot do what it was asked."""
        try:
            self.drain()  # else the client sees a closed connection in place of the answer
        except (ClientWentAway, ConnectionError, TimeoutError):
            self.close_connection = True
        words = b" ".join(first_words(request.sql or request.given.get("query", "").encode())).decode(errors="replace")
        print(f"{error.status}, code {error.code}: {words or 'no statement'} …, {self.body_size} bytes of body", file=sys.stderr, flush=True)
        headers = {"Content-Type": PLAIN, "X-ClickHouse-Exception-Code": str(error.code)}
        if request.query_id:
            headers["X-ClickHouse-Query-Id"] = request.query_id
        self.reply(error.status, f"{error.text} (version {self.server.engine.version})\n".encode(), headers)

    def counted(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The raw body, whose size is known in the end."""
        for chunk in chunks:
            self.body_size += len(chunk)
            yield chunk

    def drain(self) -> None:
        """Reads what is left of the body, so that the connection can serve the next request."""
        for _ in self.body:
            pass

    def reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Sends a whole answer."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()


def where(error: BaseException | None) -> str:
    """A fault of this program by its kind and place. Its text may hold anything."""
    frames = traceback.extract_tb(error.__traceback__) if error else []
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


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
