"""Invitations that members make, where the community lets them."""

from __future__ import annotations

from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import invites as rows
from fedserver.edge import responses
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go, page
from fedserver.kit.errors import Invalid, NotFound
from fedserver.services import invites
from fedserver.web.viewer import role_of_viewer

HERE = "/settings/invites"


async def show(call: Call) -> StreamResponse:
    """One's own invitations, and a form for one more."""
    return await _page(call)


async def make(call: Call) -> StreamResponse:
    """Make one."""
    params = await check_form(call)
    uses, days = params.number("max_uses", 1, invites.MAX_USES), params.number("days", 1, invites.MAX_DAYS)
    user_id = call.me.user_id
    try:
        await call.parts.db.run(lambda unit: invites.create_as(unit, user_id, max_uses=uses or 1, days=days or 7))
    except Invalid as failure:
        return await _page(call, error=failure.message)
    return go(call, HERE, flash="invited")


async def withdraw(call: Call) -> StreamResponse:
    """Delete one of one's own."""
    await check_form(call)
    invite_id, user_id = call.id(), call.me.user_id
    if not await call.parts.db.run(lambda unit: invites.withdraw(unit, invite_id, user_id)):
        raise NotFound()
    return go(call, HERE, flash="withdrawn")


async def described(call: Call, code: str) -> StreamResponse:
    """An invitation as applications read it (Mastodon 4.2). ``NotFound`` when it cannot be used any more."""
    found = await call.parts.db.one(rows.by_code(code))
    if found is None or not found.usable(call.parts.clock.now_ms()):
        raise NotFound()
    return responses.json({"invite_code": code, "instance_api_url": call.url("/api/v2/instance")})


async def _page(call: Call, *, error: str | None = None) -> Response:
    community = call.parts.extra.get("community")
    return page(
        call,
        "settings/invites.html",
        status=200 if error is None else 422,
        here_now="invites",
        may=community is not None and invites.may(community, await role_of_viewer(call)),
        closed=community is not None and community.registration == "closed",
        invites=await call.parts.db.all(rows.of_user(call.me.user_id)),
        now=call.parts.clock.now_ms(),
        error=error,
    )
