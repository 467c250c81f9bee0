"""A new order beside today's, on real posts, as pages show it before a changed formula goes live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fedserver.db.queries import timelines
from fedserver.domain.ranking.compare import Comparison, Row, compare
from fedserver.domain.ranking.values import Ranked
from fedserver.edge.call import Call
from fedserver.web import views


class Side(NamedTuple):
    """A post in one of the two orders. ``moved``: places up (down: less than 0); ``fresh``: it is only in this order.
    ``post`` None: it may not be seen."""

    place: int
    post: views.PostView | None
    moved: int
    fresh: bool


class Compared(NamedTuple):
    """The first places of both orders."""

    today: tuple[Side, ...]
    new: tuple[Side, ...]
    moved: int
    entered: int
    left: int


async def compared(call: Call, old: Sequence[Ranked], new: Sequence[Ranked]) -> Compared:
    """Both orders with their posts, as far as the viewer may see them."""
    found = compare(old, new)
    ids = [row.status_id for row in (*found.rows, *found.left)]
    shown = []
    if ids:
        now = call.parts.clock.now_ms()
        seen = {row.id for row in await call.parts.db.all(timelines.of_thread(call.me.account_id, ids, now))}
        shown = await views.posts_by_id(call.parts, [each for each in ids if each in seen])
    posts = {post.id: post for post in shown}
    return Compared(
        _today(found, posts),
        tuple(_side(row, row.place or 0, posts, row.before is None) for row in found.rows),
        found.moved,
        found.entered,
        len(found.left),
    )


def _today(found: Comparison, posts: dict[int, views.PostView]) -> tuple[Side, ...]:
    rows = [row for row in (*found.rows, *found.left) if row.before is not None]
    rows.sort(key=lambda row: row.before or 0)
    return tuple(_side(row, row.before or 0, posts, row.place is None) for row in rows)


def _side(row: Row, place: int, posts: dict[int, views.PostView], fresh: bool) -> Side:
    return Side(place, posts.get(row.status_id), row.moved, fresh)
