"""Reports: the list, one with its posts, notes, resolving."""

from __future__ import annotations

from aiohttp.web import StreamResponse

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import audit
from fedserver.db.queries import moderation as rows
from fedserver.db.queries import users as user_rows
from fedserver.db.unit import Unit
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import reports
from fedserver.web import views
from fedserver.web.admin.common import me, note_of, shell

PER_PAGE = 50
MAX_NOTE = 2000


async def listing(call: Call) -> StreamResponse:
    """Open ones, or all."""
    everything = call.query.flag("all")
    cut = call.query.page(default=PER_PAGE, maximum=PER_PAGE)
    found = await call.parts.db.all(rows.reports_page(cut, resolved_too=everything))
    people = {row.account_id for row in found} | {row.target_id for row in found}
    names = await views.authors(call.parts, await call.parts.db.all(account_rows.by_ids(sorted(people))))
    return await shell(
        call,
        "admin/reports.html",
        "reports",
        reports=found,
        names=names,
        everything=everything,
        older=found[-1].id if len(found) == PER_PAGE else None,
    )


async def one(call: Call) -> StreamResponse:
    """A report with what it names and what was done about it."""
    report = await call.parts.db.one(rows.report(call.id()))
    if report is None:
        raise NotFound()
    people = await call.parts.db.all(account_rows.by_ids([report.account_id, report.target_id]))
    names = await views.authors(call.parts, people)
    target = next(row for row in people if row.id == report.target_id)
    ids = await call.parts.db.all(rows.statuses_of(report.id))
    return await shell(
        call,
        "admin/report.html",
        "reports",
        report=report,
        names=names,
        target=target,
        user=await call.parts.db.one(user_rows.by_account(target.id)),
        posts=await views.posts_by_id(call.parts, ids),
        entries=[(entry, note_of(entry)) for entry in await call.parts.db.all(audit.about(f"report:{report.id}"))],
    )


async def resolve(call: Call) -> StreamResponse:
    """Close it, or open it again."""
    params = await check_form(call)
    report_id, resolved = call.id(), params.text("action") != "reopen"
    await call.parts.db.run(lambda unit: reports.resolve(unit, report_id, me(call, unit), resolved=resolved))
    return go(call, f"/admin/reports/{report_id}", flash="resolved" if resolved else "reopened")


async def note(call: Call) -> StreamResponse:
    """Write something down for the other moderators."""
    params = await check_form(call)
    report_id, text = call.id(), (params.text("note") or "").strip()
    if not text or len(text) > MAX_NOTE:
        raise Invalid(lazy("A note has 1 to %(count)d characters", count=MAX_NOTE))

    def work(unit: Unit) -> None:
        unit.get(rows.report(report_id))
        reports.log_action(unit, me(call, unit), "report.note", f"report:{report_id}", text)

    await call.parts.db.run(work)
    return go(call, f"/admin/reports/{report_id}", flash="saved")
