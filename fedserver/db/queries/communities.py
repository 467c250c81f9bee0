"""Communities and their rules in words."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from fedserver.db.statement import Query, Statement, columns, insert, nothing
from fedserver.db.statement import update as update_row
from fedserver.db.tables import communities, rules


class Community(NamedTuple):
    """A row of ``communities``; ``languages`` is a JSON list, ``registration`` closed, invite, approval or open."""

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
    invites_by: str
    languages: str
    crawlers: str
    refuse_crawlers: int
    log_servers: int
    log_moderators: int
    created_at: int
    updated_at: int


class Rule(NamedTuple):
    """A row of ``rules``."""

    id: int
    community_id: int
    position: int
    text: str
    hint: str
    translations: str
    created_at: int


_by_id = Statement(select(*columns(communities, Community)).where(communities.c.id == bindparam("id")), Community._make)
_rules = Statement(
    select(*columns(rules, Rule))
    .where(rules.c.community_id == bindparam("community_id"))
    .order_by(rules.c.position, rules.c.id),
    Rule._make,
)
_drop_rule = Statement(
    rules.delete().where(rules.c.id == bindparam("id"), rules.c.community_id == bindparam("community_id")), nothing
)


def by_id(community_id: int = 1) -> Query[Community]:
    """A community; 1 is the node itself."""
    return _by_id(id=community_id)


def add(values: dict[str, Any]) -> Query[None]:
    """Insert a community."""
    return insert(communities, values)


def change(community_id: int, values: dict[str, Any]) -> Query[None]:
    """Change columns of a community."""
    return update_row(communities, "id", community_id, values)


def rules_of(community_id: int = 1) -> Query[Rule]:
    """The rules in their order."""
    return _rules(community_id=community_id)


def add_rule(values: dict[str, Any]) -> Query[None]:
    """Insert a rule."""
    return insert(rules, values)


def change_rule(rule_id: int, values: dict[str, Any]) -> Query[None]:
    """Change a rule."""
    return update_row(rules, "id", rule_id, values)


def drop_rule(rule_id: int, community_id: int = 1) -> Query[None]:
    """Delete a rule."""
    return _drop_rule(id=rule_id, community_id=community_id)
