"""Reports as moderation apps and pages ask for them, and the posts that they name, whoever may read these."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, func, select

from fedserver.db.queries.ledger import Decision
from fedserver.db.queries.moderation import Report
from fedserver.db.queries.relations import bounds
from fedserver.db.queries.shown import Shown, unchecked
from fedserver.db.statement import Query, Statement, columns, one_of
from fedserver.db.tables import decisions, report_statuses, reports
from fedserver.kit.paging import Page


class Named(NamedTuple):
    """A post that a report names."""

    report_id: int
    status_id: int


class Waiting(NamedTuple):
    """How many reports about an account wait."""

    target_id: int
    reports: int


_r = reports.c
CONDITIONS: Final[Mapping[str, Any]] = {
    "open": _r.resolved_at.is_(None),
    "resolved": _r.resolved_at.is_not(None),
    "account_id": _r.account_id == bindparam("account_id"),
    "target_id": _r.target_id == bindparam("target_id"),
    "assigned_id": _r.assigned_id == bindparam("assigned_id"),
    # whoever asks: reports about them are not theirs to look after
    "not_about": _r.target_id != bindparam("not_about"),
    "unassigned": _r.assigned_id.is_(None),
    "category": _r.category == bindparam("category"),
}


_VALUED: Final = ("account_id", "target_id", "assigned_id", "not_about", "category")


@lru_cache(maxsize=128)
def _page(names: frozenset[str], ascending: bool) -> Statement[Report]:
    element = (
        select(*columns(reports, Report))
        .where(*(CONDITIONS[name] for name in sorted(names)), _r.id < bindparam("below"), _r.id > bindparam("above"))
        .order_by(_r.id if ascending else _r.id.desc())
        .limit(bindparam("limit"))
    )
    return Statement(element, Report._make)


_NAMED = Statement(
    select(report_statuses.c.report_id, report_statuses.c.status_id).where(one_of(report_statuses.c.report_id, "ids")),
    Named._make,
)
_WAITING = Statement(
    select(_r.target_id, func.count())
    .where(one_of(_r.target_id, "ids"), _r.resolved_at.is_(None))
    .group_by(_r.target_id),
    Waiting._make,
)
_DECISIONS = Statement(
    select(*columns(decisions, Decision))
    .where(decisions.c.report_id == bindparam("report_id"))
    .order_by(decisions.c.id),
    Decision._make,
)
_POSTS = unchecked()


def page(filters: Mapping[str, Any], cut: Page) -> Query[Report]:
    """Reports for which all of these hold; ``filters``: name -> value (any for those without one)."""
    given = {name: filters[name] for name in _VALUED if name in filters}
    return _page(frozenset(filters), cut.ascending)(**given, **bounds(cut))


def named(report_ids: list[int]) -> Query[Named]:
    """The posts of several reports."""
    return _NAMED(ids=report_ids)


def waiting(target_ids: list[int]) -> Query[Waiting]:
    """How many reports about these accounts wait."""
    return _WAITING(ids=target_ids)


def decisions_of(report_id: int) -> Query[Decision]:
    """What was decided because of a report, oldest first."""
    return _DECISIONS(report_id=report_id)


def posts(viewer_id: int | None, ids: list[int]) -> Query[Shown]:
    """Posts whoever they were written for, held ones too: for moderators who look at a report alone."""
    return _POSTS(viewer_id=viewer_id, ids=ids)
