"""Timelines: pages of statuses. ``shown`` says what a row of them is."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Text, and_, bindparam, func, literal_column, or_, select

from fedserver.db.queries import shown
from fedserver.db.queries.readable import visible_to
from fedserver.db.queries.relations import bounds
from fedserver.db.queries.shown import JOINED, NOT_HIDDEN, PRESENT, Shown, by_ids_that, pages
from fedserver.db.queries.statuses import DIRECT, FOLLOWERS, PUBLIC
from fedserver.db.statement import Query, Statement, one_of, present
from fedserver.db.tables import (
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
    tags,
)
from fedserver.kit.paging import Page


class Tags(NamedTuple):
    """What posts carry besides a hashtag: it or any of ``any``, all of ``every``, none of ``never``; normalised."""

    any: list[str]
    every: list[str]
    never: list[str]


_s, _r, _a = shown.post, shown.boosted, shown.author
_viewer: Any = bindparam("viewer_id")
_below: Any = bindparam("below")
_above: Any = bindparam("above")


_home = home_entries.join(JOINED, _s.c.id == home_entries.c.status_id)
_HOME = pages(
    home_entries.c.status_id,
    _home,
    home_entries.c.account_id == _viewer,
    PRESENT,
    NOT_HIDDEN,
    # what was written on arrival is checked again: an edit of the relation must bite at once
    or_(
        _s.c.visibility < FOLLOWERS,
        _s.c.account_id == _viewer,
        and_(
            _s.c.visibility == FOLLOWERS,
            present(
                follows.c.account_id == _viewer, follows.c.target_id == _s.c.account_id, follows.c.state == "accepted"
            ),
        ),
        and_(
            _s.c.visibility <= DIRECT,
            present(mentions.c.status_id == _s.c.id, mentions.c.account_id == _viewer),
        ),
    ),
    same=True,
)


# literals: a partial index is only used where its condition stands in the text
_LITERAL_PUBLIC: Any = literal_column(str(PUBLIC))


def _public(*where: Any) -> dict[tuple[bool, bool], Statement[Shown]]:
    conditions = (
        _s.c.visibility == _LITERAL_PUBLIC,
        _s.c.reblog_of_id.is_(None),
        _a.c.limited_at.is_(None),
        PRESENT,
        *where,
    )
    has_media = present(media_attachments.c.status_id == _s.c.id)
    plain = pages(_s.c.id, JOINED, *conditions, NOT_HIDDEN, same=True)
    media = pages(_s.c.id, JOINED, *conditions, NOT_HIDDEN, has_media, same=True)
    return {(m, asc): (media if m else plain)[asc] for m in (False, True) for asc in (False, True)}


_PUBLIC = _public()
_LOCAL = _public(_s.c.local == literal_column("1"))
_REMOTE = _public(_s.c.local == 0)
_tagged = status_tags.join(tags, tags.c.id == status_tags.c.tag_id).join(JOINED, _s.c.id == status_tags.c.status_id)


def _tag_pages() -> dict[tuple[str, bool, bool, bool], Statement[Shown]]:
    """Keys: ``local | remote |`` both, only_media, more than one tag, ascending."""
    one = tags.c.name == bindparam("tag")
    several = and_(
        _s.c.id.in_(_window), _carries("every") == bindparam("every_count", type_=BigInteger()), _carries("never") == 0
    )
    sources: dict[bool, tuple[Any, Any, Any]] = {
        False: (status_tags.c.status_id, _tagged, one),
        True: (_s.c.id, JOINED, several),
    }
    found = {}
    for place in ("", "local", "remote"):
        for media in (False, True):
            for more, (page_id, source, carried) in sources.items():
                where = [_s.c.visibility == PUBLIC, _a.c.limited_at.is_(None), PRESENT, NOT_HIDDEN, carried]
                if place:
                    where.append(_s.c.local == int(place == "local"))
                if media:
                    where.append(present(media_attachments.c.status_id == _s.c.id))
                for ascending, statement in pages(page_id, source, *where, same=True).items():
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
_LINK = pages(
    status_cards.c.status_id,
    status_cards.join(JOINED, _s.c.id == status_cards.c.status_id),
    status_cards.c.card_id == bindparam("card_id"),
    _s.c.visibility == PUBLIC,
    _a.c.limited_at.is_(None),
    PRESENT,
    NOT_HIDDEN,
    # as search: only of those who agree to be found
    _a.c.discoverable == 1,
)
_with_tag = or_(
    bindparam("tagged", type_=Text()) == "",
    present(
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
            present(mentions.c.status_id == _s.c.id, mentions.c.account_id == _viewer),
        ),
    )
    found = {}
    for bits in range(16):
        media, replies, reblogs, pinned = (bool(bits & 8), bool(bits & 4), bool(bits & 2), bool(bits & 1))
        where = [_s.c.account_id == bindparam("account_id"), visible, PRESENT, _with_tag]
        if media:
            where.append(present(media_attachments.c.status_id == _s.c.id))
        if replies:
            where.append(or_(_s.c.in_reply_to_uri.is_(None), _s.c.in_reply_to_account_id == _s.c.account_id))
        if reblogs:
            where.append(_s.c.reblog_of_id.is_(None))
        if pinned:
            where.append(_s.c.pinned_at.is_not(None))
        for ascending, statement in pages(_s.c.id, JOINED, *where, same=True).items():
            found[media, replies, reblogs, pinned, ascending] = statement
    return found


_ACCOUNT = _account_pages()


def _kept(table: Any) -> dict[bool, Statement[Shown]]:
    # an alias: the viewer's flags ask the same table again
    kept = table.alias("kept")
    source = kept.join(JOINED, _s.c.id == kept.c.status_id)
    return pages(kept.c.id, source, kept.c.account_id == _viewer, PRESENT, visible_to(_s, _viewer))


_FAVOURITES = _kept(favourites)
_BOOKMARKS = _kept(bookmarks)
_BY_IDS = by_ids_that()
_OF_THREAD = by_ids_that(NOT_HIDDEN)
_listed = list_entries.join(JOINED, _s.c.id == list_entries.c.status_id)
_LIST = pages(
    list_entries.c.status_id,
    _listed,
    list_entries.c.list_id == bindparam("list_id"),
    PRESENT,
    NOT_HIDDEN,
    # who left the list, and what may no longer be read, is gone at once
    present(list_accounts.c.list_id == list_entries.c.list_id, list_accounts.c.account_id == _s.c.account_id),
    visible_to(_s, _viewer),
)
_talk = conversation_statuses.join(conversations, conversations.c.id == conversation_statuses.c.conversation_id)
_DIRECT = pages(
    conversation_statuses.c.status_id,
    _talk.join(JOINED, _s.c.id == conversation_statuses.c.status_id),
    conversations.c.account_id == _viewer,
    PRESENT,
    NOT_HIDDEN,
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


def of_thread(viewer_id: int | None, ids: list[int], now: int) -> Query[Shown]:
    """As ``by_ids``, without posts of people whom the viewer blocks, mutes, or whose server they block, and of those
    who block the viewer."""
    return _OF_THREAD(viewer_id=viewer_id, ids=ids, now=now)
