"""PNG: texts (tEXt, zTXt, iTXt), EXIF and XMP, wherever they stand. PNG third edition, 11.3.3 and 11.3.4."""

from __future__ import annotations

from fedserver.media.provenance.parts import MAX_BLOCKS, MAX_TEXT, Broken, Data, Parts, inflate

_XMP = "XML:com.adobe.xmp"


def read(data: Data) -> Parts:
    """Walks all chunks to IEND. A file that is cut off gives what stands before the cut."""
    parts, at = Parts(), 8
    for _ in range(MAX_BLOCKS):
        head = data[at : at + 8]
        if len(head) < 8:
            return parts
        if head[4:] == b"IEND":
            if len(data) > at + 12:
                parts.private.append("trailer")
            return parts
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            if length > MAX_TEXT:
                raise Broken("too much text")
            _text(parts, kind, data[at + 8 : at + 8 + length])
        elif kind == b"eXIf" and length <= MAX_TEXT:
            parts.exif.append(data[at + 8 : at + 8 + length])
        at += 12 + length
    raise Broken("too many chunks")


def _text(parts: Parts, kind: bytes, body: bytes) -> None:
    keyword, _, rest = body.partition(b"\0")
    name = keyword.decode("latin-1")
    if kind == b"tEXt":
        # Latin-1 by the standard; generators write UTF-8 all the same
        parts.add_text(name, _decoded(rest))
    elif kind == b"zTXt":
        parts.add_text(name, _decoded(inflate(rest[1:])))
    else:
        packed, rest = rest[:1] == b"\1", rest[2:]
        _, _, rest = rest.partition(b"\0")
        _, _, text = rest.partition(b"\0")
        text = inflate(text) if packed else text
        if name == _XMP:
            parts.xmp.append(text)
        else:
            parts.add_text(name, text.decode("utf-8", "replace"))


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
