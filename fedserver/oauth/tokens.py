"""Codes for tokens (RFC 6749, 4.1.3 and 4.4) and revocation (RFC 7009)."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_plus

from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import oauth as rows
from fedserver.db.queries.oauth import App
from fedserver.edge import responses, scopes
from fedserver.edge.call import Call
from fedserver.edge.params import Params
from fedserver.services import oauth
from fedserver.services.oauth import Issued, Refused

_UNKNOWN_CLIENT = Refused(
    "invalid_client",
    "Client authentication failed due to unknown client, no client authentication included, or unsupported "
    "authentication method.",
)


async def issue(call: Call) -> StreamResponse:
    """A token. The client names itself in the body or with Basic authentication."""
    params = await call.params()
    app = await _client(call, params)
    if app is None:
        return _refuse(_UNKNOWN_CLIENT, 401)
    kind = params.text("grant_type")
    if kind == "authorization_code":
        code, uri = params.text("code") or "", params.text("redirect_uri") or ""
        verifier = params.text("code_verifier")
        result = await call.parts.db.run(
            lambda unit: oauth.exchange(unit, app, code=code, redirect_uri=uri, verifier=verifier)
        )
        return _token(result) if isinstance(result, Issued) else _refuse(result, 400)
    if kind == "client_credentials":
        wanted = scopes.parse(params.text("scope") or scopes.DEFAULT)
        if wanted is None or not scopes.within(wanted, app.scopes.split()):
            return _refuse(Refused("invalid_scope", "The requested scope is invalid, unknown, or malformed."), 400)
        return _token(await call.parts.db.run(lambda unit: oauth.grant_app(unit, app, wanted)))
    return _refuse(
        Refused("unsupported_grant_type", "The authorization grant type is not supported by the authorization server."),
        400,
    )


async def revoke(call: Call) -> StreamResponse:
    """End a token. An unknown one is fine, another client's is not."""
    params = await call.params()
    app = await _client(call, params)
    if app is None:
        return _refuse(Refused("unauthorized_client", "You are not authorized to revoke this token"), 403)
    token = params.text("token") or ""
    if not await call.parts.db.run(lambda unit: oauth.revoke(unit, app, token)):
        return _refuse(Refused("unauthorized_client", "You are not authorized to revoke this token"), 403)
    return responses.empty()


async def _client(call: Call, params: Params) -> App | None:
    """The application, once it has shown its secret."""
    named = _basic(call.header("Authorization"))
    if named is None:
        named = (params.text("client_id") or "", params.text("client_secret") or "")
    app = await call.parts.db.one(rows.app_by_client(named[0]))
    return app if app is not None and oauth.secret_is_right(app, named[1]) else None


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, separator, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ("", "")
    return (unquote_plus(name), unquote_plus(secret)) if separator else ("", "")


def _token(issued: Issued) -> Response:
    return responses.json(
        {
            "access_token": issued.token,
            "token_type": "Bearer",
            "scope": issued.scopes,
            "created_at": issued.created_at // 1000,
        },
        headers={"Cache-Control": "private, no-store", "Pragma": "no-cache"},
    )


def _refuse(refused: Refused, status: int) -> Response:
    response = responses.json({"error": refused.error, "error_description": refused.description}, status=status)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="fedserver"'
    return response
