"""Cleans JPEG, PNG, WebP and GIF files without touching their pixels. Pure; runs in the child.

Each function walks the structure of its format and copies only what is on a list of parts that make the
picture: whatever is not known is private until shown otherwise. What stands behind the end of the
picture (an archive, a script, a second image) is not copied, because the walk ends there.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

MAX_ICC: Final = 1024 * 1024


class Broken(ValueError):
    """The structure of the file is not that of its format."""


class Stripped(NamedTuple):
    """The cleaned file and the number of its frames."""

    data: bytes
    frames: int


def strip_jpeg(data: bytes) -> Stripped:
    """Keeps frames, tables, scans, JFIF without its thumbnail, ICC and the Adobe colour marker.

    Source: ITU-T T.81, annex B.
    """
    out = bytearray(b"\xff\xd8")
    at, scans = 2, 0
    while True:
        marker, at = _jpeg_marker(data, at)
        if marker == 0xD9:
            break
        if marker in (0x01, *range(0xD0, 0xD9)):
            raise Broken("marker out of place")
        length = int.from_bytes(data[at : at + 2], "big")
        body = data[at + 2 : at + length]
        if length < 2 or len(body) != length - 2:
            raise Broken("segment cut off")
        at += length
        kept = _jpeg_segment(marker, body)
        if kept is not None:
            out += bytes((0xFF, marker)) + (len(kept) + 2).to_bytes(2, "big") + kept
        if marker == 0xDA:
            end = _jpeg_scan_end(data, at)
            out += data[at:end]
            at, scans = end, scans + 1
    if not scans:
        raise Broken("no scan")
    return Stripped(bytes(out + b"\xff\xd9"), 1)


def _jpeg_marker(data: bytes, at: int) -> tuple[int, int]:
    if at + 1 >= len(data) or data[at] != 0xFF:
        raise Broken("no marker")
    while at < len(data) and data[at] == 0xFF:
        at += 1
    if at >= len(data):
        raise Broken("no marker")
    return data[at], at + 1


def _jpeg_segment(marker: int, body: bytes) -> bytes | None:
    if marker == 0xE0:
        return body[:12] + b"\0\0" if body.startswith(b"JFIF\0") and len(body) >= 14 else None
    if marker == 0xE2:
        return body if body.startswith(b"ICC_PROFILE\0") else None
    if marker == 0xEE:
        return body[:12] if body.startswith(b"Adobe") else None
    if 0xE0 <= marker <= 0xEF or marker >= 0xF0 or marker < 0xC0:
        return None  # applications, comments, reserved
    return body


def _jpeg_scan_end(data: bytes, at: int) -> int:
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise Broken("scan cut off")
        if data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
            at += 2
        elif data[at + 1] == 0xFF:
            at += 1
        else:
            return at


_PNG_KEPT: Final = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs cICP mDCV cLLI acTL fcTL fdAT".split()
)


def strip_png(data: bytes) -> Stripped:
    """Keeps the chunks that make the picture or its animation (PNG third edition); checks every CRC."""
    out = bytearray(data[:8])
    at, frames = 8, 0
    while True:
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        chunk = data[at : at + 12 + length]
        if len(chunk) != 12 + length or zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
            raise Broken("chunk cut off or damaged")
        at += len(chunk)
        if kind in _PNG_KEPT and not (kind == b"iCCP" and length > MAX_ICC):
            out += chunk
        frames += kind == b"fcTL"
        if kind == b"IEND":
            return Stripped(bytes(out), max(frames, 1))


def strip_webp(data: bytes) -> Stripped:
    """Keeps image, alpha, animation and ICC chunks; clears the flags of EXIF and XMP. RFC 9649."""
    size = int.from_bytes(data[4:8], "little")
    if size + 8 > len(data):
        raise Broken("cut off")
    out, frames, pictures = bytearray(), 0, 0
    for kind, body in _riff(data[12 : size + 8]):
        if kind == b"VP8X":
            body = bytes((body[0] & ~0x0C & 0xFF,)) + body[1:10] if len(body) >= 10 else b""
        elif kind == b"ANMF":
            inner = b"".join(_riff_chunk(k, b) for k, b in _riff(body[16:]) if k in (b"ALPH", b"VP8 ", b"VP8L"))
            body, frames = body[:16] + inner, frames + 1
        elif kind in (b"VP8 ", b"VP8L"):
            pictures += 1
        elif kind not in (b"ALPH", b"ANIM", b"ICCP"):
            continue
        out += _riff_chunk(kind, body)
    if not frames and not pictures:
        raise Broken("no picture")
    return Stripped(b"RIFF" + (len(out) + 4).to_bytes(4, "little") + b"WEBP" + bytes(out), max(frames, 1))


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + length > len(data):
            raise Broken("chunk cut off")
        yield data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _riff_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)


def strip_gif(data: bytes) -> Stripped:
    """Keeps images, their controls and the loop count; drops comments, texts and other applications.

    Source: GIF89a specification.
    """
    if len(data) < 13:
        raise Broken("cut off")
    at = 13 + _gif_table(data[10])
    out, frames = bytearray(data[:at]), 0
    while True:
        start, kind = at, data[at : at + 1]
        if kind == b";":
            if not frames:
                raise Broken("no picture")
            return Stripped(bytes(out) + b";", frames)
        if kind == b",":
            if at + 10 > len(data):
                raise Broken("cut off")
            at = _gif_blocks(data, at + 10 + _gif_table(data[at + 9]) + 1)
            frames += 1
            out += data[start:at]
        elif kind == b"!":
            at = _gif_blocks(data, at + 2)
            if data[start + 1 : start + 2] == b"\xf9" or _gif_loop(data[start:at]):
                out += data[start:at]
        else:
            raise Broken("unknown block")


def _gif_table(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_blocks(data: bytes, at: int) -> int:
    while at < len(data):
        if data[at] == 0:
            return at + 1
        at += data[at] + 1
    raise Broken("cut off")


def _gif_loop(block: bytes) -> bool:
    return block[1:3] == b"\xff\x0b" and block[3:14] in (b"NETSCAPE2.0", b"ANIMEXTS1.0") and len(block) == 19


STRIPPERS: Final[dict[str, Callable[[bytes], Stripped]]] = {
    "jpeg": strip_jpeg,
    "png": strip_png,
    "webp": strip_webp,
    "gif": strip_gif,
}
