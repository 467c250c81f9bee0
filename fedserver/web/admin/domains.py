"""Policies towards other servers: all of them, one with its history, what a new one would meet."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import domain_lists as list_rows
from fedserver.db.queries import domains as domain_rows
from fedserver.db.queries import moderation as rows
from fedserver.db.unit import Unit
from fedserver.domain.moderation.domains import Terms
from fedserver.domain.moderation.lists import FORMATS, write
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go
from fedserver.edge.params import Params
from fedserver.kit.errors import Invalid, NotFound
from fedserver.services import domain_lists, domains, undoing
from fedserver.web.admin.common import me, shell

HERE = "/admin/domains"
SEVERITIES = ("limit", "suspend", "none", "allow")
_FLAGS = ("reject_media", "reject_reports", "no_trends", "obfuscate")
_TYPES = {"csv": "text/csv", "json": "application/json", "plain": "text/plain"}


async def listing(call: Call) -> StreamResponse:
    """Every policy, and a form for one more."""
    return await _listing(call, "", Terms("limit"))


async def block(call: Call) -> StreamResponse:
    """Add a policy or change it; ``action=look`` shows what it would meet first."""
    params = await check_form(call)
    text, terms = (params.text("domain") or "").strip()[:300], _terms(params)
    try:
        if params.text("action") == "look":
            return await _look(call, text, terms)
        await call.parts.db.run(
            lambda unit: domains.decide(unit, domains.clean_domain(unit, text), terms, me(call, unit))
        )
    except Invalid as failure:
        return await _listing(call, text, terms, error=failure.message)
    return go(call, HERE, flash="blocked")


async def unblock(call: Call) -> StreamResponse:
    """Take everything back that stands about a domain."""
    params = await check_form(call)
    text = params.text("domain") or ""
    await call.parts.db.run(lambda unit: domains.unblock_domain(unit, text, me(call, unit)))
    return go(call, HERE, flash="unblocked")


async def one(call: Call) -> StreamResponse:
    """A domain: what holds, what was decided, what lists say, what became of follows that ended."""
    text = call.path["name"]

    def work(unit: Unit) -> dict[str, Any]:
        domain = domains.clean_domain(unit, text)
        history = unit.all(domain_rows.history(domain))
        said = unit.all(list_rows.entries_of_domain(domain))
        return {
            "domain": domain,
            "policy": unit.one(rows.policy_for(domain)),
            "met": domains.impact(unit, domain),
            "history": [(each, unit.all(domain_rows.severed_tally(each.id))) for each in history],
            "said": [(unit.get(list_rows.one(each.list_id)), each) for each in said],
        }

    try:
        found = await call.parts.db.run(work)
    except Invalid as failure:
        raise NotFound from failure
    return await shell(call, "admin/domain.html", "domains", **found)


async def undo(call: Call) -> StreamResponse:
    """Take one decision about a domain back."""
    params = await check_form(call)
    name, decision_id, because = call.path["name"], params.id("decision") or 0, params.text("because") or ""

    def work(unit: Unit) -> None:
        if decision_id not in {each.id for each in unit.all(domain_rows.standing(name))}:
            raise NotFound
        undoing.undo(unit, decision_id, me(call, unit), because)

    await call.parts.db.run(work)
    return go(call, f"{HERE}/{name}", flash="saved")


async def export(call: Call) -> StreamResponse:
    """The policies that hold here as a file."""
    form = call.query.text("format") or FORMATS[0]
    if form not in FORMATS:
        raise NotFound
    ours = await call.parts.db.run(domain_lists.ours)
    name = f"{call.parts.site.domain.partition(':')[0]}-domains.{'txt' if form == 'plain' else form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(text=write(ours, form), content_type=_TYPES[form], charset="utf-8", headers=headers)


def _terms(params: Params) -> Terms:
    media, reported, trends, obfuscate = (params.flag(name) for name in _FLAGS)
    public, private = (params.text("public_comment") or "")[:2000], (params.text("private_comment") or "")[:2000]
    return Terms(params.text("severity") or "", media, reported, trends, obfuscate, public, private)


async def _look(call: Call, text: str, terms: Terms) -> Response:
    def work(unit: Unit) -> tuple[str, domains.Impact]:
        if terms.severity not in SEVERITIES:
            raise Invalid
        domain = domains.clean_domain(unit, text)
        return domain, domains.impact(unit, domain)

    domain, met = await call.parts.db.run(work)
    return await shell(call, "admin/domain_look.html", "domains", domain=domain, terms=terms, met=met)


async def _listing(call: Call, domain: str, terms: Terms, *, error: str | None = None) -> Response:
    return await shell(
        call,
        "admin/domains.html",
        "domains",
        status=200 if error is None else 422,
        policies=await call.parts.db.all(rows.policies()),
        formats=FORMATS,
        drafts=await call.parts.db.one(list_rows.draft_count()) or 0,
        domain=domain,
        terms=terms,
        error=error,
    )
