"""Two-factor sign-in: one-time codes, recovery codes, passkeys. Every change asks for the password once more."""

from __future__ import annotations

import io
import logging

from aiohttp.web import Response, StreamResponse
from markupsafe import Markup

from fedserver.db.queries import factors as rows
from fedserver.db.queries import users as user_rows
from fedserver.db.unit import Unit
from fedserver.domain import webauthn
from fedserver.edge import cookies, steps
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go, page
from fedserver.edge.params import Params
from fedserver.kit.errors import Conflict, Invalid, NotFound
from fedserver.kit.i18n import gettext as _
from fedserver.kit.i18n import lazy
from fedserver.services import factors

HERE = "/settings/two-factor"
log = logging.getLogger(__name__)


async def show(call: Call) -> StreamResponse:
    """What is set up."""
    return await _overview(call)


async def begin_codes(call: Call) -> StreamResponse:
    """Make the secret and show it as a QR code, until a first code was typed."""
    params = await check_form(call)
    user_id, keyring = call.me.user_id, call.parts.keyring
    try:
        await _check(call, params)
        await call.parts.db.run(lambda unit: factors.begin_totp(unit, keyring, user_id))
    except (Invalid, Conflict) as failure:
        return await _overview(call, error=failure.message)
    return go(call, f"{HERE}/codes")


async def show_codes(call: Call) -> StreamResponse:
    """The QR code of a secret that waits for its first code."""
    return await _setup(call)


async def confirm_codes(call: Call) -> StreamResponse:
    """Take the first code; show the recovery codes, once."""
    params = await check_form(call)
    user_id, keyring, text = call.me.user_id, call.parts.keyring, params.text("code") or ""
    call.parts.extra["limits"].hit("login", f"u{user_id}")
    try:
        shown = await call.parts.db.run(lambda unit: factors.confirm_totp(unit, keyring, user_id, text))
    except Invalid as failure:
        return await _setup(call, error=failure.message)
    except Conflict:
        return go(call, HERE)
    return _recovery(call, shown) if shown else go(call, HERE, flash="saved")


async def drop_codes(call: Call) -> StreamResponse:
    """Remove one-time codes."""
    return await _change(call, lambda unit, user_id: factors.drop_totp(unit, user_id), "factor-off")


async def renew(call: Call) -> StreamResponse:
    """New recovery codes."""
    params = await check_form(call)
    user_id = call.me.user_id
    try:
        await _check(call, params)
        shown = await call.parts.db.run(lambda unit: factors.renew_codes(unit, user_id))
    except (Invalid, Conflict) as failure:
        return await _overview(call, error=failure.message)
    return _recovery(call, shown)


async def begin_key(call: Call) -> StreamResponse:
    """Go and register a passkey."""
    params = await check_form(call)
    try:
        await _check(call, params)
        name = (params.text("name") or "").strip()[: factors.MAX_NAME]
        if not name:
            raise Invalid(lazy("Please give the passkey a name"))
    except Invalid as failure:
        return await _overview(call, error=failure.message)
    return await steps.begin(call, call.me.user_id, "register", name, f"{HERE}/passkey")


async def show_key(call: Call) -> StreamResponse:
    """The page on which the browser makes the passkey."""
    begun = await steps.current(call, "register")
    if begun is None or begun.user_id != call.me.user_id:
        return go(call, HERE)
    known = await call.parts.db.all(rows.passkeys_of(call.me.user_id))
    community = call.parts.extra.get("community")
    options = webauthn.create_options(
        call.parts.site.base_url,
        community.title if community is not None else call.parts.site.domain,
        challenge=begun.challenge,
        user_id=call.me.user_id,
        username=call.me.username,
        known=[key.credential_id for key in known],
    )
    return steps.page_with_script(
        call, "settings/passkey.html", here_now="two-factor", name=begun.target, options=options
    )


async def add_key(call: Call) -> StreamResponse:
    """Keep the passkey that the browser made."""
    params = await check_form(call)
    user_id = call.me.user_id
    begun = await steps.current(call, "register")
    if begun is None or begun.user_id != user_id:
        return go(call, HERE)
    try:
        made = webauthn.registered(params.text("credential") or "", call.parts.site.base_url, begun.challenge)
    except webauthn.Refused as refused:
        log.info("a new passkey was refused", extra={"cause": str(refused)})
        return await _overview(call, error=_("This passkey was not accepted."))
    known = begun

    def work(unit: Unit) -> list[str]:
        factors.finish(unit, known)
        return factors.add_passkey(unit, user_id, known.target, made)

    try:
        shown = await call.parts.db.run(work)
    except (Invalid, Conflict) as failure:
        return await _overview(call, error=failure.message)
    response = _recovery(call, shown) if shown else go(call, HERE, flash="saved")
    cookies.drop(response, cookies.STEP, call.parts.secure)
    return response


async def drop_key(call: Call) -> StreamResponse:
    """Remove a passkey."""
    key_id = call.id()
    return await _change(call, lambda unit, user_id: factors.drop_passkey(unit, user_id, key_id), "passkey-off")


async def _change(call: Call, verb: object, flash: str) -> StreamResponse:
    params = await check_form(call)
    user_id = call.me.user_id
    try:
        await _check(call, params)
    except Invalid as failure:
        return await _overview(call, error=failure.message)
    await call.parts.db.run(lambda unit: verb(unit, user_id))  # type: ignore[operator]
    return go(call, HERE, flash=flash)


async def _check(call: Call, params: Params) -> None:
    user = await call.parts.db.one(user_rows.by_id(call.me.user_id))
    if user is None:
        raise NotFound()
    await steps.check_password(call, user.id, user.password_hash, params.text("current") or "")


def _recovery(call: Call, shown: list[str]) -> Response:
    return page(call, "settings/recovery.html", here_now="two-factor", codes=shown)


async def _setup(call: Call, *, error: str | None = None) -> StreamResponse:
    user_id, keyring = call.me.user_id, call.parts.keyring
    setup = await call.parts.db.run(lambda unit: factors.waiting_totp(unit, keyring, user_id))
    if setup is None:
        return go(call, HERE)
    secret = " ".join(setup.secret[start : start + 4] for start in range(0, len(setup.secret), 4))
    return page(
        call,
        "settings/codes.html",
        status=200 if error is None else 422,
        here_now="two-factor",
        picture=_qr(setup.address),
        secret=secret,
        address=setup.address,
        error=error,
    )


def _qr(text: str) -> Markup:
    """A QR code as SVG inside the page: no request, no file, nothing that a style policy would stop."""
    import segno

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=2, svgclass="qr", lineclass=None, nl=False
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - made of modules alone, no text of anybody's


async def _overview(call: Call, *, error: str | None = None) -> Response:
    db, user_id = call.parts.db, call.me.user_id
    codes = await db.one(rows.totp_of(user_id))
    return page(
        call,
        "settings/two_factor.html",
        status=200 if error is None else 422,
        here_now="two-factor",
        codes=codes is not None and codes.confirmed_at is not None,
        codes_since=codes.confirmed_at if codes is not None else None,
        keys=await db.all(rows.passkeys_of(user_id)),
        left=await db.one(rows.codes_left(user_id)) or 0,
        error=error,
    )
