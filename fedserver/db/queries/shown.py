"""``Shown``: one entry of a page of statuses, with everything that changes between two views of the same post.

It carries the versions by which rendered bytes are found (``render/mastodon/renderer.py``), the counters, and the
viewer's own flags, so that a page of 40 posts is one statement and no rendering when it is warm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, case, false, func, null, or_, select

from fedserver.db.queries.filters import version_of
from fedserver.db.queries.relations import not_hidden_from
from fedserver.db.queries.statuses import meant_for, visible_to
from fedserver.db.statement import Statement, one_of, present
from fedserver.db.tables import accounts, bookmarks, favourites, statuses, thread_mutes


class Shown(NamedTuple):
    """One entry of a page. ``page_id`` is what the page is cut by; ``r_*`` are of the boosted post, if any.

    The flags say what the viewer did with the post itself (the boosted one where there is one).
    """

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
    favourited: int
    reblogged: int
    bookmarked: int
    muted: int
    pinned: int
    # the number of the viewer's filters, the same in every row; 0 where the viewer filters nothing
    filters: int


class Placed(NamedTuple):
    """A post in a frozen order. ``actor_id`` and ``actor_version``: whose boost it looks like; 0 where that is gone."""

    shown: Shown
    order_id: int
    place: int
    made_at: int
    actor_id: int
    actor_version: int


# of a row: what everybody sees the same, and what the viewer did (favourited, reblogged, bookmarked, muted)
SHARED = slice(Shown._fields.index("id"), Shown._fields.index("favourited"))
MARKS = slice(Shown._fields.index("favourited"), Shown._fields.index("pinned"))
post = statuses.alias("s")
boosted = statuses.alias("r")
author = accounts.alias("a")
_boosted_author = accounts.alias("ra")
_mine = statuses.alias("mine")
_viewer: Any = bindparam("viewer_id")
_now: Any = bindparam("now")
_below: Any = bindparam("below")
_above: Any = bindparam("above")

_shown_id = func.coalesce(boosted.c.id, post.c.id)


def _marked(owner: Any, column: Any, shown: Any) -> Any:
    """Whether the viewer has marked what is shown. Most of a page is newer than the last thing that one marked, which
    the database looks up once a statement."""
    last = select(func.max(column)).where(owner == _viewer, column.is_not(None)).scalar_subquery()
    return case((shown <= last, present(owner == _viewer, column == shown)), else_=false()).label(None)


def _flags(shown: Any, thread: Any) -> tuple[Any, ...]:
    return (
        _marked(favourites.c.account_id, favourites.c.status_id, shown),
        _marked(_mine.c.account_id, _mine.c.reblog_of_id, shown),
        _marked(bookmarks.c.account_id, bookmarks.c.status_id, shown),
        _marked(thread_mutes.c.account_id, thread_mutes.c.thread_id, thread),
    )


_OF_POST = (
    post.c.id,
    post.c.version,
    author.c.id,
    author.c.version,
    post.c.replies_count,
    post.c.reblogs_count,
    post.c.favourites_count,
)
_OF_VIEWER = (and_(post.c.pinned_at.is_not(None), post.c.account_id == _viewer), version_of(_viewer))
_COLUMNS = (
    *_OF_POST,
    boosted.c.id,
    boosted.c.version,
    _boosted_author.c.id,
    _boosted_author.c.version,
    boosted.c.replies_count,
    boosted.c.reblogs_count,
    boosted.c.favourites_count,
    *_flags(_shown_id, func.coalesce(boosted.c.thread_id, post.c.thread_id)),
    *_OF_VIEWER,
)
_PLAIN_COLUMNS = (*_OF_POST, *[null()] * 7, *_flags(post.c.id, post.c.thread_id), *_OF_VIEWER)
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


def pages(page_id: Any, source: Any, *where: Any) -> dict[bool, Statement[Shown]]:
    """Two statements of one timeline: newest first, and oldest first for ``min_id``."""
    found = {}
    for ascending in (False, True):
        element = (
            select(page_id.label("page_id"), *_COLUMNS)
            .select_from(source)
            .where(page_id < _below, page_id > _above, *where)
            .order_by(page_id if ascending else page_id.desc())
            .limit(bindparam("limit"))
        )
        found[ascending] = Statement(element, Shown._make, packed=len(Shown._fields))
    return found


def placed(page_id: Any, source: Any, *where: Any, more: Sequence[Any]) -> dict[bool, Statement[Placed]]:
    """As ``pages`` of posts that are no boosts, each of which the viewer may see; ``more``: further numbers of a row,
    of the post's place. ``source`` joins ``post`` and ``author``."""
    count = len(Shown._fields)
    readable = (
        author.c.suspended_at.is_(None),
        author.c.deleted_at.is_(None),
        not_hidden_from(_viewer, post.c.account_id, _now, domain=author.c.domain),
        meant_for(post, _viewer),
    )
    found = {}
    for ascending in (False, True):
        element = (
            select(page_id.label("page_id"), *_PLAIN_COLUMNS, *more)
            .select_from(source)
            .where(page_id < _below, page_id > _above, *readable, *where)
            .order_by(page_id if ascending else page_id.desc())
            .limit(bindparam("limit"))
        )
        found[ascending] = Statement(element, _placed, packed=count + len(more))
    return found


def _placed(row: Sequence[Any], new: Any = tuple.__new__, count: int = len(Shown._fields)) -> Placed:
    # as ``Statement`` makes rows: without a call of Python's for each
    return new(Placed, (new(Shown, row[:count]), *row[count:]))  # type: ignore[no-any-return]


def by_ids_that(*where: Any) -> Statement[Shown]:
    """The posts of ``ids`` that the viewer may see, where this holds besides; in no order."""
    readable = (visible_to(post, _viewer), or_(boosted.c.id.is_(None), visible_to(boosted, _viewer)))
    element = select(post.c.id.label("page_id"), *_COLUMNS).select_from(JOINED)
    return Statement(
        element.where(one_of(post.c.id, "ids"), PRESENT, *readable, *where), Shown._make, packed=len(Shown._fields)
    )


def unchecked() -> Statement[Shown]:
    """The posts of ``ids`` whoever they were written for: for moderators, who look at what a report names."""
    element = select(post.c.id.label("page_id"), *_COLUMNS).select_from(JOINED).where(one_of(post.c.id, "ids"))
    return Statement(element, Shown._make, packed=len(Shown._fields))
