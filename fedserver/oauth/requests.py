"""An authorization request, read and judged before anybody is asked (RFC 6749, 4.1.1; RFC 9700, 4.1).

Every fault shows an error page here: sending the browser anywhere on the word of a faulty request would make this
server an open redirector.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, urlsplit

from fedserver.db.queries import oauth as rows
from fedserver.db.queries.oauth import App
from fedserver.edge import scopes
from fedserver.edge.call import Call
from fedserver.edge.params import Params
from fedserver.kit.errors import Malformed
from fedserver.kit.i18n import Lazy, lazy
from fedserver.services import oauth

MAX_STATE = 2000
_ONCE = ("client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method")


class AuthorizationRequest(NamedTuple):
    """A request that may be put to the user. ``fields`` goes through the consent form as it came."""

    app: App
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    challenge: str | None
    fields: dict[str, str]


async def read(call: Call, params: Params) -> AuthorizationRequest:
    """Judge a request. Raises ``Malformed`` with a text for the user."""
    if any(params.repeated(name) for name in _ONCE):
        raise _fault(lazy("The application named a parameter twice."))
    app = await call.parts.db.one(rows.app_by_client(params.text("client_id") or ""))
    if app is None:
        raise _fault(lazy("The application is not known here. It may have been registered a long time ago."))
    redirect_uri = params.text("redirect_uri") or ""
    # the exact text and nothing like it
    if redirect_uri not in oauth.redirect_uris(app):
        raise _fault(lazy("The address to return to is not one that the application registered."))
    if params.text("response_type") != "code":
        raise _fault(lazy("The application asks for a kind of answer that is not supported."))
    wanted = scopes.parse(params.text("scope") or scopes.DEFAULT)
    if wanted is None or not scopes.within(wanted, app.scopes.split()):
        raise _fault(lazy("The application asks for more than it registered for, or for something unknown."))
    state = params.text("state")
    if state is not None and len(state) > MAX_STATE:
        raise _fault(lazy("The request of the application is too long."))
    fields = {name: params.text(name) or "" for name in _ONCE if params.has(name)}
    return AuthorizationRequest(app, redirect_uri, wanted, state, _challenge(params), fields)


def answer(redirect_uri: str, **values: str | None) -> str:
    """The address to return to, with values added to its query."""
    added = "&".join(f"{name}={quote(value, safe='')}" for name, value in values.items() if value is not None)
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{added}"


def source_of(redirect_uri: str) -> str:
    """The CSP source that lets the consent form's answer be redirected there ('' for none)."""
    if redirect_uri == oauth.OOB:
        return ""
    parts = urlsplit(redirect_uri)
    if parts.scheme in ("http", "https"):
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}:"


def _challenge(params: Params) -> str | None:
    if not params.has("code_challenge") and not params.has("code_challenge_method"):
        return None
    challenge = params.text("code_challenge") or ""
    if params.text("code_challenge_method") != "S256" or not oauth.challenge_is_valid(challenge):
        raise _fault(lazy("The application uses a way of protecting the code that is not supported."))
    return challenge


def _fault(text: Lazy) -> Malformed:
    return Malformed(text)
