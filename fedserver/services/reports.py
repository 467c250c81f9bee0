"""Reports, from people here and from other servers (Flag)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from fedserver.db.queries import accounts, communities, moderation, places, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.moderation import Report
from fedserver.db.unit import Unit
from fedserver.domain.moderation.categories import CATEGORIES, MINORS
from fedserver.domain.text.characters import plain
from fedserver.kit.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from fedserver.kit.i18n import lazy
from fedserver.services.events import Reported

COMMUNITY = 1
MAX_STATUSES = 100
MAX_COMMENT = 1000
DAY_MS = 24 * 3600 * 1000
PER_DAY = 100
# of all accounts of one other server together: making accounts costs a hostile server nothing
PER_DAY_AND_SERVER = 300


def file(
    unit: Unit,
    reporter: Account,
    target: Account,
    *,
    status_ids: Sequence[int] = (),
    comment: str = "",
    category: str = "other",
    rule_ids: Sequence[int] = (),
    forward: bool = False,
    uri: str | None = None,
) -> int:
    """File a report; its id. Posts must be the target's, and visible to the reporter where it is local.

    ``rule_ids`` name rules of this community. What concerns the abuse of minors is never forwarded, whoever asks.
    """
    if reporter.local and len(comment) > MAX_COMMENT:
        raise Invalid(lazy("Validation failed: Comment is too long (maximum is 1000 characters)"))
    if category not in CATEGORIES:
        raise Invalid(lazy("Validation failed: Category is not included in the list"))
    _check_rules(unit, rule_ids)
    forward = forward and category != MINORS and not target.local
    if not target.active and not target.local:
        raise NotFound
    _limit(unit, reporter)
    # moderators act on what they read: it must not be able to show something else
    comment = plain(comment)[:MAX_COMMENT]
    named = _named(unit, reporter, target, status_ids)
    report_id = unit.new_id()
    values = {
        "id": report_id,
        "community_id": COMMUNITY,
        "uri": uri,
        "account_id": reporter.id,
        "target_id": target.id,
        "category": category,
        "comment": comment,
        "rule_ids": orjson.dumps([str(r) for r in rule_ids]).decode(),
        "forwarded": int(forward),
        "created_at": unit.now,
        "updated_at": unit.now,
    }
    if not unit.made(moderation.add_report(values)):
        return report_id
    for status in named:
        unit.made(moderation.attach_status(report_id, status.id))
    uris = (target.uri, *(s.uri for s in named))
    unit.record(Reported(report_id, reporter, target, uris, comment, forward))
    return report_id


def _limit(unit: Unit, reporter: Account) -> None:
    since = unit.now - DAY_MS
    if unit.get(moderation.recent_reports_from(reporter.id, since)) >= PER_DAY:
        raise TooMany(retry_after=3600)
    if reporter.local:
        return
    if unit.get(moderation.recent_reports_from_server(reporter.domain, since)) >= PER_DAY_AND_SERVER:
        raise TooMany(retry_after=3600)


def _named(unit: Unit, reporter: Account, target: Account, status_ids: Sequence[int]) -> list[statuses.Status]:
    """The posts that a report names, each once; the id of a feed's boost stands for what it boosts."""
    found: dict[int, statuses.Status] = {}
    for status_id in list(dict.fromkeys(status_ids))[:MAX_STATUSES]:
        one = unit.one(statuses.visible(status_id, reporter.id) if reporter.local else statuses.by_id(status_id))
        if one is None and reporter.local and (inner := unit.one(places.inner(status_id, reporter.id))) is not None:
            one = unit.one(statuses.visible(inner, reporter.id))
        if one is None or one.account_id != target.id or one.reblog_of_id is not None:
            if reporter.local:
                raise NotFound
            continue
        if reporter.local or one.open:
            found[one.id] = one
    return list(found.values())


def _check_rules(unit: Unit, rule_ids: Sequence[int]) -> None:
    if rule_ids and not set(rule_ids) <= {rule.id for rule in unit.all(communities.rules_of(COMMUNITY))}:
        raise Invalid(lazy("Validation failed: Rule ids does not reference valid rules"))


