"""What a container holds beside its pixels and sound, and the bounds of every reader."""

from __future__ import annotations

import mmap
import zlib
from dataclasses import dataclass, field
from typing import Final

Data = bytes | mmap.mmap
"""A whole file. Slices are bytes."""

MAX_BLOCKS: Final = 20_000
"""Chunks, segments, boxes, frames or elements that a walk may meet before it calls the file broken."""
MAX_DEPTH: Final = 16
"""Boxes within boxes."""
MAX_TEXT: Final = 2_000_000
"""Bytes of one block of text, after it was inflated. Workflows of ComfyUI pass 500 kB."""
MAX_TEXTS: Final = 256


class Broken(ValueError):
    """The structure is not that of its format, or it asks for more than a reader gives."""


@dataclass(slots=True)
class Parts:
    """What the walk of a container collected.

    ``texts``: (keyword, text) as PNG has them; comments of other formats stand under `comment`, tags of films and
    sounds under their names in small letters. ``exif``: TIFF structures. ``xmp``: packets. ``private``: names of fields
    that tell about a person, where the container itself has such fields.
    """

    texts: list[tuple[str, str]] = field(default_factory=list)
    exif: list[bytes] = field(default_factory=list)
    xmp: list[bytes] = field(default_factory=list)
    private: list[str] = field(default_factory=list)

    def text(self, keyword: str) -> str:
        """The first text under a keyword, '' where there is none."""
        return next((text for name, text in self.texts if name == keyword), "")

    def add_text(self, keyword: str, text: str) -> None:
        """Raises `Broken` beyond the bounds."""
        if len(self.texts) >= MAX_TEXTS or len(text) > MAX_TEXT:
            raise Broken("too much text")
        self.texts.append((keyword, text))


def inflate(data: bytes, *, gzip: bool = False) -> bytes:
    """zlib (or gzip) data, at most `MAX_TEXT` of it. Raises `Broken`."""
    try:
        worker = zlib.decompressobj(zlib.MAX_WBITS | (32 if gzip else 0))
        out = worker.decompress(data, MAX_TEXT)
    except zlib.error as error:
        raise Broken("compressed text") from error
    if worker.unconsumed_tail:
        raise Broken("too much text")
    return out
