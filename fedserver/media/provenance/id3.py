"""MP3: tags at its head. ID3v2.3 and 2.4, section 4."""

from __future__ import annotations

from typing import Final

from fedserver.media.provenance.parts import MAX_BLOCKS, MAX_TEXT, Broken, Data, Parts

_ENCODINGS: Final = ("latin-1", "utf-16", "utf-16-be", "utf-8")
_PRIVATE: Final = {b"TOWN": "owner-name"}


def read(data: Data) -> Parts:
    """The texts of a tag: TXXX and COMM under their description, others under their frame's name in small letters."""
    parts = Parts()
    head = data[:10]
    if head[:3] != b"ID3" or len(head) < 10 or head[3] not in (3, 4):
        return parts
    end = min(10 + _synchsafe(head[6:10]), len(data))
    at = 10
    if head[5] & 0x40:
        extended = data[10:14]
        at += _synchsafe(extended) if head[3] == 4 else 4 + int.from_bytes(extended, "big")
    for _ in range(MAX_BLOCKS):
        frame = data[at : at + 10]
        if at + 10 > end or not frame[:1].isalpha():
            return parts
        length = _synchsafe(frame[4:8]) if head[3] == 4 else int.from_bytes(frame[4:8], "big")
        body = data[at + 10 : min(at + 10 + length, end, at + 10 + MAX_TEXT)]
        _frame(parts, frame[:4], body)
        at += 10 + length
    raise Broken("too many frames")


def _frame(parts: Parts, kind: bytes, body: bytes) -> None:
    if kind in _PRIVATE:
        parts.private.append(_PRIVATE[kind])
    if kind[:1] != b"T" and kind != b"COMM":
        return
    encoding = _ENCODINGS[body[0]] if body and body[0] < len(_ENCODINGS) else "latin-1"
    # COMM has a language between the encoding and the description
    text = body[4 if kind == b"COMM" else 1 :].decode(encoding, "replace")
    if kind in (b"TXXX", b"COMM"):
        name, _, text = text.partition("\0")
        name = name.removeprefix("\ufeff").lower() or "comment"
        parts.add_text(name, text.strip("\0\ufeff"))
    else:
        parts.add_text(kind.decode("latin-1").lower(), text.strip("\0\ufeff"))


def _synchsafe(raw: bytes) -> int:
    number = 0
    for byte in raw:
        number = number << 7 | byte & 0x7F
    return number
