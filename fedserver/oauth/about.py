"""What this authorization server offers (RFC 8414), and who the user of a token is (OpenID Connect's userinfo)."""

from __future__ import annotations

from aiohttp.web import StreamResponse

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import media as media_rows
from fedserver.domain import uris
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.scopes import SCOPES
from fedserver.kit.errors import NotFound


async def metadata(call: Call) -> StreamResponse:
    """Server metadata. It names S256, which tells clients to use PKCE."""
    base = call.parts.site.base_url
    return responses.json(
        {
            "issuer": f"{base}/",
            "authorization_endpoint": f"{base}/oauth/authorize",
            "token_endpoint": f"{base}/oauth/token",
            "revocation_endpoint": f"{base}/oauth/revoke",
            "userinfo_endpoint": f"{base}/oauth/userinfo",
            "app_registration_endpoint": f"{base}/api/v1/apps",
            "service_documentation": "https://docs.joinmastodon.org/",
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        },
        headers={"Cache-Control": "public, max-age=3600"},
    )


async def userinfo(call: Call) -> StreamResponse:
    """The claims that Mastodon 4.4 gives."""
    account = await call.parts.db.one(account_rows.by_id(call.me.account_id))
    if account is None:
        raise NotFound()
    claims: dict[str, object] = {
        "iss": f"{call.parts.site.base_url}/",
        "sub": account.uri,
        "name": account.display_name or account.username,
        "preferred_username": account.username,
        "profile": uris.profile(call.parts.site, account.username),
    }
    if account.avatar_id is not None:
        medium = await call.parts.db.one(media_rows.by_id(account.avatar_id))
        if medium is not None:
            claims["picture"] = uris.media(call.parts.site, medium.id, medium.token)
    return responses.json(claims)
