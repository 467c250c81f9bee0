"""Texts in the lowest bits of a picture, column by column: the "stealth" form of AUTOMATIC1111 and NovelAI.

The bits of alpha begin with the signature `stealth_pnginfo` (a text) or `stealth_pngcomp` (gzip); those of red, green
and blue, three of each pixel, with `stealth_rgbinfo` or `stealth_rgbcomp`. Then come 32 bits with the number of bits
that follow, and these. Most significant bit first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fedserver.media.provenance.parts import MAX_TEXT, Broken, inflate

if TYPE_CHECKING:
    from PIL.Image import Image

_SIGNATURES: Final = {"A": (b"stealth_pnginfo", b"stealth_pngcomp"), "RGB": (b"stealth_rgbinfo", b"stealth_rgbcomp")}
_HEAD: Final = 15 + 4
_COLUMNS_FIRST: Final[Any] = 5  # Image.Transpose.TRANSPOSE, without an import of Pillow here


def read(image: Image) -> str:
    """The text, '' where there is none. ``image`` is decoded, RGB or RGBA."""
    for bands, signatures in _SIGNATURES.items():
        if bands == "A" and image.mode != "RGBA":
            continue
        head = _bits(image, bands, _HEAD)
        if head[:15] not in signatures:
            continue
        length = int.from_bytes(head[15:19], "big") // 8
        room = image.width * image.height * len(bands) // 8
        if not 0 < length <= min(MAX_TEXT, room - _HEAD):
            return ""
        body = _bits(image, bands, _HEAD + length)[_HEAD:]
        try:
            return (inflate(body, gzip=True) if head[:15] == signatures[1] else body).decode("utf-8", "replace")
        except Broken:
            return ""
    return ""


def _bits(image: Image, bands: str, length: int) -> bytes:
    """The first ``length`` bytes. Only the columns that hold them are looked at."""
    columns = -(-length * 8 // (image.height * len(bands)))
    strip = image.crop((0, 0, min(columns, image.width), image.height))
    strip = strip.getchannel("A") if bands == "A" else strip.convert("RGB")
    # turned and mirrored, columns become rows
    raw = strip.transpose(_COLUMNS_FIRST).tobytes()
    bits = raw[: length * 8].translate(_LOWEST)
    if not bits:
        return b""
    return (int(bits, 2) << (-len(bits) % 8)).to_bytes(-(-len(bits) // 8), "big")


_LOWEST: Final = bytes(b"01"[value & 1] for value in range(256))
