"""The user's own pages: profile and password. See also ``access``, ``email``, ``factors``, ``invites``."""

from __future__ import annotations

from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import users as user_rows
from fedserver.db.unit import Unit
from fedserver.edge import steps
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.hashing import hashed
from fedserver.edge.pages import go, page
from fedserver.edge.websession import start_session
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import available, lazy
from fedserver.services import accounts, users


async def home(call: Call) -> StreamResponse:
    """The first page."""
    return go(call, "/settings/profile")


async def show_profile(call: Call) -> StreamResponse:
    """Name, text and switches."""
    return await _profile(call)


async def save_profile(call: Call) -> StreamResponse:
    """Store them; followers' servers are told once."""
    params = await check_form(call)
    locale = params.text("locale") or "en"
    change = accounts.ProfileChange(
        display_name=params.text("display_name"),
        note=(params.text("note") or "").replace("\r\n", "\n"),
        locked=params.maybe_flag("locked"),
        bot=params.maybe_flag("bot"),
        operator=params.text("operator"),
        discoverable=params.maybe_flag("discoverable"),
        indexable=params.maybe_flag("indexable"),
        hide_collections=params.maybe_flag("hide_collections"),
    )
    me = call.me

    def work(unit: Unit) -> None:
        accounts.update_profile(unit, me.account_id, change)
        if locale in available():
            users.set_locale(unit, me.user_id, locale)

    try:
        await call.parts.db.run(work)
    except Invalid as failure:
        return await _profile(call, error=failure.message)
    return go(call, "/settings/profile", flash="saved")


async def show_password(call: Call) -> StreamResponse:
    """The form."""
    return page(call, "settings/password.html", here_now="password")


async def save_password(call: Call) -> StreamResponse:
    """A new password ends everything else that is signed in, and starts this session anew."""
    params = await check_form(call)
    me = call.me
    user = await call.parts.db.one(user_rows.by_id(me.user_id))
    if user is None:
        raise NotFound()
    try:
        await steps.check_password(call, me.user_id, user.password_hash, params.text("current") or "")
        if params.text("password") != params.text("again"):
            raise Invalid(lazy("The two passwords are not the same"))
        password_hash = await hashed(params.text("password") or "")
    except Invalid as failure:
        return page(call, "settings/password.html", status=422, here_now="password", error=failure.message)
    await call.parts.db.run(lambda unit: users.set_password(unit, me.user_id, password_hash))
    return await start_session(call, me.user_id, "/settings/password", flash="password-changed")


async def _profile(call: Call, *, error: str | None = None) -> Response:
    account = await call.parts.db.one(account_rows.by_id(call.me.account_id))
    if account is None:
        raise NotFound()
    return page(
        call,
        "settings/profile.html",
        status=200 if error is None else 422,
        here_now="profile",
        account=account,
        locales=[(name, name) for name in available()],
        error=error,
    )
