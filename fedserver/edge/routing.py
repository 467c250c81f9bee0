"""Routes as rows of a table, and the tree that finds the row of a path.

A pattern is a list of segments: a word, ``{name}`` (one whole segment) or a mix such as ``@{name}.rss``. Words win
over mixes, mixes over whole segments, and the search goes back when a branch leads nowhere. The path is split before
it is decoded, so ``%2F`` never makes a segment; ``.``, ``..``, empty segments and backslashes match nothing. There is
no redirect to a "normal" path anywhere: that is how open redirects are made. One trailing slash is forgiven.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import unquote_to_bytes

from fedserver.domain.roles import OF_RANK, PERMISSIONS
from fedserver.kit.errors import NotFound

if TYPE_CHECKING:
    from aiohttp.web import StreamResponse

    from fedserver.edge.call import Call

Handler = Callable[["Call"], Awaitable["StreamResponse"]]
Auth = Literal["none", "optional", "user", "app"]
Kind = Literal["api", "page", "federation", "plain"]
Wants = Literal["any", "activity", "page"]
Role = Literal["moderator", "admin", "owner"]

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_CORS = ("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/.well-known/", "/nodeinfo")
_FIELD = re.compile(r"\{([a-z_]+)\}")
MAX_SEGMENTS = 24


@dataclass(frozen=True, slots=True)
class Route:
    """One row.

    ``auth``: "user" (the default, so that a forgotten word protects), "app" (any valid token), "optional", "none".
    ``scope``: what the token must hold; a tuple holds alternatives. ``permission``: what the user's role must hold
    (``domain/roles.py``); ``role``: a rank that stands for the least permission of it. ``owner``: a note for the test
    matrix: whose object the path names. ``pending``: open to users who were not let in yet (address not
    confirmed, not approved). ``kind``: how errors look, and whether a bearer token ("api") or the session cookie
    ("page") says who asks. ``wants``: two routes may share a path when one answers ActivityPub ("activity") and the
    other people ("page"). ``body``: bytes that may be sent, None for the configured default. ``rate``: the name of
    a ``throttle_<rate>`` limit on top of the general one. ``query_token``: the token may stand in the query, for
    streams only. ``quick``: a GET that mostly waits for nothing but short reads, and is begun without a task
    (``connection``): its handler calls ``asyncio.sleep(0)`` before what needs one, as ``asyncio.timeout`` does.
    """

    method: str
    path: str
    handler: Handler
    auth: Auth = "user"
    scope: str | tuple[str, ...] | None = None
    role: Role | None = None
    permission: str | None = None
    owner: str = ""
    since: str = ""
    doc: str = ""
    kind: Kind = "api"
    wants: Wants = "any"
    body: int | None = None
    rate: str | None = None
    pending: bool = False
    query_token: bool = False
    cors: bool | None = None
    quick: bool = False

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of which any one is enough; empty when none is asked for."""
        if self.scope is None:
            return ()
        return (self.scope,) if isinstance(self.scope, str) else self.scope

    @property
    def needs(self) -> str | None:
        """The permission that the user's role must hold, None where any user may come."""
        return self.permission or (OF_RANK[self.role] if self.role is not None else None)

    @property
    def shared(self) -> bool:
        """Whether scripts of other sites may read the answer."""
        return self.path.startswith(_CORS) if self.cors is None else self.cors


class Match(NamedTuple):
    """A found path: its routes by method, and the values of its fields."""

    routes: Mapping[str, tuple[Route, ...]]
    fields: dict[str, str]


@dataclass(slots=True)
class _Node:
    words: dict[str, _Node] = field(default_factory=dict)
    # (pattern text, expression, node), the most specific first
    mixes: list[tuple[str, re.Pattern[str], _Node]] = field(default_factory=list)
    routes: dict[str, tuple[Route, ...]] = field(default_factory=dict)


