"""Appeals: who asks for what to be looked at again; granting and refusing."""

from __future__ import annotations

from aiohttp.web import StreamResponse

from fedserver.db.queries import decisions as decision_rows
from fedserver.db.queries import ledger as rows
from fedserver.db.queries.ledger import Decision
from fedserver.db.unit import Unit
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go
from fedserver.kit.errors import Conflict, Failure, Forbidden, Invalid
from fedserver.kit.paging import Page
from fedserver.services import appeals
from fedserver.web.admin.common import me, shell, status_of
from fedserver.web.decision_views import views_of

PER_PAGE = 30


async def listing(call: Call) -> StreamResponse:
    """Those that wait, the newest first; ``all=1``: those that were decided, too."""
    return await _show(call)


async def decide(call: Call) -> StreamResponse:
    """Grant or refuse one."""
    params = await check_form(call)
    appeal_id, answer = call.id(), (params.text("answer") or "").replace("\r\n", "\n")
    action, others = params.text("action"), params.flag("others")

    def work(unit: Unit) -> Decision:
        actor = me(call, unit)
        if action == "grant":
            return appeals.grant(unit, appeal_id, actor, answer, others=others)
        if action == "refuse":
            return appeals.refuse(unit, appeal_id, actor, answer)
        raise Invalid

    try:
        await call.parts.db.run(work)
    except (Conflict, Invalid, Forbidden) as failure:
        return await _show(call, failure=failure)
    return go(call, "/admin/appeals", flash="appeal-granted" if action == "grant" else "appeal-refused")


async def _show(call: Call, *, failure: Failure | None = None) -> StreamResponse:
    db, everything = call.parts.db, call.query.flag("all")
    at = Page(max_id=call.query.id("max_id"), limit=PER_PAGE)
    found = await db.all(rows.appeals_page(at, decided_too=everything))
    made = await db.all(decision_rows.by_ids([each.decision_id for each in found]))
    known = {view.row.id: view for view in await views_of(call.parts, made)}
    shown = []
    for each in found:
        view = known[each.decision_id]
        group = await db.all(decision_rows.told_with(view.row)) if each.decided_at is None else []
        shown.append((each, view, sum(1 for one in group if one.standing and one.id != view.row.id)))
    return await shell(
        call,
        "admin/appeals.html",
        "appeals",
        status=status_of(failure),
        appeals=shown,
        everything=everything,
        longest=appeals.MAX_TEXT,
        older=found[-1].id if len(found) == PER_PAGE else None,
        error=failure.message if failure is not None else None,
    )
