"""Responses as values: JSON bytes, pages, redirects, ``Link`` paging, entity tags.

What every answer carries (security headers, CORS, request id) is added by ``headers``; a handler only says what is
special about its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus, urlencode

import orjson
from aiohttp.web import Response

from fedserver.edge.call import Call
from fedserver.edge.params import parse_pairs

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
# bounds that stay when one pages on
_PAGING = frozenset({"max_id", "min_id", "since_id"})


def json(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A value as JSON."""
    return raw_json(orjson.dumps(value), status=status, headers=headers)


def raw_json(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None, kind: str = JSON) -> Response:
    """JSON that is rendered already."""
    return Response(body=body, status=status, headers={"Content-Type": kind, **(headers or {})})


def empty(status: int = 200) -> Response:
    """``{}``: clients parse every answer."""
    return raw_json(b"{}", status=status)


def text(body: str, *, status: int = 200, kind: str = "text/plain; charset=utf-8") -> Response:
    """Plain text, or another type of text."""
    return Response(body=body.encode(), status=status, headers={"Content-Type": kind})


def html(body: str, *, status: int = 200) -> Response:
    """A page."""
    return Response(
        body=body.encode(), status=status, headers={"Content-Type": HTML, "Vary": "Accept-Language, Cookie"}
    )


def redirect(location: str, *, status: int = 303) -> Response:
    """Go elsewhere. The caller vouches for ``location``: a path of ours, or a checked address."""
    return Response(status=status, headers={"Location": location})


def paged(call: Call, value: Any, ids: Sequence[int | str], *, status: int = 200) -> Response:
    """A list as JSON with its ``Link`` header; ``ids`` are what the client pages by, in the order of the list."""
    return json(value, status=status, headers=link_header(call, ids))


def raw_paged(call: Call, body: bytes, ids: Sequence[int | str]) -> Response:
    """As ``paged``, for JSON that is rendered already."""
    return raw_json(body, headers=link_header(call, ids))


def link_header(call: Call, ids: Sequence[int | str]) -> dict[str, str]:
    """``Link`` with next first, absolute addresses, the other parameters kept; {} for an empty list."""
    if not ids:
        return {}
    start = _link_start(f"{call.parts.site.base_url}{call.raw_path.rstrip('/')}", call.raw_query)
    following, previous = [each if isinstance(each, int) else quote_plus(each) for each in (ids[-1], ids[0])]
    return {"Link": f'<{start}max_id={following}>; rel="next", <{start}min_id={previous}>; rel="prev"'}


@lru_cache(maxsize=256)
def _link_start(address: str, query: str) -> str:
    """The address with all parameters but those of paging; a client asks with the same ones again and again."""
    kept = [(key, value) for key, value in parse_pairs(query) if key not in _PAGING and key != "access_token"]
    # urlencode escapes the comma, which would end the link for simple parsers
    return f"{address}?{urlencode(kept)}&" if kept else f"{address}?"


def etag(*parts: object) -> str:
    """A strong entity tag of the things that an answer depends on."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()
    return f'"{digest[:32]}"'


def not_modified(call: Call, tag: str) -> bool:
    """Whether the client has this version (If-None-Match, weak comparison, RFC 9110, 13.1.2)."""
    sent = call.header("If-None-Match")
    tags = [part.strip().removeprefix("W/") for part in sent.split(",")[:50]]
    return sent.strip() == "*" or tag in tags


def unchanged(tag: str) -> Response:
    """304."""
    return Response(status=304, headers={"ETag": tag})
