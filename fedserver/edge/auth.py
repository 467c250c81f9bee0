"""Who asks: a bearer token (client API) or a session cookie (pages), judged against the database.

What was read is kept for ``KEPT_S`` seconds at most, so that a revocation bites everywhere within that time; in this
process it bites at once, because ``forget`` hears of it. Refusals use Mastodon's texts, which clients compare.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any

from fedserver.bus.messages import Closed
from fedserver.db.queries import oauth as oauth_rows
from fedserver.db.queries import sessions as session_rows
from fedserver.db.unit import Unit
from fedserver.edge import cookies
from fedserver.edge.call import Call, Viewer
from fedserver.edge.parts import Parts
from fedserver.edge.routing import Route
from fedserver.edge.scopes import holds
from fedserver.kit.errors import Failure, Forbidden, Invalid, Unauthorized
from fedserver.kit.i18n import lazy
from fedserver.kit.lru import LruCache
from fedserver.kit.tokens import hash_token, new_token, same
from fedserver.services import presence, sessions

KEPT_S = 2.0
_CACHE_BYTES = 4 * 1024 * 1024
_ROW_BYTES = 600
WAITING = ("unconfirmed", "pending")
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})

log = logging.getLogger(__name__)


class SignInNeeded(Unauthorized):
    """A page that needs a user: the answer is the way to the sign-in page, not an error."""


class ConfirmationNeeded(Forbidden):
    """A page that needs a confirmed address: the answer is the way to the page where one confirms it."""


class Authenticator:
    """Finds out who asks and whether the route is open to them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._grants: LruCache[bytes, oauth_rows.Grant] = LruCache(
            _CACHE_BYTES, lambda _: _ROW_BYTES, ttl=KEPT_S, clock=parts.clock
        )
        self._sessions: LruCache[bytes, session_rows.SessionUser] = LruCache(
            _CACHE_BYTES, lambda _: _ROW_BYTES, ttl=KEPT_S, clock=parts.clock
        )
        self._tasks: set[asyncio.Task[None]] = set()

    async def admit(self, call: Call) -> None:
        """Set the viewer of a call, then judge it. Raises ``Unauthorized``, ``Forbidden``, ``Invalid``."""
        if call.route.kind == "page":
            await self._read_session(call)
            self._judge_page(call)
        elif call.route.auth != "none" and call.route.kind != "federation":
            await self._read_bearer(call)
            judge_api(call)

    async def reader(self, call: Call) -> Viewer | None:
        """Who asks on a route that asks nobody, by token or session, for the few answers that hang on it; None for
        whoever may read nothing."""
        with suppress(Unauthorized):
            await self._read_bearer(call)
        if call.viewer is None:
            await self._read_session(call)
        viewer = call.viewer
        return viewer if viewer is not None and viewer.state == "active" else None

    async def grant(self, token: str) -> oauth_rows.Grant:
        """A valid token. Raises ``Unauthorized``."""
        digest = hash_token(token)
        row = self._grants.get(digest)
        if row is None:
            row = await self._parts.db.one(oauth_rows.grant_by_hash(digest))
            if row is not None:
                self._grants.put(digest, row)
        check_grant(row, self._parts.clock.now_ms())
        assert row is not None
        if row.last_used_at is None or self._parts.clock.now_ms() - row.last_used_at > sessions.TOUCH_MS:
            self._later(_touch_token(row.id, row.user_id))
            self._grants.put(digest, row._replace(last_used_at=self._parts.clock.now_ms()))
        return row

    def forget(self, note: object) -> None:
        """Hear what units noted: ``Closed`` says that somebody's access ended; other notes are for others."""
        if isinstance(note, Closed):
            self._grants.clear()
            self._sessions.clear()

    async def close(self) -> None:
        """Wait for what is still being written."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read_bearer(self, call: Call) -> None:
        token = bearer(call)
        if token is None:
            return
        row = await self.grant(token)
        call.token_id, call.app_id = row.id, row.app_id
        call.scopes, call.viewer = _of_grant(row)

    async def _read_session(self, call: Call) -> None:
        call.visitor = cookies.get(call.request, cookies.VISITOR, self._parts.secure) or ""
        token = cookies.get(call.request, cookies.SESSION, self._parts.secure)
        if token is None:
            return
        digest = hash_token(token)
        row = self._sessions.get(digest)
        if row is None:
            row = await self._parts.db.one(session_rows.by_hash(digest))
            if row is None:
                return
            self._sessions.put(digest, row)
        if row.state in WAITING and call.route.auth == "optional" and not call.route.pending:
            # whoever was not let in yet sees what visitors see
            return
        now = self._parts.clock.now_ms()
        if row.created_at < row.valid_after or now - row.last_used_at > sessions.IDLE_MS:
            return
        if row.deleted_at is not None or row.suspended_at is not None or row.state == "disabled":
            return
        if now - row.last_used_at > sessions.TOUCH_MS:
            self._later(_touch_session(row.id, row.user_id))
            self._sessions.put(digest, row._replace(last_used_at=now))
        call.viewer = Viewer(
            user_id=row.user_id,
            account_id=row.account_id,
            username=row.username,
            role=row.role,
            composed=_composed(row.permissions, row.position),
            state=row.state,
            scopes=frozenset({"read", "write", "follow", "admin:read", "admin:write"}),
            session_id=row.id,
            csrf=row.csrf,
            locale=row.locale,
        )

    def _judge_page(self, call: Call) -> None:
        route, viewer = call.route, call.viewer
        if route.auth in ("user", "app"):
            if viewer is None:
                raise SignInNeeded()
            if not route.pending:
                if viewer.state == "unconfirmed":
                    raise ConfirmationNeeded(lazy("Your login is missing a confirmed e-mail address"))
                if viewer.state != "active":
                    raise Forbidden(lazy("Your login is currently pending approval"))
            if route.needs is not None and not viewer.can(route.needs):
                raise Forbidden()
        if call.request.method in _UNSAFE:
            check_origin(call)

    def _later(self, work: Callable[[Unit], None]) -> None:
        async def run() -> None:
            try:
                await self._parts.db.run(work)
            except Failure as failure:
                log.warning("noting the last use failed", extra={"error": str(failure)})

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@lru_cache(maxsize=1024)
def _of_grant(row: oauth_rows.Grant) -> tuple[frozenset[str], Viewer | None]:
    """The scopes of a token and who it stands for. Depends on the row alone: another row is another entry."""
    scopes = frozenset(row.scopes.split())
    if row.user_id is None or row.account_id is None:
        return scopes, None
    return scopes, Viewer(
        user_id=row.user_id,
        account_id=row.account_id,
        username=row.username or "",
        role=row.role or "user",
        composed=_composed(row.permissions, row.position),
        state="suspended" if row.suspended_at or row.deleted_at else row.state or "disabled",
        scopes=scopes,
        token_id=row.id,
        app_id=row.app_id,
        locale=row.locale or "en",
    )


def _composed(permissions: int | None, position: int | None) -> tuple[int, int] | None:
    return (permissions, position or 0) if permissions is not None else None


def bearer(call: Call) -> str | None:
    """The token of a request; '' counts as none. A token in the query is looked at on stream routes only."""
    values = call.request.headers.getall("Authorization", [])
    if len(values) > 1:
        raise Unauthorized(lazy("The access token is invalid"))
    if values:
        scheme, _, token = values[0].partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            return token.strip()
    if call.route.query_token:
        return call.query.text("access_token") or call.header("Sec-WebSocket-Protocol") or None
    return None


def check_grant(row: oauth_rows.Grant | None, now: int) -> None:
    """Raise ``Unauthorized`` unless the token is valid. Used again by streams, for as long as they are open."""
    if row is None:
        raise Unauthorized(lazy("The access token is invalid"))
    if row.revoked_at is not None or (row.valid_after is not None and row.created_at < row.valid_after):
        raise Unauthorized(lazy("The access token was revoked"))
    if row.expires_at is not None and row.expires_at <= now:
        raise Unauthorized(lazy("The access token expired"))


def judge_api(call: Call) -> None:
    """Whether the route is open to the token: valid, scope, user, state, role, in Mastodon's order."""
    route, viewer = call.route, call.viewer
    if call.token_id is None:
        if route.auth != "optional":
            raise Unauthorized(lazy("The access token is invalid"))
        return
    if route.scope is not None and not _covers(call.scopes, route.scopes):
        raise Forbidden(lazy("This action is outside the authorized scopes"))
    if viewer is None:
        if route.auth == "user":
            raise Invalid(lazy("This method requires an authenticated user"))
        return
    _check_state(route, viewer)
    if route.needs is not None and not viewer.can(route.needs):
        raise Forbidden(lazy("This action is not allowed"))


