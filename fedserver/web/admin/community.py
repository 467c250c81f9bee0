"""The community's own texts, rules, way of joining, and invitations."""

from __future__ import annotations

from aiohttp.web import StreamResponse

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import communities as rows
from fedserver.db.queries import invites as invite_rows
from fedserver.db.unit import Unit
from fedserver.edge import community as community_of
from fedserver.edge import crawlers
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import communities, invites
from fedserver.services.reports import log_action
from fedserver.web.admin.common import me, shell

_TEXTS = (
    "title",
    "short_description",
    "description",
    "terms",
    "terms_from",
    "privacy",
    "contact_email",
    "registration",
    "registration_message",
    "invites_by",
)


async def show(call: Call) -> StreamResponse:
    """The form."""
    return await _show(call)


async def save(call: Call) -> StreamResponse:
    """Store texts and rules. A rule stands on a line of its own; what follows a bar explains it."""
    params = await check_form(call)
    values = {name: (params.text(name) or "").replace("\r\n", "\n") for name in _TEXTS}
    lines = [line.partition("|") for line in (params.text("rules") or "").replace("\r\n", "\n").split("\n")]
    servers, moderators = params.maybe_flag("log_servers"), params.maybe_flag("log_moderators")
    contact = (params.text("contact") or "").strip().lstrip("@").partition("@")[0]

    def work(unit: Unit) -> None:
        actor = me(call, unit)
        contact_id = None
        if contact:
            account = unit.one(account_rows.by_handle(contact))
            if account is None:
                raise Invalid(lazy("There is no account of this name"))
            contact_id = account.id
        change = communities.CommunityChange(
            **values, contact_account_id=contact_id, log_servers=servers, log_moderators=moderators
        )
        communities.update(unit, change, actor)
        communities.set_rules(unit, [(text, hint) for text, _, hint in lines], actor)

    try:
        await call.parts.db.run(work)
    except Invalid as failure:
        return await _show(call, error=failure.message)
    community_of.changed(call.parts)
    return go(call, "/admin/community", flash="saved")


async def show_invites(call: Call) -> StreamResponse:
    """Invitations and a form for a new one."""
    return await shell(
        call,
        "admin/invites.html",
        "invites",
        invites=await call.parts.db.all(invite_rows.listing()),
        now=call.parts.clock.now_ms(),
    )


async def invite(call: Call) -> StreamResponse:
    """Make an invitation."""
    params = await check_form(call)
    uses, days, user_id = params.number("max_uses", 0, 1000), params.number("days", 0, 365), call.me.user_id

    def work(unit: Unit) -> None:
        made = invites.create(unit, user_id, max_uses=uses or None, days=days or None)
        log_action(unit, me(call, unit), "invite.create", f"invite:{made.id}", f"{uses or '∞'} / {days or '∞'}")

    await call.parts.db.run(work)
    return go(call, "/admin/invites", flash="invited")


async def withdraw(call: Call) -> StreamResponse:
    """Delete an invitation."""
    await check_form(call)
    invite_id = call.id()

    def work(unit: Unit) -> None:
        if not invites.withdraw(unit, invite_id):
            raise NotFound()
        log_action(unit, me(call, unit), "invite.withdraw", f"invite:{invite_id}")

    await call.parts.db.run(work)
    return go(call, "/admin/invites", flash="withdrawn")


async def _show(call: Call, *, error: str | None = None) -> StreamResponse:
    community = await call.parts.db.one(rows.by_id())
    if community is None:
        raise NotFound()
    rules = await call.parts.db.all(rows.rules_of())
    contact = None
    if community.contact_account_id is not None:
        contact = await call.parts.db.one(account_rows.by_id(community.contact_account_id))
    return await shell(
        call,
        "admin/community.html",
        "community",
        status=200 if error is None else 422,
        row=community,
        crawlers="\n".join(crawlers.names(community)),
        rules="\n".join(f"{rule.text} | {rule.hint}" if rule.hint else rule.text for rule in rules),
        contact=contact.username if contact is not None else "",
        error=error,
    )
