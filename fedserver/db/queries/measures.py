"""Figures for admins: what happened on each day of a period, what was used most, who of a cohort came back.

Ids hold the time (``kit/ids.py``), so that a period is a range of keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import text

from fedserver.db.statement import Query, Statement
from fedserver.kit.ids import floor_of

DAY_MS: Final = 24 * 3600 * 1000


class Bucket(NamedTuple):
    """A day (ms of its midnight) with its figure."""

    day: int
    value: int


class Counted(NamedTuple):
    """Something with how often it was met."""

    key: str
    value: int


# key -> what counts: a time and whoever or whatever is counted once
_EVENTS: Final[Mapping[str, str]] = {
    "active_users": (
        "SELECT u.last_active_at AS at, u.id AS who FROM users u WHERE u.last_active_at >= :since"
        " AND u.last_active_at < :until UNION ALL SELECT s.id / 65536, u.id FROM statuses s JOIN users u"
        " ON u.account_id = s.account_id WHERE s.id >= :low AND s.id < :high"
    ),
    "new_users": "SELECT id / 65536 AS at, id AS who FROM users WHERE id >= :low AND id < :high",
    "interactions": (
        "SELECT f.id / 65536 AS at, f.id AS who FROM favourites f JOIN statuses o ON o.id = f.status_id JOIN accounts a"
        " ON a.id = o.account_id AND a.domain = '' WHERE f.id >= :low AND f.id < :high UNION ALL"
        " SELECT s.id / 65536, s.id FROM statuses s"
        " JOIN statuses o ON o.id = COALESCE(s.reblog_of_id, s.in_reply_to_id)"
        " JOIN accounts a ON a.id = o.account_id AND a.domain = '' WHERE s.id >= :low AND s.id < :high"
    ),
    "opened_reports": "SELECT id / 65536 AS at, id AS who FROM reports WHERE id >= :low AND id < :high",
    "resolved_reports": (
        "SELECT resolved_at AS at, id AS who FROM reports WHERE resolved_at >= :since AND resolved_at < :until"
    ),
    "tag_accounts": (
        "SELECT s.id / 65536 AS at, s.account_id AS who FROM status_tags x JOIN statuses s ON s.id = x.status_id"
        " WHERE x.tag_id = :tag_id AND x.status_id >= :low AND x.status_id < :high"
    ),
    "tag_uses": (
        "SELECT x.status_id / 65536 AS at, x.status_id AS who FROM status_tags x"
        " WHERE x.tag_id = :tag_id AND x.status_id >= :low AND x.status_id < :high"
    ),
    "tag_servers": (
        "SELECT s.id / 65536 AS at, a.domain AS who FROM status_tags x JOIN statuses s ON s.id = x.status_id"
        " JOIN accounts a ON a.id = s.account_id AND a.domain <> ''"
        " WHERE x.tag_id = :tag_id AND x.status_id >= :low AND x.status_id < :high"
    ),
    "instance_accounts": (
        "SELECT id / 65536 AS at, id AS who FROM accounts WHERE domain = :domain AND id >= :low AND id < :high"
    ),
    "instance_media_attachments": (
        "SELECT m.id / 65536 AS at, m.size AS who FROM media_attachments m JOIN accounts a ON a.id = m.account_id"
        " AND a.domain = :domain WHERE m.id >= :low AND m.id < :high"
    ),
    "instance_reports": (
        "SELECT r.id / 65536 AS at, r.id AS who FROM reports r JOIN accounts a ON a.id = r.target_id"
        " AND a.domain = :domain WHERE r.id >= :low AND r.id < :high"
    ),
    "instance_statuses": (
        "SELECT s.id / 65536 AS at, s.id AS who FROM statuses s JOIN accounts a ON a.id = s.account_id"
        " AND a.domain = :domain WHERE s.id >= :low AND s.id < :high"
    ),
    "instance_follows": (
        "SELECT f.id / 65536 AS at, f.id AS who FROM follows f JOIN accounts a ON a.id = f.target_id"
        " AND a.domain = :domain JOIN accounts b ON b.id = f.account_id AND b.domain = ''"
        " WHERE f.id >= :low AND f.id < :high AND f.state = 'accepted'"
    ),
    "instance_followers": (
        "SELECT f.id / 65536 AS at, f.id AS who FROM follows f JOIN accounts a ON a.id = f.account_id"
        " AND a.domain = :domain JOIN accounts b ON b.id = f.target_id AND b.domain = ''"
        " WHERE f.id >= :low AND f.id < :high AND f.state = 'accepted'"
    ),
}
MEASURES: Final = tuple(_EVENTS)
BYTES: Final = frozenset({"instance_media_attachments"})


def _figure(key: str) -> str:
    return "COALESCE(SUM(who), 0)" if key in BYTES else "COUNT(DISTINCT who)"


_BY_DAY = {
    key: Statement(
        text(
            f"SELECT at / 86400000 * 86400000, {_figure(key)} FROM ({events}) x"  # noqa: S608 - ours
            " GROUP BY at / 86400000 * 86400000"
        ),
        lambda row: Bucket(int(row[0]), int(row[1])),
    )
    for key, events in _EVENTS.items()
}
_TOTAL = {
    key: Statement(text(f"SELECT {_figure(key)} FROM ({events}) x"), lambda row: int(row[0] or 0))  # noqa: S608 - ours
    for key, events in _EVENTS.items()
}
_COUNTED: Final[Mapping[str, str]] = {
    "languages": (
        "SELECT COALESCE(u.default_language, u.locale), COUNT(*) FROM users u WHERE u.last_active_at >= :since"
        " AND u.last_active_at < :until GROUP BY COALESCE(u.default_language, u.locale)"
    ),
    "sources": (
        "SELECT COALESCE(p.name, ''), COUNT(*) FROM statuses s JOIN accounts a ON a.id = s.account_id AND a.domain = ''"
        " LEFT JOIN oauth_apps p ON p.id = s.app_id WHERE s.id >= :low AND s.id < :high GROUP BY COALESCE(p.name, '')"
    ),
    "servers": (
        "SELECT a.domain, COUNT(*) FROM statuses s JOIN accounts a ON a.id = s.account_id AND a.domain <> ''"
        " WHERE s.id >= :low AND s.id < :high GROUP BY a.domain"
    ),
    "tag_servers": (
        "SELECT a.domain, COUNT(*) FROM status_tags x JOIN statuses s ON s.id = x.status_id"
        " JOIN accounts a ON a.id = s.account_id WHERE x.tag_id = :tag_id AND x.status_id >= :low"
        " AND x.status_id < :high GROUP BY a.domain"
    ),
    "tag_languages": (
        "SELECT COALESCE(s.language, 'und'), COUNT(*) FROM status_tags x JOIN statuses s ON s.id = x.status_id"
        " WHERE x.tag_id = :tag_id AND x.status_id >= :low AND x.status_id < :high"
        " GROUP BY COALESCE(s.language, 'und')"
    ),
    "instance_accounts": (
        "SELECT a.username, COUNT(*) FROM follows f JOIN accounts a ON a.id = f.target_id AND a.domain = :domain"
        " JOIN accounts b ON b.id = f.account_id AND b.domain = '' WHERE f.state = 'accepted' GROUP BY a.username"
    ),
    "instance_languages": (
        "SELECT COALESCE(s.language, 'und'), COUNT(*) FROM statuses s JOIN accounts a ON a.id = s.account_id"
        " AND a.domain = :domain WHERE s.id >= :low AND s.id < :high GROUP BY COALESCE(s.language, 'und')"
    ),
}
_MOST = {
    key: Statement(text(f"{sql} ORDER BY 2 DESC, 1 LIMIT :most"), lambda row: Counted(str(row[0]), int(row[1])))
    for key, sql in _COUNTED.items()
}
DIMENSIONS: Final = (*_COUNTED, "space_usage", "software_versions")
_SPACE = Statement(
    text("SELECT COALESCE(SUM(size), 0) FROM media_attachments WHERE file_key IS NOT NULL"), lambda row: int(row[0])
)
# (joined, last here) of those who joined in a period: with what they posted since, whoever was here that often
_COHORT = Statement(
    text(
        "SELECT u.id, u.created_at, COALESCE(u.last_active_at, u.created_at) FROM users u"
        " WHERE u.created_at >= :since AND u.created_at < :until"
    ),
    lambda row: (int(row[0]), int(row[1]), int(row[2])),
)


def _period(since: int, until: int, names: str, **more: Any) -> dict[str, Any]:
    values = {"since": since, "until": until, "low": floor_of(since), "high": floor_of(until), **more}
    return {name: value for name, value in values.items() if f":{name}" in names}


def by_day(key: str, since: int, until: int, **more: Any) -> Query[Bucket]:
    """A measure on each day of a period that has any. ``more``: ``tag_id`` or ``domain``."""
    return _BY_DAY[key](**_period(since, until, _EVENTS[key], **more))


def total(key: str, since: int, until: int, **more: Any) -> Query[int]:
    """A measure over the whole period: whoever was there on two days counts once."""
    return _TOTAL[key](**_period(since, until, _EVENTS[key], **more))


def most(key: str, since: int, until: int, limit: int, **more: Any) -> Query[Counted]:
    """What was met most often in a period."""
    return _MOST[key](**_period(since, until, _COUNTED[key], **more), most=limit)


def media_bytes() -> Query[int]:
    """How much room media take."""
    return _SPACE()


def joined(since: int, until: int) -> Query[Any]:
    """(user, joined at, last here at) of whoever joined in a period."""
    return _COHORT(since=since, until=until)