@lru_cache(maxsize=1024)
def _covers(held: frozenset[str], wanted: tuple[str, ...]) -> bool:
    """Whether any of the wanted scopes is held."""
    return any(holds(held, scope) for scope in wanted)


def _check_state(route: Route, viewer: Viewer) -> None:
    if viewer.state in ("disabled", "suspended"):
        raise Forbidden(lazy("Your login is currently disabled"))
    if viewer.state == "unconfirmed" and not route.pending:
        raise Forbidden(lazy("Your login is missing a confirmed e-mail address"))
    if viewer.state == "pending" and not route.pending:
        raise Forbidden(lazy("Your login is currently pending approval"))


def check_origin(call: Call) -> None:
    """Refuse a form that another site sent. Browsers state the origin; a missing statement proves nothing."""
    site = call.header("Sec-Fetch-Site")
    origin = call.header("Origin")
    if site not in ("", "same-origin", "none") or (origin and origin != call.parts.site.base_url):
        raise Forbidden(lazy("This form came from another site"))


def csrf_of(call: Call) -> str:
    """The hidden field of every form: the session's text, or for visitors one made from their cookie."""
    if call.viewer is not None:
        return call.viewer.csrf
    if not call.visitor:
        call.visitor = new_token(24)
    return _visitor_mark(call.visitor)


async def check_form(call: Call) -> Any:
    """The parameters of a form, once its hidden field is right. Raises ``Forbidden``."""
    params = await call.params()
    given = params.text("csrf") or ""
    expected = call.viewer.csrf if call.viewer is not None else _visitor_mark(call.visitor) if call.visitor else ""
    if not expected or not same(given, expected):
        raise Forbidden(lazy("This form has expired. Go back, load the page again and repeat it."))
    return params


def _visitor_mark(visitor: str) -> str:
    # not the cookie itself, so that the page does not show what the cookie hides from scripts
    return hmac.new(b"form", visitor.encode(), "sha256").hexdigest()


def _touch_token(token_id: int, user_id: int | None) -> Callable[[Unit], None]:
    def work(unit: Unit) -> None:
        unit.run(oauth_rows.touch_token(token_id, unit.now))
        if user_id is not None:
            presence.seen(unit, user_id)

    return work


def _touch_session(session_id: int, user_id: int) -> Callable[[Unit], None]:
    def work(unit: Unit) -> None:
        sessions.touch(unit, session_id)
        presence.seen(unit, user_id)

    return work
