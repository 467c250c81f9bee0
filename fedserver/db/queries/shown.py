"""``Shown``: one entry of a page of statuses, with everything that changes between two views of the same post.

It carries the versions by which rendered bytes are found (``render/mastodon/renderer.py``), the counters, and the
viewer's own flags, so that a page of 40 posts is one statement and no rendering when it is warm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from operator import is_
from typing import Any, NamedTuple

import orjson
from sqlalchemy import and_, bindparam, case, func, null, or_, select, union_all

from fedserver.db.queries.filters import version_of
from fedserver.db.queries.readable import meant_for
from fedserver.db.queries.relations import not_blocked_by, not_hidden_from
from fedserver.db.statement import Reading, Statement, one_of, present
from fedserver.db.tables import accounts, bookmarks, favourites, statuses, thread_mutes

# the viewer's marks; MUTED is of the thread, PINNED of the row itself
FAVOURITED, REBLOGGED, BOOKMARKED, MUTED, PINNED = (1 << bit for bit in range(5))


class Shown(NamedTuple):
    """One entry of a page. ``page_id`` is what the page is cut by; ``r_*`` are of the boosted post, if any."""

    # the number of the viewer's filters, the same in every row; 0 where the viewer filters nothing
    filters: int
    # what the viewer did with the post itself (the boosted one where there is one): a sum of the numbers above
    marks: int
    page_id: int
    id: int
    version: int
    account_id: int
    account_version: int
    replies_count: int
    reblogs_count: int
    favourites_count: int
    r_id: int | None
    r_version: int | None
    r_account_id: int | None
    r_account_version: int | None
    r_replies_count: int | None
    r_reblogs_count: int | None
    r_favourites_count: int | None

    @property
    def favourited(self) -> bool:
        """Whether the viewer did."""
        return bool(self.marks & FAVOURITED)

    @property
    def reblogged(self) -> bool:
        """Whether the viewer did."""
        return bool(self.marks & REBLOGGED)

    @property
    def bookmarked(self) -> bool:
        """Whether the viewer did."""
        return bool(self.marks & BOOKMARKED)

    @property
    def muted(self) -> bool:
        """Whether the viewer mutes the thread."""
        return bool(self.marks & MUTED)

    @property
    def pinned(self) -> bool:
        """Whether the viewer pinned this post of theirs."""
        return bool(self.marks & PINNED)


class Rows(list[Shown]):
    """Rows of a page that know the text which they were read from: pages with the same text are the same."""

    __slots__ = ("_read", "_text")

    def __init__(self, read: tuple[Shown, ...], text: str) -> None:
        super().__init__(read)
        self._read, self._text = read, text

    @property
    def text(self) -> str | None:
        """The text, None once somebody has changed the list."""
        return self._text if len(self) == len(self._read) and all(map(is_, self, self._read)) else None


class Placed(NamedTuple):
    """A post in a frozen order. ``actor_id`` and ``actor_version``: whose boost it looks like; 0 where that is gone."""

    shown: Shown
    order_id: int
    place: int
    made_at: int
    actor_id: int
    actor_version: int


class PlacedRows(list[Placed]):
    """Places that know the text which they were read from, as ``Rows`` do. Nobody changes such a list."""

    __slots__ = ("text",)

    def __init__(self, read: tuple[Placed, ...], text: str) -> None:
        super().__init__(read)
        self.text = text


# of a row: what everybody sees the same
SHARED = slice(Shown._fields.index("id"), None)
# a list of a page, but for its boost; ``filters`` is not in it
_NO_BOOST = (None,) * sum(name.startswith("r_") for name in Shown._fields)
_SHORT = len(Shown._fields) - len(_NO_BOOST) - 1
# ``_make`` without a call of Python's
_made: Callable[[Sequence[Any]], Shown] = partial(tuple.__new__, Shown)
post = statuses.alias("s")
boosted = statuses.alias("r")
author = accounts.alias("a")
_boosted_author = accounts.alias("ra")
_mine = statuses.alias("mine")
_viewer: Any = bindparam("viewer_id")
_now: Any = bindparam("now")
_below: Any = bindparam("below")
_above: Any = bindparam("above")


def _marked(shown: Any, *kinds: tuple[int, Any, Any]) -> Any:
    """The viewer's marks of some kinds, which are found by the same number. Most of a page is newer than the last thing
    that one marked, which the database looks up once a statement."""
    last = union_all(
        *(select(func.max(column).label("m")).where(o == _viewer, column.is_not(None)) for _, o, column in kinds)
    ).subquery()
    found = sum(case((present(owner == _viewer, column == shown), kind), else_=0) for kind, owner, column in kinds)
    return case((shown <= select(func.max(last.c.m)).scalar_subquery(), found), else_=0)


def _marks(shown: Any, thread: Any) -> Any:
    """``Shown.marks`` of a post and its thread."""
    of_post = _marked(
        shown,
        (FAVOURITED, favourites.c.account_id, favourites.c.status_id),
        (REBLOGGED, _mine.c.account_id, _mine.c.reblog_of_id),
        (BOOKMARKED, bookmarks.c.account_id, bookmarks.c.status_id),
    )
    is_pinned = and_(post.c.account_id == _viewer, post.c.pinned_at.is_not(None))
    of_thread = _marked(thread, (MUTED, thread_mutes.c.account_id, thread_mutes.c.thread_id))
    return of_post + of_thread + case((is_pinned, PINNED), else_=0)


_MARKS = _marks(func.coalesce(boosted.c.id, post.c.id), func.coalesce(boosted.c.thread_id, post.c.thread_id))
_PLAIN_MARKS = _marks(post.c.id, post.c.thread_id)
_OF_POST = (
    post.c.id,
    post.c.version,
    author.c.id,
    author.c.version,
    post.c.replies_count,
    post.c.reblogs_count,
    post.c.favourites_count,
)
_OF_BOOSTED = (
    boosted.c.id,
    boosted.c.version,
    _boosted_author.c.id,
    _boosted_author.c.version,
    boosted.c.replies_count,
    boosted.c.reblogs_count,
    boosted.c.favourites_count,
)
PLAIN = post.join(author, author.c.id == post.c.account_id)
JOINED = PLAIN.outerjoin(boosted, boosted.c.id == post.c.reblog_of_id).outerjoin(
    _boosted_author, _boosted_author.c.id == boosted.c.account_id
)
PRESENT = and_(
    author.c.suspended_at.is_(None),
    author.c.deleted_at.is_(None),
    or_(boosted.c.id.is_(None), and_(_boosted_author.c.suspended_at.is_(None), _boosted_author.c.deleted_at.is_(None))),
)
NOT_HIDDEN = and_(
    not_hidden_from(_viewer, post.c.account_id, _now, domain=author.c.domain),
    or_(boosted.c.id.is_(None), not_hidden_from(_viewer, boosted.c.account_id, _now, domain=_boosted_author.c.domain)),
)


def pages(page_id: Any, source: Any, *where: Any, same: bool = False) -> dict[bool, Statement[Shown]]:
    """Two statements of one timeline: newest first, and oldest first for ``min_id``. ``same``: ``page_id`` is the id of
    the post."""

    def statement(ascending: bool) -> Statement[Shown]:
        asked = _page(page_id, ascending, source, where)
        text, rows = (_text, _same_rows) if same else (partial(_text, page_id), _rows)
        reading = Reading(lambda: _joined(asked(text())), rows)
        return Statement(lambda: asked(*_columns(page_id)), Shown._make, reading=reading)

    return {ascending: statement(ascending) for ascending in (False, True)}


def placed(page_id: Any, source: Any, *where: Any, more: Sequence[Any]) -> dict[bool, Statement[Placed]]:
    """As ``pages`` of posts that are no boosts, each of which the viewer may see; ``more``: further numbers of a row,
    of the post's place. ``source`` joins ``post`` and ``author``."""
    readable = (
        author.c.suspended_at.is_(None),
        author.c.deleted_at.is_(None),
        not_hidden_from(_viewer, post.c.account_id, _now, domain=author.c.domain),
        meant_for(post, _viewer),
    )
    columns = (*_columns(page_id, _PLAIN_MARKS, [null()] * len(_OF_BOOSTED)), *more)
    text = func.json_array(_PLAIN_MARKS, page_id, *_OF_POST, *more).label("row")

    def statement(ascending: bool) -> Statement[Placed]:
        asked = _page(page_id, ascending, source, (*readable, *where))
        return Statement(lambda: asked(*columns), _place, reading=Reading(lambda: _joined(asked(text)), _places))

    return {ascending: statement(ascending) for ascending in (False, True)}


