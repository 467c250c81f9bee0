"""Signing in and out on the web.

Whether an account exists must not show: the same work, the same answer, the same limits. The limits count by address
and by the name that was typed, so that neither one account nor one address can be tried for long.
"""

from __future__ import annotations

from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import factors as factor_rows
from fedserver.db.queries import ledger
from fedserver.db.queries import users as rows
from fedserver.edge import cookies, steps
from fedserver.edge.address import limit_key
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.hashing import hashed, matches
from fedserver.edge.pages import go, local_path
from fedserver.edge.websession import start_session
from fedserver.kit.i18n import gettext as _
from fedserver.kit.paging import Page
from fedserver.kit.passwords import needs_rehash
from fedserver.kit.tokens import hash_token
from fedserver.services import appeals, sessions, users


async def show(call: Call) -> StreamResponse:
    """The form. With a session it goes on, unless an application insists on a new sign-in."""
    query = call.query
    target = local_path(query.text("next"))
    if call.viewer is not None and not query.flag("force"):
        return go(call, target)
    return form(call, target, "")


async def sign_in(call: Call) -> StreamResponse:
    """Check name and password; ask for the second factor, or start a new session and end the one that came along."""
    params = await check_form(call)
    target = local_path(params.text("next"))
    login, password = (params.text("login") or "").strip()[:320], params.text("password") or ""
    limits = call.parts.extra["limits"]
    limits.hit("login", f"a{limit_key(call.client_ip)}")
    limits.hit("login", f"n{hash_token(login.lower()).hex()}")
    key = account_rows.handle_key(login.lstrip("@").partition("@")[0], "")
    user = await call.parts.db.one(rows.by_login(login, key))
    right = await matches(user.password_hash if user is not None else None, password)
    if user is None or not right:
        return form(call, target, login, error=_("The name or the password is not right."))
    refusal = await why_not(call, user)
    if refusal is not None:
        link = await _appeal(call, user)
        return form(call, target, login, error=refusal) if link is None else go(call, link)
    await _improve(call, user, password)
    if await call.parts.db.one(factor_rows.has_any(user.id)):
        return await steps.begin(call, user.id, "sign-in", target, "/login/second")
    return await start_session(call, user.id, "/settings/email" if user.state == "unconfirmed" else target)


async def sign_out(call: Call) -> StreamResponse:
    """End the session."""
    await check_form(call)
    viewer = call.viewer
    if viewer is not None and viewer.session_id is not None:
        session_id, user_id = viewer.session_id, viewer.user_id
        await call.parts.db.run(lambda unit: sessions.end(unit, session_id, user_id))
    response = go(call, "/", flash="signed-out")
    cookies.drop(response, cookies.SESSION, call.parts.secure)
    return response


async def why_not(call: Call, user: rows.User) -> str | None:
    """Why somebody who proved who they are cannot sign in; None when they can."""
    account = await call.parts.db.one(account_rows.by_id(user.account_id))
    if user.state == "pending":
        return _("Your request to join still waits for somebody to look at it.")
    if user.state not in ("active", "unconfirmed") or account is None or not account.active:
        return _("This account cannot sign in. Please ask the people who run it.")
    return None


async def _appeal(call: Call, user: rows.User) -> str | None:
    """Where somebody reads why they cannot sign in, and appeals: for whom the password is all there is."""
    account = await call.parts.db.one(account_rows.by_id(user.account_id))
    if user.state == "pending" or account is None or account.deleted_at is not None:
        return None
    if await call.parts.db.one(ledger.of_account(account.id, Page(limit=1))) is None:
        return None
    if await call.parts.db.one(factor_rows.has_any(user.id)):
        # a mail has the link; a password alone opens nothing here
        return None
    return await call.parts.db.run(lambda unit: appeals.link(unit, user.id))


def form(call: Call, target: str, login: str, *, error: str | None = None) -> Response:
    """The page, with what was typed but the password."""
    status = 200 if error is None else 422
    return steps.page_with_script(call, "oauth/login.html", status=status, next=target, login=login, error=error)


async def _improve(call: Call, user: rows.User, password: str) -> None:
    old = user.password_hash
    if old is None or not needs_rehash(old):
        return
    new = await hashed(password)
    await call.parts.db.run(lambda unit: users.improve_hash(unit, user.id, old, new))
