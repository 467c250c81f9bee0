"""EXIF: the few fields that tell of making or of a person. TIFF 6.0, section 2; Exif 3.0, section 4.6. Pure.

Cameras and programs write offsets that lead nowhere; such a field is skipped. Only structures that ask for too much
raise `Broken`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from fedserver.media.provenance.parts import MAX_TEXT, Broken, Data, Parts

_Order = Literal["little", "big"]

_MAX_DIRECTORIES: Final = 64
_MAX_ENTRIES: Final = 1000
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_POINTERS: Final = {0x8769: "exif", 0x8825: "gps", 0x014A: "sub"}
_TEXTS: Final = {
    0x010E: "description",
    0x010F: "make",
    0x0110: "model",
    0x0131: "software",
    0x013B: "artist",
    0x8298: "copyright",
}
_WIDE: Final = {0x9C9B: "xptitle", 0x9C9C: "xpcomment", 0x9C9E: "xpkeywords", 0x9C9F: "xpsubject"}
_PERSONAL: Final = {
    0x013B: "owner-name",
    0x9C9D: "owner-name",
    0xA430: "owner-name",
    0xA431: "serial-number",
    0xA435: "serial-number",
    0xC62F: "serial-number",
    0x927C: "maker-note",
}
_COMMENT, _XMP = 0x9286, 0x02BC


class Exif(NamedTuple):
    """``texts``: (name, text) with names in small letters. ``private``: see `findings`. ``xmp``: packets of a TIFF."""

    texts: tuple[tuple[str, str], ...]
    private: tuple[str, ...]
    xmp: tuple[bytes, ...]


class _Entry(NamedTuple):
    directory: str
    tag: int
    kind: int
    value: bytes


def read(data: Data) -> Exif:
    """Reads a TIFF structure, with or without the `Exif` head that JPEG puts before it."""
    start = 6 if data[:6] in (b"Exif\0\0", b"Exif\0\xff") else 0
    texts: list[tuple[str, str]] = []
    private: dict[str, None] = {}
    xmp: list[bytes] = []
    order: _Order = "little" if data[start : start + 2] == b"II" else "big"
    for entry in _entries(data, start, order):
        if entry.directory == "gps":
            # a version alone tells nothing
            if entry.tag != 0:
                private["gps"] = None
            continue
        if entry.tag in _PERSONAL and entry.value.strip(b"\0 "):
            private[_PERSONAL[entry.tag]] = None
        if entry.tag in _TEXTS:
            texts.append((_TEXTS[entry.tag], _text(entry.value)))
        elif entry.tag in _WIDE:
            texts.append((_WIDE[entry.tag], entry.value.decode("utf-16-le", "replace").rstrip("\0")))
        elif entry.tag == _COMMENT:
            texts.append(("usercomment", _comment(entry.value, order)))
        elif entry.tag == _XMP:
            xmp.append(entry.value)
    return Exif(tuple(texts), tuple(private), tuple(xmp))


def container(data: Data) -> Parts:
    """A TIFF file is one such structure."""
    found = read(data)
    return Parts(texts=list(found.texts), xmp=list(found.xmp), private=list(found.private))


def _entries(data: Data, start: int, order: _Order) -> Iterator[_Entry]:
    if data[start : start + 2] not in (b"II", b"MM"):
        return
    ahead = [("main", _number(data, start + 4, 4, order))]
    seen: set[int] = set()
    while ahead:
        directory, at = ahead.pop(0)
        if at in seen or not at:
            continue
        seen.add(at)
        if len(seen) > _MAX_DIRECTORIES:
            raise Broken("too many directories")
        count = _number(data, start + at, 2, order)
        if count > _MAX_ENTRIES:
            continue
        for place in range(start + at + 2, start + at + 2 + 12 * count, 12):
            entry = _entry(data, start, place, directory, order)
            if entry is None:
                continue
            if entry.tag in _POINTERS and entry.kind in (4, 13):
                offsets = [_number(entry.value, index, 4, order) for index in range(0, min(len(entry.value), 1024), 4)]
                ahead += [(_POINTERS[entry.tag], offset) for offset in offsets]
            else:
                yield entry
        if directory == "main":
            ahead.append(("main", _number(data, start + at + 2 + 12 * count, 4, order)))


def _entry(data: Data, start: int, place: int, directory: str, order: _Order) -> _Entry | None:
    tag, kind = _number(data, place, 2, order), _number(data, place + 2, 2, order)
    length = _number(data, place + 4, 4, order) * _SIZES.get(kind, 0)
    if not 0 < length <= MAX_TEXT:
        return None
    at = place + 8 if length <= 4 else start + _number(data, place + 8, 4, order)
    value = data[at : at + length]
    return _Entry(directory, tag, kind, value) if len(value) == length else None


def _number(data: Data, at: int, size: int, order: _Order) -> int:
    """0 beyond the end."""
    return int.from_bytes(data[at : at + size], order)


def _text(value: bytes) -> str:
    value = value.partition(b"\0")[0]
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _comment(value: bytes, order: _Order) -> str:
    """Exif 3.0, 4.6.6.5: eight bytes name the code. "UNICODE" is UTF-16 in the order of the file, but what generators
    write through piexif is big-endian in any file, so the zeros of Latin letters are asked."""
    code, body = value[:8], value[8:]
    if code != b"UNICODE\0":
        return _text(body if code in (b"ASCII\0\0\0", bytes(8), b"JIS\0\0\0\0\0") else value)
    if body[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return body.decode("utf-16", "replace").rstrip("\0")
    head = body[:400]
    big, little = head[::2].count(0), head[1::2].count(0)
    if big != little:
        order = "big" if big > little else "little"
    return body.decode("utf-16-be" if order == "big" else "utf-16-le", "replace").rstrip("\0")
