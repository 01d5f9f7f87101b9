"""What ClickHouse's HTTP interface adds to plain HTTP: request bodies in its own compressed blocks, parameters as a form, error texts."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from typing import BinaryIO

import lz4.block

CHUNK_BYTES = 1 << 20
LZ4_METHOD = 0x82
# A block is: 16 bytes of checksum, 1 of method, 4 of compressed size (these 9 header bytes counted), 4 of raw size, the data.
CHECKSUM_BYTES, BLOCK_HEADER_BYTES = 16, 9
LARGEST_BLOCK_BYTES = 1 << 30

# ClickHouse answers with a status that depends on its own error code; clients go by the code, so only the usual ones are told apart.
STATUS_OF_CODE = {60: 404, 81: 404, 16: 404, 47: 404, 115: 404, 516: 403, 497: 403, 164: 403, 159: 408, 202: 503, 48: 501}
BAD_REQUEST_CODES = frozenset({6, 20, 26, 27, 32, 33, 36, 38, 41, 42, 43, 44, 53, 62, 69, 70, 72, 108, 117, 130, 131, 271, 456, 457, 621})


class ClickHouseError(Exception):
    """An error in ClickHouse's words: `Code: 60. DB::Exception: …`."""

    def __init__(self, text: str) -> None:
        found = re.search(r"Code:\s*(\d+)", text)
        self.code = int(found.group(1)) if found else 1002
        self.text = text[found.start() :].strip() if found else f"Code: {self.code}. DB::Exception: {text.strip()}"
        super().__init__(self.text)

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return STATUS_OF_CODE.get(self.code, 400 if self.code in BAD_REQUEST_CODES else 500)


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


def decompressed_blocks(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The contents of ClickHouse's LZ4 blocks (the URL says `decompress=1`). Checksums are not looked at."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= CHECKSUM_BYTES + BLOCK_HEADER_BYTES:
            method, compressed_size, raw_size = struct.unpack_from("<BII", waiting, CHECKSUM_BYTES)
            if method != LZ4_METHOD or compressed_size < BLOCK_HEADER_BYTES or raw_size > LARGEST_BLOCK_BYTES:
                raise ClickHouseError("Code: 271. DB::Exception: Bad compressed block header. (CANNOT_DECOMPRESS)")
            end = CHECKSUM_BYTES + compressed_size
            if len(waiting) < end:
                break
            data = bytes(waiting[CHECKSUM_BYTES + BLOCK_HEADER_BYTES : end])
            del waiting[:end]
            try:
                yield lz4.block.decompress(data, uncompressed_size=raw_size)
            except lz4.block.LZ4BlockError as error:
                raise ClickHouseError(f"Code: 271. DB::Exception: {error}. (CANNOT_DECOMPRESS)") from error
    if waiting:
        raise ClickHouseError("Code: 33. DB::Exception: The last compressed block is cut short. (CANNOT_READ_ALL_DATA)")


def form_fields(content_type: str, body: bytes) -> list[tuple[str, str]]:
    """The fields of a multipart form: how the Rust client sends a query that has parameters."""
    form = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    parts = form.get_payload() if form.is_multipart() else []
    return [
        (str(part.get_param("name", header="content-disposition")), part.get_payload(decode=True).decode()) for part in parts
    ]
