"""AVIF, HEIC and MP4: EXIF and XMP items, XMP boxes, tags. ISO/IEC 14496-12 (boxes, 8.11 items), 23008-12, annex A;
QuickTime File Format, metadata (keys and ilst)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from fedserver.media.provenance.parts import MAX_BLOCKS, MAX_DEPTH, MAX_TEXT, Broken, Data, Parts

_CONTAINERS: Final = frozenset({b"moov", b"udta", b"trak", b"meta", b"ilst"})
_XMP_BOX: Final = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_PLACES: Final = ("\xa9xyz", "com.apple.quicktime.location.iso6709", "loci", "location")
_MAX_ITEMS: Final = 4096


class _Box(NamedTuple):
    kind: bytes
    body: int
    end: int


class _Walk:
    """One file: counts what it meets, and keeps the tables that tags and items refer to."""

    def __init__(self, data: Data) -> None:
        self.data = data
        self.parts = Parts()
        self._met = 0
        self._keys: list[str] = []
        self._kinds: dict[int, bytes] = {}
        # items by number; `iinf`, which tells their kinds, may stand behind `iloc`
        self._places: list[tuple[int, list[tuple[int, int]]]] = []

    def boxes(self, at: int, end: int) -> Iterator[_Box]:
        """The boxes between two places; the walk ends where there are none any more."""
        while at + 8 <= end:
            head = self.data[at : at + 16]
            size, kind, body = int.from_bytes(head[:4], "big"), head[4:8], at + 8
            if size == 1:
                size, body = int.from_bytes(head[8:], "big"), at + 16
            elif size == 0:
                size = end - at
            if size < body - at:
                return
            self._met += 1
            if self._met > MAX_BLOCKS:
                raise Broken("too many boxes")
            yield _Box(kind, body, min(at + size, end))
            at += size

    def walk(self, at: int, end: int, inside: bytes, depth: int) -> None:
        """Enters the containers that may hold metadata."""
        if depth > MAX_DEPTH:
            raise Broken("boxes nested too deeply")
        for box in self.boxes(at, end):
            if inside == b"ilst":
                self._tag(box)
            elif box.kind in _CONTAINERS:
                self.walk(self._inner(box), box.end, box.kind, depth + 1)
            elif box.kind == b"uuid" and self.data[box.body : box.body + 16] == _XMP_BOX:
                self.parts.xmp.append(self._bytes(box.body + 16, box.end))
            elif box.kind == b"keys":
                self._keys = [
                    self._bytes(each.body, each.end).decode("utf-8", "replace")
                    for each in self.boxes(box.body + 8, box.end)
                ]
            elif box.kind == b"iinf":
                self._kinds = dict(self._items(box))
            elif box.kind == b"iloc":
                self._places += self._extents(box)
            elif inside == b"udta" and box.kind[:1] == b"\xa9":
                self._text(box.kind.decode("latin-1"), self._bytes(box.body + 4, box.end))
            elif inside == b"udta" and box.kind == b"loci":
                self.parts.private.append("gps")

    def _inner(self, box: _Box) -> int:
        """`meta` has a version and flags, but not in QuickTime's files."""
        if box.kind == b"meta" and self.data[box.body + 4 : box.body + 8] != b"hdlr":
            return box.body + 4
        return box.body

    def _bytes(self, at: int, end: int) -> bytes:
        if end - at > MAX_TEXT:
            raise Broken("too much metadata")
        return self.data[at:end]

    def _tag(self, box: _Box) -> None:
        """One tag of `ilst`: its name is its kind, a number into `keys`, or stands in a `name` box (`----`)."""
        number = int.from_bytes(box.kind, "big")
        name = self._keys[number - 1] if 0 < number <= len(self._keys) else box.kind.decode("latin-1")
        for each in self.boxes(box.body, box.end):
            if each.kind == b"name":
                name = self._bytes(each.body + 4, each.end).decode("utf-8", "replace")
            elif each.kind == b"data" and self.data[each.body + 3] == 1:
                self._text(name, self._bytes(each.body + 8, each.end))

    def _text(self, name: str, value: bytes) -> None:
        name = name.lower()
        if name in _PLACES:
            self.parts.private.append("gps")
        else:
            self.parts.add_text(name.removeprefix("\xa9"), value.decode("utf-8", "replace"))

    def _items(self, iinf: _Box) -> Iterator[tuple[int, bytes]]:
        at = iinf.body + (6 if self.data[iinf.body : iinf.body + 1] == b"\0" else 8)
        for box in self.boxes(at, iinf.end):
            version = self.data[box.body : box.body + 1]
            wide = 4 if version == b"\3" else 2
            place = box.body + 4 + wide + 2
            kind = self.data[place : place + 4]
            if kind == b"mime" and b"rdf+xml" not in self.data[place : min(box.end, place + 200)]:
                kind = b""
            yield int.from_bytes(self.data[box.body + 4 : box.body + 4 + wide], "big"), kind

    def _extents(self, iloc: _Box) -> Iterator[tuple[int, list[tuple[int, int]]]]:
        at = iloc.body

        def read(size: int) -> int:
            nonlocal at
            at += size
            if at > iloc.end:
                raise Broken("items cut off")
            return int.from_bytes(self.data[at - size : at], "big")

        version = read(4) >> 24
        sizes = read(2)
        offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
        wide = 4 if version == 2 else 2
        for _ in range(min(read(wide), _MAX_ITEMS)):
            number = read(wide)
            method = read(2) & 15 if version else 0
            read(2)
            base, extents = read(base_size), []
            for _ in range(min(read(2), 64)):
                read(sizes & 15 if version else 0)
                offset, length = read(offset_size), read(length_size)
                extents.append((base + offset, length))
            if method == 0:
                yield number, extents

    def collect(self) -> Parts:
        """Walks the file and gathers the items."""
        self.walk(0, len(self.data), b"", 0)
        for number, extents in self._places:
            kind = self._kinds.get(number)
            if kind not in (b"Exif", b"mime"):
                continue
            if sum(length for _, length in extents) > MAX_TEXT:
                raise Broken("too much metadata")
            body = b"".join(self.data[start : start + length] for start, length in extents)
            if kind == b"mime":
                self.parts.xmp.append(body)
            else:
                # four bytes say how far the TIFF head is
                self.parts.exif.append(body[4 + int.from_bytes(body[:4], "big") :])
        return self.parts


def read(data: Data) -> Parts:
    """Reads a file whatever its brand."""
    return _Walk(data).collect()
