"""Feeds, who subscribes to them, and their frozen orders."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select, text

from fedserver.db.queries.ranking import OPEN
from fedserver.db.queries.relations import bounds
from fedserver.db.statement import Query, Statement, columns, insert, insert_new, nothing, number, scalar
from fedserver.db.statement import update as update_row
from fedserver.db.tables import accounts, feed_entries, feed_snapshots, feed_subscriptions, feeds
from fedserver.kit.paging import Page


class FeedRow(NamedTuple):
    """A row of ``feeds``; ``title`` is JSON by language."""

    id: int
    community_id: int
    name: str
    actor_id: int | None
    title: str
    trends: int
    personal: int
    created_at: int
    ended_at: int | None


class Subscribed(NamedTuple):
    """A feed as somebody's list: the id of the subscription, the feed, and the last order (0: there is none yet)."""

    id: int
    feed_id: int
    name: str
    title: str
    actor_id: int
    actor_uri: str
    latest: int
    latest_at: int


class Snapshot(NamedTuple):
    """A row of ``feed_snapshots``, without its inputs, which no page needs."""

    id: int
    feed_id: int
    policy_hash: str
    size: int
    created_at: int


class Entry(NamedTuple):
    """A row of ``feed_entries``; ``reasons`` is JSON."""

    id: int
    snapshot_id: int
    place: int
    status_id: int
    reasons: str


_f, _u, _n, _e = feeds.c, feed_subscriptions.c, feed_snapshots.c, feed_entries.c
_LISTED = Statement(
    select(*columns(feeds, FeedRow)).where(_f.community_id == bindparam("community_id")).order_by(_f.id), FeedRow._make
)
_BY_ID = Statement(select(*columns(feeds, FeedRow)).where(_f.id == bindparam("id")), FeedRow._make)
_BY_NAME = Statement(
    select(*columns(feeds, FeedRow)).where(
        _f.community_id == bindparam("community_id"), _f.name == bindparam("name"), _f.ended_at.is_(None)
    ),
    FeedRow._make,
)
_newest = feed_snapshots.alias("newest")
_last = select(func.max(_n.id)).where(_n.feed_id == _f.id).scalar_subquery()
_subscribed = select(
    _u.id,
    _u.feed_id,
    _f.name,
    _f.title,
    func.coalesce(_f.actor_id, 0),
    func.coalesce(accounts.c.uri, ""),
    func.coalesce(_newest.c.id, 0),
    func.coalesce(_newest.c.created_at, 0),
).select_from(
    feed_subscriptions.join(feeds, _f.id == _u.feed_id)
    .outerjoin(accounts, accounts.c.id == _f.actor_id)
    .outerjoin(_newest, _newest.c.id == _last)
)
_MINE = Statement(_subscribed.where(_u.account_id == bindparam("account_id")).order_by(_u.id), Subscribed._make)
_ONE = Statement(
    _subscribed.where(_u.account_id == bindparam("account_id"), _u.id == bindparam("id")), Subscribed._make
)
_DROP = Statement(
    delete(feed_subscriptions).where(_u.account_id == bindparam("account_id"), _u.id == bindparam("id")), nothing
)
_DROP_ALL = Statement(delete(feed_subscriptions).where(_u.feed_id == bindparam("feed_id")), nothing)
_EVERYBODY: Statement[int] = Statement(
    text("SELECT u.account_id FROM users u WHERE u.community_id = :community_id ORDER BY u.account_id"), scalar
)
_LATEST_ID: Statement[Any] = Statement(select(func.max(_n.id)).where(_n.feed_id == bindparam("feed_id")), scalar)
_SNAPSHOT = Statement(select(*columns(feed_snapshots, Snapshot)).where(_n.id == bindparam("id")), Snapshot._make)
_INPUTS: Statement[bytes] = Statement(select(_n.inputs).where(_n.id == bindparam("id")), scalar)
_PAGE = {
    ascending: Statement(
        select(*columns(feed_entries, Entry))
        .where(_e.snapshot_id == bindparam("snapshot_id"), _e.id < bindparam("below"), _e.id > bindparam("above"))
        .order_by(_e.id if ascending else _e.id.desc())
        .limit(bindparam("limit")),
        Entry._make,
    )
    for ascending in (False, True)
}
_ENTRY = Statement(
    select(*columns(feed_entries, Entry), _n.feed_id)
    .select_from(feed_entries.join(feed_snapshots, _n.id == _e.snapshot_id))
    .where(_e.id == bindparam("id")),
    lambda row: (Entry._make(row[:5]), int(row[5])),
)
_OF_STATUS = Statement(
    select(*columns(feed_entries, Entry)).where(
        _e.snapshot_id == bindparam("snapshot_id"), _e.status_id == bindparam("status_id")
    ),
    Entry._make,
)
_BOOSTS_SINCE = Statement(
    text("SELECT COUNT(*) FROM statuses WHERE account_id = :actor_id AND id >= :low AND reblog_of_id IS NOT NULL"),
    number,
)
# once more than its consent at the time of the order: the author may have changed their mind since
_NOT_BOOSTED: Statement[int] = Statement(
    text(
        "SELECT e.status_id FROM feed_entries e JOIN statuses s ON s.id = e.status_id"  # noqa: S608 - constants
        " JOIN accounts a ON a.id = s.account_id WHERE e.snapshot_id = :snapshot_id AND e.place <= :most"
        f" AND{OPEN}"
        " AND NOT EXISTS (SELECT 1 FROM statuses b"
        " WHERE b.account_id = :actor_id AND b.reblog_of_id = e.status_id) ORDER BY e.place"
    ),
    scalar,
)
_TRENDS: Statement[int] = Statement(
    select(_f.id).where(_f.community_id == bindparam("community_id"), _f.trends == 1, _f.ended_at.is_(None)), scalar
)
_PLACES: Statement[int] = Statement(
    select(_e.status_id)
    .where(_e.snapshot_id == select(func.max(_n.id)).where(_n.feed_id == bindparam("feed_id")).scalar_subquery())
    .order_by(_e.place)
    .limit(bindparam("limit"))
    .offset(bindparam("skip")),
    scalar,
)
_SWEEP = Statement(
    text(
        "DELETE FROM feed_snapshots WHERE created_at < :before AND (EXISTS"
        " (SELECT 1 FROM feed_snapshots n WHERE n.feed_id = feed_snapshots.feed_id AND n.id > feed_snapshots.id)"
        " OR EXISTS (SELECT 1 FROM feeds f WHERE f.id = feed_snapshots.feed_id AND f.ended_at IS NOT NULL))"
    ),
    nothing,
)


