"""Reports, from people here and from other servers (Flag)."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from fedserver.db.queries import accounts, moderation, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.domain.text.characters import plain
from fedserver.kit.errors import Invalid, NotFound, TooMany
from fedserver.kit.i18n import lazy
from fedserver.services.events import Reported

COMMUNITY = 1
MAX_STATUSES = 100
MAX_COMMENT = 1000
DAY_MS = 24 * 3600 * 1000
PER_DAY = 100
# of all accounts of one other server together: making accounts costs a hostile server nothing
PER_DAY_AND_SERVER = 300
CATEGORIES = ("spam", "legal", "violation", "other")


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
    """File a report; its id. Posts must be the target's, and visible to the reporter where it is local."""
    if reporter.local and len(comment) > MAX_COMMENT:
        raise Invalid(lazy("Validation failed: Comment is too long (maximum is 1000 characters)"))
    if category not in CATEGORIES:
        raise Invalid(lazy("Validation failed: Category is not included in the list"))
    if not target.active and not target.local:
        raise NotFound
    _limit(unit, reporter)
    # moderators act on what they read: it must not be able to show something else
    comment = plain(comment)[:MAX_COMMENT]
    named = []
    for status_id in list(dict.fromkeys(status_ids))[:MAX_STATUSES]:
        found = unit.one(statuses.visible(status_id, reporter.id) if reporter.local else statuses.by_id(status_id))
        if found is None or found.account_id != target.id or found.reblog_of_id is not None:
            if reporter.local:
                raise NotFound
            continue
        if not reporter.local and not found.open:
            continue
        named.append(found)
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
        "forwarded": int(forward and not target.local),
        "created_at": unit.now,
        "updated_at": unit.now,
    }
    if not unit.made(moderation.add_report(values)):
        return report_id
    for status in named:
        unit.made(moderation.attach_status(report_id, status.id))
    uris = (target.uri, *(s.uri for s in named))
    unit.record(Reported(report_id, reporter, target, uris, comment, forward and not target.local))
    return report_id


def _limit(unit: Unit, reporter: Account) -> None:
    since = unit.now - DAY_MS
    if unit.get(moderation.recent_reports_from(reporter.id, since)) >= PER_DAY:
        raise TooMany(retry_after=3600)
    if reporter.local:
        return
    if unit.get(moderation.recent_reports_from_server(reporter.domain, since)) >= PER_DAY_AND_SERVER:
        raise TooMany(retry_after=3600)


def resolve(unit: Unit, report_id: int, moderator: Account | None, *, resolved: bool = True) -> None:
    """Close a report, or open it again."""
    report = unit.get(moderation.report(report_id))
    values = {
        "resolved_at": unit.now if resolved else None,
        "resolved_by": moderator.id if moderator and resolved else None,
    }
    unit.run(moderation.change_report(report_id, values))
    target = unit.get(accounts.by_id(report.target_id))
    log_action(unit, moderator, "report.resolve" if resolved else "report.reopen", f"report:{report_id}", target.acct)


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
