"""The least that could bring the same rows: the fewest pages, thrown away, and the same calls to ledger, queue and store.

What the importer asked of ledger, queue and store is asked again as it was recorded, the encoded rows included, with a token of its own.
"""

from __future__ import annotations

import gzip
import http.client
import re
import time
import uuid
from threading import Thread
from urllib.parse import urlsplit

from recorder import Stored
from surroundings import Call


class Floor:
    """A client that repeats one recorded import."""

    def __init__(self, calls: list[Call], stored: list[Stored], port: int, store_port: int, platform_port: int) -> None:
        self._aws = [call for call in calls if call.kind != "platform"]
        self._first = _largest([call for call in calls if call.kind == "platform"])
        self._stored = stored
        self._platform, self._own, self._store = (
            http.client.HTTPConnection("127.0.0.1", number, timeout=60) for number in (platform_port, port, store_port)
        )
        self.requests = 0

    def run(self) -> float:
        """Does it once: seconds."""
        self.requests = 0
        self._platform.close()  # a real Phoenix has done so after five seconds
        inserts = next(number for number, request in enumerate(self._stored) if request.is_insert)
        begins = sum(call.kind == "ledger" for call in self._aws) - 1  # all of the ledger but the completion come before the reading
        began = time.perf_counter()
        for call in self._aws[:begins]:
            _send(self._own, "POST", call.path, call.headers, call.body)
        look_up = Thread(target=lambda: [self._ask_store(request) for request in self._stored[:inserts]])
        look_up.start()
        self._read()
        look_up.join()
        for request in self._stored[inserts:]:
            self._ask_store(request)
        for call in self._aws[begins:]:
            _send(self._own, "POST", call.path, call.headers, call.body)
        return time.perf_counter() - began

    def _read(self) -> None:
        """Page after page, each as large as the largest that the importer asked for."""
        cursor: str | None = ""
        while cursor is not None:
            path, body = self._first.path, self._first.body
            if cursor and body:
                body = body.rstrip()[:-1] + f',"cursor":"{cursor}"}}'.encode()
            elif cursor:
                path += f"&cursor={cursor}"
            answer = _send(self._platform, "POST" if body else "GET", path, self._first.headers, body)
            self.requests += 1
            found = re.search(rb'"(?:next_)?cursor": ?"([^"]+)"', answer[:200] + answer[-200:])  # a real Phoenix tells it first
            cursor = found[1].decode() if found else None

    def _ask_store(self, request: Stored) -> None:
        path = request.path
        if request.is_insert:
            path = re.sub(r"insert_deduplication_token=[^&]+", f"insert_deduplication_token={uuid.uuid4().hex}", path)
        _send(self._store, "POST", path, request.headers, request.body)


def _largest(calls: list[Call]) -> Call:
    """The first request for whole rows, at the largest page that was asked for, without a filter or a cursor."""
    sizes = [int(size) for call in calls for size in re.findall(r"(?:limit=|page_size\"?: ?)(\d+)", call.path + call.body.decode())]
    limit = max(sizes)
    asks = re.compile(rf"(limit=|page_size\"?: ?){limit}\b")
    first = next(call for call in calls if "sessions" not in urlsplit(call.path).path and asks.search(call.path + call.body.decode()))
    path = re.sub(r"&(?:trace_id|attribute|cursor|filter)=[^&]*", "", first.path)
    body = re.sub(rb',"(?:filter|cursor)":"(?:[^"\\]|\\.)*"', b"", first.body)
    return Call("platform", path, first.headers, body)


def _send(connection: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    own = {name: value for name, value in headers.items() if name.lower() not in ("host", "content-length", "transfer-encoding", "connection")}
    connection.request(method, path, body or None, own)
    answer = connection.getresponse()
    content = answer.read()
    if answer.getheader("Content-Encoding") == "gzip":  # a real server's; the cursor is in it
        content = gzip.decompress(content)
    if answer.status >= 300:
        raise RuntimeError(f"the floor was refused: {method} {path[:80]} {answer.status} {content[:200]!r}")
    return content
