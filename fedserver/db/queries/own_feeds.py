"""Feeds that belong to one reader, and the orders that were made of them."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select, text

from fedserver.db.queries.feeds import Entry
from fedserver.db.statement import Query, Statement, columns, insert, insert_new, nothing, number, scalar
from fedserver.db.statement import update as update_row
from fedserver.db.tables import feed_subscriptions, feeds, own_feeds, own_orders, own_places
from fedserver.kit.paging import Page


class OwnRow(NamedTuple):
    """A row of ``own_feeds``; ``title`` and ``document`` are JSON. A feed of another community has a subscription."""

    id: int
    account_id: int
    title: str
    document: str
    policy_subscription_id: int | None
    name: str
    forked_from: str
    created_at: int
    changed_at: int


class Order(NamedTuple):
    """A row of ``own_orders``."""

    id: int
    account_id: int
    list_id: int
    actor_id: int | None
    made_by: str
    size: int
    created_at: int
    checked_at: int


_f, _o, _p = own_feeds.c, own_orders.c, own_places.c
_mine = select(*columns(own_feeds, OwnRow)).where(_f.account_id == bindparam("account_id"))
_LISTED = Statement(_mine.order_by(_f.id), OwnRow._make)
_ONE = Statement(_mine.where(_f.id == bindparam("id")), OwnRow._make)
_CHOSEN = Statement(
    _mine.where(_f.policy_subscription_id == bindparam("subscription_id"), _f.name == bindparam("name")), OwnRow._make
)
_COUNT = Statement(select(func.count()).where(_f.account_id == bindparam("account_id")), number)
_DROP = Statement(delete(own_feeds).where(_f.account_id == bindparam("account_id"), _f.id == bindparam("id")), nothing)
_order = select(*columns(own_orders, Order))
_LATEST = Statement(
    _order.where(_o.account_id == bindparam("account_id"), _o.list_id == bindparam("list_id"))
    .order_by(_o.id.desc())
    .limit(1),
    Order._make,
)
_IDS: Statement[int] = Statement(
    select(_p.status_id).where(_p.order_id == bindparam("order_id")).order_by(_p.place), scalar
)
_place = select(_p.id, _p.order_id, _p.place, _p.status_id, _p.reasons)
_OF_STATUS = Statement(
    _place.where(_p.order_id == bindparam("order_id"), _p.status_id == bindparam("status_id")), Entry._make
)
_PLACE = Statement(
    select(*_place.selected_columns, *columns(own_orders, Order))
    .select_from(own_places.join(own_orders, _o.id == _p.order_id))
    .where(_p.id == bindparam("id"), _o.account_id == bindparam("account_id")),
    lambda row: (Entry._make(row[:5]), Order._make(row[5:])),
)
_PAGE = Statement(
    _place.where(_p.order_id == bindparam("order_id"), _p.id < bindparam("below"))
    .order_by(_p.id.desc())
    .limit(bindparam("limit")),
    Entry._make,
)
_FORGET = Statement(
    delete(own_orders).where(_o.account_id == bindparam("account_id"), _o.list_id == bindparam("list_id")), nothing
)
_FORGET_ALL = Statement(
    delete(own_orders).where(
        _o.list_id.in_(select(feed_subscriptions.c.id).where(feed_subscriptions.c.feed_id == bindparam("feed_id")))
    ),
    nothing,
)
_TRIM = Statement(
    text(
        "DELETE FROM own_orders WHERE list_id = :list_id AND id NOT IN"
        " (SELECT id FROM own_orders WHERE list_id = :list_id ORDER BY id DESC LIMIT :keep)"
    ),
    nothing,
)
_SWEEP = Statement(delete(own_orders).where(_o.checked_at < bindparam("before")), nothing)
_SUBSCRIBED_NAME: Statement[str] = Statement(
    select(feeds.c.name)
    .select_from(feed_subscriptions.join(feeds, feeds.c.id == feed_subscriptions.c.feed_id))
    .where(
        feed_subscriptions.c.account_id == bindparam("account_id"),
        feed_subscriptions.c.id == bindparam("id"),
        feeds.c.ended_at.is_(None),
    ),
    scalar,
)


def listed(account_id: int) -> Query[OwnRow]:
    """Somebody's own feeds, the oldest first."""
    return _LISTED(account_id=account_id)


def one(account_id: int, feed_id: int) -> Query[OwnRow]:
    """One of somebody's own feeds."""
    return _ONE(account_id=account_id, id=feed_id)


def chosen(account_id: int, subscription_id: int, name: str) -> Query[OwnRow]:
    """A feed of another community that somebody chose."""
    return _CHOSEN(account_id=account_id, subscription_id=subscription_id, name=name)


def count(account_id: int) -> Query[int]:
    """How many own feeds somebody has."""
    return _COUNT(account_id=account_id)


def add(values: dict[str, Any]) -> Query[Any]:
    """Insert one, unless that feed of another community is there."""
    return insert_new(own_feeds, values)


def change(feed_id: int, values: dict[str, Any]) -> Query[None]:
    """Change one."""
    return update_row(own_feeds, "id", feed_id, values)


def drop(account_id: int, feed_id: int) -> Query[None]:
    """Delete one of somebody's."""
    return _DROP(account_id=account_id, id=feed_id)


def latest(account_id: int, list_id: int) -> Query[Order]:
    """The last order of a list."""
    return _LATEST(account_id=account_id, list_id=list_id)


def status_ids(order_id: int) -> Query[int]:
    """The posts of an order, the first place first."""
    return _IDS(order_id=order_id)


def entry_of(order_id: int, status_id: int) -> Query[Entry]:
    """The place of a post in an order."""
    return _OF_STATUS(order_id=order_id, status_id=status_id)


def place(account_id: int, place_id: int) -> Query[tuple[Entry, Order]]:
    """A place of one of somebody's orders, by the id that apps know."""
    return _PLACE(account_id=account_id, id=place_id)


def entries(order_id: int, cut: Page) -> Query[Entry]:
    """Places of an order, the first ones first."""
    return _PAGE(order_id=order_id, below=cut.max_id if cut.max_id is not None else (1 << 63) - 1, limit=cut.limit)


def add_order(values: dict[str, Any]) -> Query[None]:
    """Insert an order."""
    return insert(own_orders, values)


def change_order(order_id: int, values: dict[str, Any]) -> Query[None]:
    """Change an order: it was found to be still the order."""
    return update_row(own_orders, "id", order_id, values)


def add_place(values: dict[str, Any]) -> Query[None]:
    """Insert a place of an order."""
    return insert(own_places, values)


def forget_orders(account_id: int, list_id: int) -> Query[None]:
    """Delete the orders of a list."""
    return _FORGET(account_id=account_id, list_id=list_id)


def trim(list_id: int, keep: int) -> Query[None]:
    """Delete all orders of a list but the last ones."""
    return _TRIM(list_id=list_id, keep=keep)


def forget_all_orders(feed_id: int) -> Query[None]:
    """Delete the orders of everybody who has a feed of the community that differs from reader to reader."""
    return _FORGET_ALL(feed_id=feed_id)


def sweep(before: int) -> Query[None]:
    """Delete orders that nobody opened since a time."""
    return _SWEEP(before=before)


def subscribed_name(account_id: int, subscription_id: int) -> Query[str]:
    """The name of the community's feed that somebody has as a list, where it is still in the document."""
    return _SUBSCRIBED_NAME(account_id=account_id, id=subscription_id)
