"""What was decided about oneself, and appealing it; for moderators, the ledger."""

from __future__ import annotations

from aiohttp.web import Response

from fedserver.api import common
from fedserver.db.queries import decisions as rows
from fedserver.db.queries import ledger as ledger_rows
from fedserver.db.queries.decisions import Filter
from fedserver.db.queries.ledger import Decision
from fedserver.db.unit import Unit
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import NotFound
from fedserver.render.mastodon import decisions as render
from fedserver.services import access, appeals, undoing
from fedserver.services.ledger import SOURCES

_PER_PAGE, _MOST = 40, 80


async def listed(call: Call) -> Response:
    """GET /api/v1/decisions: what was decided about oneself and one's posts, newest first"""
    return await _paged(call, Filter(account_id=call.me.account_id))


async def show(call: Call) -> Response:
    """GET /api/v1/decisions/{id}: one of them"""
    return await _one(call, await _own(call))


async def appeal(call: Call) -> Response:
    """POST /api/v1/decisions/{id}/appeal: `text`; once, until `appeal_until`; answers with the Decision"""
    params = await call.params()
    text, account_id, decision_id = params.text("text") or "", call.me.account_id, call.id()

    def work(unit: Unit) -> None:
        appeals.file(unit, access.account(unit, account_id), decision_id, text)

    await call.parts.db.run(work)
    return await _one(call, await _own(call))


async def ledger(call: Call) -> Response:
    """GET /api/v1/admin/decisions: by `rule`, `account_id`, `source`, `version`, `state` (standing, undone)"""
    query = call.query
    source, state = query.text("source") or "", query.text("state") or ""
    wanted = Filter(
        rule=query.text("rule") or "",
        account_id=query.id("account_id"),
        source=source if source in SOURCES else "",
        state=state if state in ("standing", "undone") else "",
        version=query.id("version"),
    )
    return await _paged(call, wanted, staff=True)


async def ledger_one(call: Call) -> Response:
    """GET /api/v1/admin/decisions/{id}: a Decision with what moderators alone read"""
    return await _one(call, await _any(call), staff=True)


async def undo(call: Call) -> Response:
    """POST /api/v1/admin/decisions/{id}/undo: `because`, which whoever was hit reads"""
    params = await call.params()
    decision_id, account_id, because = call.id(), call.me.account_id, params.text("because") or ""
    await call.parts.db.run(lambda unit: undoing.undo(unit, decision_id, access.account(unit, account_id), because))
    return await _one(call, await _any(call), staff=True)


async def _own(call: Call) -> Decision:
    found = await call.parts.db.one(ledger_rows.by_id(call.id()))
    if found is None or found.account_id != call.me.account_id:
        raise NotFound
    return found


async def _any(call: Call) -> Decision:
    found = await call.parts.db.one(ledger_rows.by_id(call.id()))
    if found is None:
        raise NotFound
    return found


async def _one(call: Call, found: Decision, *, staff: bool = False) -> Response:
    made = await render.entities(call.parts.site, call.parts.db, [found], common.now(call), staff=staff)
    return responses.json(made[0])


async def _paged(call: Call, wanted: Filter, *, staff: bool = False) -> Response:
    page = call.query.page(_PER_PAGE, _MOST)
    found = await call.parts.db.all(rows.filtered(wanted, page))
    if page.ascending:
        found.reverse()
    made = await render.entities(call.parts.site, call.parts.db, found, common.now(call), staff=staff)
    return responses.paged(call, made, [each.id for each in found])
