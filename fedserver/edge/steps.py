"""Things that take two steps: a sign-in with a second factor, a passkey to be registered.

The first step leaves a row with a challenge, and a cookie that names it. The second shows the cookie; the row is used
up with the answer, so that nothing that was seen on the way works twice.
"""

from __future__ import annotations

from aiohttp.web import Response

from fedserver.db.queries import factors as rows
from fedserver.db.queries.factors import Challenge
from fedserver.edge import cookies, headers, responses
from fedserver.edge.address import limit_key
from fedserver.edge.call import Call
from fedserver.edge.hashing import matches
from fedserver.edge.pages import page
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy
from fedserver.kit.tokens import hash_token
from fedserver.services import factors


async def begin(call: Call, user_id: int | None, purpose: str, target: str, at: str) -> Response:
    """Leave a challenge and go to the page ``at``, where it is answered."""
    token = await call.parts.db.run(lambda unit: factors.challenge(unit, user_id, purpose, target))
    response = responses.redirect(at)
    keep(call, response, token)
    return response


def keep(call: Call, response: Response, token: str) -> None:
    """Set the cookie of a challenge."""
    cookies.put(response, cookies.STEP, token, call.parts.secure, seconds=factors.CHALLENGE_MS // 1000)


async def current(call: Call, purpose: str) -> Challenge | None:
    """The challenge that the browser holds, None when there is none or its time is over."""
    token = cookies.get(call.request, cookies.STEP, call.parts.secure)
    if token is None:
        return None
    found = await call.parts.db.one(rows.challenge(hash_token(token)))
    if found is None or found.purpose != purpose or found.expires_at <= call.parts.clock.now_ms():
        return None
    return found


def page_with_script(call: Call, template: str, /, *, status: int = 200, **values: object) -> Response:
    """A page that may load scripts of ours."""
    response = page(call, template, status=status, **values)
    response.headers["Content-Security-Policy"] = headers.SCRIPT_CSP
    return response


async def check_password(call: Call, user_id: int, stored: str | None, text: str) -> None:
    """Ask for the password once more, before what guards the account changes. Raises ``Invalid``; limited."""
    limits = call.parts.extra["limits"]
    limits.hit("login", f"a{limit_key(call.client_ip)}")
    limits.hit("login", f"u{user_id}")
    if not await matches(stored, text):
        raise Invalid(lazy("The present password is not right"))