def judged(unit: Unit, report_id: int, moderator: Account | None) -> Report:
    """A report, for whoever may judge it. ``NotFound`` for whom it is about, as if there were none: nobody looks after
    what is said of themselves, or learns who said it. ``moderator`` None: the command line."""
    report = unit.get(moderation.report(report_id))
    if moderator is not None and report.target_id == moderator.id:
        raise NotFound
    return report


def resolve(unit: Unit, report_id: int, moderator: Account | None, *, resolved: bool = True) -> None:
    """Close a report, or open it again; nothing where it is so already."""
    report = judged(unit, report_id, moderator)
    if (report.resolved_at is not None) == resolved:
        return
    values = {
        "resolved_at": unit.now if resolved else None,
        "resolved_by": moderator.id if moderator and resolved else None,
    }
    _change(unit, report, values, moderator, "report.resolve" if resolved else "report.reopen")


def assign(unit: Unit, report_id: int, moderator: Account | None, *, to: Account | None) -> None:
    """Say who looks after a report; None: nobody in particular."""
    report = judged(unit, report_id, moderator)
    if report.assigned_id != (to.id if to else None):
        action = "report.assign" if to else "report.unassign"
        _change(unit, report, {"assigned_id": to.id if to else None}, moderator, action)


def classify(
    unit: Unit, report_id: int, moderator: Account | None, *, category: str | None, rule_ids: Sequence[int] | None
) -> None:
    """Say what a report is about in other words than the reporter did. Rules belong to violations only."""
    report = judged(unit, report_id, moderator)
    if category is not None and category not in CATEGORIES:
        raise Invalid(lazy("Validation failed: Category is not included in the list"))
    category = category or report.category
    values: dict[str, object] = {"category": category}
    if rule_ids is not None:
        _check_rules(unit, rule_ids)
        values["rule_ids"] = orjson.dumps([str(each) for each in rule_ids]).decode()
    if category != "violation":
        values["rule_ids"] = "[]"
    _change(unit, report, values, moderator, "report.classify")


def forward(unit: Unit, report_id: int, moderator: Account | None) -> None:
    """Tell the server of the reported account, later than the reporter wanted or instead of them.

    ``Forbidden`` for what concerns the abuse of minors; ``Conflict`` where it was told before, or lives here.
    """
    report = judged(unit, report_id, moderator)
    target, reporter = unit.get(accounts.by_id(report.target_id)), unit.get(accounts.by_id(report.account_id))
    if report.category == MINORS:
        raise Forbidden(lazy("Reports about the abuse of minors are not forwarded"))
    if report.forwarded or target.local or not reporter.local:
        raise Conflict(lazy("This report cannot be forwarded"))
    posts = [unit.one(statuses.by_id(each)) for each in unit.all(moderation.statuses_of(report_id))]
    uris = (target.uri, *(post.uri for post in posts if post is not None))
    unit.record(Reported(report_id, reporter, target, uris, report.comment, forward=True, again=True))
    _change(unit, report, {"forwarded": 1}, moderator, "report.forward")


def _change(unit: Unit, report: Report, values: Mapping[str, object], moderator: Account | None, action: str) -> None:
    unit.run(moderation.change_report(report.id, {**values, "updated_at": unit.now}))
    target = unit.get(accounts.by_id(report.target_id))
    log_action(unit, moderator, action, f"report:{report.id}", target.acct)


def log_action(unit: Unit, actor: Account | None, action: str, target: str, detail: str = "") -> None:
    """Write a line of the audit log. ``actor`` None: the command line."""
    unit.run(
        moderation.log(
            {
                "id": unit.new_id(),
                "community_id": COMMUNITY,
                "actor_id": actor.id if actor else None,
                "action": action,
                "target": target,
                "details": orjson.dumps({"about": detail} if detail else {}).decode(),
                "created_at": unit.now,
            }
        )
    )
