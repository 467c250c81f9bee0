"""Who is signed in where: sessions, applications, personal access tokens."""

from __future__ import annotations

from typing import NamedTuple

from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import oauth as oauth_rows
from fedserver.db.queries import sessions as session_rows
from fedserver.db.queries.oauth import TokenItem
from fedserver.edge import scopes
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go, page
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import Lazy, lazy
from fedserver.services import oauth, sessions

# what can be chosen on the page: coarse scopes for people who know what they want, fine ones for scripts
CHOICES: tuple[tuple[str, Lazy], ...] = (
    ("write:statuses", lazy("Write posts")),
    ("write:media", lazy("Upload pictures, films and sounds")),
    ("read", lazy("Read everything in your account")),
    ("write", lazy("Change everything in your account")),
    ("follow", lazy("Change whom you follow, mute and block")),
    ("push", lazy("Receive your notifications")),
)
LASTS: tuple[tuple[str, Lazy], ...] = (
    ("30", lazy("30 days")),
    ("90", lazy("90 days")),
    ("365", lazy("A year")),
    ("", lazy("Until I revoke it")),
)


class AppAccess(NamedTuple):
    """An application with everything that it has of the user; times in ms."""

    app_id: int
    name: str
    website: str | None
    scopes: str
    created_at: int
    last_used_at: int | None
    tokens: int


async def show(call: Call) -> StreamResponse:
    """Browsers and applications."""
    db, me = call.parts.db, call.me
    return page(
        call,
        "settings/access.html",
        here_now="access",
        sessions=await db.all(session_rows.of_user(me.user_id)),
        apps=by_app(await db.all(oauth_rows.tokens_of_user(me.user_id))),
    )


async def end_session(call: Call) -> StreamResponse:
    """End one session."""
    await check_form(call)
    session_id, user_id = call.id(), call.me.user_id
    if not await call.parts.db.run(lambda unit: sessions.end(unit, session_id, user_id)):
        raise NotFound()
    return go(call, "/settings/access", flash="session-ended")


async def end_others(call: Call) -> StreamResponse:
    """End every session but this one."""
    await check_form(call)
    session_id, user_id = call.me.session_id or 0, call.me.user_id
    await call.parts.db.run(lambda unit: sessions.end_others(unit, user_id, session_id))
    return go(call, "/settings/access", flash="sessions-ended")


async def revoke_app(call: Call) -> StreamResponse:
    """Take everything back that an application has."""
    await check_form(call)
    app_id, user_id = call.id(), call.me.user_id
    if not await call.parts.db.run(lambda unit: oauth.revoke_app(unit, user_id, app_id)):
        raise NotFound()
    return go(call, "/settings/access", flash="revoked")


async def show_tokens(call: Call) -> StreamResponse:
    """Personal access tokens, and a form for one more."""
    return await _tokens(call)


async def make_token(call: Call) -> StreamResponse:
    """Make one; the only page that ever shows it."""
    params = await check_form(call)
    user_id, name = call.me.user_id, params.text("name") or ""
    wanted = scopes.parse(" ".join(params.texts("scopes", maximum=20)))
    days = params.number("days", 1, oauth.MAX_DAYS)
    try:
        made = await call.parts.db.run(
            lambda unit: oauth.grant_personal(unit, user_id, name=name, scopes=wanted or (), days=days)
        )
    except Invalid as failure:
        return await _tokens(call, name=name, error=failure.message)
    return await _tokens(call, token=made.token)


async def revoke_token(call: Call) -> StreamResponse:
    """Take a token back."""
    await check_form(call)
    token_id, user_id = call.id(), call.me.user_id
    await call.parts.db.run(lambda unit: oauth.revoke_own(unit, user_id, token_id))
    return go(call, "/settings/tokens", flash="revoked")


def by_app(tokens: list[TokenItem]) -> list[AppAccess]:
    """Tokens of applications, one line each, the newest first."""
    found: dict[int, AppAccess] = {}
    for item in tokens:
        if item.app_id is None:
            continue
        known = found.get(item.app_id)
        if known is None:
            used = item.last_used_at
            name = item.app_name or ""
            found[item.app_id] = AppAccess(item.app_id, name, item.website, item.scopes, item.created_at, used, 1)
            continue
        used = max((each for each in (known.last_used_at, item.last_used_at) if each is not None), default=None)
        all_scopes = " ".join(dict.fromkeys(f"{known.scopes} {item.scopes}".split()))
        found[item.app_id] = known._replace(
            scopes=all_scopes,
            created_at=min(known.created_at, item.created_at),
            last_used_at=used,
            tokens=known.tokens + 1,
        )
    return list(found.values())


async def _tokens(call: Call, *, name: str = "", token: str = "", error: str | None = None) -> Response:
    items = await call.parts.db.all(oauth_rows.tokens_of_user(call.me.user_id))
    return page(
        call,
        "settings/tokens.html",
        status=200 if error is None else 422,
        here_now="tokens",
        tokens=[item for item in items if item.app_id is None],
        choices=CHOICES,
        lasts=LASTS,
        now=call.parts.clock.now_ms(),
        name=name,
        token=token,
        error=error,
    )