def by_ids_that(*where: Any) -> Statement[Shown]:
    """The posts of ``ids`` that the viewer may see, where this holds besides; in no order."""
    # ``visible_to`` of both, with the accounts that the page reads anyway
    readable = (_readable(post), or_(boosted.c.id.is_(None), _readable(boosted)))

    def asked(*columns: Any) -> Any:
        return select(*columns).select_from(JOINED).where(one_of(post.c.id, "ids"), PRESENT, *readable, *where)

    reading = Reading(lambda: _joined(asked(_text())), _same_rows)
    return Statement(lambda: asked(*_columns(post.c.id)), Shown._make, reading=reading)


def _readable(status: Any) -> Any:
    """The part of ``visible_to`` that ``PRESENT`` does not say."""
    return and_(not_blocked_by(status.c.account_id, _viewer), meant_for(status, _viewer))


def unchecked() -> Statement[Shown]:
    """The posts of ``ids`` whoever they were written for: for moderators, who look at what a report names."""
    element = select(*_columns(post.c.id)).select_from(JOINED).where(one_of(post.c.id, "ids"))
    return Statement(element, Shown._make)


def _page(page_id: Any, ascending: bool, source: Any, where: Sequence[Any]) -> Callable[..., Any]:
    """The select of a page, of the columns that it is given."""

    def asked(*columns: Any) -> Any:
        chosen = select(*columns).select_from(source).where(page_id < _below, page_id > _above, *where)
        return chosen.order_by(page_id if ascending else page_id.desc()).limit(bindparam("limit"))

    return asked


