"""Statements about other servers: hosts and inboxes, suspensions, what was given up. See also ``deliveries``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Text, bindparam, cast, delete, func, or_, select, text
from sqlalchemy import insert as sa_insert

from fedserver.db.metadata import Key
from fedserver.db.statement import Query, Statement, columns, gather, insert_new, nothing, number, one_of
from fedserver.db.statement import update as update_row
from fedserver.db.tables.federation import activities, dead_letters, deliveries, hosts, inboxes
from fedserver.db.tables.moderation import domain_policies


class Host(NamedTuple):
    """What is remembered of another server. ``state``: ok | failing | unavailable."""

    id: int
    name: str
    scheme: int
    scheme_at: int | None
    failures: int
    failing_since: int | None
    closed_until: int
    last_success_at: int | None
    last_contact_at: int | None
    last_error: str | None
    state: str
    suspended: int


class HostMark(NamedTuple):
    """A host, and whether it is marked as suspended (0 or 1)."""

    id: int
    name: str
    suspended: int


class DeadLetter(NamedTuple):
    """A delivery that was given up."""

    id: int
    sender_id: int
    inbox_url: str
    activity_uri: str
    reason: str
    created_at: int


class Buried(NamedTuple):
    """The same with what was to be delivered; ``body`` is None for notes of older versions."""

    id: int
    sender_id: int
    inbox_url: str
    activity_uri: str
    body: bytes | None


class Refusal(NamedTuple):
    """What a policy says of talking to a domain; ``by_list``: nobody here decided it."""

    domain: str
    severity: str
    by_list: bool


class Queue(NamedTuple):
    """How much waits for a host."""

    host: str
    state: str
    deliveries: int
    oldest: int


# --- hosts and inboxes

_host_by_name = Statement(select(*columns(hosts, Host)).where(hosts.c.name == bindparam("name")), Host._make)
_host_by_id = Statement(select(*columns(hosts, Host)).where(hosts.c.id == bindparam("host_id")), Host._make)
_hosts_by_id = gather(select(*columns(hosts, Host)).where(one_of(hosts.c.id, "host_ids")), Host._make)
_inbox_by_url = Statement(select(inboxes.c.id).where(inboxes.c.url == bindparam("url")), number)
_host_marks = Statement(select(hosts.c.id, hosts.c.name, hosts.c.suspended), HostMark._make)
_host_marks_of = Statement(
    select(hosts.c.id, hosts.c.name, hosts.c.suspended).where(
        or_(
            hosts.c.name == bindparam("domain"),
            hosts.c.name.like(bindparam("below")),
            hosts.c.name.like(bindparam("ports")),
            hosts.c.name.like(bindparam("both")),
        )
    ),
    HostMark._make,
)
_severities = Statement(
    select(domain_policies.c.domain, domain_policies.c.severity).where(one_of(domain_policies.c.domain, "domains")),
    tuple,
)
# changes with every policy that comes, goes or is decided otherwise; the remainder keeps the sum small
_stamp = Statement(
    text("SELECT COUNT(*), COALESCE(SUM(decision_id % 1000003), 0) FROM domain_policies"),
    lambda row: (int(row[0]), int(row[1])),
)
_refusals = gather(
    select(domain_policies.c.domain, domain_policies.c.severity, domain_policies.c.list_id),
    lambda row: Refusal(str(row[0]), str(row[1]), row[2] is not None),
)


def host(name: str) -> Query[Host]:
    """The host of that name (host, or host:port)."""
    return _host_by_name(name=name)


def host_by_id(host_id: int) -> Query[Host]:
    """The host with that id."""
    return _host_by_id(host_id=host_id)


def hosts_by_id(host_ids: Sequence[int]) -> Query[list[Host]]:
    """The hosts with these ids, in one row."""
    return _hosts_by_id(host_ids=list(host_ids))


def new_host(host_id: int, name: str, suspended: bool) -> Query[Any]:
    """Insert a host unless it is known."""
    return insert_new(hosts, {"id": host_id, "name": name, "suspended": int(suspended)})


def set_host(host_id: int, **values: Any) -> Query[None]:
    """Change columns of a host."""
    return update_row(hosts, "id", host_id, values)


def host_marks() -> Query[HostMark]:
    """Every host with its mark of suspension."""
    return _host_marks()


def policy_stamp() -> Query[tuple[int, int]]:
    """What is another one whenever the policies are."""
    return _stamp()


def refusals() -> Query[list[Refusal]]:
    """All policies, as far as they say whom this node talks to, in one row."""
    return _refusals()


def inbox(url: str) -> Query[int]:
    """The id of an inbox."""
    return _inbox_by_url(url=url)


def new_inbox(inbox_id: int, url: str, host_id: int) -> Query[Any]:
    """Insert an inbox unless it is known."""
    return insert_new(inboxes, {"id": inbox_id, "url": url, "host_id": host_id})


def host_marks_of(domain: str) -> Query[HostMark]:
    """The hosts at or below a domain, and perhaps more, whatever their ports."""
    return _host_marks_of(domain=domain, below=f"%.{domain}", ports=f"{domain}:%", both=f"%.{domain}:%")


def severities(domains: list[str]) -> Query[Any]:
    """(domain, severity) of the policies for these very names."""
    return _severities(domains=domains)


# --- giving up, purging, looking

_purge = (
    text(
        "DELETE FROM deliveries WHERE (activity_id, inbox_id) IN (SELECT a.id, i.id FROM lanes l"
        " CROSS JOIN activities a CROSS JOIN inboxes i WHERE l.host_id = :h_id AND a.sender_id = l.sender_id"
        " AND a.id >= l.oldest AND i.host_id = l.host_id)"
    ),
    text("DELETE FROM lanes WHERE host_id = :h_id"),
    text("DELETE FROM activities WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE activity_id = activities.id)"),
)
_purge_deliveries, _purge_lanes, _purge_activities = (Statement(element, nothing) for element in _purge)
_dead = Statement(
    select(*columns(dead_letters, DeadLetter))
    .where(dead_letters.c.id < bindparam("below"))
    .order_by(dead_letters.c.id.desc())
    .limit(bindparam("n", type_=Key)),
    DeadLetter._make,
)
_bury = Statement(
    sa_insert(dead_letters).from_select(
        ["id", "sender_id", "inbox_url", "activity_uri", "body", "reason", "created_at"],
        select(
            cast(bindparam("letter_id"), Key),
            cast(bindparam("sender_id"), Key),
            cast(bindparam("inbox_url"), Text),
            cast(bindparam("activity_uri"), Text),
            select(activities.c.body).where(activities.c.id == bindparam("activity_id")).scalar_subquery(),
            cast(bindparam("reason"), Text),
            cast(bindparam("now"), Key),
        ),
    ),
    nothing,
)
_dead_letter = Statement(
    select(*columns(dead_letters, Buried)).where(dead_letters.c.id == bindparam("id")), Buried._make
)
_forget_letter = Statement(delete(dead_letters).where(dead_letters.c.id == bindparam("id")), nothing)
_forget_dead = Statement(delete(dead_letters).where(dead_letters.c.created_at < bindparam("before")), nothing)
_queues = Statement(
    select(hosts.c.name, hosts.c.state, func.count(), func.min(activities.c.created_at))
    .select_from(
        deliveries.join(inboxes, inboxes.c.id == deliveries.c.inbox_id)
        .join(hosts, hosts.c.id == inboxes.c.host_id)
        .join(activities, activities.c.id == deliveries.c.activity_id)
    )
    .group_by(hosts.c.id, hosts.c.name, hosts.c.state)
    .order_by(func.count().desc(), hosts.c.name)
    .limit(bindparam("n", type_=Key)),
    Queue._make,
)


def purge_deliveries(host_id: int) -> Query[None]:
    """Delete what waits for a host."""
    return _purge_deliveries(h_id=host_id)


def purge_lanes(host_id: int) -> Query[None]:
    """Delete the lanes of a host."""
    return _purge_lanes(h_id=host_id)


def purge_activities() -> Query[None]:
    """Delete every activity without deliveries."""
    return _purge_activities()


def bury(
    letter_id: int, sender_id: int, inbox_url: str, activity_uri: str, reason: str, now: int, activity_id: int
) -> Query[None]:
    """Note a delivery that was given up, with the body of the activity, so that an admin can try it again."""
    return _bury(
        letter_id=letter_id,
        sender_id=sender_id,
        inbox_url=inbox_url,
        activity_uri=activity_uri,
        reason=reason,
        now=now,
        activity_id=activity_id,
    )


def dead_letter(letter_id: int) -> Query[Buried]:
    """One delivery that was given up, with its body."""
    return _dead_letter(id=letter_id)


def forget_letter(letter_id: int) -> Query[None]:
    """Delete the note of one."""
    return _forget_letter(id=letter_id)


def dead(below: int, n: int) -> Query[DeadLetter]:
    """Deliveries that were given up, newest first, with ids below ``below``."""
    return _dead(below=below, n=n)


def forget_dead(before: int) -> Query[None]:
    """Delete the notes older than ``before`` (ms)."""
    return _forget_dead(before=before)


def queues(n: int) -> Query[Queue]:
    """The ``n`` hosts with the most waiting deliveries."""
    return _queues(n=n)
