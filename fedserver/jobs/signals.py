"""Counts of what people did, made anew: where somebody's deeds count from now on, or no longer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from fedserver.edge.parts import Parts
from fedserver.services import signals

CHUNK = 200


async def recount(parts: Parts, payload: dict[str, Any]) -> None:
    """``{people}``: count the posts anew that these accounts liked, boosted or answered."""
    await recount_touched(parts, [int(one) for one in payload["people"]])


async def recount_touched(parts: Parts, people: Sequence[int]) -> None:
    """The same; ``CHUNK`` posts a unit."""
    after: int | None = 0
    while after is not None:
        after = await parts.db.run(partial(signals.recount_some, people=people, after=after, most=CHUNK))
