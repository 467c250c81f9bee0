"""Signing up through an application: the same service and the same rules as the page."""

from __future__ import annotations

import asyncio

from aiohttp.web import Response

from fedserver.db.queries import oauth as app_rows
from fedserver.db.unit import Unit
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.hashing import hashed
from fedserver.kit.errors import Conflict, Forbidden, Invalid, Unauthorized, Unavailable
from fedserver.kit.i18n import lazy
from fedserver.services import oauth, users


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
    given = {name: (params.text(name) or "").strip() for name in ("username", "email", "reason", "locale")}
    password = params.text("password") or ""
    missing = [name for name in ("username", "email") if not given[name]]
    missing += [] if password else ["password"]
    missing += [] if params.flag("agreement") else ["agreement"]
    if missing:
        return _refused(missing)
    password_hash = await hashed(password)
    keys = await asyncio.to_thread(keyring.generate)
    scopes = sorted(call.scopes)

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
        )
        return oauth.grant_user(unit, app, made.user_id, scopes)

    try:
        issued = await call.parts.db.run(work)
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
