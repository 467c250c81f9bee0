"""What every answer carries: security headers, CORS, caching, the rate limit, the request id."""

from __future__ import annotations

from aiohttp.helpers import rfc822_formatted_time
from aiohttp.http_writer import _serialize_headers
from aiohttp.web import Response, StreamResponse
from multidict import istr

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


# names that need not be folded to lower case with every answer
_REQUEST_ID, _SERVER, _CONTENT_TYPE, _VARY = map(istr, ("X-Request-Id", "Server", "Content-Type", "Vary"))
_LENGTH, _DATE = istr("Content-Length"), istr("Date")
_ALLOW_ORIGIN, _EXPOSE = istr("Access-Control-Allow-Origin"), istr("Access-Control-Expose-Headers")
_LIMIT, _REMAINING, _RESET = (istr(f"X-RateLimit-{name}") for name in ("Limit", "Remaining", "Reset"))
# what an answer carries unless its handler said otherwise
_OF_DATA = (
    (istr("X-Content-Type-Options"), "nosniff"),
    (istr("Cache-Control"), PRIVATE),
    (istr("Content-Security-Policy"), DATA_CSP),
    # addresses of ours may hold secrets (invites, resets): they stay here
    (istr("Referrer-Policy"), "same-origin"),
)
_OF_PAGES = (
    *((name, PAGE_CSP if value == DATA_CSP else value) for name, value in _OF_DATA),
    (istr("X-Frame-Options"), "DENY"),
    (istr("Permissions-Policy"), "camera=(), microphone=(), geolocation=()"),
)


def finish(response: StreamResponse, route: Route | None, request_id: str) -> None:
    """Add what is not there yet; an answer that is already being sent stays as it is."""
    if response.prepared:
        return
    headers = response.headers
    headers[_REQUEST_ID] = request_id
    headers[_SERVER] = SERVER
    is_page = headers.get(_CONTENT_TYPE, "").startswith("text/html")
    for name, value in _OF_PAGES if is_page else _OF_DATA:
        if name not in headers:
            headers[name] = value
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
    headers = response.headers
    headers[_ALLOW_ORIGIN] = "*"
    headers[_EXPOSE] = _EXPOSED


def preflight(response: StreamResponse, methods: list[str]) -> None:
    """The answer to a browser that asks before it sends (Fetch standard, CORS preflight)."""
    share(response)
    response.headers["Access-Control-Allow-Methods"] = ", ".join(methods)
    response.headers["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
    response.headers["Access-Control-Max-Age"] = "86400"


def vary(response: StreamResponse, name: str) -> None:
    """Add a name to Vary."""
    before = response.headers.get(_VARY)
    if before is None:
        response.headers[_VARY] = name
        return
    present = [part.strip() for part in before.split(",") if part.strip()]
    if name.lower() not in (part.lower() for part in present):
        response.headers["Vary"] = ", ".join([*present, name])


def show_limit(response: StreamResponse, window: Window) -> None:
    """Mastodon's three headers; the reset is a time."""
    if response.prepared:
        return
    headers = response.headers
    headers[_LIMIT] = str(window.limit)
    headers[_REMAINING] = str(window.remaining)
    headers[_RESET] = to_iso(window.reset_ms)


def head_of(response: Response, body: bytes) -> bytes | None:
    """The head of a plain 200 with its body in one piece, as aiohttp would write it for HTTP/1.1; None for others."""
    headers = response.headers
    if response.status != 200 or response.keep_alive is not None or response.chunked or response.compression:
        return None
    if response._cookies is not None or _LENGTH in headers or "Connection" in headers or response.prepared:
        return None
    headers[_LENGTH] = str(len(body))
    headers[_DATE] = rfc822_formatted_time()
    try:
        return _serialize_headers("HTTP/1.1 200 OK", headers)
    except ValueError:
        # a line in a value: aiohttp refuses it with a word in the log
        return None
