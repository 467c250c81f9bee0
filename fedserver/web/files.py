"""Static files, kept in memory and named by their digest; robots.txt; the favicon's old address."""

from __future__ import annotations

from functools import lru_cache

from aiohttp.web import Response, StreamResponse

from fedserver.domain import usage
from fedserver.edge import community, crawlers, responses
from fedserver.edge.call import Call
from fedserver.edge.pages import WEB, static_url
from fedserver.kit.errors import NotFound

_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_ROBOTS = """\
Disallow: /api/
Disallow: /oauth/
Disallow: /login
Disallow: /join
Disallow: /invite/
Disallow: /confirm/
Disallow: /reset
Disallow: /settings
Disallow: /admin
Disallow: /tags/
Disallow: /authorize_interaction
"""


@lru_cache(maxsize=1)
def _files() -> dict[str, tuple[bytes, str]]:
    """Everything in the folder, read once: no request ever names a path on the disk."""
    folder = WEB / "static"
    return {path.name: (path.read_bytes(), _KINDS[path.suffix]) for path in folder.iterdir() if path.suffix in _KINDS}


async def static(call: Call) -> StreamResponse:
    """A file. Under its present digest it may be kept for ever."""
    found = _files().get(call.path["file"])
    if found is None:
        raise NotFound()
    body, kind = found
    current = static_url(call.path["file"]) == f"/static/{call.path['digest']}/{call.path['file']}"
    keep = "public, max-age=31536000, immutable" if current else "public, max-age=60"
    return Response(body=body, headers={"Content-Type": kind, "Cache-Control": keep})


async def favicon(call: Call) -> StreamResponse:
    """Browsers ask here without being told."""
    return responses.redirect(static_url("icon.svg"), status=302)


async def mining(call: Call) -> StreamResponse:
    """GET /.well-known/tdmrep.json: whether text and data may be mined (TDMRep, W3C community group)."""
    reserved = int(usage.wish("", "", call.parts.site.training) == usage.REFUSE)
    return responses.json([{"location": "/", "tdm-reservation": reserved}])


async def robots(call: Call) -> StreamResponse:
    """What robots may fetch, and who of them nothing."""
    found = await community.current(call.parts)
    response = responses.text(crawlers.robots(found, call.parts.site.training) + _ROBOTS)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
