"""The pictures of accounts that have none: drawn here, so that there is always something at their addresses."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from functools import lru_cache

from aiohttp.web import Response

from fedserver.edge.call import Call

_SIDE = 240
_HEADER = (600, 200)
# background, figure
_COLOURS = bytes((203, 209, 217, 148, 158, 173))


async def avatar(call: Call) -> Response:
    """GET /static/avatar.png"""
    return _picture(_avatar())


async def header(call: Call) -> Response:
    """GET /static/header.png"""
    return _picture(_header())


def _picture(body: bytes) -> Response:
    return Response(body=body, headers={"Content-Type": "image/png", "Cache-Control": "public, max-age=86400"})


@lru_cache(maxsize=1)
def _avatar() -> bytes:
    """Head and shoulders."""

    def figure(x: int, y: int) -> bool:
        head = (x - 120) ** 2 + (y - 95) ** 2 < 45**2
        shoulders = ((x - 120) / 85) ** 2 + ((y - 240) / 80) ** 2 < 1
        return head or shoulders

    return _png(_SIDE, _SIDE, figure)


@lru_cache(maxsize=1)
def _header() -> bytes:
    return _png(*_HEADER, lambda x, y: False)


def _png(width: int, height: int, dark: Callable[[int, int], bool]) -> bytes:
    """A picture of two colours (PNG, third edition: one bit a pixel, a palette, no filter)."""
    rows = bytearray()
    for y in range(height):
        bits = "".join("1" if dark(x, y) else "0" for x in range(width)).ljust(-(-width // 8) * 8, "0")
        rows += b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    head = struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"PLTE", _COLOURS), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
