"""The second step of a sign-in: a one-time code, a recovery code or a passkey; and a passkey instead of a password."""

from __future__ import annotations

import logging

from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import factors as rows
from fedserver.db.queries import users as user_rows
from fedserver.db.queries.factors import Challenge
from fedserver.db.unit import Unit
from fedserver.domain import webauthn
from fedserver.edge import cookies, steps
from fedserver.edge.address import limit_key
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go, local_path
from fedserver.edge.websession import start_session
from fedserver.kit.i18n import gettext as _
from fedserver.oauth import login
from fedserver.services import factors
from fedserver.services.factors import Verdict

log = logging.getLogger(__name__)


async def by_passkey(call: Call) -> StreamResponse:
    """Sign in with a passkey alone: nobody is named, the key says who it is."""
    params = await check_form(call)
    call.parts.extra["limits"].hit("login", f"a{limit_key(call.client_ip)}")
    return await steps.begin(call, None, "sign-in", local_path(params.text("next")), "/login/second")


async def show(call: Call) -> StreamResponse:
    """The page that asks for it."""
    begun = await steps.current(call, "sign-in")
    return go(call, "/login") if begun is None else await _form(call, begun)


async def answer(call: Call) -> StreamResponse:
    """Judge a code or what a passkey signed; a session when it is right."""
    params = await check_form(call)
    call.parts.extra["limits"].hit("login", f"a{limit_key(call.client_ip)}")
    begun = await steps.current(call, "sign-in")
    if begun is None:
        return go(call, "/login")
    signed = params.text("credential") or ""
    if signed:
        user_id = await _by_key(call, begun, signed)
        if user_id is None:
            return await _form(call, begun, error=_("This passkey was not accepted."))
    elif begun.user_id is None:
        return await _form(call, begun)
    else:
        user_id = begun.user_id
        verdict = await _by_code(call, begun, user_id, params.text("code") or "")
        if verdict is Verdict.LOCKED:
            return await _form(call, begun, error=_("Too many wrong codes. Codes are taken again in an hour."))
        if verdict is Verdict.WRONG:
            return await _form(call, begun, error=_("This code is not right, or was used before."))
    user = await call.parts.db.one(user_rows.by_id(user_id))
    refusal = None if user is None else await login.why_not(call, user)
    if user is None or refusal is not None:
        return login.form(call, begun.target, "", error=refusal or _("This account cannot sign in."))
    response = await start_session(call, user_id, begun.target)
    cookies.drop(response, cookies.STEP, call.parts.secure)
    return response


async def _by_code(call: Call, begun: Challenge, user_id: int, text: str) -> Verdict:
    def work(unit: Unit) -> Verdict:
        verdict = factors.check_code(unit, call.parts.keyring, user_id, text)
        if verdict is Verdict.RIGHT:
            factors.finish(unit, begun)
        return verdict

    return await call.parts.db.run(work)


async def _by_key(call: Call, begun: Challenge, signed: str) -> int | None:
    """The user whose passkey signed; None when it proves nothing."""
    try:
        key = await call.parts.db.one(rows.passkey(webauthn.credential_id_of(signed)))
        if key is None or (begun.user_id is not None and begun.user_id != key.user_id):
            return None
        count = webauthn.signed(
            signed,
            call.parts.site.base_url,
            begun.challenge,
            public_key=key.public_key,
            sign_count=key.sign_count,
            alone=begun.user_id is None,
            user_id=key.user_id,
        )
    except webauthn.Refused as refused:
        log.info("a passkey was refused", extra={"cause": str(refused)})
        return None
    known = key

    def work(unit: Unit) -> None:
        factors.finish(unit, begun)
        factors.used_passkey(unit, known.id, count)

    await call.parts.db.run(work)
    return known.user_id


async def _form(call: Call, begun: Challenge, *, error: str | None = None) -> Response:
    db, user_id = call.parts.db, begun.user_id
    keys = [] if user_id is None else await db.all(rows.passkeys_of(user_id))
    codes = await db.one(rows.totp_of(user_id or 0))
    options = webauthn.get_options(
        call.parts.site.base_url,
        challenge=begun.challenge,
        allowed=[key.credential_id for key in keys],
        alone=user_id is None,
    )
    return steps.page_with_script(
        call,
        "oauth/second.html",
        status=200 if error is None else 422,
        alone=user_id is None,
        options=options if keys or user_id is None else None,
        codes=codes is not None and codes.confirmed_at is not None,
        error=error,
    )
