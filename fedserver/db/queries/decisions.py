"""The ledger as it is read: by moderators (filtered), by whom decisions hit, by the job that deletes for good."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from sqlalchemy import and_, bindparam, case, exists, func, or_, select

from fedserver.db.queries.ledger import Appeal, Decision
from fedserver.db.queries.policy import Version
from fedserver.db.queries.relations import bounds
from fedserver.db.statement import Query, Statement, columns, one_of
from fedserver.db.tables import appeals, decisions, policy_versions, statuses
from fedserver.kit.ids import floor_of, time_of
from fedserver.kit.paging import Page

# of decisions that are told as one, as many are looked at
GROUP = 500
DAY_MS = 24 * 3600 * 1000


class Filter(NamedTuple):
    """What moderators look for; '' and None: everything. ``state``: standing | undone."""

    rule: str = ""
    account_id: int | None = None
    source: str = ""
    state: str = ""
    version: int | None = None


class Counted(NamedTuple):
    """How many decisions a version of the policy led to, and how many of them stand."""

    total: int
    standing: int


_d = decisions.c
_decisions = select(*columns(decisions, Decision))
_BY_IDS = Statement(_decisions.where(one_of(_d.id, "ids")).order_by(_d.id), Decision._make)
_OF_RULE = Statement(
    _decisions.where(
        _d.account_id == bindparam("account_id"),
        _d.rule_id == bindparam("rule_id"),
        _d.verb == bindparam("verb"),
        _d.source == bindparam("source"),
        _d.id >= bindparam("first"),
        _d.id < bindparam("end"),
    )
    .order_by(_d.id)
    .limit(GROUP),
    Decision._make,
)
_OF_GROUP = Statement(
    _decisions.where(
        or_(_d.group_id == bindparam("group_id"), _d.id == bindparam("group_id")),
        _d.account_id == bindparam("account_id"),
        _d.verb == bindparam("verb"),
    )
    .order_by(_d.id)
    .limit(GROUP),
    Decision._make,
)
_COUNTED = Statement(
    select(func.count(), func.coalesce(func.sum(case((_d.undone_at.is_(None), 1), else_=0)), 0)).where(
        _d.policy_version == bindparam("version"), _d.target != "community"
    ),
    lambda row: Counted(int(row[0]), int(row[1])),
)
_RIPE = Statement(
    _decisions.where(
        _d.verb == "remove",
        _d.target == "status",
        _d.undone_at.is_(None),
        or_(_d.appeal_until.is_(None), _d.appeal_until < bindparam("now")),
        exists().where(statuses.c.id == _d.target_id),
        ~exists().where(appeals.c.decision_id == _d.id, appeals.c.decided_at.is_(None)),
    )
    .order_by(_d.id)
    .limit(bindparam("limit")),
    Decision._make,
)
_VERSION = Statement(
    select(*columns(policy_versions, Version))
    .where(
        policy_versions.c.community_id == bindparam("community_id"),
        policy_versions.c.enacted_at.is_not(None),
        or_(
            policy_versions.c.version == bindparam("version"),
            and_(bindparam("version") == -1, policy_versions.c.enacted_at <= bindparam("at")),
        ),
    )
    .order_by(policy_versions.c.version.desc())
    .limit(1),
    Version._make,
)
_APPEALS_OF = Statement(
    select(*columns(appeals, Appeal)).where(one_of(appeals.c.decision_id, "ids")).order_by(appeals.c.id), Appeal._make
)


def by_ids(ids: list[int]) -> Query[Decision]:
    """Decisions, oldest first."""
    return _BY_IDS(ids=ids)


def of_rule_and_day(one: Decision, first: int, end: int) -> Query[Decision]:
    """What the same rule did to the same account in the same way, of the ids from ``first`` to below ``end``."""
    return _OF_RULE(
        account_id=one.account_id, rule_id=one.rule_id, verb=one.verb, source=one.source, first=first, end=end
    )


def of_act(one: Decision, group_id: int) -> Query[Decision]:
    """What was done to the same account in the same act."""
    return _OF_GROUP(group_id=group_id, account_id=one.account_id, verb=one.verb)


@cache
def _filtered(named: frozenset[str], ascending: bool) -> Statement[Decision]:
    """A statement for each set of conditions, so that the index of one of them can serve it."""
    conditions = {
        "rule": _d.rule_id == bindparam("rule"),
        "account_id": _d.account_id == bindparam("account_id"),
        "source": _d.source == bindparam("source"),
        "version": _d.policy_version == bindparam("version"),
        "standing": _d.undone_at.is_(None),
        "undone": _d.undone_at.is_not(None),
    }
    return Statement(
        _decisions.where(
            _d.community_id == bindparam("community_id"),
            *(conditions[name] for name in sorted(named)),
            _d.id < bindparam("below"),
            _d.id > bindparam("above"),
        )
        .order_by(_d.id if ascending else _d.id.desc())
        .limit(bindparam("limit")),
        Decision._make,
    )


def filtered(wanted: Filter, page: Page, community_id: int = 1) -> Query[Decision]:
    """A page of the ledger, newest first; of those above ``min_id``, the nearest, oldest first."""
    asked = {name: value for name, value in wanted._asdict().items() if name != "state" and value not in ("", None)}
    named = frozenset({*asked, *([wanted.state] if wanted.state else [])})
    return _filtered(named, page.ascending)(community_id=community_id, **asked, **bounds(page))


def counted(version: int) -> Query[Counted]:
    """How far the undoing of a version is."""
    return _COUNTED(version=version)


def ripe(now: int, limit: int) -> Query[Decision]:
    """Removals of posts that still have their rows, and that nobody can appeal any more."""
    return _RIPE(now=now, limit=limit)


def version_of(one: Decision) -> Query[Version]:
    """The version of the policy that a decision follows, else the one that was in force when it was made."""
    version = -1 if one.policy_version is None else one.policy_version
    return _VERSION(community_id=one.community_id, version=version, at=one.created_at)


def told_with(one: Decision) -> Query[Decision]:
    """The decisions that a person is told of as one, this one among them, oldest first: those of one act, and what one
    rule did to the same account in the same way on one day (UTC)."""
    if one.group_id is None and one.source in ("rule", "list") and one.rule_id:
        first = time_of(one.id) // DAY_MS * DAY_MS
        return of_rule_and_day(one, floor_of(first), floor_of(first + DAY_MS))
    return of_act(one, one.group_id or one.id)


def appeals_of(decision_ids: list[int]) -> Query[Appeal]:
    """The appeals against these decisions."""
    return _APPEALS_OF(ids=decision_ids)
