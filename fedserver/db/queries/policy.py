"""Policy documents of this community, and those of others that it subscribes to."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select, text

from fedserver.db.statement import Query, Statement, columns, insert_new, nothing, number, scalar
from fedserver.db.statement import update as update_row
from fedserver.db.tables import policy_subscriptions, policy_versions


class Version(NamedTuple):
    """A row of ``policy_versions``; ``document`` and ``signed`` are JSON, ``source`` is TOML."""

    id: int
    community_id: int
    version: int
    hash: str
    parent: str | None
    document: str
    source: str
    signed: str
    note: str
    actor_id: int | None
    created_at: int
    enacted_at: int | None


class Subscription(NamedTuple):
    """A row of ``policy_subscriptions``; ``excludes`` is a JSON list, ``document`` JSON."""

    id: int
    community_id: int
    uri: str
    mode: str
    priority: int
    excludes: str
    actor_uri: str | None
    name: str
    version: int
    hash: str
    document: str | None
    state: str
    problem: str
    created_at: int
    fetched_at: int | None


_v, _s = policy_versions.c, policy_subscriptions.c
_mine = select(*columns(policy_versions, Version)).where(_v.community_id == bindparam("community_id"))
_enacted = _mine.where(_v.enacted_at.is_not(None))
_CURRENT = Statement(_enacted.order_by(_v.version.desc()).limit(1), Version._make)
_BY_VERSION = Statement(_enacted.where(_v.version == bindparam("version")), Version._make)
_BY_HASH = Statement(_mine.where(_v.hash == bindparam("hash")), Version._make)
_LISTED = Statement(_enacted.order_by(_v.version.desc()), Version._make)
_NUMBER = Statement(
    select(func.max(_v.version)).where(_v.community_id == bindparam("community_id"), _v.enacted_at.is_not(None)),
    number,
)

_theirs = select(*columns(policy_subscriptions, Subscription))
_SUBSCRIBED = Statement(
    _theirs.where(_s.community_id == bindparam("community_id")).order_by(_s.priority.desc(), _s.id), Subscription._make
)
_SUBSCRIPTION = Statement(_theirs.where(_s.id == bindparam("id")), Subscription._make)
_BY_URI = Statement(
    _theirs.where(_s.community_id == bindparam("community_id"), _s.uri == bindparam("uri")), Subscription._make
)


class InForce(NamedTuple):
    """A document that has a say: our own version (``subscription_id`` 0) or one that is subscribed to."""

    subscription_id: int
    hash: str
    mode: str
    priority: int
    excludes: str
    uri: str


_IN_FORCE = Statement(
    text(
        "SELECT 0, hash, 'enforce', 0, '[]', '' FROM policy_versions WHERE id = (SELECT v.id FROM policy_versions v"
        " WHERE v.community_id = :community_id AND v.enacted_at IS NOT NULL ORDER BY v.version DESC LIMIT 1)"
        " UNION ALL SELECT id, hash, mode, priority, excludes, uri FROM policy_subscriptions"
        " WHERE community_id = :community_id AND document IS NOT NULL"
    ),
    InForce._make,
)
_IDS: Statement[int] = Statement(select(_s.id).order_by(_s.id), scalar)
_DROP = Statement(delete(policy_subscriptions).where(_s.id == bindparam("id")), nothing)


def current(community_id: int = 1) -> Query[Version]:
    """The version in force."""
    return _CURRENT(community_id=community_id)


def current_number(community_id: int = 1) -> Query[int]:
    """The number of the version in force; 0 without one."""
    return _NUMBER(community_id=community_id)


def by_version(version: int, community_id: int = 1) -> Query[Version]:
    """A version that is or was in force."""
    return _BY_VERSION(version=version, community_id=community_id)


def by_hash(digest: str, community_id: int = 1) -> Query[Version]:
    """A version by its hash, in force or only signed."""
    return _BY_HASH(hash=digest, community_id=community_id)


def listed(community_id: int = 1) -> Query[Version]:
    """All that are or were in force, the newest first."""
    return _LISTED(community_id=community_id)


def add(values: dict[str, Any]) -> Query[Any]:
    """Insert a version unless its hash is there."""
    return insert_new(policy_versions, values)


def change(version_id: int, values: dict[str, Any]) -> Query[None]:
    """Change a version: put it in force."""
    return update_row(policy_versions, "id", version_id, values)


def subscriptions(community_id: int = 1) -> Query[Subscription]:
    """All, those of the highest priority first."""
    return _SUBSCRIBED(community_id=community_id)


def in_force(community_id: int = 1) -> Query[InForce]:
    """Our own version and the documents of others, without what they say: to see whether anything changed."""
    return _IN_FORCE(community_id=community_id)


def subscription_ids() -> Query[int]:
    """Of every community, to fetch them again."""
    return _IDS()


def subscription(subscription_id: int) -> Query[Subscription]:
    """One of them."""
    return _SUBSCRIPTION(id=subscription_id)


def subscription_to(uri: str, community_id: int = 1) -> Query[Subscription]:
    """One of them by its address."""
    return _BY_URI(uri=uri, community_id=community_id)


def subscribe(values: dict[str, Any]) -> Query[Any]:
    """Insert a subscription unless its address is there."""
    return insert_new(policy_subscriptions, values)


def change_subscription(subscription_id: int, values: dict[str, Any]) -> Query[None]:
    """Change a subscription."""
    return update_row(policy_subscriptions, "id", subscription_id, values)


def unsubscribe(subscription_id: int) -> Query[None]:
    """Delete a subscription."""
    return _DROP(id=subscription_id)
