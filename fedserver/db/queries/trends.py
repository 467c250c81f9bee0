"""What is popular now: how often things were used on a day, and the lists that the job makes of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select, text

from fedserver.db.statement import Query, Statement, insert_new, nothing, number, one_of, scalar
from fedserver.db.tables import trend_days, trends


class Day(NamedTuple):
    """How often something was used on a day (ms of its midnight)."""

    item_id: int
    day: int
    uses: int
    accounts: int


class Trend(NamedTuple):
    """A line of a list of what is popular. ``score`` and ``peak`` in thousandths."""

    item_id: int
    score: int
    peak: int
    peak_at: int


_DAYS = Statement(
    select(trend_days.c.item_id, trend_days.c.day, trend_days.c.uses, trend_days.c.accounts).where(
        trend_days.c.kind == bindparam("kind"),
        one_of(trend_days.c.item_id, "ids"),
        trend_days.c.day >= bindparam("since"),
    ),
    Day._make,
)
_DAYS_SINCE = Statement(
    select(trend_days.c.item_id, trend_days.c.day, trend_days.c.uses, trend_days.c.accounts).where(
        trend_days.c.kind == bindparam("kind"), trend_days.c.day >= bindparam("since")
    ),
    Day._make,
)
_PUT_DAY = Statement(
    text(
        "INSERT INTO trend_days (kind, item_id, day, uses, accounts) VALUES (:kind, :item_id, :day, :uses, :accounts)"
        " ON CONFLICT (kind, item_id, day) DO UPDATE SET uses = excluded.uses, accounts = excluded.accounts"
    ),
    nothing,
)
_DROP_DAYS = Statement(text("DELETE FROM trend_days WHERE day < :before"), nothing)
_TRENDS = Statement(
    select(trends.c.item_id)
    .where(trends.c.kind == bindparam("kind"))
    .order_by(trends.c.place)
    .limit(bindparam("limit"))
    .offset(bindparam("skip")),
    scalar,
)
_ALL_TRENDS = Statement(
    select(trends.c.item_id, trends.c.score, trends.c.peak, trends.c.peak_at).where(trends.c.kind == bindparam("kind")),
    Trend._make,
)
_CLEAR = Statement(delete(trends).where(trends.c.kind == bindparam("kind")), nothing)
_IS_TRENDING = Statement(text("SELECT 1 FROM trends WHERE kind = :kind AND item_id = :item_id"), scalar)

# a server whose posts are to trend nowhere, or one below it
TRENDABLE = (
    " AND NOT EXISTS (SELECT 1 FROM domain_policies p WHERE p.no_trends = 1"
    " AND (a.domain = p.domain OR a.domain LIKE '%.' || p.domain))"
)
# what counts: public posts of accounts that want to be discovered, written between two ids (ids are ordered by time)
_COUNTED = (
    " JOIN statuses s ON s.id = x.status_id JOIN accounts a ON a.id = s.account_id"
    " WHERE x.status_id >= :low AND x.status_id < :high AND s.visibility = 0"
    " AND a.discoverable = 1 AND a.suspended_at IS NULL AND a.deleted_at IS NULL AND a.limited_at IS NULL" + TRENDABLE
)
_USED_TAGS = Statement(
    text(
        "SELECT x.tag_id, COUNT(*), COUNT(DISTINCT s.account_id) FROM statuses t JOIN status_tags x"  # noqa: S608
        " ON x.status_id = t.id"
        + _COUNTED.replace("x.status_id >=", "t.id >=").replace("x.status_id <", "t.id <")
        + " GROUP BY x.tag_id ORDER BY 3 DESC LIMIT :most"
    ),
    tuple,
)
_USED_LINKS = Statement(
    text(
        "SELECT x.card_id, COUNT(*), COUNT(DISTINCT s.account_id) FROM status_cards x"  # noqa: S608
        " JOIN cards c ON c.id = x.card_id AND c.state = 'ready'"
        + _COUNTED
        + " GROUP BY x.card_id ORDER BY 3 DESC LIMIT :most"
    ),
    tuple,
)
_USES_OF_TAG = Statement(
    text(
        "SELECT u.day, COUNT(*), COUNT(DISTINCT u.account_id) FROM (SELECT s.created_at / 86400000 * 86400000 AS day,"
        " s.account_id AS account_id FROM status_tags x JOIN statuses s ON s.id = x.status_id"
        " WHERE x.tag_id = :tag_id AND x.status_id >= :low AND s.visibility = 0"
        " ORDER BY x.status_id DESC LIMIT 5000) u GROUP BY u.day"
    ),
    tuple,
)
_POPULAR_STATUSES = Statement(
    text(
        "SELECT s.id, s.account_id, s.reblogs_count + s.favourites_count, s.created_at FROM statuses s"  # noqa: S608
        " JOIN accounts a ON a.id = s.account_id WHERE s.id >= :low AND s.visibility = 0 AND s.reblog_of_id IS NULL"
        " AND s.in_reply_to_uri IS NULL AND s.sensitive = 0 AND s.spoiler = ''"
        " AND s.reblogs_count + s.favourites_count >= :least AND a.discoverable = 1 AND a.suspended_at IS NULL"
        " AND a.deleted_at IS NULL AND a.limited_at IS NULL" + TRENDABLE + " ORDER BY 3 DESC LIMIT :most"
    ),
    tuple,
)
_MOST_FOLLOWED = Statement(
    text(
        "SELECT f.target_id, COUNT(*) FROM follows f JOIN accounts b ON b.id = f.account_id AND b.domain = ''"
        " JOIN accounts a ON a.id = f.target_id WHERE f.state = 'accepted' AND a.discoverable = 1 AND a.locked = 0"
        " AND a.suspended_at IS NULL AND a.deleted_at IS NULL AND a.limited_at IS NULL AND a.moved_to_id IS NULL"
        " GROUP BY f.target_id ORDER BY 2 DESC, 1 LIMIT :most"
    ),
    tuple,
)
_AUTHORS_SINCE = Statement(
    text(
        "SELECT COUNT(DISTINCT account_id) FROM statuses WHERE id >= :low AND visibility = 0 AND reblog_of_id IS NULL"
    ),
    number,
)


def days(kind: str, ids: list[int], since: int) -> Query[Day]:
    """Use by day of some things."""
    return _DAYS(kind=kind, ids=ids, since=since)


def days_since(kind: str, since: int) -> Query[Day]:
    """Use by day of everything that was counted."""
    return _DAYS_SINCE(kind=kind, since=since)


def put_day(kind: str, found: Day) -> Query[None]:
    """Write a count anew."""
    return _PUT_DAY(kind=kind, **found._asdict())


def drop_days(before: int) -> Query[None]:
    """Forget the days before one."""
    return _DROP_DAYS(before=before)


def popular(kind: str, limit: int, skip: int = 0) -> Query[int]:
    """Ids of what is popular now, best first."""
    return _TRENDS(kind=kind, limit=limit, skip=skip)


def all_trends(kind: str) -> Query[Trend]:
    """The whole list."""
    return _ALL_TRENDS(kind=kind)


def clear(kind: str) -> Query[None]:
    """Empty a list."""
    return _CLEAR(kind=kind)


def put_trend(kind: str, place: int, found: Trend) -> Query[Any]:
    """A line of a list."""
    return insert_new(trends, {"kind": kind, "place": place, **found._asdict()}, "item_id")


def is_popular(kind: str, item_id: int) -> Query[int]:
    """A row if the thing is in the list."""
    return _IS_TRENDING(kind=kind, item_id=item_id)


def used_tags(low: int, high: int, most: int) -> Query[Any]:
    """(tag id, uses, accounts) in posts between two ids."""
    return _USED_TAGS(low=low, high=high, most=most)


def used_links(low: int, high: int, most: int) -> Query[Any]:
    """(card id, uses, accounts) in posts between two ids."""
    return _USED_LINKS(low=low, high=high, most=most)


def uses_of_tag(tag_id: int, low: int) -> Query[Any]:
    """(day, uses, accounts) of one tag since an id, as it stands at this moment; of the newest 5,000 posts."""
    return _USES_OF_TAG(tag_id=tag_id, low=low)


def popular_statuses(low: int, least: int, most: int) -> Query[Any]:
    """(id, author, boosts and favourites, time) of posts since an id with at least so many reactions."""
    return _POPULAR_STATUSES(low=low, least=least, most=most)


def most_followed(most: int) -> Query[Any]:
    """(account, followers here) of those whom people here follow most."""
    return _MOST_FOLLOWED(most=most)


def authors_since(low: int) -> Query[int]:
    """How many accounts posted publicly since an id."""
    return _AUTHORS_SINCE(low=low)
