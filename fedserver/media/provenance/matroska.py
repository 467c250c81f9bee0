"""WebM: tags. RFC 9559, section 5.1.8; EBML, RFC 8794."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fedserver.media.provenance.parts import MAX_BLOCKS, MAX_DEPTH, MAX_TEXT, Broken, Data, Parts

_SEGMENT, _TAGS, _TAG, _SIMPLE, _NAME, _STRING = 0x18538067, 0x1254C367, 0x7373, 0x67C8, 0x45A3, 0x4487
_INSIDE: Final = frozenset({_SEGMENT, _TAGS, _TAG, _SIMPLE})
_PLACES: Final = frozenset({"location", "recording_location"})


def read(data: Data) -> Parts:
    """All simple tags, their names in small letters."""
    return _Walk(data).parts


class _Walk:
    def __init__(self, data: Data) -> None:
        self._data = data
        self.parts = Parts()
        self._met = 0
        self._walk(0, len(data), 0)

    def _walk(self, at: int, end: int, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise Broken("elements nested too deeply")
        name = ""
        for element, start, stop in self._elements(at, end):
            if element in _INSIDE:
                self._walk(start, stop, depth + 1)
            elif element == _NAME:
                name = self._text(start, stop).lower()
            elif element == _STRING and name in _PLACES:
                self.parts.private.append("gps")
            elif element == _STRING:
                self.parts.add_text(name, self._text(start, stop))

    def _elements(self, at: int, end: int) -> Iterator[tuple[int, int, int]]:
        while at < end:
            element, at = self._number(at, keep=True)
            size, at = self._number(at, keep=False)
            # a live recording does not know its size; what follows are its children
            stop = end if size is None else min(at + size, end)
            self._met += 1
            if element is None or self._met > MAX_BLOCKS:
                if element is None:
                    return
                raise Broken("too many elements")
            yield element, at, stop
            at = stop

    def _number(self, at: int, *, keep: bool) -> tuple[int | None, int]:
        """A number of variable length, with or without the bit that tells the length; None for an unknown size or at
        the end of the file."""
        first = self._data[at : at + 1]
        if not first or not first[0]:
            return None, at + 1
        length = 9 - first[0].bit_length()
        raw = int.from_bytes(self._data[at : at + length], "big")
        value = raw if keep else raw & ((1 << 7 * length) - 1)
        return (None if not keep and value == (1 << 7 * length) - 1 else value), at + length

    def _text(self, start: int, stop: int) -> str:
        if stop - start > MAX_TEXT:
            raise Broken("too much text")
        return self._data[start:stop].rstrip(b"\0").decode("utf-8", "replace")
