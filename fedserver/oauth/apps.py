"""Registering an application (POST /api/v1/apps) and asking which one a token belongs to."""

from __future__ import annotations

import re

from aiohttp.web import StreamResponse

from fedserver.db.queries import oauth as rows
from fedserver.db.queries.oauth import App
from fedserver.edge import responses, scopes, vapid
from fedserver.edge.call import Call
from fedserver.edge.params import Params
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import oauth

_SPACE = re.compile(r"[\r\n\t ]+")


async def register(call: Call) -> StreamResponse:
    """A new application. Addresses come as a list, or as one text with a line each."""
    params = await call.params()
    wanted = scopes.parse(params.text("scopes") or scopes.DEFAULT)
    if wanted is None:
        raise Invalid(lazy("Validation failed: Scopes doesn't match configured on the server."))
    name = params.text("client_name") or ""
    website = (params.text("website") or "").strip()[:2000] or None
    uris = _uris(params)
    made = await call.parts.db.run(
        lambda unit: oauth.register(unit, name=name, uris=uris, scopes=wanted, website=website)
    )
    secrets = {"client_id": made.app.client_id, "client_secret": made.secret, "client_secret_expires_at": 0}
    return responses.json(await entity(call, made.app) | secrets)


async def verify(call: Call) -> StreamResponse:
    """The application of the token; a personal token has none."""
    if call.app_id is None:
        raise NotFound()
    app = await call.parts.db.one(rows.app_by_id(call.app_id))
    if app is None:
        raise NotFound()
    return responses.json(await entity(call, app))


async def entity(call: Call, app: App) -> dict[str, object]:
    """Mastodon's Application (4.3), without the secret."""
    uris = oauth.redirect_uris(app)
    return {
        "id": str(app.id),
        "name": app.name,
        "website": app.website,
        "scopes": app.scopes.split(),
        "redirect_uri": "\n".join(uris),
        "redirect_uris": uris,
        "vapid_key": await vapid.public_key(call.parts),
    }


def _uris(params: Params) -> list[str]:
    given = params.texts("redirect_uris", maximum=oauth.MAX_URIS + 1)
    if sum(map(len, given)) > oauth.MAX_URIS * oauth.MAX_URI:
        raise Invalid(lazy("Validation failed: Redirect URI is too long"))
    return [uri for text in given for uri in _SPACE.split(text) if uri]
