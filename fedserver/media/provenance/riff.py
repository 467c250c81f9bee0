"""WebP and WAV: EXIF and XMP chunks of RIFF. RFC 9649, section 2. Lists are not entered."""

from __future__ import annotations

from fedserver.media.provenance.parts import MAX_BLOCKS, MAX_TEXT, Broken, Data, Parts


def read(data: Data) -> Parts:
    """Walks the chunks of the outermost level."""
    parts, at = Parts(), 12
    for _ in range(MAX_BLOCKS):
        head = data[at : at + 8]
        if len(head) < 8:
            return parts
        kind, length = head[:4], int.from_bytes(head[4:], "little")
        if kind in (b"EXIF", b"XMP ", b"_PMX"):
            if length > MAX_TEXT:
                raise Broken("too much metadata")
            (parts.exif if kind == b"EXIF" else parts.xmp).append(data[at + 8 : at + 8 + length])
        at += 8 + length + length % 2
    raise Broken("too many chunks")
