"""The consent page: what an application wants, and the user's answer."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from aiohttp.web import Response, StreamResponse

from fedserver.edge import headers, responses
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import page
from fedserver.edge.params import parse_pairs
from fedserver.kit.i18n import Lazy, lazy
from fedserver.oauth.requests import AuthorizationRequest, answer, read, source_of
from fedserver.services import oauth

# what a scope means, in words; granular scopes are told by their group
_MEANINGS: tuple[tuple[str, Lazy], ...] = (
    ("profile", lazy("See your name and profile")),
    ("read", lazy("See your posts, follows, lists, notifications and everything else in your account")),
    ("write", lazy("Post, upload and change things in your name")),
    ("follow", lazy("Change whom you follow, mute and block")),
    ("push", lazy("Receive your notifications")),
    ("admin:read", lazy("See what moderators see: reports, accounts, addresses")),
    ("admin:write", lazy("Act as a moderator: suspend accounts, resolve reports, block domains")),
)


async def show(call: Call) -> StreamResponse:
    """The page. ``force_login`` sends to the sign-in page first, even with a session."""
    query = call.query
    if query.flag("force_login"):
        kept = "&".join(
            f"{quote(key, safe='')}={quote(value, safe='')}"
            for key, value in parse_pairs(call.raw_query)
            if key != "force_login"
        )
        return responses.redirect(f"/login?force=1&next={quote(f'/oauth/authorize?{kept}', safe='')}")
    return _consent(call, await read(call, query))


async def decide(call: Call) -> StreamResponse:
    """The answer. The request is judged again: what stands in the form is the browser's word."""
    params = await check_form(call)
    asked = await read(call, params)
    if params.text("answer") != "allow":
        if asked.redirect_uri == oauth.OOB:
            return responses.redirect("/")
        return responses.redirect(answer(asked.redirect_uri, error="access_denied", state=asked.state))
    user_id = call.me.user_id
    code = await call.parts.db.run(
        lambda unit: oauth.grant_code(
            unit,
            asked.app,
            user_id,
            redirect_uri=asked.redirect_uri,
            scopes=asked.scopes,
            challenge=asked.challenge,
        )
    )
    if asked.redirect_uri == oauth.OOB:
        return responses.redirect(answer("/oauth/authorize/native", code=code))
    return responses.redirect(answer(asked.redirect_uri, code=code, state=asked.state))


async def native(call: Call) -> StreamResponse:
    """The code on a page, for programs that cannot be redirected to."""
    return page(call, "oauth/native.html", code=(call.query.text("code") or "")[:100])


def _consent(call: Call, asked: AuthorizationRequest) -> Response:
    response = page(
        call,
        "oauth/consent.html",
        app=asked.app,
        fields=asked.fields,
        meanings=_meanings(asked.scopes),
        scopes=asked.scopes,
        goes_to=_shown(asked.redirect_uri),
    )
    source = source_of(asked.redirect_uri)
    if source:
        # browsers apply form-action to the redirect that answers the form, too
        response.headers["Content-Security-Policy"] = headers.PAGE_CSP.replace(
            "form-action 'self'", f"form-action 'self' {source}"
        )
    return response


def _meanings(scopes: tuple[str, ...]) -> list[str]:
    return [
        str(text) for name, text in _MEANINGS if any(scope == name or scope.startswith(f"{name}:") for scope in scopes)
    ]


def _shown(redirect_uri: str) -> str:
    if redirect_uri == oauth.OOB:
        return ""
    parts = urlsplit(redirect_uri)
    return parts.netloc or f"{parts.scheme}:"
