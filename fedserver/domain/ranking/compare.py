"""Two orders beside each other: what moved, what came in, what left. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from fedserver.domain.ranking.values import Ranked

SHOWN: Final = 40


class Row(NamedTuple):
    """A post of either order. ``place`` None: it left; ``before`` None: it came in. ``score`` of the new order, of the
    old one for what left."""

    status_id: int
    place: int | None
    before: int | None
    score: float

    @property
    def moved(self) -> int:
        """How many places it went up (down: less than 0); 0 for what came in or left."""
        return self.before - self.place if self.before is not None and self.place is not None else 0


class Comparison(NamedTuple):
    """``rows``: the new order; ``left``: what was in the old one and is not in the new one, in the old order."""

    rows: tuple[Row, ...]
    left: tuple[Row, ...]
    moved: int
    entered: int


def compare(old: Sequence[Ranked], new: Sequence[Ranked], first: int = SHOWN) -> Comparison:
    """The first places of both."""
    old, new = old[:first], new[:first]
    before = {one.status_id: place for place, one in enumerate(old, 1)}
    rows = tuple(Row(one.status_id, place, before.get(one.status_id), one.score) for place, one in enumerate(new, 1))
    kept = {one.status_id for one in new}
    left = tuple(
        Row(one.status_id, None, place, one.score) for place, one in enumerate(old, 1) if one.status_id not in kept
    )
    return Comparison(rows, left, sum(1 for row in rows if row.moved), sum(1 for row in rows if row.before is None))
