"""CityHash128 in its version 1.0.2, which ClickHouse puts before each compressed block. For blocks of some kilobytes: it is plain Python."""

from __future__ import annotations

import struct

Pair = tuple[int, int]
ALL = (1 << 64) - 1
K0, K1, K2, K3 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F, 0xC949D7C7509E6557
MULTIPLIER = 0x9DDFEA08EB382D69


def city_hash_128(data: bytes) -> bytes:
    """The 16 bytes as they stand in a block."""
    size = len(data)
    if size >= 16:
        hashed = _with_seed(data[16:], (_eight(data, 0) ^ K3, _eight(data, 8)))
    elif size >= 8:
        hashed = _with_seed(b"", (_eight(data, 0) ^ (size * K0 & ALL), _eight(data, size - 8) ^ K1))
    else:
        hashed = _with_seed(data, (K0, K1))
    return struct.pack("<QQ", *hashed)


def _with_seed(data: bytes, seed: Pair) -> Pair:
    size = len(data)
    if size < 128:
        return _short(data, seed)
    x, y = seed
    z = size * K1 & ALL
    v0 = (_rotated(y ^ K1, 49) * K1 + _eight(data, 0)) & ALL
    v1 = (_rotated(v0, 42) * K1 + _eight(data, 8)) & ALL
    w0 = (_rotated(y + z, 35) * K1 + x) & ALL
    w1 = _rotated(x + _eight(data, 88), 53) * K1 & ALL
    position = 0
    while size - position >= 128:
        for _ in range(2):
            x = _rotated(x + y + v0 + _eight(data, position + 16), 37) * K1 & ALL
            y = _rotated(y + v1 + _eight(data, position + 48), 42) * K1 & ALL
            x, y = x ^ w1, y ^ v0
            z = _rotated(z ^ w0, 33)
            v0, v1 = _weak(data, position, v1 * K1, x + w0)
            w0, w1 = _weak(data, position + 32, z + w1, y)
            z, x = x, z
            position += 64
    y = (y + _rotated(w0, 37) * K0 + z) & ALL
    x = (x + _rotated(v0 + z, 49) * K0) & ALL
    for end in range(size, position, -32):
        y = (_rotated(y - x, 42) * K0 + v1) & ALL
        w0 = (w0 + _eight(data, end - 16)) & ALL
        x = (_rotated(x, 49) * K0 + w0) & ALL
        w0 = (w0 + v0) & ALL
        v0, v1 = _weak(data, end - 32, v0, v1)
    x, y = _sixteen(x, v0), _sixteen(y, w0)
    return (_sixteen(x + v1, w1) + y) & ALL, _sixteen(x + w1, y + v1)


def _short(data: bytes, seed: Pair) -> Pair:
    a, b = seed
    size = len(data)
    if size <= 16:
        a = _mixed(a * K1 & ALL) * K1 & ALL
        c = (b * K1 + _up_to_sixteen(data)) & ALL
        d = _mixed((a + (_eight(data, 0) if size >= 8 else c)) & ALL)
    else:
        c = _sixteen(_eight(data, size - 8) + K1, a)
        d = _sixteen(b + size, c + _eight(data, size - 16))
        a = (a + d) & ALL
        for position in range(0, size - 16, 16):
            a = (a ^ _mixed(_eight(data, position) * K1 & ALL) * K1 & ALL) * K1 & ALL
            b ^= a
            c = (c ^ _mixed(_eight(data, position + 8) * K1 & ALL) * K1 & ALL) * K1 & ALL
            d ^= c
    a, b = _sixteen(a, c), _sixteen(d, b)
    return a ^ b, _sixteen(b, a)


def _up_to_sixteen(data: bytes) -> int:
    size = len(data)
    if size > 8:
        a, b = _eight(data, 0), _eight(data, size - 8)
        return _sixteen(a, _rotated(b + size, size)) ^ b
    if size >= 4:
        first, last = (int.from_bytes(part, "little") for part in (data[:4], data[-4:]))
        return _sixteen(size + (first << 3), last)
    if not size:
        return K2
    y = data[0] + (data[size >> 1] << 8)
    z = size + (data[-1] << 2)
    return _mixed((y * K2 ^ z * K3) & ALL) * K2 & ALL


def _eight(data: bytes, position: int) -> int:
    return int.from_bytes(data[position : position + 8], "little")


def _rotated(value: int, bits: int) -> int:
    value &= ALL
    return (value >> bits | value << (64 - bits)) & ALL


def _mixed(value: int) -> int:
    return value ^ value >> 47


def _sixteen(u: int, v: int) -> int:
    u, v = u & ALL, v & ALL
    a = _mixed((u ^ v) * MULTIPLIER & ALL)
    b = _mixed((v ^ a) * MULTIPLIER & ALL)
    return b * MULTIPLIER & ALL


def _weak(data: bytes, position: int, a: int, b: int) -> Pair:
    w, x, y, z = struct.unpack_from("<QQQQ", data, position)
    a = (a + w) & ALL
    b = _rotated(b + a + z, 21)
    c = a
    a = (a + x + y) & ALL
    b = (b + _rotated(a, 44)) & ALL
    return (a + z) & ALL, (b + c) & ALL
