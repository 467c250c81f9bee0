"""The user's e-mail address: seeing it, changing it, confirming it."""

from __future__ import annotations

from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import users as rows
from fedserver.db.unit import Unit
from fedserver.edge import newcomer, steps
from fedserver.edge.address import limit_key
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go, page
from fedserver.kit.errors import Invalid, NotFound
from fedserver.services import addresses

HERE = "/settings/email"


async def show(call: Call) -> StreamResponse:
    """The address, and the one that waits to be confirmed."""
    return await _page(call)


async def save(call: Call) -> StreamResponse:
    """Name another one. Whoever is signed in has to show the password, unless nobody was let in yet."""
    params = await check_form(call)
    me, address = call.me, params.text("email") or ""
    user = await _user(call)
    try:
        await steps.check_password(call, me.user_id, user.password_hash, params.text("current") or "")
        call.parts.extra["limits"].hit("email_confirmation", f"u{me.user_id}")
        hosts = await newcomer.mail_hosts_of(call, address)
        await newcomer.admitted(call, lambda unit: addresses.give(unit, me.user_id, address, hosts))
    except Invalid as failure:
        return await _page(call, error=failure.message)
    return go(call, HERE, flash="mail-sent" if call.parts.site.mail else "saved")


async def remind(call: Call) -> StreamResponse:
    """Send the mail again, or keep the present address after all."""
    params = await check_form(call)
    user_id = call.me.user_id
    if params.text("action") == "withdraw":
        await call.parts.db.run(lambda unit: addresses.withdraw(unit, user_id))
        return go(call, HERE, flash="address-kept")
    call.parts.extra["limits"].hit("email_confirmation", f"u{user_id}")
    await call.parts.db.run(lambda unit: addresses.remind(unit, user_id))
    return go(call, HERE, flash="mail-sent")


async def show_link(call: Call) -> StreamResponse:
    """The page behind the link of a mail: a button, because mail programs open links by themselves."""
    token, viewer_id = call.path["token"], _viewer_id(call)

    def work(unit: Unit) -> str:
        return addresses.check_link(unit, token, viewer_id).unconfirmed_email or ""

    return page(call, "settings/confirm.html", address=await call.parts.db.run(work))


async def confirm(call: Call) -> StreamResponse:
    """Take the address."""
    await check_form(call)
    call.parts.extra["limits"].hit("login", f"a{limit_key(call.client_ip)}")
    token, viewer_id = call.path["token"], _viewer_id(call)
    done = await call.parts.db.run(lambda unit: addresses.confirm(unit, token, viewer_id))
    if done.state == "pending":
        return go(call, "/", flash="confirmed-waiting")
    return go(call, "/login" if viewer_id is None else HERE, flash="confirmed")


def _viewer_id(call: Call) -> int | None:
    return call.viewer.user_id if call.viewer is not None else None


async def _user(call: Call) -> rows.User:
    user = await call.parts.db.one(rows.by_id(call.me.user_id))
    if user is None:
        raise NotFound()
    return user


async def _page(call: Call, *, error: str | None = None) -> Response:
    return page(
        call,
        "settings/email.html",
        status=200 if error is None else 422,
        here_now="email",
        user=await _user(call),
        error=error,
    )
