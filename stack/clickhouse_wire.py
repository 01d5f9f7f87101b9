"""Bodies as they come, sized, chunked or as a form, and faults in ClickHouse's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from typing import BinaryIO

CHUNK_BYTES = 1 << 20

# The server's status for each of its codes; 500 for every other one.
STATUSES = {
    400: (6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441, 675, 676),
    401: (194,),
    403: (192, 193, 497, 512, 516),
    404: (46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511),
    408: (159,),
    411: (381,),
    413: (229,),
    501: (48,),
    503: (76, 209, 439),
}
STATUS_OF_CODE = {code: status for status, codes in STATUSES.items() for code in codes}


_TOLD_TWICE = re.compile(r"Code: (\d+)\. DB::Exception: (Code: \1\. DB::Exception: .* \(\w+\)) \(version [^()]*(?:\([^()]*\))?\)\. \(\w+\)", re.S)
"""A fault that the engine has wrapped in itself."""


class ClickHouseError(Exception):
    """An error in ClickHouse's words: `Code: 60. DB::Exception: …`."""

    def __init__(self, text: str) -> None:
        text = _TOLD_TWICE.sub(r"\2", text)
        found = re.search(r"Code:\s*(\d+)", text)
        self.code = int(found.group(1)) if found else 1002
        self.text = text[found.start() :].strip() if found else f"Code: {self.code}. DB::Exception: {text.strip()}"
        super().__init__(self.text)

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return STATUS_OF_CODE.get(self.code, 500)


class ClientWentAway(Exception):
    """The body ended before it was complete. What came of it must not be stored."""


def body_chunks(stream: BinaryIO, headers: Message) -> Iterator[bytes]:
    """The raw body, sized or chunked, in pieces."""
    if "chunked" not in headers.get("Transfer-Encoding", "").lower():
        yield from _exactly(stream, int(headers.get("Content-Length") or 0))
        return
    while size := _chunk_size(stream.readline(1024)):
        yield from _exactly(stream, size)
        if stream.readline(8) != b"\r\n":
            raise ClientWentAway
    while (trailer := stream.readline(65536)) != b"\r\n":
        if not trailer:
            raise ClientWentAway


def _chunk_size(line: bytes) -> int:
    try:
        return int(line.split(b";")[0].strip(), 16)
    except ValueError as error:
        raise ClientWentAway from error


def _exactly(stream: BinaryIO, size: int) -> Iterator[bytes]:
    while size:
        piece = stream.read(min(size, CHUNK_BYTES))
        if not piece:
            raise ClientWentAway
        size -= len(piece)
        yield piece


def form_fields(content_type: str, body: bytes) -> list[tuple[str, str]]:
    """The fields of a multipart form: how the Rust client sends a query that has parameters."""
    form = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    parts = form.get_payload() if form.is_multipart() else []
    if any(part.get_filename() for part in parts):
        raise ClickHouseError("Code: 48. DB::Exception: The embedded engine takes no external tables. (NOT_IMPLEMENTED)")
    return [
        (str(part.get_param("name", header="content-disposition")), part.get_payload(decode=True).decode()) for part in parts
    ]
