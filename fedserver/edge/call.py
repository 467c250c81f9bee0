"""``Call``: one request as a handler sees it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp.web import BaseRequest

from fedserver.domain.roles import OF_RANK, PRESETS, can
from fedserver.edge import bodies
from fedserver.edge.params import Params, from_pairs, parse_pairs
from fedserver.edge.parts import Parts
from fedserver.edge.routing import Route
from fedserver.edge.scopes import holds
from fedserver.kit.errors import Malformed, NotFound, Unauthorized, UnsupportedMedia
from fedserver.kit.i18n import lazy
from fedserver.kit.ids import MAX_ID
from protocol.errors import Malformed as BadJson
from protocol.json import parse as parse_json

# characters of a query that many may ask with
_LONG = 200

# permission -> a page that asks for it alone, in the order of their weight
DESKS = (
    ("manage_reports", "/admin"),
    ("manage_users", "/admin/people"),
    ("manage_appeals", "/admin/appeals"),
    ("manage_federation", "/admin/domains"),
    ("manage_blocks", "/admin/blocks"),
    ("manage_settings", "/admin/community"),
    ("manage_announcements", "/admin/announcements"),
    ("manage_custom_emojis", "/admin/emojis"),
    ("manage_invites", "/admin/invites"),
    ("manage_roles", "/admin/roles"),
    ("view_audit_log", "/admin/log"),
    ("devops", "/admin/delivery"),
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """The user who asks: through a token (``token_id``) or a web session (``session_id``, with its ``csrf`` text)."""

    user_id: int
    account_id: int
    username: str
    role: str = "user"
    # a composed role: its bits and position; None for a preset
    composed: tuple[int, int] | None = None
    state: str = "active"
    scopes: frozenset[str] = frozenset()
    token_id: int | None = None
    app_id: int | None = None
    session_id: int | None = None
    csrf: str = ""
    locale: str = "en"

    @property
    def permissions(self) -> int:
        """The bits of the role (``domain/roles.py``)."""
        return self.composed[0] if self.composed is not None else PRESETS[self.role].permissions

    @property
    def position(self) -> int:
        """How high the role stands."""
        return self.composed[1] if self.composed is not None else PRESETS[self.role].position

    def can(self, permission: str) -> bool:
        """Whether the role holds a permission."""
        return can(self.permissions, permission)

    def may(self, role: str) -> bool:
        """Whether the role holds what a rank stands for."""
        return self.can(OF_RANK[role])

    @property
    def desk(self) -> str:
        """The first page of moderators that is open to this person, '' where none is."""
        return next((path for permission, path in DESKS if self.can(permission)), "")

    def holds(self, scope: str) -> bool:
        """Whether the token covers a scope."""
        return holds(self.scopes, scope)


class Call:
    """One request. ``path`` has the fields of the route; ``viewer`` is None for visitors and for app tokens."""

    __slots__ = (
        "_body",
        "_files",
        "_params",
        "_query",
        "app_id",
        "client_ip",
        "limit",
        "parts",
        "path",
        "raw_path",
        "raw_query",
        "request",
        "request_id",
        "route",
        "scopes",
        "token_id",
        "viewer",
        "visitor",
    )

    def __init__(
        self, request: BaseRequest, parts: Parts, route: Route, path: Mapping[str, str], client_ip: str, request_id: str
    ) -> None:
        self.request = request
        # of the request target, still encoded
        self.raw_path, self.raw_query = split_target(request)
        self.parts = parts
        self.route = route
        self.path = path
        self.client_ip = client_ip
        self.request_id = request_id
        self.viewer: Viewer | None = None
        # of the token, whether or not it belongs to a user
        self.app_id: int | None = None
        self.token_id: int | None = None
        self.scopes: frozenset[str] = frozenset()
        # for pages of visitors: the text that ties their forms to their browser
        self.visitor = ""
        self.limit: Any = None
        self._body: bytes | None = None
        self._params: Params | None = None
        self._query: Params | None = None
        self._files: list[Path] = []

    @property
    def method(self) -> str:
        """GET for HEAD."""
        return "GET" if self.request.method == "HEAD" else self.request.method

    @property
    def me(self) -> Viewer:
        """The viewer, on routes that ask for a user."""
        if self.viewer is None:
            raise Unauthorized(lazy("The access token is invalid"))
        return self.viewer

    @property
    def body_limit(self) -> int:
        """Bytes that this route takes."""
        return self.parts.config.limits.max_body_bytes if self.route.body is None else self.route.body

    @property
    def query(self) -> Params:
        """The query alone. Raises ``Malformed``."""
        if self._query is None:
            text = self.raw_query
            # clients ask with the same few queries; what is long or may hold a secret is not kept
            kept = self.route.kind == "api" and len(text) <= _LONG and "token" not in text
            self._query = _kept_query(text) if kept else _read_query(text)
        return self._query

    def id(self, name: str = "id") -> int:
        """An id in the path; ``NotFound`` when it is not a number."""
        text = self.path[name]
        if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= MAX_ID):
            raise NotFound()
        return int(text)

    def header(self, name: str, default: str = "") -> str:
        """A header of the request."""
        return self.request.headers.get(name, default)

    def url(self, path: str, **query: object) -> str:
        """An absolute address on this node; None values are left out."""
        given = {name: str(value) for name, value in query.items() if value is not None}
        return f"{self.parts.site.base_url}{path}" + (f"?{urlencode(given)}" if given else "")

    async def body(self) -> bytes:
        """The raw body. Raises ``TooLarge``, ``SlowBody``, ``UnsupportedMedia``, ``Malformed``."""
        if self._body is None:
            self._body = await bodies.read(self.request, self.body_limit)
        return self._body

    async def json(self) -> dict[str, Any]:
        """The body as a JSON object, read strictly. Raises ``Malformed`` and what ``body`` raises."""
        try:
            return parse_json(await self.body(), max_bytes=self.body_limit)
        except BadJson as error:
            raise Malformed(lazy("The body is not a valid JSON object"), cause=error) from error

    async def params(self) -> Params:
        """Query and body in one; the body wins. Uploaded files are on the disk then."""
        if self._params is None:
            pairs: list[tuple[str, Any]] = list(parse_pairs(self.raw_query))
            tree = from_pairs(pairs)
            # a GET may have a body too: Mastodon.py sends ids so, and Mastodon reads them
            if self.request.method != "HEAD" and self.request.body_exists:
                body_pairs, body_tree = await self._read_body()
                pairs += body_pairs
                tree.update(body_tree)
            self._params = Params(tree, pairs)
        return self._params

    def close(self) -> None:
        """Delete the uploaded files that are still where they arrived."""
        for path in self._files:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        self._files.clear()

    async def _read_body(self) -> tuple[list[tuple[str, Any]], dict[str, Any]]:
        kind = self.request.content_type.lower()
        if kind == "multipart/form-data":
            fields, self._files = await bodies.read_multipart(
                self.request, self.body_limit, self.parts.upload_dir, self.parts.config.limits.max_body_bytes
            )
            return list(fields), from_pairs(fields)
        if kind == "application/json" or kind.endswith("+json"):
            return [], await self.json() if await self.body() else {}
        data = await self.body()
        if kind == "application/x-www-form-urlencoded":
            try:
                form = parse_pairs(data.decode())
            except UnicodeDecodeError as error:
                raise Malformed(cause=error) from error
            return list(form), from_pairs(form)
        if data:
            raise UnsupportedMedia()
        return [], {}


def split_target(request: BaseRequest) -> tuple[str, str]:
    """Path and query of the request target, still encoded; an absolute target loses its authority."""
    target = request.raw_path
    if target.startswith(("http://", "https://")):
        target = "/" + target.split("://", 1)[1].partition("/")[2]
    path, _, query = target.partition("?")
    return path.partition("#")[0], query.partition("#")[0]


def _read_query(text: str) -> Params:
    pairs = parse_pairs(text)
    return Params(from_pairs(pairs), pairs)


_kept_query = lru_cache(maxsize=1024)(_read_query)
