"""JPEG: EXIF, XMP in one or many segments, comments, IPTC. ITU-T T.81, annex B; XMP part 3, 1.1.3."""

from __future__ import annotations

from typing import Final

from fedserver.media.provenance.parts import MAX_BLOCKS, MAX_TEXT, Broken, Data, Parts

_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_MORE: Final = b"http://ns.adobe.com/xmp/extension/\0"
_PHOTOSHOP: Final = b"Photoshop 3.0\0"
# IIM 4.2, record 2: who, where
_IPTC: Final = {80: "owner-name", 85: "owner-name", 118: "contact", 90: "location", 92: "location"}


def read(data: Data) -> Parts:
    """Walks the segments before the first scan."""
    parts, at = Parts(), 2
    more: dict[bytes, dict[int, bytes]] = {}
    for _ in range(MAX_BLOCKS):
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        head = data[at : at + 4]
        if len(head) < 4 or head[0] != 0xFF or head[1] in (0xD9, 0xDA):
            break
        length = int.from_bytes(head[2:], "big")
        body = data[at + 4 : at + 2 + length]
        if head[1] == 0xE1:
            _first(parts, more, body)
        elif head[1] == 0xFE:
            parts.add_text("comment", body.decode("utf-8", "replace"))
        elif head[1] == 0xED and body.startswith(_PHOTOSHOP):
            _photoshop(parts, body[len(_PHOTOSHOP) :])
        at += 2 + max(length, 2)
    else:
        raise Broken("too many segments")
    parts.xmp += [b"".join(pieces[offset] for offset in sorted(pieces)) for pieces in more.values()]
    return parts


def _first(parts: Parts, more: dict[bytes, dict[int, bytes]], body: bytes) -> None:
    """APP1: EXIF, a packet of XMP, or a piece of a long one."""
    if body.startswith(b"Exif\0"):
        parts.exif.append(body)
    elif body.startswith(_XMP):
        parts.xmp.append(body[len(_XMP) :])
    elif body.startswith(_MORE):
        name, rest = body[len(_MORE) : len(_MORE) + 32], body[len(_MORE) + 32 :]
        pieces = more.setdefault(name, {})
        pieces[int.from_bytes(rest[4:8], "big")] = rest[8:]
        if len(more) > 4 or sum(map(len, pieces.values())) > MAX_TEXT:
            raise Broken("too much XMP")


def _photoshop(parts: Parts, body: bytes) -> None:
    """Image resources: only 0x0404, IPTC-IIM, is looked at."""
    at = 0
    while body[at : at + 4] == b"8BIM":
        kind = int.from_bytes(body[at + 4 : at + 6], "big")
        at += 6 + (len(body[at + 6 : at + 7]) and (body[at + 6] + 2) // 2 * 2)
        length = int.from_bytes(body[at : at + 4], "big")
        if kind == 0x0404:
            _iptc(parts, body[at + 4 : at + 4 + length])
        at += 4 + length + length % 2


def _iptc(parts: Parts, body: bytes) -> None:
    at = 0
    while body[at : at + 1] == b"\x1c" and at + 5 <= len(body):
        record, number, length = body[at + 1], body[at + 2], int.from_bytes(body[at + 3 : at + 5], "big")
        if record == 2 and number in _IPTC and length and length < 0x8000:
            parts.private.append(_IPTC[number])
        at += 5 + length