def _columns(page_id: Any, marks: Any = _MARKS, of_boosted: Sequence[Any] = _OF_BOOSTED) -> tuple[Any, ...]:
    """``Shown``, column by column."""
    return version_of(_viewer).label("filters"), marks.label("marks"), page_id.label("page_id"), *_OF_POST, *of_boosted


# SQLite gives its readers a page as one text of JSON lists. To write a number into it, even a NULL, costs more than to
# find it: so what is the same everywhere stands beside the text, and a post that is no boost has a short list.


def _text(*page_id: Any) -> Any:
    """A row as a list: marks, ``page_id`` where it is not the id of the post, the post, the boosted post."""
    short = (_MARKS, *page_id, *_OF_POST)
    boost = func.json_array(*short, *_OF_BOOSTED)
    return case((boosted.c.id.is_(None), func.json_array(*short)), else_=boost).label("row")


def _joined(rows: Any) -> Any:
    """The number of the viewer's filters, and all lists of a select in its order, NULL for none."""
    inner = rows.subquery()
    return select(version_of(_viewer), func.group_concat(inner.c.row)).select_from(inner)


def _read(found: list[Any]) -> tuple[int, list[Any]]:
    filters, text = found[0]
    return filters, orjson.loads(f"[{text}]") if text else []


def _rows(found: list[Any]) -> list[Shown]:
    filters, rows = _read(found)
    return [_made((filters, *row, *_NO_BOOST) if len(row) == _SHORT else (filters, *row)) for row in rows]


def _same_rows(found: list[Any]) -> list[Shown]:
    filters, text = found[0]
    return Rows(_kept_rows(filters, text), text) if text else []


@lru_cache(maxsize=128)
def _kept_rows(filters: int, text: str) -> tuple[Shown, ...]:
    rows = orjson.loads(f"[{text}]")
    shown = [
        _made((filters, row[0], row[1], *row[1:], *_NO_BOOST) if len(row) < _SHORT else (filters, *row[:2], *row[1:]))
        for row in rows
    ]
    return tuple(shown)


def _places(found: list[Any]) -> list[Placed]:
    filters, text = found[0]
    return PlacedRows(_kept_places(filters, text), text) if text else []


@lru_cache(maxsize=128)
def _kept_places(filters: int, text: str) -> tuple[Placed, ...]:
    new: Any = tuple.__new__
    rows = orjson.loads(f"[{text}]")
    return tuple(new(Placed, (_made((filters, *row[:_SHORT], *_NO_BOOST)), *row[_SHORT:])) for row in rows)


def _place(row: Sequence[Any]) -> Placed:
    count = len(Shown._fields)
    return Placed(Shown._make(row[:count]), *row[count:])
