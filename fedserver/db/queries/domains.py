"""Policies towards domains as decisions make them, what they would hit, and the follows that they ended."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, text

from fedserver.db.queries.ledger import Decision
from fedserver.db.queries.moderation import DomainPolicy
from fedserver.db.queries.relations import bounds
from fedserver.db.statement import Query, Statement, columns, insert, number, one_of
from fedserver.db.statement import update as update_row
from fedserver.db.tables import accounts, decisions, domain_policies, follows, severed_follows, statuses
from fedserver.kit.paging import Page


class SeveredFollow(NamedTuple):
    """A row of ``severed_follows``; ``account_id`` is of this node, ``target_id`` of the other server."""

    id: int
    decision_id: int | None
    account_id: int
    target_id: int
    direction: str
    uri: str | None
    show_reblogs: int
    notify: int
    languages: str | None
    followed_at: int
    created_at: int
    outcome: str
    restored_at: int | None


class Tally(NamedTuple):
    """How many follows of a direction ended by a decision came to an outcome ('' for none yet)."""

    direction: str
    outcome: str
    number: int


class Known(NamedTuple):
    """A domain of which accounts are known, with their number and the follows from here (``following``) and to here."""

    domain: str
    accounts: int
    following: int
    followers: int


_p, _d, _s = domain_policies.c, decisions.c, severed_follows.c
_policies = select(*columns(domain_policies, DomainPolicy))
_BY_ID = Statement(_policies.where(_p.id == bindparam("id")), DomainPolicy._make)
_OF = Statement(_policies.where(_p.domain == bindparam("domain")), DomainPolicy._make)
_PAGE = {
    allowed: Statement(
        _policies.where(
            (_p.severity == "allow") if allowed else (_p.severity != "allow"),
            _p.id < bindparam("below"),
            _p.id > bindparam("above"),
        )
        .order_by(_p.id.desc())
        .limit(bindparam("limit")),
        DomainPolicy._make,
    )
    for allowed in (True, False)
}
_STANDING = Statement(
    select(*columns(decisions, Decision))
    .where(text("target = 'domain'"), _d.target_uri == bindparam("domain"), _d.undone_at.is_(None))
    .order_by(_d.id),
    Decision._make,
)
_HISTORY = Statement(
    select(*columns(decisions, Decision))
    .where(_d.target == "domain", _d.target_uri == bindparam("domain"))
    .order_by(_d.id.desc())
    .limit(bindparam("limit")),
    Decision._make,
)
_here = accounts.alias("here")
_there = accounts.alias("there")


def _follows(mine: Any, theirs: Any) -> Any:
    return (
        select(_there.c.domain, func.count().label("count"))
        .select_from(follows.join(_there, _there.c.id == theirs).join(_here, _here.c.id == mine))
        .where(one_of(_there.c.domain, "domains"), _here.c.domain == "", follows.c.state == "accepted")
        .group_by(_there.c.domain)
    )


_ACCOUNTS = Statement(
    select(accounts.c.domain, func.count())
    .where(one_of(accounts.c.domain, "domains"), accounts.c.deleted_at.is_(None))
    .group_by(accounts.c.domain),
    tuple,
)
_FOLLOWING = Statement(_follows(follows.c.account_id, follows.c.target_id), tuple)
_FOLLOWERS = Statement(_follows(follows.c.target_id, follows.c.account_id), tuple)
_POSTS = Statement(
    select(func.count())
    .select_from(statuses.join(accounts, accounts.c.id == statuses.c.account_id))
    .where(one_of(accounts.c.domain, "domains"), statuses.c.reblog_of_id.is_(None)),
    number,
)
_MEDIA = Statement(
    text(
        "SELECT COUNT(*) FROM media_attachments m JOIN accounts a ON a.id = m.account_id"
        " WHERE m.local = 0 AND m.role = 'attachment' AND a.domain = :domain"
    ),
    number,
)
_COPIES = Statement(
    text(
        "SELECT m.id FROM media_attachments m JOIN accounts a ON a.id = m.account_id"
        " WHERE m.cached_at IS NOT NULL AND a.domain = :domain ORDER BY m.id LIMIT 200"
    ),
    number,
)
_severed = select(*columns(severed_follows, SeveredFollow))
_OPEN = Statement(
    _severed.where(one_of(_s.target_id, "ids"), text("outcome = ''")).order_by(_s.id), SeveredFollow._make
)
_TALLY = Statement(
    select(_s.direction, _s.outcome, func.count())
    .where(_s.decision_id == bindparam("decision_id"))
    .group_by(_s.direction, _s.outcome)
    .order_by(_s.direction, _s.outcome),
    Tally._make,
)


def policy(policy_id: int) -> Query[DomainPolicy]:
    """One policy."""
    return _BY_ID(id=policy_id)


def policy_of(domain: str) -> Query[DomainPolicy]:
    """The policy for this very name."""
    return _OF(domain=domain)


def page(cut: Page, *, allowed: bool) -> Query[DomainPolicy]:
    """Policies that let a domain in, or all others, newest first."""
    return _PAGE[allowed](**bounds(cut))


def standing(domain: str) -> Query[Decision]:
    """All decisions about a domain that hold, oldest first."""
    return _STANDING(domain=domain)


def history(domain: str, limit: int = 50) -> Query[Decision]:
    """What was ever decided about a domain, newest first."""
    return _HISTORY(domain=domain, limit=limit)


def account_counts(domains: list[str]) -> Query[Any]:
    """(domain, accounts) of those of which any are known."""
    return _ACCOUNTS(domains=domains)


def following_counts(domains: list[str]) -> Query[Any]:
    """(domain, follows from here)"""
    return _FOLLOWING(domains=domains)


def follower_counts(domains: list[str]) -> Query[Any]:
    """(domain, followers from there)"""
    return _FOLLOWERS(domains=domains)


def post_count(domains: list[str]) -> Query[int]:
    """Posts of these domains that stand here."""
    return _POSTS(domains=domains)


def media_count(domain: str) -> Query[int]:
    """Attachments of one domain that stand here."""
    return _MEDIA(domain=domain)


def copies(domain: str) -> Query[int]:
    """Media of one domain of which a copy stands here, some of them."""
    return _COPIES(domain=domain)


def severed_open(target_ids: list[int]) -> Query[SeveredFollow]:
    """Follows with these accounts that ended, and were not made again."""
    return _OPEN(ids=target_ids)


def severed_tally(decision_id: int) -> Query[Tally]:
    """What became of the follows that a decision ended."""
    return _TALLY(decision_id=decision_id)


def add_severed(values: dict[str, Any]) -> Query[None]:
    """Keep a follow that ends."""
    return insert(severed_follows, values)


def change_severed(row_id: int, values: dict[str, Any]) -> Query[None]:
    """Say what became of it."""
    return update_row(severed_follows, "id", row_id, values)
