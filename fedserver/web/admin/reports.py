"""Reports: the list with acts on many, one with its posts, notes and what was decided because of it."""

from __future__ import annotations

from typing import Any, Final

import orjson
from aiohttp.web import StreamResponse

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import admin_reports as rows
from fedserver.db.queries import audit, communities, moderation, people
from fedserver.db.queries import users as user_rows
from fedserver.db.unit import Unit
from fedserver.domain.moderation.categories import CATEGORIES, MINORS
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go
from fedserver.edge.params import Params
from fedserver.kit.errors import Failure, Forbidden, Invalid, NotFound
from fedserver.kit.i18n import gettext as _
from fedserver.services import actions, notes, reports
from fedserver.web import views
from fedserver.web.admin.common import me, note_of, shell, status_of
from fedserver.web.admin.words import account_verbs, categories, post_verbs
from fedserver.web.decision_views import views_of

PER_PAGE: Final = 50


async def listing(call: Call) -> StreamResponse:
    """Open ones, or all; of one category, one's own, or those that nobody looks after."""
    return await _list(call)


async def bulk(call: Call) -> StreamResponse:
    """Answer the chosen ones, and act on whom they are about if that is wanted."""
    params = await check_form(call)
    chosen, verb, text = params.ids("ids", actions.MAX_AT_ONCE), params.text("verb") or "", _words(params)
    if verb and not call.me.can("manage_users"):
        raise Forbidden()
    try:
        if not chosen:
            raise Invalid(_("Choose at least one report"))
        await call.parts.db.run(lambda unit: actions.take_all(unit, chosen, verb, text, me(call, unit)))
    except Failure as failure:
        return await _list(call, failure=failure)
    return go(call, "/admin", flash="resolved")


async def _list(call: Call, *, failure: Failure | None = None) -> StreamResponse:
    query = call.query
    everything, category, who = query.flag("all"), query.text("category") or "", query.text("who") or ""
    filters: dict[str, Any] = {} if everything else {"open": True}
    filters["not_about"] = call.me.account_id
    if category in CATEGORIES:
        filters["category"] = category
    if who == "mine":
        filters["assigned_id"] = call.me.account_id
    elif who == "nobody":
        filters["unassigned"] = True
    found = await call.parts.db.all(rows.page(filters, query.page(default=PER_PAGE, maximum=PER_PAGE)))
    ids = {each for row in found for each in (row.account_id, row.target_id, row.assigned_id) if each is not None}
    names = await views.authors(call.parts, await call.parts.db.all(account_rows.by_ids(sorted(ids))))
    kept = "".join(f"&{name}={value}" for name, value in (("category", category), ("who", who)) if value)
    return await shell(
        call,
        "admin/reports.html",
        "reports",
        status=status_of(failure),
        reports=found,
        names=names,
        everything=everything,
        category=category,
        who=who,
        words=dict(categories()),
        categories=[("", _("all")), *categories()],
        whose=[("", _("anybody's")), ("mine", _("mine")), ("nobody", _("nobody's"))],
        verbs=[("", _("nothing: only resolve")), *account_verbs()],
        may_act=call.me.can("manage_users"),
        older=found[-1].id if len(found) == PER_PAGE else None,
        kept=kept + ("&all=1" if everything else ""),
        error=failure.message if failure is not None else None,
    )


async def one(call: Call) -> StreamResponse:
    """A report with what it names and what was done about it."""
    return await _show(call)


async def _show(call: Call, *, failure: Failure | None = None) -> StreamResponse:
    db = call.parts.db
    report = await db.one(moderation.report(call.id()))
    if report is None or report.target_id == call.me.account_id:
        raise NotFound()
    ids = [each for each in (report.account_id, report.target_id, report.assigned_id) if each is not None]
    found = await db.all(account_rows.by_ids(ids))
    target = next(row for row in found if row.id == report.target_id)
    posts = await db.all(moderation.statuses_of(report.id))
    rules = await db.all(communities.rules_of())
    named = orjson.loads(report.rule_ids)
    others = [row for row in await db.all(moderation.reports_about(target.id)) if row.id != report.id]
    return await shell(
        call,
        "admin/report.html",
        "reports",
        status=status_of(failure),
        report=report,
        names=await views.authors(call.parts, found),
        target=target,
        user=await db.one(user_rows.by_account(target.id)),
        posts=await views.posts_by_id(call.parts, posts),
        rules=rules,
        named=[rule for rule in rules if str(rule.id) in named],
        words=dict(categories()),
        categories=categories(),
        account_verbs=account_verbs(),
        post_verbs=post_verbs(),
        presets=await db.all(people.presets()),
        notes=await db.all(people.notes_about("report", report.id)),
        decisions=await views_of(call.parts, await db.all(rows.decisions_of(report.id))),
        others=others,
        may_act=call.me.can("manage_users"),
        may_forward=not (report.forwarded or target.local or report.category == MINORS),
        entries=[(entry, note_of(entry)) for entry in await db.all(audit.about(f"report:{report.id}"))],
        error=failure.message if failure is not None else None,
    )


async def resolve(call: Call) -> StreamResponse:
    """Close it, or open it again."""
    params = await check_form(call)
    report_id, resolved = call.id(), params.text("action") != "reopen"
    await call.parts.db.run(lambda unit: reports.resolve(unit, report_id, me(call, unit), resolved=resolved))
    return go(call, f"/admin/reports/{report_id}", flash="resolved" if resolved else "reopened")


async def change(call: Call) -> StreamResponse:
    """Look after it or no longer; say what it is about; tell the other server."""
    params = await check_form(call)
    report_id, action = call.id(), params.text("action") or ""
    category, rule_ids = params.text("category"), params.ids("rule_ids", 100)

    def work(unit: Unit) -> None:
        moderator = me(call, unit)
        if action in ("assign", "unassign"):
            reports.assign(unit, report_id, moderator, to=moderator if action == "assign" else None)
        elif action == "forward":
            reports.forward(unit, report_id, moderator)
        elif action == "classify":
            reports.classify(unit, report_id, moderator, category=category, rule_ids=rule_ids)
        else:
            raise Invalid()

    return await _done(call, work)


async def act(call: Call) -> StreamResponse:
    """Act on every post that it names, or on the account; the report is answered by it."""
    params = await check_form(call)
    report_id, verb, text = call.id(), params.text("verb") or "", _words(params)
    if params.text("on") == "posts":
        return await _done(call, lambda unit: actions.take_posts(unit, report_id, verb, text, me(call, unit)))
    if not call.me.can("manage_users"):
        raise Forbidden()
    note, preset = params.text("note") or "", params.id("preset")

    def work(unit: Unit) -> None:
        report = reports.judged(unit, report_id, me(call, unit))
        order = actions.Order(verb, text=text, note=note, report_id=report_id, preset_id=preset or None)
        actions.take(unit, report.target_id, order, me(call, unit))

    return await _done(call, work)


async def note(call: Call) -> StreamResponse:
    """Write something down for the other moderators."""
    params = await check_form(call)
    report_id, text = call.id(), params.text("note") or ""
    return await _done(call, lambda unit: notes.add(unit, "report", report_id, text, me(call, unit)))


async def _done(call: Call, work: Any) -> StreamResponse:
    try:
        await call.parts.db.run(work)
    except NotFound:
        raise
    except Failure as failure:
        return await _show(call, failure=failure)
    return go(call, f"/admin/reports/{call.id()}", flash="saved")


def _words(params: Params) -> str:
    return (params.text("text") or "").replace("\r\n", "\n")[:2000]
