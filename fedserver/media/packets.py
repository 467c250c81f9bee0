"""What is written into files that this node made or cleaned, for readers outside of any network. Pure.

It is an XMP packet: that AI had part in a picture (previews), and that its author does not want models to be trained
with it. Source: XMP specification part 3 (1.1.3 JPEG, 1.1.5 PNG, 1.1.8 WebP); RFC 9649 (WebP container), sections 2.3
to 2.7; IPTC photo metadata 2025.1, Digital Source Type and Data Mining (`plus:DataMining`).
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

_XMP_FLAG: Final = 0x04
_ALPHA_FLAG: Final = 0x10
_HEAD: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
<rdf:Description rdf:about="\""""
_SOURCE: Final = ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:DigitalSourceType="{}"'
_MINING: Final = ' xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/" plus:DataMining="{}"'
_TAIL: Final = '/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
_JPEG_NAME: Final = b"http://ns.adobe.com/xap/1.0/\0"
_PNG_HEAD: Final = b"\x89PNG\r\n\x1a\n"
_PNG_NAME: Final = b"XML:com.adobe.xmp\0\0\0\0\0"


def with_packet(data: bytes, *, source_type: str = "", mining: str = "") -> bytes:
    """The JPEG, PNG or WebP with a packet that says these (addresses, '' for nothing). As it is where neither is said,
    where it is another kind of file, or where it has a packet already."""
    if not source_type and not mining:
        return data
    packet = _packet(source_type, mining)
    if data[:3] == b"\xff\xd8\xff":
        return _into_jpeg(data, packet)
    if data[:8] == _PNG_HEAD:
        return _into_png(data, packet)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _into_webp(data, packet)
    return data


def _packet(source_type: str, mining: str) -> bytes:
    told = _SOURCE.format(_escaped(source_type)) if source_type else ""
    told += _MINING.format(_escaped(mining)) if mining else ""
    return f"{_HEAD}{told}{_TAIL}".encode()


def _into_jpeg(data: bytes, packet: bytes) -> bytes:
    """After the JFIF header, which has to come first."""
    at = 2
    if data[2:4] == b"\xff\xe0" and len(data) >= 6:
        at = 4 + int.from_bytes(data[4:6], "big")
    body = _JPEG_NAME + packet
    if body[:29] in data[: 64 * 1024] or at > len(data):
        return data
    return data[:at] + b"\xff\xe1" + struct.pack(">H", 2 + len(body)) + body + data[at:]


def _into_png(data: bytes, packet: bytes) -> bytes:
    """After IHDR."""
    end = 8 + 12 + int.from_bytes(data[8:12], "big")
    if data[12:16] != b"IHDR" or end > len(data) or _PNG_NAME[:17] in data[end : end + 64 * 1024]:
        return data
    body = b"iTXt" + _PNG_NAME + packet
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:end] + chunk + data[end:]


def _into_webp(data: bytes, packet: bytes) -> bytes:
    kind, size = data[12:16], int.from_bytes(data[16:20], "little")
    body = data[20 : 20 + size]
    head = _extended(kind, body)
    if head is None:
        return data
    rest = data[20 + size + (size & 1) :] if kind == b"VP8X" else data[12:]
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
