"""Joining: what is asked depends on how the community takes new members."""

from __future__ import annotations

import asyncio

from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import communities as community_rows
from fedserver.db.queries import invites as invite_rows
from fedserver.edge import newcomer
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.hashing import hashed
from fedserver.edge.pages import go, page
from fedserver.edge.websession import start_session
from fedserver.kit.errors import Conflict, Forbidden, Invalid, Unavailable
from fedserver.kit.i18n import current_locale, lazy
from fedserver.kit.i18n import gettext as _
from fedserver.services import users
from fedserver.web import invites


async def show(call: Call) -> StreamResponse:
    """The form, or what to do where there is none; the invitation itself for applications that ask for JSON."""
    if call.path.get("code") and "application/json" in call.header("Accept"):
        return await invites.described(call, call.path["code"])
    if call.viewer is not None:
        return go(call, "/")
    code = call.query.text("invite") or call.path.get("code", "")
    invite = await _valid_invite(call, code)
    void = _("This invitation was used up, withdrawn or has run out") if code and not invite else None
    return await _form(call, {}, invite, error=void)


async def join(call: Call) -> StreamResponse:
    """Make the account; sign in at once unless somebody has to approve first."""
    params = await check_form(call)
    invite = await _valid_invite(call, params.text("invite") or "")
    values = {name: (params.text(name) or "")[:4000] for name in ("username", "email", "reason")}
    keyring = call.parts.keyring
    if keyring is None:
        raise Unavailable(retry_after=60, cause="no key ring")
    try:
        if not params.flag("agree"):
            raise Invalid(lazy("Please agree to the rules"))
        password_hash = await hashed(params.text("password") or "")
        keys = await asyncio.to_thread(keyring.generate)
        hosts = await newcomer.mail_hosts_of(call, values["email"])
        made = await newcomer.admitted(
            call,
            lambda unit: users.sign_up(
                unit,
                keyring,
                username=values["username"].strip(),
                keys=keys,
                email=values["email"],
                password_hash=password_hash,
                reason=values["reason"],
                invite=invite,
                locale=current_locale(),
                ip=call.client_ip,
                mail_hosts=hosts,
            ),
        )
    except (Invalid, Forbidden, Conflict) as failure:
        return await _form(call, values, invite, error=failure.message)
    if made.state == "unconfirmed":
        return await start_session(call, made.user_id, "/settings/email", flash="mail-sent")
    if made.state == "pending":
        return go(call, "/", flash="waiting")
    return await start_session(call, made.user_id, f"/@{values['username'].strip()}", flash="registered")


async def _valid_invite(call: Call, code: str) -> str:
    """The code when it can still be used, else ''."""
    if not code or len(code) > 100:
        return ""
    found = await call.parts.db.one(invite_rows.by_code(code))
    return code if found is not None and found.usable(call.parts.clock.now_ms()) else ""


async def _form(call: Call, values: dict[str, str], invite: str, *, error: str | None = None) -> Response:
    return page(
        call,
        "public/join.html",
        status=200 if error is None else 422,
        values={"username": "", "email": "", "reason": ""} | values,
        invite=invite,
        error=error,
        rules=await call.parts.db.all(community_rows.rules_of()),
    )
