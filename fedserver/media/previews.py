"""What is written into a preview: how its picture was made, for readers outside of any network. Pure.

A preview is a WebP that this node made. Source: RFC 9649 (WebP container), sections 2.3 to 2.7; XMP specification
part 3; IPTC photo metadata, Digital Source Type (`Iptc4xmpExt:DigitalSourceType`).
"""

from __future__ import annotations

import struct
from typing import Final

_XMP_FLAG: Final = 0x04
_ALPHA_FLAG: Final = 0x10
_PACKET: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" \
Iptc4xmpExt:DigitalSourceType="{address}"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


def with_source_type(data: bytes, address: str) -> bytes:
    """The WebP with its digital source type; as it is where it is none, or has a packet."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return data
    kind, size = data[12:16], int.from_bytes(data[16:20], "little")
    body = data[20 : 20 + size]
    head = _extended(kind, body)
    if head is None:
        return data
    rest = data[20 + size + (size & 1) :] if kind == b"VP8X" else data[12:]
    packet = _PACKET.format(address=_escaped(address)).encode()
    chunks = _chunk(b"VP8X", head) + rest + (b"\0" if len(rest) & 1 else b"") + _chunk(b"XMP ", packet)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _extended(kind: bytes, body: bytes) -> bytes | None:
    """The VP8X header with the flag for XMP set; made for a file that has none."""
    if kind == b"VP8X" and len(body) == 10:
        return None if body[0] & _XMP_FLAG else bytes([body[0] | _XMP_FLAG]) + body[1:]
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        return _header(_XMP_FLAG, width, height)
    if kind == b"VP8L" and body[:1] == b"\x2f" and len(body) >= 5:
        bits = int.from_bytes(body[1:5], "little")
        flags = _XMP_FLAG | (_ALPHA_FLAG if bits >> 28 & 1 else 0)
        return _header(flags, (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    return None


def _header(flags: int, width: int, height: int) -> bytes | None:
    if not width or not height:
        return None
    return bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + (b"\0" if len(body) & 1 else b"")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
