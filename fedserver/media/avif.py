"""Cleans AVIF files by blanking, so that no offset in the file changes. Pure; runs in the child.

An AVIF picture is a set of items (coded image, alpha, EXIF, XMP ...) whose bytes lie in `mdat`, at places
that `iloc` names. The bytes of image items are kept; everything else in `mdat` becomes zero, boxes that
are not needed become empty `free` boxes of the same length, and what follows the last box is cut. Items that are
no image are renamed to `skip`, so that no reader looks for EXIF in the zeros.
Source: ISO/IEC 14496-12 (boxes), 23008-12 (items).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from fedserver.media.strip import Broken, Stripped

_PROPERTIES = frozenset(
    b"ispe pixi av1C colr pasp auxC irot imir clap lsel a1lx a1op clli mdcv amve ndwt cclv rloc".split()
)
_IMAGE_ITEMS = frozenset({b"av01", b"grid", b"iovl", b"iden", b"tmap"})


class _Box(NamedTuple):
    kind: bytes
    start: int
    body: int
    end: int


def strip_avif(data: bytes) -> Stripped:
    """Still pictures only: a sequence raises `Broken`, as does any structure that is not understood."""
    boxes = list(_boxes(data, 0, len(data), lenient=True))
    kinds = [box.kind for box in boxes]
    if not kinds or kinds[0] != b"ftyp" or kinds.count(b"meta") != 1 or b"moov" in kinds:
        raise Broken("not one still picture")
    out = bytearray(data[: boxes[-1].end])
    meta = boxes[kinds.index(b"meta")]
    inner = {box.kind: box for box in _boxes(data, meta.body + 4, meta.end)}
    if not {b"iinf", b"iloc", b"iprp", b"pitm"} <= inner.keys():
        raise Broken("no items")
    images = set()
    for number, at, end in _items(data, inner[b"iinf"]):
        if data[at : at + 4] in _IMAGE_ITEMS:
            images.add(number)
        else:
            out[at : at + 4] = b"skip"
        out[at + 4 : end] = bytes(end - at - 4)  # the item's name, and the media type of what is no image
    kept: list[tuple[int, int]] = []
    for number, method, extents in _places(data, inner[b"iloc"]):
        if method not in (0, 1):
            raise Broken("derived place")
        base = inner[b"idat"].body if method == 1 and b"idat" in inner else 0
        for start, length in extents:
            if start + base + length > len(out):  # also what lies in the trailer, which is left out
                raise Broken("cut off")
            if number in images:
                kept.append((base + start, base + start + length or len(out)))
    for box in boxes:
        if box.kind == b"mdat":
            _blank(out, data, box, kept)
        elif box.kind not in (b"ftyp", b"meta"):
            _free(out, box)
    _clean_meta(out, data, meta, kept)
    return Stripped(bytes(out), 1)


def _clean_meta(out: bytearray, data: bytes, meta: _Box, kept: list[tuple[int, int]]) -> None:
    for box in _boxes(data, meta.body + 4, meta.end):
        if box.kind == b"idat":
            _blank(out, data, box, kept)
        elif box.kind == b"hdlr":
            out[box.body + 24 : box.end] = bytes(max(box.end - box.body - 24, 0))
        elif box.kind not in (b"pitm", b"iloc", b"iinf", b"iprp", b"iref", b"grpl", b"dinf"):
            _free(out, box)
        elif box.kind == b"iprp":
            stores = [store for store in _boxes(data, box.body, box.end) if store.kind == b"ipco"]
            for each in (each for store in stores for each in _boxes(data, store.body, store.end)):
                if each.kind not in _PROPERTIES:
                    _free(out, each)


def _blank(out: bytearray, data: bytes, box: _Box, kept: list[tuple[int, int]]) -> None:
    out[box.body : box.end] = bytes(box.end - box.body)
    for start, end in kept:
        low, high = max(start, box.body), min(end, box.end)
        if low < high:
            out[low:high] = data[low:high]


def _free(out: bytearray, box: _Box) -> None:
    out[box.start + 4 : box.start + 8] = b"free"
    out[box.body : box.end] = bytes(box.end - box.body)


def _boxes(data: bytes, at: int, end: int, *, lenient: bool = False) -> Iterator[_Box]:
    """The boxes between two places. `lenient` ends the walk at bytes that are no box, as trailers are."""
    while at + 8 <= end:
        size, kind, head = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif size == 0:
            size = end - at
        if size < head or at + size > end or not kind.isalnum():
            if lenient:
                return
            raise Broken("box cut off")
        yield _Box(kind, at, at + head, at + size)
        at += size


def _items(data: bytes, iinf: _Box) -> Iterator[tuple[int, int, int]]:
    """(item, place of its type, end of its entry) of each item."""
    if iinf.body == iinf.end:
        raise Broken("no items")
    at = iinf.body + (6 if data[iinf.body] == 0 else 8)
    for box in _boxes(data, at, iinf.end):
        version = data[box.body] if box.body < box.end else 0
        if box.kind != b"infe" or version not in (2, 3):
            raise Broken("item entry")
        wide = 2 if version == 2 else 4
        if box.body + 4 + wide + 2 + 4 > box.end:
            raise Broken("item entry")
        number = int.from_bytes(data[box.body + 4 : box.body + 4 + wide], "big")
        yield number, box.body + 4 + wide + 2, box.end


def _places(data: bytes, iloc: _Box) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    """(item, construction method, [(start, length)]) of each item; a length of 0 means to the end."""
    at = iloc.body

    def read(size: int) -> int:
        nonlocal at
        if at + size > iloc.end:
            raise Broken("cut off")
        at += size
        return int.from_bytes(data[at - size : at], "big")

    version = read(4) >> 24
    if version > 2:
        raise Broken("unknown version")
    sizes = read(2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    for _ in range(read(4 if version == 2 else 2)):
        number = read(4 if version == 2 else 2)
        method = read(2) & 15 if version else 0
        read(2)
        base = read(base_size)
        extents = []
        for _ in range(read(2)):
            read(index_size)
            offset, length = read(offset_size), read(length_size)
            extents.append((base + offset, length))
        yield number, method, extents
