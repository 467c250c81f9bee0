"""Demands to take something down: those that wait, those that are late first, and one with what it names."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson
from aiohttp.web import StreamResponse

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import ledger as ledger_rows
from fedserver.db.queries import media as media_rows
from fedserver.db.queries import statuses as status_rows
from fedserver.db.queries import takedowns as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.ledger import Appeal, Decision
from fedserver.db.queries.media import Medium
from fedserver.db.queries.statuses import Status
from fedserver.db.queries.takedowns import Target
from fedserver.db.unit import Unit
from fedserver.domain.text.clean import to_text
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go
from fedserver.kit.errors import Invalid, NotFound
from fedserver.services import takedowns
from fedserver.web.admin.common import me, shell

HERE = "/admin/takedowns"
PER_PAGE = 50
_MOST = 500


class Named(NamedTuple):
    """What a demand names, with what moderators look at; ``text`` without markup."""

    target: Target
    status: Status | None
    author: Account | None
    text: str
    media: list[Medium]
    decisions: list[tuple[Decision, Appeal | None]]


async def listing(call: Call) -> StreamResponse:
    """Those that wait, or all."""
    everything = call.query.flag("all")
    cut = call.query.page(default=PER_PAGE, maximum=PER_PAGE)
    db = call.parts.db
    found = await db.all(rows.page(cut) if everything else rows.open_ones(0, _MOST))
    # who has waited longest comes first
    if not everything:
        found.sort(key=lambda each: (each.due_at or 0, each.id))
    targets = await db.all(rows.targets([each.id for each in found]))
    return await shell(
        call,
        "admin/takedowns.html",
        "takedowns",
        found=found,
        counts={each.id: sum(1 for target in targets if target.takedown_id == each.id) for each in found},
        everything=everything,
        now=call.parts.clock.now_ms(),
        older=found[-1].id if everything and len(found) == PER_PAGE else None,
    )


async def one(call: Call) -> StreamResponse:
    """A demand with what it names."""
    takedown_id = call.id()

    def work(unit: Unit) -> dict[str, Any]:
        found = unit.get(rows.by_id(takedown_id))
        if found.state == "unconfirmed":
            raise NotFound
        return {"found": found, "named": [_named(unit, each) for each in unit.all(rows.targets([takedown_id]))]}

    values = await call.parts.db.run(work)
    return await shell(call, "admin/takedown.html", "takedowns", now=call.parts.clock.now_ms(), **values)


async def decide(call: Call) -> StreamResponse:
    """Grant it, refuse it, or refuse it as filed in bad faith."""
    params = await check_form(call)
    takedown_id, action = call.id(), params.text("action")
    answer, ban = params.text("answer") or "", params.flag("ban")

    def work(unit: Unit) -> None:
        actor = me(call, unit)
        if action == "grant":
            takedowns.grant(unit, takedown_id, actor, answer, ban=ban)
        elif action in ("refuse", "bad-faith"):
            takedowns.refuse(unit, takedown_id, actor, answer, bad_faith=action == "bad-faith")
        else:
            raise Invalid

    await call.parts.db.run(work)
    return go(call, f"{HERE}/{takedown_id}", flash="saved")


def _named(unit: Unit, target: Target) -> Named:
    status = unit.one(status_rows.by_id(target.status_id)) if target.status_id is not None else None
    if status is not None:
        media = unit.all(media_rows.all_of_statuses([status.id]))
    else:
        media = unit.all(media_rows.by_ids([target.media_id])) if target.media_id is not None else []
    made = [*orjson.loads(target.hidden_by), *orjson.loads(target.decided_by)]
    decisions = [unit.get(ledger_rows.by_id(each)) for each in made]
    return Named(
        target,
        status,
        unit.one(account_rows.by_id(target.account_id)) if target.account_id is not None else None,
        to_text(status.content) if status is not None else "",
        media,
        [(each, unit.one(ledger_rows.appeal_of(each.id))) for each in decisions],
    )
