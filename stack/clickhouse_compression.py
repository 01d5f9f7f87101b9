"""Compressed bodies, in the two ways that ClickHouse has: HTTP's own (`Content-Encoding`, `Accept-Encoding`), and its blocks (`decompress=1`,
`compress=1` in the URL)."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import lz4.block
import lz4.frame

from city_hash import city_hash_128
from clickhouse_wire import ClickHouseError

try:
    from compression import zstd  # from Python 3.14 on
except ImportError:
    from backports import zstd

KNOWN_METHODS = "'auto', 'none', 'gzip', 'deflate', 'br', 'xz', 'zstd', 'lz4', 'bz2', 'snappy'"
NOT_HERE = frozenset({"br", "brotli", "snappy"})
"""What the server takes, and nothing in this environment can read."""
ALIASES = {"gz": "gzip", "zst": "zstd", "lzma": "xz", "auto": "", "none": ""}
# For each: what makes a reader, and the server's code for what it cannot read.
READERS: dict[str, tuple[Callable[[], Any], str]] = {
    "gzip": (lambda: zlib.decompressobj(31), "354. DB::Exception: inflate failed: {}. (ZLIB_INFLATE_FAILED)"),
    "deflate": (lambda: zlib.decompressobj(15), "354. DB::Exception: inflate failed: {}. (ZLIB_INFLATE_FAILED)"),
    "lz4": (lz4.frame.LZ4FrameDecompressor, "618. DB::Exception: LZ4 decompression failed: {}. (LZ4_DECODER_FAILED)"),
    "zstd": (zstd.ZstdDecompressor, "561. DB::Exception: ZSTD stream decoding failed: {}. (ZSTD_DECODER_FAILED)"),
    "xz": (lzma.LZMADecompressor, "554. DB::Exception: lzma decoder failed: {}. (LZMA_STREAM_DECODER_FAILED)"),
    "bz2": (bz2.BZ2Decompressor, "594. DB::Exception: bzip2 stream decoder failed: {}. (BZIP2_STREAM_DECODER_FAILED)"),
}
BROKEN = (zlib.error, RuntimeError, zstd.ZstdError, lzma.LZMAError, OSError, EOFError)
# In the server's order of preference.
WRITERS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": zstd.compress,
    "lz4": lz4.frame.compress,
    "gzip": lambda body: gzip.compress(body, 3),
    "deflate": lambda body: zlib.compress(body, 3),
    "xz": lzma.compress,
    "bz2": bz2.compress,
}

# A block is: 16 bytes of checksum, 1 of method, 4 of compressed size (these 9 header bytes counted), 4 of raw size, the data.
CHECKSUM_BYTES, BLOCK_HEADER = 16, struct.Struct("<BII")
RAW, LZ4, ZSTD = 0x02, 0x82, 0x90
BLOCK_BYTES = 1 << 20
LARGEST_BLOCK_BYTES = 1 << 30


def decoded(chunks: Iterator[bytes], method: str) -> Iterator[bytes]:
    """A body as it was before `Content-Encoding`."""
    method = ALIASES.get(method, method)
    if not method:
        return chunks
    if method in NOT_HERE:
        raise ClickHouseError("Code: 48. DB::Exception: Unsupported compression method. (NOT_IMPLEMENTED)")
    if method not in READERS:
        reason = f"Unknown compression method '{method}'. Only {KNOWN_METHODS} are supported as compression methods"
        raise ClickHouseError(f"Code: 48. DB::Exception: {reason}. (NOT_IMPLEMENTED)")
    return _decoded(chunks, *READERS[method])


def _decoded(chunks: Iterator[bytes], make: Callable[[], Any], fault: str) -> Iterator[bytes]:
    """One member after the other: clients send several as one stream. A body that is cut short is a fault, or half of it would be stored."""
    reader, is_amidst = make(), False
    for chunk in chunks:
        rest = chunk
        while rest:
            try:
                yield reader.decompress(rest)
            except BROKEN as error:
                raise ClickHouseError(f"Code: {fault.format(error)}") from error
            is_amidst, rest = not reader.eof, (reader.unused_data or b"") if reader.eof else b""
            if reader.eof:
                reader = make()
    if is_amidst:
        raise ClickHouseError(f"Code: {fault.format('the stream is cut short')}")


def encoding_for(accepted: str) -> str:
    """What an answer is encoded with, for an `Accept-Encoding`; empty: with nothing."""
    return next((method for method in WRITERS if method in accepted), "")


def encoded(body: bytes, method: str) -> bytes:
    """An answer for a `Content-Encoding`."""
    return WRITERS[method](body)


def decompressed_blocks(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The contents of ClickHouse's blocks. Checksums are not looked at."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= CHECKSUM_BYTES + BLOCK_HEADER.size:
            method, compressed_size, raw_size = BLOCK_HEADER.unpack_from(waiting, CHECKSUM_BYTES)
            if method not in (RAW, LZ4, ZSTD) or compressed_size < BLOCK_HEADER.size or max(compressed_size, raw_size) > LARGEST_BLOCK_BYTES:
                raise ClickHouseError("Code: 271. DB::Exception: Bad compressed block header. (CANNOT_DECOMPRESS)")
            end = CHECKSUM_BYTES + compressed_size
            if len(waiting) < end:
                break
            data = bytes(waiting[CHECKSUM_BYTES + BLOCK_HEADER.size : end])
            del waiting[:end]
            yield _block(method, data, raw_size)
    if waiting:
        raise ClickHouseError("Code: 33. DB::Exception: The last compressed block is cut short. (CANNOT_READ_ALL_DATA)")


def _block(method: int, data: bytes, raw_size: int) -> bytes:
    try:
        if method == LZ4:
            return lz4.block.decompress(data, uncompressed_size=raw_size)
        return zstd.decompress(data) if method == ZSTD else data
    except (lz4.block.LZ4BlockError, zstd.ZstdError) as error:
        raise ClickHouseError(f"Code: 271. DB::Exception: {error}. (CANNOT_DECOMPRESS)") from error


def compressed_blocks(body: bytes) -> bytes:
    """An answer in ClickHouse's blocks."""
    blocks = []
    for start in range(0, len(body), BLOCK_BYTES):
        raw = body[start : start + BLOCK_BYTES]
        data = lz4.block.compress(raw, store_size=False)
        block = BLOCK_HEADER.pack(LZ4, BLOCK_HEADER.size + len(data), len(raw)) + data
        blocks.append(city_hash_128(block) + block)
    return b"".join(blocks)
