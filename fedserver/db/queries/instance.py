"""The community as it presents itself: its texts, its rules, how many take part."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, func, select

from fedserver.db.statement import Query, Statement, columns, number
from fedserver.db.tables import accounts, communities, rules


class Community(NamedTuple):
    """A row of ``communities``; ``languages`` is a JSON list."""

    id: int
    slug: str
    title: str
    short_description: str
    description: str
    terms: str
    privacy: str
    contact_email: str
    contact_account_id: int | None
    registration: str
    registration_message: str
    languages: str
    created_at: int
    updated_at: int


class Rule(NamedTuple):
    """A row of ``rules``."""

    id: int
    position: int
    text: str
    hint: str


_COMMUNITY = Statement(
    select(*columns(communities, Community)).where(communities.c.id == bindparam("id")), Community._make
)
_RULES = Statement(
    select(*columns(rules, Rule))
    .where(rules.c.community_id == bindparam("community_id"))
    .order_by(rules.c.position, rules.c.id),
    Rule._make,
)
_DOMAIN_COUNT = Statement(
    select(func.count(accounts.c.domain.distinct())).where(accounts.c.domain != ""),
    number,
)


def community(community_id: int) -> Query[Community]:
    """The community with this id."""
    return _COMMUNITY(id=community_id)


def rules_of(community_id: int) -> Query[Rule]:
    """Its rules, in order."""
    return _RULES(community_id=community_id)


def domain_count() -> Query[int]:
    """How many other servers have an account known here."""
    return _DOMAIN_COUNT()
