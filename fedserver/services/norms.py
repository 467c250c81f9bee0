"""Which norm of the policy a moderator enforces, where a report says so in the rules that apps show."""

from __future__ import annotations

import orjson

from fedserver.db.queries import communities, moderation
from fedserver.db.queries import policy as policies
from fedserver.db.unit import Unit
from fedserver.services.reports import COMMUNITY
from fedserver.services.versions import document_of


def of_report(unit: Unit, report_id: int | None) -> tuple[str, str]:
    """(the id of the norm, the rule's words) of the first rule that a report names; the id is '' where the rule is none
    of the policy's, both are where no rule is named."""
    report = unit.one(moderation.report(report_id)) if report_id is not None else None
    ids = orjson.loads(report.rule_ids) if report is not None else []
    rule = (
        next((each for each in unit.all(communities.rules_of(COMMUNITY)) if str(each.id) in ids), None) if ids else None
    )
    if rule is None:
        return "", ""
    version = unit.one(policies.current(COMMUNITY))
    norms = document_of(version).norms if version is not None else ()
    return next((norm.id for norm in norms if rule.text in norm.text.values()), ""), rule.text
