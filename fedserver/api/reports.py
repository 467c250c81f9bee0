"""Reports to the moderators."""

from __future__ import annotations

from aiohttp.web import Response

from fedserver.api import common
from fedserver.db.queries import moderation
from fedserver.db.unit import Unit
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import NotFound
from fedserver.render.mastodon import small
from fedserver.services import reports as service
from fedserver.services import rules


async def create(call: Call) -> Response:
    """POST /api/v1/reports. Posts that the reporter cannot see are as good as missing."""
    params = await call.params()
    target_id, account_id = params.id("account_id"), call.me.account_id
    status_ids, rule_ids = params.ids("status_ids", service.MAX_STATUSES), params.ids("rule_ids", 100)
    comment, forward = params.text("comment") or "", params.flag("forward")
    category = params.text("category") or ("violation" if rule_ids else "other")
    if target_id is None:
        raise NotFound

    def work(unit: Unit) -> int:
        me, target = common.pair(unit, account_id, target_id, undo=True)
        rules.done_by(unit, "report", me)
        return service.file(
            unit,
            me,
            target,
            status_ids=status_ids,
            comment=comment,
            category=category,
            rule_ids=rule_ids,
            forward=forward,
        )

    report_id = await call.parts.db.run(work)
    row = await call.parts.db.one(moderation.report(report_id))
    if row is None:
        raise NotFound
    target = await common.renderer(call).accounts_by_id(call.parts.db, [row.target_id])
    named = await call.parts.db.all(moderation.statuses_of(report_id))
    return responses.raw_json(small.report(row, named, target[row.target_id]))
