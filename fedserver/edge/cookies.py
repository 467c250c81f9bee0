"""Cookies: read without the library's parser (it logs every malformed pair), written with the strictest flags.

On https the names carry the ``__Host-`` prefix, which ties a cookie to this very host and to https.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp.web import BaseRequest, StreamResponse

SESSION = "session"
VISITOR = "visitor"
FLASH = "flash"
# between two steps of a sign-in, or of registering a passkey
STEP = "step"
SESSION_SECONDS = 60 * 24 * 3600
_MAX = 512


def name_of(name: str, secure: bool) -> str:
    """The full name of a cookie."""
    return f"__Host-{name}" if secure else name


def get(request: BaseRequest, name: str, secure: bool) -> str | None:
    """The value, None when it is absent, sent twice or too long."""
    wanted = name_of(name, secure)
    found = None
    for line in request.headers.getall("Cookie", []):
        for pair in line.split(";"):
            key, separator, value = pair.strip().partition("=")
            if key == wanted and separator:
                if found is not None:
                    return None
                found = value
    return found if found and len(found) <= _MAX else None


def put(response: StreamResponse, name: str, value: str, secure: bool, *, seconds: int | None = None) -> None:
    """Set a cookie; ``seconds`` None lasts as long as the browser runs."""
    response.set_cookie(
        name_of(name, secure), value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="Lax"
    )


def drop(response: StreamResponse, name: str, secure: bool) -> None:
    """Remove a cookie."""
    response.del_cookie(name_of(name, secure), path="/", secure=secure, httponly=True, samesite="Lax")
