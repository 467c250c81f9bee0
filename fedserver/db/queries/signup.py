"""Blocks that newcomers are measured by, and how often each was met."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, or_, select, text

from fedserver.db.queries.relations import bounds
from fedserver.db.statement import Query, Statement, columns, insert_new, nothing, number, one_of
from fedserver.db.statement import update as update_row
from fedserver.db.tables import (
    block_hits,
    canonical_email_blocks,
    email_domain_blocks,
    ip_blocks,
    username_blocks,
    users,
)
from fedserver.kit.paging import Page


class IpBlock(NamedTuple):
    """A row of ``ip_blocks``."""

    id: int
    network: str
    severity: str
    comment: str
    created_at: int
    updated_at: int
    expires_at: int | None


class EmailDomainBlock(NamedTuple):
    """A row of ``email_domain_blocks``."""

    id: int
    domain: str
    allow_with_approval: int
    created_at: int


class CanonicalBlock(NamedTuple):
    """A row of ``canonical_email_blocks``."""

    id: int
    digest: str
    account_id: int | None
    created_at: int


class UsernameBlock(NamedTuple):
    """A row of ``username_blocks``."""

    id: int
    username: str
    folded: str
    exact: int
    allow_with_approval: int
    created_at: int


class Hits(NamedTuple):
    """How often a block was met on a day (midnight, ms)."""

    block_id: int
    day: int
    uses: int


_i, _e, _c, _u = ip_blocks.c, email_domain_blocks.c, canonical_email_blocks.c, username_blocks.c
_TABLES: dict[str, tuple[Any, Any]] = {
    "ip": (ip_blocks, IpBlock),
    "email_domain": (email_domain_blocks, EmailDomainBlock),
    "canonical_email": (canonical_email_blocks, CanonicalBlock),
    "username": (username_blocks, UsernameBlock),
}


def _page(table: Any, shape: Any, *, ascending: bool) -> Statement[Any]:
    return Statement(
        select(*columns(table, shape))
        .where(table.c.id < bindparam("below"), table.c.id > bindparam("above"))
        .order_by(table.c.id if ascending else table.c.id.desc())
        .limit(bindparam("limit")),
        shape._make,
    )


_PAGES = {
    (kind, ascending): _page(table, shape, ascending=ascending)
    for kind, (table, shape) in _TABLES.items()
    for ascending in (False, True)
}
_ONE: dict[str, Statement[Any]] = {
    kind: Statement(select(*columns(table, shape)).where(table.c.id == bindparam("id")), shape._make)
    for kind, (table, shape) in _TABLES.items()
}
_DROP = {
    kind: Statement(delete(table).where(table.c.id == bindparam("id")), nothing) for kind, (table, _) in _TABLES.items()
}
_IN_FORCE = Statement(
    select(*columns(ip_blocks, IpBlock)).where(or_(_i.expires_at.is_(None), _i.expires_at > bindparam("now"))),
    IpBlock._make,
)
_OF_NETWORK = Statement(select(*columns(ip_blocks, IpBlock)).where(_i.network == bindparam("network")), IpBlock._make)
_OF_DOMAINS = Statement(
    select(*columns(email_domain_blocks, EmailDomainBlock)).where(one_of(_e.domain, "domains")).order_by(_e.id),
    EmailDomainBlock._make,
)
_ANY_DOMAIN = Statement(select(_e.id).limit(1), number)
_OF_DIGEST = Statement(
    select(*columns(canonical_email_blocks, CanonicalBlock)).where(_c.digest == bindparam("digest")),
    CanonicalBlock._make,
)
_NAMES = Statement(select(*columns(username_blocks, UsernameBlock)).order_by(_u.id), UsernameBlock._make)
_HIT = Statement(
    text(
        "INSERT INTO block_hits (id, kind, block_id, day, uses) VALUES (:id, :kind, :block_id, :day, 1)"
        " ON CONFLICT (kind, block_id, day) DO UPDATE SET uses = block_hits.uses + 1"
    ),
    nothing,
)
_HITS = Statement(
    select(block_hits.c.block_id, block_hits.c.day, block_hits.c.uses).where(
        block_hits.c.kind == bindparam("kind"),
        one_of(block_hits.c.block_id, "ids"),
        block_hits.c.day >= bindparam("since"),
    ),
    Hits._make,
)
# those who came through a door; accounts that an admin makes are no surge
_JOINED = Statement(
    select(func.count()).select_from(users).where(users.c.created_at > bindparam("since"), users.c.sign_up_ip != ""),
    number,
)
# when somebody of the team was last here: as users note it, or as the audit log does
_TEAM_SEEN = Statement(
    text(
        "SELECT MAX(COALESCE(u.last_active_at, u.created_at)) FROM users u JOIN accounts a ON a.id = u.account_id"
        " WHERE u.role <> 'user' AND u.state = 'active' AND a.suspended_at IS NULL"
    ),
    lambda row: int(row[0] or 0),
)


def page(kind: str, cut: Page) -> Query[Any]:
    """A page of ip | email_domain | canonical_email | username blocks."""
    return _PAGES[kind, cut.ascending](**bounds(cut))


def one(kind: str, block_id: int) -> Query[Any]:
    return _ONE[kind](id=block_id)


def add(kind: str, values: dict[str, Any]) -> Query[Any]:
    """Insert a block unless there is one of the same."""
    return insert_new(_TABLES[kind][0], values)


def drop(kind: str, block_id: int) -> Query[None]:
    return _DROP[kind](id=block_id)


def change_ip(block_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(ip_blocks, "id", block_id, values)


def ips_in_force(now: int) -> Query[IpBlock]:
    """Blocks of networks that have not run out."""
    return _IN_FORCE(now=now)


def ip_of_network(network: str) -> Query[IpBlock]:
    return _OF_NETWORK(network=network)


def email_domains(domains: list[str]) -> Query[EmailDomainBlock]:
    """Blocks of any of these domains."""
    return _OF_DOMAINS(domains=domains)


def any_email_domain() -> Query[int]:
    """An id where any is blocked."""
    return _ANY_DOMAIN()


def canonical(digest: str) -> Query[CanonicalBlock]:
    return _OF_DIGEST(digest=digest)


def usernames() -> Query[UsernameBlock]:
    """All of them: they are compared by parts."""
    return _NAMES()


def hit(hit_id: int, kind: str, block_id: int, day: int) -> Query[None]:
    """Count that a block was met."""
    return _HIT(id=hit_id, kind=kind, block_id=block_id, day=day)


def hits(kind: str, ids: list[int], since: int) -> Query[Hits]:
    return _HITS(kind=kind, ids=ids, since=since)


def joined_since(since: int) -> Query[int]:
    """How many people signed up since."""
    return _JOINED(since=since)


def team_seen() -> Query[int]:
    """When somebody of the team was last here (ms); 0 where there is nobody."""
    return _TEAM_SEEN()
