"""Reports for moderation apps: listing, changing, assigning, closing; notes on them (ours)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from aiohttp.web import Response

from fedserver.api import admin_common as admin
from fedserver.api import common
from fedserver.api.admin_accounts import add_note_to
from fedserver.db.queries import admin_reports as rows
from fedserver.db.queries import communities, moderation
from fedserver.db.queries import people as people_rows
from fedserver.db.queries.moderation import Report
from fedserver.db.unit import Unit
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import NotFound
from fedserver.render.mastodon import admin as render
from fedserver.render.mastodon.renderer import join
from fedserver.services import reports


async def listing(call: Call) -> Response:
    """GET /api/v1/admin/reports: open ones, or with ``resolved`` those that are closed."""
    query = call.query
    filters: dict[str, Any] = {"resolved" if query.flag("resolved") else "open": True}
    filters["not_about"] = call.me.account_id
    for name, parameter in (("account_id", "account_id"), ("target_id", "target_account_id")):
        value = query.id(parameter)
        if value is not None:
            filters[name] = value
    cut = query.page(admin.PER_PAGE, admin.MOST)
    found = await call.parts.db.all(rows.page(filters, cut))
    ordered = found[::-1] if cut.ascending else found
    return responses.raw_paged(call, join(await _bodies(call, ordered)), [row.id for row in ordered])


async def one(call: Call) -> Response:
    """GET /api/v1/admin/reports/{id}"""
    return await _show(call)


async def change(call: Call) -> Response:
    """PUT /api/v1/admin/reports/{id}: its category (Mastodon's or ours) and rules."""
    params, report_id = await call.params(), call.id()
    category = params.text("category") or None
    rule_ids = params.ids("rule_ids", 100) if params.has("rule_ids") else None
    return await _after(
        call,
        lambda unit: reports.classify(unit, report_id, admin.me(call, unit), category=category, rule_ids=rule_ids),
    )


async def assign(call: Call) -> Response:
    """POST /api/v1/admin/reports/{id}/assign_to_self"""
    report_id = call.id()

    def work(unit: Unit) -> None:
        me = admin.me(call, unit)
        reports.assign(unit, report_id, me, to=me)

    return await _after(call, work)


async def unassign(call: Call) -> Response:
    """POST /api/v1/admin/reports/{id}/unassign"""
    report_id = call.id()
    return await _after(call, lambda unit: reports.assign(unit, report_id, admin.me(call, unit), to=None))


async def resolve(call: Call) -> Response:
    """POST /api/v1/admin/reports/{id}/resolve"""
    report_id = call.id()
    return await _after(call, lambda unit: reports.resolve(unit, report_id, admin.me(call, unit)))


async def reopen(call: Call) -> Response:
    """POST /api/v1/admin/reports/{id}/reopen"""
    report_id = call.id()
    return await _after(call, lambda unit: reports.resolve(unit, report_id, admin.me(call, unit), resolved=False))


async def forward(call: Call) -> Response:
    """POST /api/v1/admin/reports/{id}/forward (ours): tell the server of the reported account."""
    report_id = call.id()
    return await _after(call, lambda unit: reports.forward(unit, report_id, admin.me(call, unit)))


async def show_notes(call: Call) -> Response:
    """GET /api/v1/admin/reports/{id}/notes (ours)."""
    await _known(call)
    found = await call.parts.db.all(people_rows.notes_about("report", call.id()))
    return responses.json([render.note(row) for row in found])


async def add_note(call: Call) -> Response:
    """POST /api/v1/admin/reports/{id}/notes (ours)."""
    return await add_note_to(call, "report", (await _known(call)).id, (await call.params()).text("text") or "")


async def _after(call: Call, work: Callable[[Unit], None]) -> Response:
    await call.parts.db.run(work)
    return await _show(call)


async def _known(call: Call) -> Report:
    row = await call.parts.db.one(moderation.report(call.id()))
    if row is None or row.target_id == call.me.account_id:
        raise NotFound
    return row


async def _show(call: Call) -> Response:
    return responses.raw_json((await _bodies(call, [await _known(call)]))[0])


async def _bodies(call: Call, found: Sequence[Report]) -> list[bytes]:
    """Admin::Report in their order. Their posts are shown whoever they were written for."""
    db = call.parts.db
    people = await admin.people(
        call,
        [
            each
            for row in found
            for each in (row.account_id, row.target_id, row.assigned_id, row.resolved_by)
            if each is not None
        ],
    )
    named = defaultdict(list)
    for each in await db.all(rows.named([row.id for row in found])) if found else []:
        named[each.report_id].append(each.status_id)
    wanted = sorted({each for ids in named.values() for each in ids})
    shown = await db.all(rows.posts(call.me.account_id, wanted)) if wanted else []
    posts = await common.renderer(call).status_map(db, shown, call.me.account_id, asked=True)
    rules = {str(row.id): row for row in await db.all(communities.rules_of())}
    return [
        render.report(
            row,
            people,
            [posts[each] for each in named[row.id] if each in posts],
            [rules[each] for each in orjson.loads(row.rule_ids) if each in rules],
        )
        for row in found
    ]
