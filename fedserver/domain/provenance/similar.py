"""Near-duplicates among many PDQ hashes: all of them compared at once, which at 100,000 takes milliseconds.

An index by parts of the hash would be faster still, but costs a hundred times the memory; 32 bytes a picture are
looked through whole. A hash is four words of 64 bits, each word a column: two unlike pictures differ in about half of
the bits of the first two columns already, so that the other two are asked for next to none. Kept in memory and filled
from the rows of `media_hashes` as they come. Pure.
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
        self._columns: NDArray[np.uint64] = np.empty((4, 0), np.uint64)
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
            ids, columns = np.zeros(room, np.int64), np.zeros((4, room), np.uint64)
            ids[: self._count], columns[:, : self._count] = self._ids[: self._count], self._columns[:, : self._count]
            self._ids, self._columns = ids, columns
        self._ids[self._count : end] = [media_id for media_id, _ in pairs]
        self._columns[:, self._count : end] = np.frombuffer(raw, np.uint64).reshape(-1, 4).T
        self._count = end
        self.last = max(self.last, *(media_id for media_id, _ in pairs)) if pairs else self.last

    def near(self, hashes: Sequence[str], most: int = NEAR) -> list[Match]:
        """Media with a hash that differs in at most ``most`` bits from one of ``hashes``; the nearest first."""
        columns = self._columns[:, : self._count]
        found: dict[int, int] = {}
        for text in hashes:
            words = np.frombuffer(bytes.fromhex(text), np.uint64)
            half = np.bitwise_count(columns[0] ^ words[0]) + np.bitwise_count(columns[1] ^ words[1])
            for place in np.flatnonzero(half <= most):
                distance = int(np.bitwise_count(columns[:, place] ^ words).sum())
                if distance <= most:
                    media_id = int(self._ids[place])
                    found[media_id] = min(distance, found.get(media_id, distance))
        return sorted((Match(*each) for each in found.items()), key=lambda each: (each.distance, each.media_id))
