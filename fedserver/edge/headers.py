"""What every answer carries: security headers, CORS, caching, the rate limit, the request id."""

from __future__ import annotations

from aiohttp.web import StreamResponse

from fedserver.edge.limits import Window
from fedserver.edge.routing import Route
from fedserver.kit.clock import to_iso

PAGE_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; font-src 'self'; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# pages with a script of ours: a file, never text in the page
SCRIPT_CSP = PAGE_CSP.replace("default-src 'none';", "default-src 'none'; script-src 'self';")
DATA_CSP = "default-src 'none'; frame-ancestors 'none'"
PRIVATE = "private, no-store"
# without a word of ours the library names itself, Python, and both versions
SERVER = "fedserver"
_EXPOSED = "Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id, ETag, Retry-After"
_ALLOWED_HEADERS = "Authorization, Content-Type, Idempotency-Key"


def finish(response: StreamResponse, route: Route | None, request_id: str) -> None:
    """Add what is not there yet; an answer that is already being sent stays as it is."""
    if response.prepared:
        return
    headers = response.headers
    headers["X-Request-Id"] = request_id
    headers["Server"] = SERVER
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Cache-Control", PRIVATE)
    is_page = headers.get("Content-Type", "").startswith("text/html")
    headers.setdefault("Content-Security-Policy", PAGE_CSP if is_page else DATA_CSP)
    # addresses of ours may hold secrets (invites, resets): they stay here
    headers.setdefault("Referrer-Policy", "same-origin")
    if is_page:
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if route is None:
        return
    if route.shared:
        share(response)
    if route.wants != "any":
        vary(response, "Accept")
    if route.kind == "api" and route.auth != "none":
        vary(response, "Authorization")


def share(response: StreamResponse) -> None:
    """Let scripts of any site read the answer, without credentials."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = _EXPOSED


def preflight(response: StreamResponse, methods: list[str]) -> None:
    """The answer to a browser that asks before it sends (Fetch standard, CORS preflight)."""
    share(response)
    response.headers["Access-Control-Allow-Methods"] = ", ".join(methods)
    response.headers["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
    response.headers["Access-Control-Max-Age"] = "86400"


def vary(response: StreamResponse, name: str) -> None:
    """Add a name to Vary."""
    before = response.headers.get("Vary")
    if before is None:
        response.headers["Vary"] = name
        return
    present = [part.strip() for part in before.split(",") if part.strip()]
    if name.lower() not in (part.lower() for part in present):
        response.headers["Vary"] = ", ".join([*present, name])


def show_limit(response: StreamResponse, window: Window) -> None:
    """Mastodon's three headers; the reset is a time."""
    if response.prepared:
        return
    response.headers["X-RateLimit-Limit"] = str(window.limit)
    response.headers["X-RateLimit-Remaining"] = str(window.remaining)
    response.headers["X-RateLimit-Reset"] = to_iso(window.reset_ms)
