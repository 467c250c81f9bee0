"""PDQ: 256 bits that are alike for pictures that look alike (Facebook, "The TMK+PDQF Video-Hashing Algorithm and the
PDQ Image-Hashing Algorithm", 2019). In the child; needs Pillow, and no more than it.

The picture's luma, blurred by a tent and thinned out to 64 x 64, goes through a cosine transform; of its 16 x 16 lowest
frequencies (without the constant) each gives a bit: whether it is above their median. Recompression, scaling and
brightness change few of them; two pictures are near where at most 31 differ. Turning or mirroring a picture only
swaps rows with columns and changes signs, so all eight hashes come from one transform.

The tent is taken in two steps that have its width together: Pillow's own, of a quarter of it, to 256 x 256, then sums
of four weighted 1 7 7 1. (Pillow's boxes fall on whole pixels, and so differ for a mirrored picture.)
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from itertools import pairwise
from operator import mul
from typing import TYPE_CHECKING, Final

from fedserver.media.findings import Look

if TYPE_CHECKING:
    from PIL.Image import Image

_SIDE, _LOW = 64, 16
_TENT: Final = 2  # Image.Resampling.BILINEAR
_COSINES: Final = [
    [math.sqrt(2 / _SIDE) * math.cos(math.pi / (2 * _SIDE) * (row + 1) * (2 * column + 1)) for column in range(_SIDE)]
    for row in range(_LOW)
]

Matrix = Sequence[Sequence[float]]


def look(image: Image) -> Look:
    """The hashes of a picture, RGB or RGBA."""
    luma = _thinned(image)
    low = _times(_times(_COSINES, _transposed(luma)), _COSINES)
    turned = _transposed(low)
    # rows change sign where a picture is mirrored top to bottom, columns where left to right
    plain = [(low, False, False), (turned, False, True), (low, True, True), (turned, True, False)]
    mirrored = [(low, False, True), (turned, False, False), (low, True, False), (turned, True, True)]
    return Look(tuple(_hash(*each) for each in plain + mirrored), _quality(luma))


def _thinned(image: Image) -> Matrix:
    grey = image.convert("L").convert("F").resize((4 * _SIDE, 4 * _SIDE), _TENT)
    values = array("f", grey.tobytes())
    rows = [_tents(values[at : at + 4 * _SIDE]) for at in range(0, len(values), 4 * _SIDE)]
    return _transposed([_tents(column) for column in zip(*rows, strict=True)])


def _tents(line: Sequence[float]) -> list[float]:
    return [
        (a + 7 * b + 7 * c + d) / 16 for a, b, c, d in zip(line[::4], line[1::4], line[2::4], line[3::4], strict=True)
    ]


def _times(left: Matrix, columns: Matrix) -> Matrix:
    """left x right, with the right one given by its columns."""
    return [[sum(map(mul, row, column)) for column in columns] for row in left]


def _transposed(matrix: Iterable[Sequence[float]]) -> Matrix:
    return list(zip(*matrix, strict=True))


def _hash(low: Matrix, rows: bool, columns: bool) -> str:
    values = [
        -value if (rows and not row % 2) != (columns and not column % 2) else value
        for row, line in enumerate(low)
        for column, value in enumerate(line)
    ]
    middle = sum(sorted(values)[len(values) // 2 - 1 : len(values) // 2 + 1]) / 2
    return f"{sum(1 << place for place, value in enumerate(values) if value > middle):064x}"


def _quality(luma: Matrix) -> int:
    """0 to 100, by how much neighbours differ: a picture of one colour has a hash that means nothing."""
    steps = sum(
        int(abs(one - other) * 100 / 255)
        for lines in (luma, _transposed(luma))
        for upper, lower in pairwise(lines)
        for one, other in zip(upper, lower, strict=True)
    )
    return min(steps // 90, 100)
