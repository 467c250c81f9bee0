"""Search: accounts by name, posts by their words (``domain/text/operators``), both by address; hashtags."""

from __future__ import annotations

import re
from functools import partial
from typing import NamedTuple

import orjson
from aiohttp.web import Response

from fedserver.api import accounts as account_door
from fedserver.api import common
from fedserver.api import tags as tag_door
from fedserver.api.resolve import resolve_text
from fedserver.db.queries import accounts, statuses, tags, timelines
from fedserver.db.queries import search as search_rows
from fedserver.db.queries.search import Facets
from fedserver.domain.text.names import normalise_hashtag, parse_handle
from fedserver.domain.text.operators import Wanted, understand
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import Invalid, NotFound, Unauthorized
from fedserver.kit.i18n import lazy
from fedserver.kit.paging import Page
from fedserver.render.mastodon.renderer import join
from protocol.activitystreams.urls import http_url

TYPES = ("accounts", "hashtags", "statuses")
MAX_QUERY = 500
_PAGE = re.compile(r"/@([A-Za-z0-9_.-]+)(?:/([0-9]{1,19}))?/?", re.ASCII)
_ACTOR = re.compile(r"/users/([A-Za-z0-9_.-]+)(?:/statuses/([0-9]{1,19}))?/?", re.ASCII)


class _Asked(NamedTuple):
    text: str
    kind: str | None
    limit: int
    offset: int
    resolve: bool
    following: bool
    account_id: int | None
    page: Page

    def wants(self, kind: str) -> bool:
        return self.kind in (None, kind)

    @property
    def names_somebody(self) -> bool:
        """Whether it is a hashtag or a handle rather than words of a post (Mastodon 4.5)."""
        return (self.text.startswith("#") or "@" in self.text) and " " not in self.text


async def search(call: Call) -> Response:
    """GET /api/v2/search. ``exclude_unreviewed`` is understood: no tag waits for a review here."""
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
    wanted = understand(asked.text)
    people = await _people(call, asked) if asked.wants("accounts") and not wanted.operators else b"[]"
    posts = await _posts(call, asked, wanted) if asked.wants("statuses") and not asked.names_somebody else b"[]"
    named = asked.wants("hashtags") and "@" not in asked.text and not wanted.operators
    return people, posts, await _tags(call, asked) if named else b"[]"


def _asked(call: Call) -> _Asked:
    query = call.query
    kind = query.text("type") or None
    if kind is not None and kind not in TYPES:
        raise Invalid(lazy("Validation failed: Type is not included in the list"))
    query.maybe_flag("exclude_unreviewed")
    asked = _Asked(
        text=query.required("q").strip()[:MAX_QUERY],
        kind=kind,
        limit=query.limit(20, 40),
        # without a type there is no second page (Mastodon 4.5)
        offset=query.offset(1000) if kind is not None else 0,
        resolve=query.flag("resolve"),
        following=query.flag("following"),
        account_id=query.id("account_id"),
        page=query.page(20, 40),
    )
    if call.viewer is None and asked.resolve:
        raise Unauthorized(
            lazy("Search queries that resolve remote resources are not supported without authentication")
        )
    if call.viewer is None and asked.offset:
        raise Unauthorized(lazy("Search queries pagination is not supported without authentication"))
    return asked


async def _people(call: Call, asked: _Asked) -> bytes:
    found = await account_door.find(
        call,
        asked.text,
        asked.limit,
        offset=asked.offset,
        resolve=asked.resolve,
        only_followed=asked.following,
    )
    return join(await common.renderer(call).accounts(call.parts.db, found))


async def _posts(call: Call, asked: _Asked, wanted: Wanted) -> bytes:
    """Posts by their words, for people of this node only."""
    viewer_id, db = common.viewer_id(call), call.parts.db
    if viewer_id is None or wanted.empty or not wanted.asks:
        return b"[]"
    authors = await _authors(call, wanted.authors)
    if asked.account_id is not None:
        authors = [asked.account_id] if not wanted.authors or asked.account_id in authors else []
    if not authors and (wanted.authors or asked.account_id is not None):
        return b"[]"
    facets = Facets(
        **wanted.flags,
        languages=tuple(wanted.languages),
        not_languages=tuple(wanted.not_languages),
        authors=tuple(authors),
        not_authors=tuple(await _authors(call, wanted.not_authors)),
        since=wanted.since,
        until=wanted.until,
        library=wanted.library,
        public=wanted.public,
    )
    find = partial(
        search_rows.find_statuses,
        db.dialect,
        viewer_id,
        wanted.needles,
        facets,
        now=common.now(call),
        limit=asked.limit,
        skip=asked.offset,
        below=asked.page.max_id,
        above=asked.page.above,
    )
    ids = await db.all(find(window=search_rows.FIRST))
    if len(ids) < asked.limit:
        # the newest are found first: a page that is full is the same in a larger window
        ids = await db.all(find())
    if not ids:
        return b"[]"
    rows = {row.id: row for row in await db.all(timelines.by_ids(viewer_id, ids))}
    return join(await common.renderer(call).statuses(db, [rows[each] for each in ids if each in rows], viewer_id))


async def _authors(call: Call, handles: list[str]) -> list[int]:
    """Accounts known here by the handles of ``from:``; ``me`` is oneself."""
    found = []
    for text in handles[:10]:
        if text == "me":
            found.append(call.me.account_id)
        elif (handle := parse_handle(text)) is not None:
            row = await account_door.by_handle(call, handle.username, handle.domain)
            found += [row.id] if row is not None else []
    return found


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
        bodies = await common.renderer(call).statuses(call.parts.db, rows, common.viewer_id(call), asked=True)
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
    return orjson.dumps(await tag_door.entities(call, rows))
