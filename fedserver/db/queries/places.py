"""Pages of frozen orders: what a list shows that is a feed, in one statement, as a page of home is one.

A page goes on in the order in which it began: ``max_id`` names a place, and with it the order. Without one it is the
last order. What the viewer may not see now is left out, whenever the order was made.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, bindparam, case, func, literal, select, union_all

from fedserver.db.queries import shown
from fedserver.db.queries.relations import bounds
from fedserver.db.queries.shown import PLAIN, Placed
from fedserver.db.statement import Query, Statement, number, scalar
from fedserver.db.tables import (
    accounts,
    feed_entries,
    feed_snapshots,
    feed_subscriptions,
    feeds,
    lists,
    own_feeds,
    own_orders,
    own_places,
)
from fedserver.kit.paging import Page

# what the id of a list stands for
NOTHING, LIST, FEED, OWN = range(4)

_viewer: Any = bindparam("viewer_id")
_list: Any = bindparam("list_id")
_asked: Any = bindparam("asked", type_=BigInteger())
_actor = accounts.alias("actor")
_e, _n, _u, _f = feed_entries.c, feed_snapshots.c, feed_subscriptions.c, feeds.c
_p, _o = own_places.c, own_orders.c


def _of_feed() -> dict[bool, Statement[Placed]]:
    asked, its = feed_entries.alias("asked"), feed_snapshots.alias("its")
    begun = (
        select(its.c.id)
        .select_from(asked.join(its, its.c.id == asked.c.snapshot_id))
        .where(asked.c.id == _asked, its.c.feed_id == _u.feed_id)
        .scalar_subquery()
    )
    newest = feed_snapshots.alias("newest")
    last = select(func.max(newest.c.id)).where(newest.c.feed_id == _u.feed_id).scalar_subquery()
    source = (
        feed_subscriptions.join(feeds, _f.id == _u.feed_id)
        # before the places: once, and not for each
        .outerjoin(_actor, _actor.c.id == _f.actor_id)
        .join(feed_snapshots, _n.id == func.coalesce(begun, last))
        .join(feed_entries, _e.snapshot_id == _n.id)
        .join(PLAIN, shown.post.c.id == _e.status_id)
    )
    return shown.placed(
        _e.id,
        source,
        _u.account_id == _viewer,
        _u.id == _list,
        # of what everybody has: who was moved out of sight is so at once
        shown.author.c.limited_at.is_(None),
        more=_more(_n.id, _e.place, _n.created_at),
    )


def _of_own() -> dict[bool, Statement[Placed]]:
    asked, its, newest = own_places.alias("asked"), own_orders.alias("its"), own_orders.alias("newest")
    begun = (
        select(its.c.id)
        .select_from(asked.join(its, its.c.id == asked.c.order_id))
        .where(asked.c.id == _asked, its.c.list_id == _list)
        .scalar_subquery()
    )
    last = select(func.max(newest.c.id)).where(newest.c.list_id == _list).scalar_subquery()
    source = (
        own_orders.outerjoin(_actor, _actor.c.id == _o.actor_id)
        .join(own_places, _p.order_id == _o.id)
        .join(PLAIN, shown.post.c.id == _p.status_id)
    )
    where = (_o.account_id == _viewer, _o.id == func.coalesce(begun, last))
    return shown.placed(_p.id, source, *where, more=_more(_o.id, _p.place, _o.created_at))


def _more(order_id: Any, place: Any, made_at: Any) -> tuple[Any, ...]:
    return order_id, place, made_at, func.coalesce(_actor.c.id, 0), func.coalesce(_actor.c.version, 0)


_PAGES = {FEED: _of_feed(), OWN: _of_own()}
_KIND = Statement(
    union_all(
        select(literal(LIST)).where(lists.c.id == _list, lists.c.account_id == _viewer),
        # a feed of the community that differs from reader to reader is put in order for each
        select(case((_f.personal == 1, OWN), else_=FEED))
        .select_from(feed_subscriptions.join(feeds, _f.id == _u.feed_id))
        .where(_u.id == _list, _u.account_id == _viewer),
        select(literal(OWN)).where(own_feeds.c.id == _list, own_feeds.c.account_id == _viewer),
    ),
    number,
)
_INNER: Statement[int] = Statement(
    union_all(
        select(_e.status_id).where(_e.id == bindparam("place_id")),
        # places of one's own orders are nothing to anybody else
        select(_p.status_id)
        .select_from(own_places.join(own_orders, _o.id == _p.order_id))
        .where(_p.id == bindparam("place_id"), _o.account_id == bindparam("viewer_id", type_=BigInteger())),
    ),
    scalar,
)
# the place of a post in the last order, for apps that page by the id of the post
_AT = {
    FEED: Statement(
        select(func.max(_e.id))
        .select_from(feed_subscriptions.join(feed_snapshots, _n.feed_id == _u.feed_id))
        .join(feed_entries, _e.snapshot_id == _n.id)
        .where(_u.account_id == _viewer, _u.id == _list, _e.status_id == _asked),
        number,
    ),
    OWN: Statement(
        select(func.max(_p.id))
        .select_from(own_orders.join(own_places, _p.order_id == _o.id))
        .where(_o.account_id == _viewer, _o.list_id == _list, _p.status_id == _asked),
        number,
    ),
}


def kind(viewer_id: int, list_id: int) -> Query[int]:
    """What the id of one of the viewer's lists stands for, no row where it is nobody's or somebody else's."""
    return _KIND(viewer_id=viewer_id, list_id=list_id)


def inner(place_id: int, viewer_id: int | None) -> Query[int]:
    """The post behind the id of a place that the viewer may know."""
    return _INNER(place_id=place_id, viewer_id=viewer_id)


def page(which: int, viewer_id: int, list_id: int, cut: Page, now: int) -> Query[Placed]:
    """Places of a list of the viewer's that is a feed (``FEED`` or ``OWN``), the first ones with the highest ids."""
    return _PAGES[which][cut.ascending](
        viewer_id=viewer_id, list_id=list_id, asked=cut.max_id or 0, now=now, **bounds(cut)
    )


def at(which: int, viewer_id: int, list_id: int, status_id: int) -> Query[int]:
    """The id of the newest place of a post in such a list, 0 without one."""
    return _AT[which](viewer_id=viewer_id, list_id=list_id, asked=status_id)