class Router:
    """Finds routes. Raises ``ValueError`` when a row is wrong or stands twice."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        # paths without fields, which are most requests, need no search
        self._words: dict[str, Mapping[str, tuple[Route, ...]]] = {}
        self.routes: tuple[Route, ...] = tuple(routes)
        for route in self.routes:
            self._add(route)

    def find(self, raw_path: str) -> Match:
        """The routes of a raw (still encoded) path. Raises ``NotFound``."""
        fields: dict[str, str] = {}
        routes = self._words.get(raw_path)
        if routes is not None:
            return Match(routes, fields)
        segments = split_path(raw_path)
        node = _walk(self._root, segments, 0, fields)
        if node is None:
            raise NotFound()
        return Match(node.routes, fields)

    def _add(self, route: Route) -> None:
        _check(route)
        node = self._root
        for segment in route.path.strip("/").split("/") if route.path != "/" else ():
            node = _child(node, segment)
        present = node.routes.get(route.method, ())
        if any(other.wants == route.wants or "any" in (other.wants, route.wants) for other in present):
            raise ValueError(f"{route.method} {route.path} is registered twice")
        node.routes[route.method] = (*present, route)
        if "{" not in route.path:
            self._words[route.path] = node.routes


def split_path(raw_path: str) -> list[str]:
    """The decoded segments of a raw path. Raises ``NotFound`` for what no route can have."""
    if not raw_path.startswith("/"):
        raise NotFound()
    segments = raw_path[1:].split("/")
    if segments[-1] == "":
        segments.pop()
    if len(segments) > MAX_SEGMENTS:
        raise NotFound()
    return [_decode(segment) for segment in segments]


def choose(routes: tuple[Route, ...], accept: str) -> Route:
    """The route for an Accept header, where a path has one for peers and one for people."""
    if len(routes) == 1:
        return routes[0]
    wanted: Wants = "activity" if prefers_activity(accept) else "page"
    return next((route for route in routes if route.wants == wanted), routes[0])


def prefers_activity(accept: str) -> bool:
    """Whether ActivityPub is asked for: named at least as high as HTML."""
    best = {"activity": 0.0, "page": 0.0}
    for part in accept[:1000].lower().split(",")[:20]:
        kind, _, rest = part.partition(";")
        kind = kind.strip()
        match = re.search(r"q\s*=\s*([01](?:\.[0-9]{0,3})?)", rest)
        quality = float(match[1]) if match else 1.0
        if kind in ("application/activity+json", "application/ld+json", "application/json"):
            best["activity"] = max(best["activity"], quality)
        elif kind in ("text/html", "application/xhtml+xml"):
            best["page"] = max(best["page"], quality)
    return best["activity"] > 0 and best["activity"] >= best["page"]


def _check(route: Route) -> None:
    if route.method not in METHODS:
        raise ValueError(f"{route.method} {route.path}: unknown method")
    if not route.path.startswith("/") or (route.path != "/" and route.path.endswith("/")):
        raise ValueError(f"{route.path}: starts with a slash and ends without one")
    if route.scope is not None and route.auth == "none":
        raise ValueError(f"{route.method} {route.path}: asks for a scope, but for nobody who could have it")
    if route.needs is not None and route.auth != "user":
        raise ValueError(f"{route.method} {route.path}: a role needs a user")
    if route.permission is not None and route.permission not in PERMISSIONS:
        raise ValueError(f"{route.method} {route.path}: there is no permission {route.permission}")


def _child(node: _Node, segment: str) -> _Node:
    if "{" not in segment:
        return node.words.setdefault(segment, _Node())
    for text, _, child in node.mixes:
        if _FIELD.sub("{}", text) == _FIELD.sub("{}", segment):
            if text != segment:
                raise ValueError(f"{segment} is named {text} elsewhere")
            return child
    parts = _FIELD.split(segment)
    expression = "".join(f"(?P<{part}>.+)" if i % 2 else re.escape(part) for i, part in enumerate(parts))
    child = _Node()
    node.mixes.append((segment, re.compile(expression, re.DOTALL), child))
    # the more letters are fixed, the earlier it is tried
    node.mixes.sort(key=lambda mix: -len(_FIELD.sub("", mix[0])))
    return child


def _walk(node: _Node, segments: list[str], index: int, fields: dict[str, str]) -> _Node | None:
    if index == len(segments):
        return node if node.routes else None
    word = node.words.get(segments[index])
    if word is not None:
        found = _walk(word, segments, index + 1, fields)
        if found is not None:
            return found
    for _, expression, child in node.mixes:
        match = expression.fullmatch(segments[index])
        if match is None:
            continue
        found = _walk(child, segments, index + 1, fields)
        if found is not None:
            fields.update(match.groupdict())
            return found
    return None


def _decode(segment: str) -> str:
    try:
        text = unquote_to_bytes(segment).decode()
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise NotFound(cause=error) from error
    if text in ("", ".", "..") or "/" in text or "\\" in text or "\0" in text or len(text) > 2000:
        raise NotFound()
    return text
