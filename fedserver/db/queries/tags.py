"""Hashtags as such, and who follows them. Which posts carry them is in ``statuses`` and ``timelines``."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, delete, func, select

from fedserver.db.queries.relations import bounds
from fedserver.db.statement import Query, Statement, insert_new, nothing, number, one_of
from fedserver.db.tables import followed_tags, tags
from fedserver.kit.paging import Page


class Tag(NamedTuple):
    """A tag; ``follow_id`` is set where the viewer follows it. In lists of followed tags one pages by it."""

    id: int
    name: str
    follow_id: int | None


_viewer: Any = bindparam("viewer_id")
_followed = tags.outerjoin(
    followed_tags, and_(followed_tags.c.tag_id == tags.c.id, followed_tags.c.account_id == _viewer)
)
_COLUMNS = (tags.c.id, tags.c.name, followed_tags.c.id)
_BY_NAME = Statement(select(*_COLUMNS).select_from(_followed).where(tags.c.name == bindparam("name")), Tag._make)
_BY_IDS = Statement(select(*_COLUMNS).select_from(_followed).where(one_of(tags.c.id, "ids")), Tag._make)
_PREFIX = Statement(
    select(*_COLUMNS)
    .select_from(_followed)
    .where(tags.c.name >= bindparam("low"), tags.c.name < bindparam("high"))
    .order_by(tags.c.name)
    .limit(bindparam("limit")),
    Tag._make,
)
_UNFOLLOW = Statement(
    delete(followed_tags).where(
        followed_tags.c.account_id == bindparam("account_id"), followed_tags.c.tag_id == bindparam("tag_id")
    ),
    nothing,
)

_COUNT = Statement(select(func.count()).where(followed_tags.c.account_id == bindparam("account_id")), number)


def _pages() -> dict[bool, Statement[Tag]]:
    found = {}
    for ascending in (False, True):
        element = (
            select(*_COLUMNS)
            .select_from(tags.join(followed_tags, followed_tags.c.tag_id == tags.c.id))
            .where(
                followed_tags.c.account_id == _viewer,
                followed_tags.c.id < bindparam("below"),
                followed_tags.c.id > bindparam("above"),
            )
            .order_by(followed_tags.c.id if ascending else followed_tags.c.id.desc())
            .limit(bindparam("limit"))
        )
        found[ascending] = Statement(element, Tag._make)
    return found


_FOLLOWED = _pages()


def by_name(name: str, viewer_id: int | None) -> Query[Tag]:
    """The tag with this normalised name."""
    return _BY_NAME(name=name, viewer_id=viewer_id)


def by_ids(ids: list[int], viewer_id: int | None) -> Query[Tag]:
    """Tags, in no order."""
    return _BY_IDS(ids=ids, viewer_id=viewer_id)


def by_prefix(text: str, viewer_id: int | None, limit: int) -> Query[Tag]:
    """Tags whose normalised name begins with the text (literal)."""
    return _PREFIX(low=text, high=text + "\U0010ffff", viewer_id=viewer_id, limit=limit)


def followed(viewer_id: int, page: Page) -> Query[Tag]:
    """A page of the tags that somebody follows."""
    return _FOLLOWED[page.ascending](viewer_id=viewer_id, **bounds(page))


def count_followed(account_id: int) -> Query[int]:
    """How many tags somebody follows."""
    return _COUNT(account_id=account_id)


def follow(values: dict[str, Any]) -> Query[Any]:
    """Insert into ``followed_tags``."""
    return insert_new(followed_tags, values)


def unfollow(account_id: int, tag_id: int) -> Query[None]:
    """Drop a followed tag."""
    return _UNFOLLOW(account_id=account_id, tag_id=tag_id)
