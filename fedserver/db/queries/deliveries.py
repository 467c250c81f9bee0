"""Statements about deliveries: putting an activity on its way, claiming lanes, reporting on them.

A lane is a (sender, host) that has deliveries. ``lanes.next_at`` says when somebody should look at it; a host that is
in trouble has all its lanes moved to the end of its pause, so a claim never has to step over them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Integer, bindparam, case, column, delete, func, literal, not_, or_, select, text, tuple_, update
from sqlalchemy import insert as sa_insert

from fedserver.db.metadata import Key
from fedserver.db.statement import Query, Statement, columns, gather, insert, nothing, one_of, scalar
from fedserver.db.tables.federation import activities, deliveries, hosts, inboxes, lanes


class Lane(NamedTuple):
    """A claimed lane."""

    sender_id: int
    host_id: int
    failures: int
    oldest: int


class Delivery(NamedTuple):
    """A delivery that waits in a lane. ``created_at`` (ms) is the age of its activity."""

    inbox_id: int
    activity_id: int
    object_key: int
    attempts: int
    not_before: int
    created_at: int
    inbox_url: str
    uri: str


class Held(NamedTuple):
    """A lane that somebody has in hand under ``token``."""

    sender_id: int
    host_id: int
    token: int
    failures: int


# --- putting an activity on its way

# CROSS JOIN keeps SQLite from turning the order of the tables round; PostgreSQL reads it as any join.
_has_remote_followers = Statement(
    text(
        "SELECT 1 FROM follows f JOIN accounts a ON a.id = f.account_id"
        " WHERE f.target_id = :owner_id AND f.state = 'accepted' AND a.inbox_id IS NOT NULL LIMIT 1"
    ),
    scalar,
)
_deliver_followers = Statement(
    text(
        "INSERT INTO deliveries (inbox_id, activity_id)"
        " SELECT a.inbox_id, CAST(:activity_id AS BIGINT)"
        " FROM follows f JOIN accounts a ON a.id = f.account_id"
        " WHERE f.target_id = :owner_id AND f.state = 'accepted' AND a.domain <> '' AND a.inbox_id IS NOT NULL"
        " AND a.suspended_at IS NULL AND a.deleted_at IS NULL AND a.inbox_id NOT IN"
        " (SELECT i.id FROM hosts h CROSS JOIN inboxes i"
        " WHERE i.host_id = h.id AND (h.suspended = 1 OR h.state = 'unavailable'))"
        # followers who share an inbox: cheaper than sorting them out before
        " ON CONFLICT DO NOTHING"
    ),
    nothing,
)
_deliver_inboxes = Statement(
    sa_insert(deliveries).from_select(
        ["inbox_id", "activity_id"],
        select(inboxes.c.id, bindparam("activity_id", type_=Key))
        .select_from(inboxes.join(hosts, hosts.c.id == inboxes.c.host_id))
        .where(one_of(inboxes.c.id, "inbox_ids"), hosts.c.suspended == 0),
        include_defaults=False,
    ),
    nothing,
    " ON CONFLICT DO NOTHING",
)
_open_lanes = Statement(
    text(
        "INSERT INTO lanes (sender_id, host_id, next_at, oldest)"
        " SELECT CAST(:sender_id AS BIGINT), h.id,"
        " CASE WHEN h.closed_until > :now THEN h.closed_until ELSE CAST(:now AS BIGINT) END,"
        " CAST(:activity_id AS BIGINT)"
        " FROM hosts h WHERE h.id IN"
        " (SELECT i.host_id FROM deliveries d JOIN inboxes i ON i.id = d.inbox_id WHERE d.activity_id = :activity_id)"
        " ON CONFLICT (sender_id, host_id) DO UPDATE SET next_at ="
        " CASE WHEN excluded.next_at < lanes.next_at THEN excluded.next_at ELSE lanes.next_at END,"
        # the ids of two processes may be in another order than their commits
        " oldest = CASE WHEN excluded.oldest < lanes.oldest THEN excluded.oldest ELSE lanes.oldest END"
    ),
    nothing,
)


def has_remote_followers(owner_id: int) -> Query[Any]:
    """A row if anybody elsewhere follows ``owner_id``."""
    return _has_remote_followers(owner_id=owner_id)


def new_activity(
    activity_id: int, uri: str, sender_id: int, object_key: int, body: bytes, created_at: int
) -> Query[None]:
    """Insert an activity that is about to leave."""
    values = {
        "id": activity_id,
        "uri": uri,
        "sender_id": sender_id,
        "object_key": object_key,
        "body": body,
        "created_at": created_at,
    }
    return insert(activities, values)


def deliver_to_followers(activity_id: int, owner_id: int) -> Query[None]:
    """One delivery per distinct inbox of the remote followers, but for hosts that are suspended or unavailable."""
    return _deliver_followers(activity_id=activity_id, owner_id=owner_id)


def deliver_to_inboxes(activity_id: int, inbox_ids: Sequence[int]) -> Query[None]:
    """One delivery per inbox unless there is one already, but for hosts that are suspended."""
    return _deliver_inboxes(activity_id=activity_id, inbox_ids=list(inbox_ids))


def open_lanes(sender_id: int, activity_id: int, now: int) -> Query[None]:
    """Make the lanes of an activity's deliveries due now, or when the pause of the host ends."""
    return _open_lanes(sender_id=sender_id, activity_id=activity_id, now=now)


