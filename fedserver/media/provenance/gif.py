"""GIF: comments and XMP. GIF89a, sections 24 and 26; XMP part 3, 1.1.2."""

from __future__ import annotations

from fedserver.media.provenance.parts import MAX_BLOCKS, MAX_TEXT, Broken, Data, Parts

_XMP = b"XMP DataXMP"


def read(data: Data) -> Parts:
    """Walks all blocks to the trailer; a file that is cut off gives what stands before the cut."""
    parts = Parts()
    at = 13 + _table(data[10:11])
    for _ in range(MAX_BLOCKS):
        kind = data[at : at + 2]
        if kind == b"!\xff" and data[at + 3 : at + 14] == _XMP:
            # the packet is not in sub-blocks; a tail of falling lengths leads old readers to its end
            end = data.find(b"\1\xff\xfe\xfd", at)
            if end < 0 or end - at > MAX_TEXT:
                raise Broken("XMP")
            parts.xmp.append(data[at + 14 : end])
            at = _blocks(data, end + 258)[1]
        elif kind == b"!\xfe":
            text, at = _blocks(data, at + 2)
            parts.add_text("comment", text.decode("utf-8", "replace"))
        elif kind[:1] == b"!":
            at = _blocks(data, at + 2)[1]
        elif kind[:1] == b",":
            at = _blocks(data, at + 11 + _table(data[at + 9 : at + 10]))[1]
        else:
            return parts
    raise Broken("too many blocks")


def _table(flags: bytes) -> int:
    """Bytes of a colour table."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _blocks(data: Data, at: int) -> tuple[bytes, int]:
    """The contents of sub-blocks, at most `MAX_TEXT` of them, and the place behind them."""
    out = bytearray()
    while size := data[at : at + 1]:
        at += 1 + size[0]
        if not size[0]:
            break
        if len(out) < MAX_TEXT:
            out += data[at - size[0] : at]
    return bytes(out), at