def listed(community_id: int = 1) -> Query[FeedRow]:
    """All, ended ones too."""
    return _LISTED(community_id=community_id)


def by_id(feed_id: int) -> Query[FeedRow]:
    """A feed."""
    return _BY_ID(id=feed_id)


def by_name(name: str, community_id: int = 1) -> Query[FeedRow]:
    """A feed of the document in force."""
    return _BY_NAME(name=name, community_id=community_id)


def add(values: dict[str, Any]) -> Query[None]:
    """Insert a feed."""
    return insert(feeds, values)


def change(feed_id: int, values: dict[str, Any]) -> Query[None]:
    """Change a feed."""
    return update_row(feeds, "id", feed_id, values)


def subscribed(account_id: int) -> Query[Subscribed]:
    """Somebody's feeds, in the order of subscription."""
    return _MINE(account_id=account_id)


def subscription(account_id: int, subscription_id: int) -> Query[Subscribed]:
    """One of somebody's feeds."""
    return _ONE(account_id=account_id, id=subscription_id)


def subscribe(values: dict[str, Any]) -> Query[Any]:
    """Insert a subscription unless it is there."""
    return insert_new(feed_subscriptions, values)


def unsubscribe(account_id: int, subscription_id: int) -> Query[None]:
    """Delete one of somebody's subscriptions."""
    return _DROP(account_id=account_id, id=subscription_id)


def unsubscribe_all(feed_id: int) -> Query[None]:
    """Delete everybody's subscriptions of a feed."""
    return _DROP_ALL(feed_id=feed_id)


def members(community_id: int = 1) -> Query[int]:
    """The accounts of a community."""
    return _EVERYBODY(community_id=community_id)


def latest_id(feed_id: int) -> Query[Any]:
    """The id of the last order of a feed, NULL without one."""
    return _LATEST_ID(feed_id=feed_id)


def snapshot(snapshot_id: int) -> Query[Snapshot]:
    """An order."""
    return _SNAPSHOT(id=snapshot_id)


def inputs(snapshot_id: int) -> Query[bytes]:
    """What an order was made from, as ``domain.ranking.inputs`` puts it."""
    return _INPUTS(id=snapshot_id)


def add_snapshot(values: dict[str, Any]) -> Query[None]:
    """Insert an order."""
    return insert(feed_snapshots, values)


def add_entry(values: dict[str, Any]) -> Query[None]:
    """Insert a place of an order."""
    return insert(feed_entries, values)


def page(snapshot_id: int, cut: Page) -> Query[Entry]:
    """Places of an order: the first ones have the highest ids."""
    return _PAGE[cut.ascending](snapshot_id=snapshot_id, **bounds(cut))


def entry(entry_id: int) -> Query[tuple[Entry, int]]:
    """A place by the id that apps know, with the id of its feed."""
    return _ENTRY(id=entry_id)


def entry_of(snapshot_id: int, status_id: int) -> Query[Entry]:
    """The place of a post in an order."""
    return _OF_STATUS(snapshot_id=snapshot_id, status_id=status_id)


def trends_feed(community_id: int = 1) -> Query[int]:
    """The feed that the community chose for popular posts."""
    return _TRENDS(community_id=community_id)


def places(feed_id: int, limit: int, skip: int) -> Query[int]:
    """The posts of the last order of a feed, the first place first."""
    return _PLACES(feed_id=feed_id, limit=limit, skip=skip)


def boosts_since(actor_id: int, low: int) -> Query[int]:
    """How many boosts an account made since an id."""
    return _BOOSTS_SINCE(actor_id=actor_id, low=low)


def not_boosted(snapshot_id: int, actor_id: int, most: int) -> Query[int]:
    """The posts of the first places that an account never boosted and may boost, the first one first."""
    return _NOT_BOOSTED(snapshot_id=snapshot_id, actor_id=actor_id, most=most)


def sweep(before: int) -> Query[None]:
    """Forget orders that were made before a time, but the last of each feed of the document in force."""
    return _SWEEP(before=before)
