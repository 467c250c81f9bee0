"""Timelines: pages of statuses with everything that changes between two views of the same post.

A ``Shown`` row carries the versions by which rendered bytes are found (``render/mastodon/cache.py``), the counters,
and the viewer's own flags, so that a page of 40 posts is one statement and no rendering when it is warm.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Text, and_, bindparam, exists, func, literal_column, or_, select

from fedserver.db.queries.conversations import muted_by
from fedserver.db.queries.filters import version_of
from fedserver.db.queries.relations import bounds, not_hidden_from
from fedserver.db.queries.statuses import DIRECT, FOLLOWERS, PUBLIC, visible_to
from fedserver.db.statement import Query, Statement, one_of
from fedserver.db.tables import (
    accounts,
    bookmarks,
    conversation_statuses,
    conversations,
    favourites,
    follows,
    home_entries,
    list_accounts,
    list_entries,
    media_attachments,
    mentions,
    status_cards,
    status_tags,
    statuses,
    tags,
)
from fedserver.kit.paging import Page


class Tags(NamedTuple):
    """What posts carry besides a hashtag: it or any of ``any``, all of ``every``, none of ``never``; normalised."""

    any: list[str]
    every: list[str]
    never: list[str]


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


_s = statuses.alias("s")
_r = statuses.alias("r")
_a = accounts.alias("a")
_ra = accounts.alias("ra")
_mine = statuses.alias("mine")
_viewer: Any = bindparam("viewer_id")
_now: Any = bindparam("now")
_below: Any = bindparam("below")
_above: Any = bindparam("above")

_shown_id = func.coalesce(_r.c.id, _s.c.id)
_FLAGS = (
    exists().where(favourites.c.account_id == _viewer, favourites.c.status_id == _shown_id),
    exists().where(_mine.c.account_id == _viewer, _mine.c.reblog_of_id == _shown_id),
    exists().where(bookmarks.c.account_id == _viewer, bookmarks.c.status_id == _shown_id),
)
_COLUMNS = (
    _s.c.id,
    _s.c.version,
    _a.c.id,
    _a.c.version,
    _s.c.replies_count,
    _s.c.reblogs_count,
    _s.c.favourites_count,
    _r.c.id,
    _r.c.version,
    _ra.c.id,
    _ra.c.version,
    _r.c.replies_count,
    _r.c.reblogs_count,
    _r.c.favourites_count,
    *[flag.label(None) for flag in _FLAGS],
    muted_by(_viewer, func.coalesce(_r.c.thread_id, _s.c.thread_id)).label(None),
    and_(_s.c.pinned_at.is_not(None), _s.c.account_id == _viewer),
    version_of(_viewer),
)
_joined = (
    _s.join(_a, _a.c.id == _s.c.account_id)
    .outerjoin(_r, _r.c.id == _s.c.reblog_of_id)
    .outerjoin(_ra, _ra.c.id == _r.c.account_id)
)
_present = and_(
    _a.c.suspended_at.is_(None),
    _a.c.deleted_at.is_(None),
    or_(_r.c.id.is_(None), and_(_ra.c.suspended_at.is_(None), _ra.c.deleted_at.is_(None))),
)
_shown_to_viewer = and_(
    not_hidden_from(_viewer, _s.c.account_id, _now, domain=_a.c.domain),
    or_(_r.c.id.is_(None), not_hidden_from(_viewer, _r.c.account_id, _now, domain=_ra.c.domain)),
)


def _pages(page_id: Any, source: Any, *where: Any) -> dict[bool, Statement[Shown]]:
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


_home = home_entries.join(_joined, _s.c.id == home_entries.c.status_id)
_HOME = _pages(
    home_entries.c.status_id,
    _home,
    home_entries.c.account_id == _viewer,
    _present,
    _shown_to_viewer,
    # what was written on arrival is checked again: an edit of the relation must bite at once
    or_(
        _s.c.visibility < FOLLOWERS,
        _s.c.account_id == _viewer,
        exists().where(mentions.c.status_id == _s.c.id, mentions.c.account_id == _viewer),
        and_(
            _s.c.visibility == FOLLOWERS,
            exists().where(
                follows.c.account_id == _viewer, follows.c.target_id == _s.c.account_id, follows.c.state == "accepted"
            ),
        ),
    ),
)


# literals: a partial index is only used where its condition stands in the text
_LITERAL_PUBLIC: Any = literal_column(str(PUBLIC))


def _public(*where: Any) -> dict[tuple[bool, bool], Statement[Shown]]:
    conditions = (
        _s.c.visibility == _LITERAL_PUBLIC,
        _s.c.reblog_of_id.is_(None),
        _a.c.limited_at.is_(None),
        _present,
        *where,
    )
    has_media = exists().where(media_attachments.c.status_id == _s.c.id)
    plain = _pages(_s.c.id, _joined, *conditions, _shown_to_viewer)
    media = _pages(_s.c.id, _joined, *conditions, _shown_to_viewer, has_media)
    return {(m, asc): (media if m else plain)[asc] for m in (False, True) for asc in (False, True)}


_PUBLIC = _public()
_LOCAL = _public(_s.c.local == literal_column("1"))
_REMOTE = _public(_s.c.local == 0)
_tagged = status_tags.join(tags, tags.c.id == status_tags.c.tag_id).join(_joined, _s.c.id == status_tags.c.status_id)


def _tag_pages() -> dict[tuple[str, bool, bool, bool], Statement[Shown]]:
    """Keys: ``local | remote |`` both, only_media, more than one tag, ascending."""
    one = tags.c.name == bindparam("tag")
    several = and_(
        _s.c.id.in_(_window), _carries("every") == bindparam("every_count", type_=BigInteger()), _carries("never") == 0
    )
    sources: dict[bool, tuple[Any, Any, Any]] = {
        False: (status_tags.c.status_id, _tagged, one),
        True: (_s.c.id, _joined, several),
    }
    found = {}
    for place in ("", "local", "remote"):
        for media in (False, True):
            for more, (page_id, source, carried) in sources.items():
                where = [_s.c.visibility == PUBLIC, _a.c.limited_at.is_(None), _present, _shown_to_viewer, carried]
                if place:
                    where.append(_s.c.local == int(place == "local"))
                if media:
                    where.append(exists().where(media_attachments.c.status_id == _s.c.id))
                for ascending, statement in _pages(page_id, source, *where).items():
                    found[place, media, more, ascending] = statement
    return found


def _carries(name: str) -> Any:
    """How many of some tags a post carries."""
    mine, named = status_tags.alias(), tags.alias()
    return (
        select(func.count())
        .select_from(mine.join(named, named.c.id == mine.c.tag_id))
        .where(mine.c.status_id == _s.c.id, one_of(named.c.name, name))
        .scalar_subquery()
    )


# posts with any of some tags: the newest within the page's bounds, so that a page costs no more than this
_window = (
    select(status_tags.c.status_id)
    .select_from(status_tags.join(tags, tags.c.id == status_tags.c.tag_id))
    .where(one_of(tags.c.name, "any"), status_tags.c.status_id < _below, status_tags.c.status_id > _above)
    .order_by(status_tags.c.status_id.desc())
    .limit(2000)
)
_TAG = _tag_pages()
_LINK = _pages(
    status_cards.c.status_id,
    status_cards.join(_joined, _s.c.id == status_cards.c.status_id),
    status_cards.c.card_id == bindparam("card_id"),
    _s.c.visibility == PUBLIC,
    _a.c.limited_at.is_(None),
    _present,
    _shown_to_viewer,
    # as search: only of those who agree to be found
    _a.c.discoverable == 1,
)
_with_tag = or_(
    bindparam("tagged", type_=Text()) == "",
    exists().where(
        status_tags.c.status_id == _s.c.id,
        status_tags.c.tag_id == tags.c.id,
        tags.c.name == bindparam("tagged", type_=Text()),
    ),
)


def _account_pages() -> dict[tuple[bool, bool, bool, bool, bool], Statement[Shown]]:
    """Keys: only_media, exclude_replies, exclude_reblogs, pinned, ascending."""
    visible = and_(
        visible_to(_s, _viewer),
        or_(_r.c.id.is_(None), visible_to(_r, _viewer)),
        or_(
            _s.c.visibility != DIRECT,
            _s.c.account_id == _viewer,
            exists().where(mentions.c.status_id == _s.c.id, mentions.c.account_id == _viewer),
        ),
    )
    found = {}
    for bits in range(16):
        media, replies, reblogs, pinned = (bool(bits & 8), bool(bits & 4), bool(bits & 2), bool(bits & 1))
        where = [_s.c.account_id == bindparam("account_id"), visible, _present, _with_tag]
        if media:
            where.append(exists().where(media_attachments.c.status_id == _s.c.id))
        if replies:
            where.append(or_(_s.c.in_reply_to_uri.is_(None), _s.c.in_reply_to_account_id == _s.c.account_id))
        if reblogs:
            where.append(_s.c.reblog_of_id.is_(None))
        if pinned:
            where.append(_s.c.pinned_at.is_not(None))
        for ascending, statement in _pages(_s.c.id, _joined, *where).items():
            found[media, replies, reblogs, pinned, ascending] = statement
    return found


_ACCOUNT = _account_pages()


def _kept(table: Any) -> dict[bool, Statement[Shown]]:
    # an alias: the viewer's flags ask the same table again
    kept = table.alias("kept")
    source = kept.join(_joined, _s.c.id == kept.c.status_id)
    return _pages(kept.c.id, source, kept.c.account_id == _viewer, _present, visible_to(_s, _viewer))


_FAVOURITES = _kept(favourites)
_BOOKMARKS = _kept(bookmarks)
_BY_IDS = Statement(
    select(_s.c.id.label("page_id"), *_COLUMNS)
    .select_from(_joined)
    .where(
        one_of(_s.c.id, "ids"),
        _present,
        visible_to(_s, _viewer),
        or_(_r.c.id.is_(None), visible_to(_r, _viewer)),
    ),
    Shown._make,
    packed=len(Shown._fields),
)
_listed = list_entries.join(_joined, _s.c.id == list_entries.c.status_id)
_LIST = _pages(
    list_entries.c.status_id,
    _listed,
    list_entries.c.list_id == bindparam("list_id"),
    _present,
    _shown_to_viewer,
    # who left the list, and what may no longer be read, is gone at once
    exists().where(list_accounts.c.list_id == list_entries.c.list_id, list_accounts.c.account_id == _s.c.account_id),
    visible_to(_s, _viewer),
)
_talk = conversation_statuses.join(conversations, conversations.c.id == conversation_statuses.c.conversation_id)
_DIRECT = _pages(
    conversation_statuses.c.status_id,
    _talk.join(_joined, _s.c.id == conversation_statuses.c.status_id),
    conversations.c.account_id == _viewer,
    _present,
    _shown_to_viewer,
    visible_to(_s, _viewer),
)


def home(viewer_id: int, page: Page, now: int) -> Query[Shown]:
    return _HOME[page.ascending](viewer_id=viewer_id, now=now, **bounds(page))


def public(
    viewer_id: int | None, page: Page, now: int, *, local: bool = False, remote: bool = False, media: bool = False
) -> Query[Shown]:
    """The federated timeline, or its local or remote part."""
    kind = _LOCAL if local else _REMOTE if remote else _PUBLIC
    return kind[media, page.ascending](viewer_id=viewer_id, now=now, **bounds(page))


def tag(
    viewer_id: int | None,
    name: str,
    page: Page,
    now: int,
    *,
    place: str = "",
    media: bool = False,
    more: Tags | None = None,
) -> Query[Shown]:
    """Public posts with a hashtag; ``place``: ``local``, ``remote`` or both; ``more``: what else they carry."""
    statement = _TAG[place, media, more is not None, page.ascending]
    if more is None:
        return statement(viewer_id=viewer_id, tag=name, now=now, **bounds(page))
    named = {"any": [name, *more.any], "every": more.every, "every_count": len(more.every), "never": more.never}
    return statement(viewer_id=viewer_id, now=now, **named, **bounds(page))


def link(viewer_id: int | None, card_id: int, page: Page, now: int) -> Query[Shown]:
    """Public posts that show a card."""
    return _LINK[page.ascending](viewer_id=viewer_id, card_id=card_id, now=now, **bounds(page))


def of_account(
    viewer_id: int | None,
    account_id: int,
    page: Page,
    *,
    only_media: bool = False,
    exclude_replies: bool = False,
    exclude_reblogs: bool = False,
    pinned: bool = False,
    tagged: str = "",
) -> Query[Shown]:
    """What the viewer may see of an account, newest first; ``tagged``: only posts with this (normalised) tag."""
    statement = _ACCOUNT[only_media, exclude_replies, exclude_reblogs, pinned, page.ascending]
    return statement(viewer_id=viewer_id, account_id=account_id, tagged=tagged, **bounds(page))


def favourited(viewer_id: int, page: Page) -> Query[Shown]:
    return _FAVOURITES[page.ascending](viewer_id=viewer_id, **bounds(page))


def bookmarked(viewer_id: int, page: Page) -> Query[Shown]:
    return _BOOKMARKS[page.ascending](viewer_id=viewer_id, **bounds(page))


def direct(viewer_id: int, page: Page, now: int) -> Query[Shown]:
    """The posts of one's conversations, one's own too."""
    return _DIRECT[page.ascending](viewer_id=viewer_id, now=now, **bounds(page))


def in_list(viewer_id: int, list_id: int, page: Page, now: int) -> Query[Shown]:
    """A page of a list, which is the viewer's own."""
    return _LIST[page.ascending](viewer_id=viewer_id, list_id=list_id, now=now, **bounds(page))


def by_ids(viewer_id: int | None, ids: list[int]) -> Query[Shown]:
    """Those of the ids that the viewer may see, in no order."""
    return _BY_IDS(viewer_id=viewer_id, ids=ids)
