"""Search: accounts by handle, posts and accounts by address, hashtags. Posts are not searched by their text."""

from __future__ import annotations

import re
from typing import NamedTuple

import orjson
from aiohttp.web import Response

from fedserver.api import accounts as account_door
from fedserver.api import common
from fedserver.api.resolve import resolve_text
from fedserver.db.queries import accounts, statuses, tags, timelines
from fedserver.db.queries.accounts import Account
from fedserver.domain.text.names import normalise_hashtag
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import Invalid, NotFound, Unauthorized
from fedserver.kit.i18n import lazy
from fedserver.render.mastodon import small
from fedserver.render.mastodon.renderer import join
from protocol.activitystreams.urls import http_url

TYPES = ("accounts", "hashtags", "statuses")
_PAGE = re.compile(r"/@([A-Za-z0-9_.-]+)(?:/([0-9]{1,19}))?/?", re.ASCII)
_ACTOR = re.compile(r"/users/([A-Za-z0-9_.-]+)(?:/statuses/([0-9]{1,19}))?/?", re.ASCII)


class _Asked(NamedTuple):
    text: str
    kind: str | None
    limit: int
    offset: int
    resolve: bool
    following: bool

    def wants(self, kind: str) -> bool:
        return self.kind in (None, kind)


async def search(call: Call) -> Response:
    """GET /api/v2/search"""
    found = await _search(call)
    return responses.raw_json(b'{"accounts":%b,"statuses":%b,"hashtags":%b}' % found)


async def search_v1(call: Call) -> Response:
    """GET /api/v1/search: hashtags as plain names."""
    people, posts, named = await _search(call)
    names = orjson.dumps([each["name"] for each in orjson.loads(named)])
    return responses.raw_json(b'{"accounts":%b,"statuses":%b,"hashtags":%b}' % (people, posts, names))


async def _search(call: Call) -> tuple[bytes, bytes, bytes]:
    asked = _asked(call)
    url = http_url(asked.text)
    if url is not None:
        people, posts = await _by_address(call, url, asked)
        return people, posts, b"[]"
    found: list[Account] = []
    if asked.wants("accounts"):
        found = await account_door.find(
            call,
            asked.text,
            asked.limit,
            offset=asked.offset,
            resolve=asked.resolve,
            only_followed=asked.following,
        )
    people = join(await common.renderer(call).accounts(call.parts.db, found))
    return people, b"[]", await _tags(call, asked) if asked.wants("hashtags") else b"[]"


def _asked(call: Call) -> _Asked:
    query = call.query
    kind = query.text("type") or None
    if kind is not None and kind not in TYPES:
        raise Invalid(lazy("Validation failed: Type is not included in the list"))
    asked = _Asked(
        text=query.required("q").strip(),
        kind=kind,
        limit=query.number("limit", 1, 40, 20) or 20,
        offset=query.number("offset", 0, 1000, 0) or 0,
        resolve=query.flag("resolve"),
        following=query.flag("following"),
    )
    if call.viewer is None and asked.resolve:
        raise Unauthorized(
            lazy("Search queries that resolve remote resources are not supported without authentication")
        )
    if call.viewer is None and asked.offset:
        raise Unauthorized(lazy("Search queries pagination is not supported without authentication"))
    return asked


async def _by_address(call: Call, url: str, asked: _Asked) -> tuple[bytes, bytes]:
    """What an address stands for, here or (if asked to) on its own server."""
    target = await _known(call, url)
    if target is None and asked.resolve and not call.parts.site.owns(url):
        target = await resolve_text(call, url)
    if target is None or asked.offset:
        return b"[]", b"[]"
    kind, number = target
    if kind == "status":
        rows = await call.parts.db.all(timelines.by_ids(common.viewer_id(call), [number]))
        bodies = await common.renderer(call).statuses(call.parts.db, rows, common.viewer_id(call))
        return b"[]", join(bodies) if asked.wants("statuses") else b"[]"
    row = await call.parts.db.one(accounts.by_id(number))
    try:
        row = await common.check_known(call, row)
    except NotFound:
        return b"[]", b"[]"
    if not row.active or not asked.wants("accounts"):
        return b"[]", b"[]"
    return join(await common.renderer(call).accounts(call.parts.db, [row])), b"[]"


async def _known(call: Call, url: str) -> tuple[str, int] | None:
    """An id, or a page of ours, that stands for something known."""
    status = await call.parts.db.one(statuses.by_uri(url))
    if status is not None:
        return "status", status.id
    account = await call.parts.db.one(accounts.by_uri(url))
    if account is not None:
        return "account", account.id
    site = call.parts.site
    if not site.owns(url):
        return None
    path = url.removeprefix(site.base_url).partition("?")[0]
    match = _PAGE.fullmatch(path) or _ACTOR.fullmatch(path)
    if match is None:
        return None
    if match[2] is not None:
        return "status", min(int(match[2]), (1 << 63) - 1)
    account = await call.parts.db.one(accounts.by_handle(match[1]))
    return ("account", account.id) if account is not None else None


async def _tags(call: Call, asked: _Asked) -> bytes:
    name = normalise_hashtag(asked.text.removeprefix("#"))
    if name is None:
        return b"[]"
    viewer_id = common.viewer_id(call)
    rows = (await call.parts.db.all(tags.by_prefix(name, viewer_id, asked.offset + asked.limit)))[asked.offset :]
    site = call.parts.site
    return orjson.dumps(
        [small.tag(site, row.name, row.id, None if viewer_id is None else row.follow_id is not None) for row in rows]
    )
