"""Reports, policies towards other servers, the audit log, rules in words."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, or_, select

from fedserver.db.queries.relations import bounds
from fedserver.db.statement import Query, Statement, columns, insert, insert_new, nothing, number, one_of
from fedserver.db.statement import update as update_row
from fedserver.db.tables import accounts, audit_log, domain_policies, report_statuses, reports
from fedserver.domain.moderation.domains import suffixes
from fedserver.kit.paging import Page


class Report(NamedTuple):
    """A row of ``reports``."""

    id: int
    community_id: int
    uri: str | None
    account_id: int
    target_id: int
    category: str
    comment: str
    rule_ids: str
    forwarded: int
    assigned_id: int | None
    created_at: int
    updated_at: int
    resolved_at: int | None
    resolved_by: int | None


class DomainPolicy(NamedTuple):
    """A row of ``domain_policies``; ``severity``: allow | none | limit | suspend. ``list_id``: a list decided it."""

    id: int
    community_id: int
    domain: str
    severity: str
    reject_media: int
    reject_reports: int
    private_comment: str
    public_comment: str
    created_at: int
    no_trends: int
    obfuscate: int
    decision_id: int | None
    list_id: int | None


class Logged(NamedTuple):
    """A row of ``audit_log``."""

    id: int
    actor_id: int | None
    action: str
    target: str
    details: str
    created_at: int


_r = reports.c
_REPORT = Statement(select(*columns(reports, Report)).where(_r.id == bindparam("id")), Report._make)
_REPORTS = Statement(
    select(*columns(reports, Report))
    .where(
        or_(bindparam("all") == 1, _r.resolved_at.is_(None)),
        _r.id < bindparam("below"),
        _r.id > bindparam("above"),
    )
    .order_by(_r.id.desc())
    .limit(bindparam("limit")),
    Report._make,
)
_ABOUT = Statement(
    select(*columns(reports, Report)).where(_r.target_id == bindparam("target_id")).order_by(_r.id.desc()).limit(200),
    Report._make,
)
_OPEN_ABOUT = Statement(
    select(*columns(reports, Report))
    .where(_r.target_id == bindparam("target_id"), _r.resolved_at.is_(None))
    .order_by(_r.id),
    Report._make,
)
_OPEN_COUNT = Statement(select(func.count()).where(_r.resolved_at.is_(None)), number)
_RECENT_FROM = Statement(
    select(func.count()).where(_r.account_id == bindparam("account_id"), _r.created_at > bindparam("since")), number
)
_RECENT_FROM_SERVER = Statement(
    select(func.count())
    .select_from(reports.join(accounts, accounts.c.id == _r.account_id))
    .where(accounts.c.domain == bindparam("domain"), _r.created_at > bindparam("since")),
    number,
)
_REPORT_STATUSES = Statement(
    select(report_statuses.c.status_id).where(report_statuses.c.report_id == bindparam("id")),
    lambda row: int(row[0]),
)
_POLICIES = Statement(
    select(*columns(domain_policies, DomainPolicy)).order_by(domain_policies.c.domain), DomainPolicy._make
)
_POLICY_FOR = Statement(
    select(*columns(domain_policies, DomainPolicy))
    .where(one_of(domain_policies.c.domain, "domains"))
    .order_by(func.length(domain_policies.c.domain).desc())
    .limit(1),
    DomainPolicy._make,
)
_DROP_POLICY = Statement(delete(domain_policies).where(domain_policies.c.domain == bindparam("domain")), nothing)
_LOG = Statement(
    select(*columns(audit_log, Logged))
    .where(audit_log.c.id < bindparam("below"), audit_log.c.id > bindparam("above"))
    .order_by(audit_log.c.id.desc())
    .limit(bindparam("limit")),
    Logged._make,
)


def report(report_id: int) -> Query[Report]:
    return _REPORT(id=report_id)


def reports_page(page: Page, *, resolved_too: bool = False) -> Query[Report]:
    return _REPORTS(all=int(resolved_too), **bounds(page))


def reports_about(target_id: int) -> Query[Report]:
    """The newest reports about an account."""
    return _ABOUT(target_id=target_id)


def open_about(target_id: int) -> Query[Report]:
    """Those that wait, oldest first."""
    return _OPEN_ABOUT(target_id=target_id)


def open_reports() -> Query[int]:
    return _OPEN_COUNT()


def recent_reports_from(account_id: int, since: int) -> Query[int]:
    return _RECENT_FROM(account_id=account_id, since=since)


def recent_reports_from_server(domain: str, since: int) -> Query[int]:
    return _RECENT_FROM_SERVER(domain=domain, since=since)


def add_report(values: dict[str, Any]) -> Query[Any]:
    return insert_new(reports, values)


def change_report(report_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(reports, "id", report_id, values)


def attach_status(report_id: int, status_id: int) -> Query[Any]:
    return insert_new(report_statuses, {"report_id": report_id, "status_id": status_id}, "status_id")


def statuses_of(report_id: int) -> Query[int]:
    return _REPORT_STATUSES(id=report_id)


def policies() -> Query[DomainPolicy]:
    return _POLICIES()


def policy_for(domain: str) -> Query[DomainPolicy]:
    """The policy of the longest suffix of the domain."""
    return _POLICY_FOR(domains=suffixes(domain))


def add_policy(values: dict[str, Any]) -> Query[Any]:
    return insert_new(domain_policies, values)


def change_policy(policy_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(domain_policies, "id", policy_id, values)


def drop_policy(domain: str) -> Query[None]:
    return _DROP_POLICY(domain=domain)


def log(values: dict[str, Any]) -> Query[None]:
    return insert(audit_log, values)


def logged(page: Page) -> Query[Logged]:
    return _LOG(**bounds(page))
