"""Near-duplicates among many PDQ hashes: all of them compared at once, which at 100,000 takes milliseconds.

An index by parts of the hash would be faster still, but costs a hundred times the memory; 32 bytes a picture are
looked through whole. Kept in memory and filled from the rows of `media_hashes` as they come. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

NEAR: Final = 31
"""Bits of 256 that may differ: PDQ's authors' word for the same picture."""


class Match(NamedTuple):
    """``distance``: bits that differ, 0 to 256."""

    media_id: int
    distance: int


class Hashes:
    """Hashes by medium. One hash of each picture is enough, since a search is made with all eight of the other."""

    def __init__(self) -> None:
        self._ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._bits: NDArray[np.uint64] = np.empty((0, 4), np.uint64)
        self._count = 0
        self.last = 0
        """The greatest id that was added."""

    def __len__(self) -> int:
        return self._count

    def add(self, rows: Iterable[tuple[int, str]]) -> None:
        """Adds (medium, 64 hexadecimal digits). Raises ValueError for another text."""
        pairs = list(rows)
        raw = b"".join(bytes.fromhex(text) for _, text in pairs)
        if len(raw) != 32 * len(pairs):
            raise ValueError("not a PDQ hash")
        end = self._count + len(pairs)
        if end > len(self._ids):
            # doubled, so that many small additions stay cheap
            room = max(end, 2 * len(self._ids), 1024)
            ids, bits = np.zeros(room, np.int64), np.zeros((room, 4), np.uint64)
            ids[: self._count], bits[: self._count] = self._ids[: self._count], self._bits[: self._count]
            self._ids, self._bits = ids, bits
        self._ids[self._count : end] = [media_id for media_id, _ in pairs]
        self._bits[self._count : end] = np.frombuffer(raw, np.uint64).reshape(-1, 4)
        self._count = end
        self.last = max(self.last, *(media_id for media_id, _ in pairs)) if pairs else self.last

    def near(self, hashes: Sequence[str], most: int = NEAR) -> list[Match]:
        """Media with a hash that differs in at most ``most`` bits from one of ``hashes``; the nearest first."""
        ids, bits = self._ids[: self._count], self._bits[: self._count]
        found: dict[int, int] = {}
        for text in hashes:
            wanted = np.frombuffer(bytes.fromhex(text), np.uint64)
            distances = np.bitwise_count(bits ^ wanted).sum(axis=1, dtype=np.uint16)
            for place in np.flatnonzero(distances <= most):
                media_id, distance = int(ids[place]), int(distances[place])
                found[media_id] = min(distance, found.get(media_id, distance))
        return sorted((Match(*each) for each in found.items()), key=lambda each: (each.distance, each.media_id))
