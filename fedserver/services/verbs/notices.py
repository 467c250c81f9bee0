"""Moderators hear of something: a report in the node's own name, one for each account and day."""

from __future__ import annotations

from typing import Any, Final

import orjson

from fedserver.db.queries import accounts, moderation, ruling, statuses
from fedserver.db.queries.ledger import Decision
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.services.events import Reported
from fedserver.services.reports import COMMUNITY
from fedserver.services.verbs.verb import Verb

DAY_MS: Final = 24 * 3600 * 1000


def _report(unit: Unit, decision: Decision) -> dict[str, Any]:
    status = unit.one(statuses.by_id(decision.target_id or 0)) if decision.target == "status" else None
    target_id = status.account_id if status is not None else decision.target_id or 0
    target, reporter = unit.get(accounts.by_id(target_id)), unit.get(accounts.by_handle(uris.INSTANCE_USERNAME))
    known = unit.one(ruling.open_report(reporter.id, target.id, unit.now - DAY_MS))
    report_id = known if known is not None else _file(unit, decision, reporter.id, target.id)
    named: tuple[str, ...] = (target.uri,)
    if status is not None:
        unit.made(moderation.attach_status(report_id, status.id))
        named = (target.uri, status.uri)
    if known is None:
        unit.record(Reported(report_id, reporter, target, named, decision.reason, False))
    return {"report": report_id}


def _file(unit: Unit, decision: Decision, reporter_id: int, target_id: int) -> int:
    report_id = unit.new_id()
    values = {
        "id": report_id,
        "community_id": COMMUNITY,
        "account_id": reporter_id,
        "target_id": target_id,
        "category": "violation",
        "comment": f"{decision.reason} ({decision.rule_id})" if decision.rule_id else decision.reason,
        "created_at": unit.now,
        "updated_at": unit.now,
    }
    unit.made(moderation.add_report(values))
    return report_id


def _close(unit: Unit, decision: Decision) -> None:
    """There was nothing to tell of: the report is closed, if nobody did that."""
    report_id = orjson.loads(decision.before).get("report")
    if report_id is not None:
        unit.run(moderation.change_report(report_id, {"resolved_at": unit.now}))


VERBS: Final = tuple(Verb("notify-moderators", target, _report, _close) for target in ("status", "account"))
