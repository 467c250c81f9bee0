"""Signing up through an application: the same service and the same rules as the page."""

from __future__ import annotations

import asyncio

from aiohttp.web import Response

from fedserver.db.queries import oauth as app_rows
from fedserver.db.queries import users as user_rows
from fedserver.db.unit import Unit
from fedserver.edge import newcomer, responses
from fedserver.edge.call import Call
from fedserver.edge.hashing import hashed
from fedserver.kit.errors import Conflict, Forbidden, Invalid, Unauthorized, Unavailable
from fedserver.kit.i18n import lazy
from fedserver.services import addresses, oauth, users


async def sign_up(call: Call) -> Response:
    """POST /api/v1/accounts, with an application's own token: a Token of the new user, who may have to wait.

    The fields at fault are named in ``details``, as Mastodon does.
    """
    if call.viewer is not None:
        raise Forbidden
    params = await call.params()
    keyring = call.parts.keyring
    app = await call.parts.db.one(app_rows.app_by_id(call.app_id or 0))
    if app is None:
        raise Unauthorized(lazy("The access token is invalid"))
    if keyring is None:
        raise Unavailable(retry_after=60, cause="no key ring")
    given = {
        name: (params.text(name) or "").strip() for name in ("username", "email", "reason", "locale", "invite_code")
    }
    password = params.text("password") or ""
    missing = [name for name in ("username", "email") if not given[name]]
    missing += [] if password else ["password"]
    missing += [] if params.flag("agreement") else ["agreement"]
    if missing:
        return _refused(missing)
    password_hash = await hashed(password)
    keys = await asyncio.to_thread(keyring.generate)
    scopes = sorted(call.scopes)
    hosts = await newcomer.mail_hosts_of(call, given["email"])

    def work(unit: Unit) -> oauth.Issued:
        made = users.sign_up(
            unit,
            keyring,
            username=given["username"],
            keys=keys,
            email=given["email"],
            password_hash=password_hash,
            reason=given["reason"],
            locale=given["locale"][:16] or "en",
            invite=given["invite_code"][:100],
            app_id=app.id,
            ip=call.client_ip,
            mail_hosts=hosts,
        )
        return oauth.grant_user(unit, app, made.user_id, scopes)

    try:
        issued = await newcomer.admitted(call, work)
    except Conflict as failure:
        raise Invalid(failure.message, cause=failure) from failure
    return responses.json(
        {
            "access_token": issued.token,
            "token_type": "Bearer",
            "scope": issued.scopes,
            "created_at": issued.created_at // 1000,
        }
    )


async def confirm_again(call: Call) -> Response:
    """POST /api/v1/emails/confirmations: another mail, to another address if one is given."""
    user = await _owned(call)
    address = (await call.params()).text("email") or user.unconfirmed_email or ""
    if user.state != "unconfirmed":
        raise Forbidden(lazy("This method is only available while the e-mail is awaiting confirmation"))
    call.parts.extra["limits"].hit("email_confirmation", f"u{user.id}")
    hosts = await newcomer.mail_hosts_of(call, address)
    await newcomer.admitted(call, lambda unit: addresses.give(unit, user.id, address, hosts))
    return responses.json({})


async def check_confirmation(call: Call) -> Response:
    """GET /api/v1/emails/check_confirmation: whether the address is confirmed, as JSON true or false."""
    user = await call.parts.db.one(user_rows.by_id(call.me.user_id))
    return responses.json(user is not None and user.state != "unconfirmed")


async def _owned(call: Call) -> user_rows.User:
    """The user, if the application of the token made it."""
    user = await call.parts.db.one(user_rows.by_id(call.me.user_id))
    if user is None or user.app_id is None or user.app_id != call.app_id:
        raise Forbidden(lazy("This method is only available to the application the user originally signed-up with"))
    return user


def _refused(missing: list[str]) -> Response:
    texts = {
        name: ("ERR_ACCEPTED", str(lazy("must be accepted")))
        if name == "agreement"
        else ("ERR_BLANK", str(lazy("can't be blank")))
        for name in missing
    }
    words = ", ".join(f"{name.capitalize()} {text}" for name, (_, text) in texts.items())
    details = {name: [{"error": code, "description": text}] for name, (code, text) in texts.items()}
    error = str(lazy("Validation failed: %(words)s", words=words))
    return responses.json({"error": error, "details": details}, status=422)
