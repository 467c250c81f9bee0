"""A forgotten password: asking for a link by mail, and setting a new one through a one-time link."""

from __future__ import annotations

from aiohttp.web import StreamResponse

from fedserver.db.queries import accounts
from fedserver.db.queries import users as rows
from fedserver.edge.address import limit_key
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.hashing import hashed
from fedserver.edge.pages import go, page
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.kit.tokens import hash_token
from fedserver.services import users


async def show_asking(call: Call) -> StreamResponse:
    """The form for an address, or whom to ask where the node sends no mail."""
    return page(call, "oauth/forgotten.html", sent=False)


async def ask(call: Call) -> StreamResponse:
    """Send a link. The answer and the work are the same whether or not somebody has the address."""
    params = await check_form(call)
    if not call.parts.site.mail:
        raise NotFound()
    address = (params.text("email") or "").strip()[:320]
    limits = call.parts.extra["limits"]
    limits.hit("password_reset", f"a{limit_key(call.client_ip)}")
    limits.hit("password_reset", f"n{hash_token(address.lower()).hex()}")
    try:
        await call.parts.db.run(lambda unit: users.ask_reset(unit, address))
    except Invalid as failure:
        return page(call, "oauth/forgotten.html", status=422, sent=False, error=failure.message)
    return page(call, "oauth/forgotten.html", sent=True)


async def show(call: Call) -> StreamResponse:
    """The form behind a reset link."""
    return page(call, "oauth/reset.html", username=await _valid_link(call))


async def reset(call: Call) -> StreamResponse:
    """Set the password. The link works once; who opened it signs in with the new password."""
    params = await check_form(call)
    call.parts.extra["limits"].hit("login", f"a{limit_key(call.client_ip)}")
    username = await _valid_link(call)
    password = params.text("password") or ""
    try:
        if password != (params.text("again") or ""):
            raise Invalid(lazy("The two passwords are not the same"))
        password_hash = await hashed(password)
    except Invalid as failure:
        return page(call, "oauth/reset.html", status=422, username=username, error=failure.message)
    token = call.path["token"]
    await call.parts.db.run(lambda unit: users.use_reset(unit, token, password_hash))
    return go(call, "/login", flash="password-changed")


async def _valid_link(call: Call) -> str:
    """Whose link it is. Raises ``NotFound``."""
    link = await call.parts.db.one(rows.link(hash_token(call.path["token"])))
    if link is None or link.purpose != "reset" or link.expires_at <= call.parts.clock.now_ms():
        raise NotFound(lazy("This link is not valid any more"))
    user = await call.parts.db.one(rows.by_id(link.user_id))
    if user is None:
        raise NotFound(lazy("This link is not valid any more"))
    account = await call.parts.db.one(accounts.by_id(user.account_id))
    return account.username if account is not None else ""