# --- claiming and reading lanes

_due = (
    select(lanes.c.sender_id, lanes.c.host_id)
    .where(
        lanes.c.next_at <= bindparam("now"),
        lanes.c.lease_until <= bindparam("now"),
        not_(one_of(lanes.c.host_id, "full")),
        or_(lanes.c.lease_token.is_(None), not_(one_of(lanes.c.lease_token, "held"))),
    )
    .order_by(lanes.c.next_at)
    .limit(bindparam("n", type_=Key))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_this_lane = (lanes.c.sender_id == bindparam("s_id")) & (lanes.c.host_id == bindparam("h_id"))
_claim = Statement(
    update(lanes)
    # a list of pairs is looked up, EXISTS looks through all lanes
    .where(tuple_(lanes.c.sender_id, lanes.c.host_id).in_(select(_due.c.sender_id, _due.c.host_id)))
    .values(lease_token=bindparam("token"), lease_until=bindparam("until")),
    nothing,
)
_claimed = gather(select(*columns(lanes, Lane)).where(lanes.c.lease_token == bindparam("token")), Lane._make)
# from the lane to its sender's activities to the inboxes of its host: each pair is looked up by the primary key, and
# they come in the order of the activities. CROSS JOIN keeps SQLite from another way.
_OF_LANE = (
    " CROSS JOIN activities a CROSS JOIN inboxes i CROSS JOIN deliveries d"
    " WHERE a.sender_id = l.sender_id AND a.id >= l.oldest AND i.host_id = l.host_id"
    " AND d.activity_id = a.id AND d.inbox_id = i.id"
)
_DELIVERY = "d.inbox_id, d.activity_id, a.object_key, d.attempts, d.not_before, a.created_at, i.url, a.uri"
_under = gather(
    text(
        f"SELECT l.sender_id, l.host_id, {_DELIVERY} FROM lanes l{_OF_LANE}"  # noqa: S608 - constants of this file
        " AND l.lease_token = :token LIMIT :n"
    ).columns(
        *(column(name) for name in ("sender_id", "host_id", *Delivery._fields[:-2], "url", "uri")),
    ),
    lambda row: ((row[0], row[1]), Delivery._make(row[2:])),
)
_in_lane = Statement(
    text(
        f"SELECT {_DELIVERY} FROM lanes l{_OF_LANE}"  # noqa: S608 - as above
        " AND l.sender_id = :s_id AND l.host_id = :h_id ORDER BY a.id, i.id LIMIT :n"
    ),
    Delivery._make,
)
_bodies = Statement(select(activities.c.id, activities.c.body).where(one_of(activities.c.id, "activity_ids")), tuple)
_held = gather(
    select(lanes.c.sender_id, lanes.c.host_id, lanes.c.lease_token, lanes.c.failures)
    .where(
        one_of(lanes.c.sender_id, "sender_ids"),
        one_of(lanes.c.host_id, "host_ids"),
        one_of(lanes.c.lease_token, "tokens"),
    )
    # one order for all workers: no two of them wait for each other's rows
    .order_by(lanes.c.host_id, lanes.c.sender_id)
    .with_for_update(),
    Held._make,
)


def claim_lanes(
    n: int, token: int, now: int, until: int, full: Sequence[int] = (), held: Sequence[int] = ()
) -> Query[None]:
    """Lease at most ``n`` due lanes under ``token`` until ``until`` (ms), none of the hosts ``full``, and none that is
    under a token of ``held``, however late its lease is.

    How many is not known on SQLite: Python's driver does not count what begins with WITH.
    """
    return _claim(n=n, token=token, now=now, until=until, full=list(full), held=list(held))


def claimed(token: int) -> Query[list[Lane]]:
    """The lanes under a token, in one row."""
    return _claimed(token=token)


def under(token: int, n: int) -> Query[list[tuple[tuple[int, int], Delivery]]]:
    """``((sender_id, host_id), delivery)`` of at most ``n`` deliveries in the lanes under a token, in any order."""
    return _under(token=token, n=n)


def in_lane(sender_id: int, host_id: int, n: int) -> Query[Delivery]:
    """The first ``n`` deliveries of a lane, oldest activity first."""
    return _in_lane(s_id=sender_id, h_id=host_id, n=n)


def bodies(activity_ids: Sequence[int]) -> Query[tuple[int, bytes]]:
    """``(id, body)`` of activities."""
    return _bodies(activity_ids=list(activity_ids))


def held(lanes_: Collection[tuple[int, int, int]]) -> Query[list[Held]]:
    """Of lanes ``(sender, host, token)`` those that are still leased under a token of these; locks them on PostgreSQL.

    Another lane of the same senders, hosts and tokens may be among them.
    """
    senders, hosts_, tokens = (sorted(set(each)) for each in zip(*lanes_, strict=True))
    return _held(sender_ids=senders, host_ids=hosts_, tokens=tokens)


# --- reporting on a lane

_finish_activity = Statement(
    delete(deliveries).where(deliveries.c.activity_id == bindparam("a_id"), one_of(deliveries.c.inbox_id, "inbox_ids")),
    nothing,
)
_finish_inbox = Statement(
    delete(deliveries).where(
        deliveries.c.inbox_id == bindparam("i_id"), one_of(deliveries.c.activity_id, "activity_ids")
    ),
    nothing,
)
_again = Statement(
    update(deliveries)
    .where(deliveries.c.inbox_id == bindparam("i_id"), deliveries.c.activity_id == bindparam("a_id"))
    .values(attempts=bindparam("tries"), not_before=bindparam("next_at")),
    nothing,
)
_drop_sent = Statement(
    delete(activities).where(
        one_of(activities.c.id, "activity_ids"),
        ~select(literal(1, Integer)).where(deliveries.c.activity_id == activities.c.id).exists(),
    ),
    nothing,
)
_close_lane = Statement(delete(lanes).where(_this_lane), nothing)
_close_empty = Statement(
    delete(lanes).where(
        lanes.c.sender_id == bindparam("s_id"),
        lanes.c.lease_token == bindparam("token"),
        one_of(lanes.c.host_id, "host_ids"),
        text(
            "NOT EXISTS (SELECT 1 FROM activities a CROSS JOIN inboxes i CROSS JOIN deliveries d"
            " WHERE a.sender_id = lanes.sender_id AND a.id >= lanes.oldest AND i.host_id = lanes.host_id"
            " AND d.activity_id = a.id AND d.inbox_id = i.id)"
        ),
    ),
    nothing,
)
_free_lane = Statement(
    update(lanes)
    .where(_this_lane)
    .values(
        next_at=bindparam("at"),
        failures=bindparam("fails"),
        oldest=bindparam("first"),
        lease_token=None,
        lease_until=0,
    ),
    nothing,
)
_pause_host = Statement(
    update(lanes)
    .where(lanes.c.host_id == bindparam("h_id"), lanes.c.next_at < bindparam("until"))
    .values(next_at=bindparam("until")),
    nothing,
)
_resume_lanes = Statement(
    update(lanes)
    .where(lanes.c.host_id == bindparam("h_id"), lanes.c.next_at > bindparam("now"))
    .values(next_at=bindparam("now")),
    nothing,
)
_resume_deliveries = Statement(
    update(deliveries)
    .where(
        deliveries.c.inbox_id.in_(select(inboxes.c.id).where(inboxes.c.host_id == bindparam("h_id"))),
        # said twice, so that the index of those that wait is used
        text("not_before > 0"),
        deliveries.c.not_before > bindparam("now"),
    )
    .values(not_before=bindparam("now")),
    nothing,
)

_mend_lanes = Statement(
    update(lanes)
    .where(or_(lanes.c.next_at > bindparam("latest"), lanes.c.lease_until > bindparam("lease")))
    .values(next_at=bindparam("now"), lease_until=0, lease_token=None),
    nothing,
)
_mend_hosts = Statement(
    update(hosts).where(hosts.c.closed_until > bindparam("latest")).values(closed_until=bindparam("now")), nothing
)
_mend_deliveries = Statement(
    update(deliveries).where(deliveries.c.not_before > bindparam("latest")).values(not_before=bindparam("now")), nothing
)


def mend_lanes(now: int, latest: int, lease: int) -> Query[None]:
    """Make due the lanes that wait beyond ``latest`` or are leased beyond ``lease`` (ms)."""
    return _mend_lanes(now=now, latest=latest, lease=lease)


def mend_hosts(now: int, latest: int) -> Query[None]:
    """End the pauses that last beyond ``latest`` (ms)."""
    return _mend_hosts(now=now, latest=latest)


def mend_deliveries(now: int, latest: int) -> Query[None]:
    """Make due the deliveries that wait beyond ``latest`` (ms)."""
    return _mend_deliveries(now=now, latest=latest)


def finish_activity(activity_id: int, inbox_ids: Sequence[int]) -> Query[None]:
    """Delete deliveries of one activity: they arrived, or were given up."""
    return _finish_activity(a_id=activity_id, inbox_ids=list(inbox_ids))


def finish_inbox(inbox_id: int, activity_ids: Sequence[int]) -> Query[None]:
    """Delete deliveries to one inbox: they arrived, or were given up."""
    return _finish_inbox(i_id=inbox_id, activity_ids=list(activity_ids))


def try_again(inbox_id: int, activity_id: int, attempts: int, not_before: int) -> Query[None]:
    """Set when a delivery may be tried next, and how often it failed."""
    return _again(i_id=inbox_id, a_id=activity_id, tries=attempts, next_at=not_before)


def drop_sent(activity_ids: Sequence[int]) -> Query[None]:
    """Delete those of the activities that have no delivery left."""
    return _drop_sent(activity_ids=list(activity_ids))


def close_lane(sender_id: int, host_id: int) -> Query[None]:
    """Delete a lane that is empty."""
    return _close_lane(s_id=sender_id, h_id=host_id)


def close_empty(sender_id: int, token: int, host_ids: Sequence[int]) -> Query[None]:
    """Delete those of a sender's lanes under ``token`` in which nothing waits."""
    return _close_empty(s_id=sender_id, token=token, host_ids=list(host_ids))


def free_lane(sender_id: int, host_id: int, next_at: int, failures: int, oldest: int) -> Query[None]:
    """Give a lane back, to be looked at at ``next_at`` (ms). ``oldest``: the first activity that waits in it, as read
    while the lane's row was held."""
    return _free_lane(s_id=sender_id, h_id=host_id, at=next_at, fails=failures, first=oldest)


def pause_host(host_id: int, until: int) -> Query[None]:
    """No lane of the host is looked at before ``until`` (ms)."""
    return _pause_host(h_id=host_id, until=until)


def resume_lanes(host_id: int, now: int) -> Query[None]:
    """All lanes of the host are due."""
    return _resume_lanes(h_id=host_id, now=now)


def resume_deliveries(host_id: int, now: int) -> Query[None]:
    """No delivery to the host has to wait."""
    return _resume_deliveries(h_id=host_id, now=now)


_next_lane = Statement(
    select(func.min(case((lanes.c.lease_until > lanes.c.next_at, lanes.c.lease_until), else_=lanes.c.next_at))),
    lambda row: None if row[0] is None else int(row[0]),
)


def next_lane_at() -> Query[int | None]:
    """When the next lane is due (ms), None without lanes."""
    return _next_lane()
