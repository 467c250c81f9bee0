"""Timelines and one's own lists of posts."""

from __future__ import annotations

from aiohttp.web import Response

from fedserver.api import common, variations
from fedserver.db.queries import cards, timelines, trends
from fedserver.domain.text.names import normalise_hashtag
from fedserver.edge import responses, seen
from fedserver.edge.call import Call
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy

_MAX_TAGS = 8


async def home(call: Call) -> Response:
    """GET /api/v1/timelines/home"""
    page = call.query.page()
    rows = await call.parts.db.all(timelines.home(call.me.account_id, page, common.now(call)))
    seen.noted(call.parts, call.me.account_id, rows)
    return await common.show_statuses(call, rows, page)


async def public(call: Call) -> Response:
    """GET /api/v1/timelines/public"""
    query, page = call.query, call.query.page()
    access = call.parts.config.access
    place = _place(call, access.local_timeline, access.remote_timeline)
    rows = await call.parts.db.all(
        timelines.public(
            common.viewer_id(call),
            page,
            common.now(call),
            local=place == "local",
            remote=place == "remote",
            media=query.flag("only_media"),
        )
    )
    return await variations.show_statuses(call, rows, page)


async def tag(call: Call) -> Response:
    """GET /api/v1/timelines/tag/{name}, with ``any[]``, ``all[]`` and ``none[]``."""
    query, page = call.query, call.query.page()
    access = call.parts.config.access
    place = _place(call, access.local_tags, access.remote_tags)
    name = normalise_hashtag(call.path["name"])
    if name is None:
        return responses.json([])
    more = timelines.Tags(_names(call, "any"), _names(call, "all"), _names(call, "none"))
    rows = await call.parts.db.all(
        timelines.tag(
            common.viewer_id(call),
            name,
            page,
            common.now(call),
            place=place,
            media=query.flag("only_media"),
            more=more if any(more) else None,
        )
    )
    return await variations.show_statuses(call, rows, page)


async def link(call: Call) -> Response:
    """GET /api/v1/timelines/link: posts with a link that is popular now; 404 for any other."""
    page = call.query.page()
    _may(call, call.parts.config.access.links)
    card = await call.parts.db.one(cards.by_url(call.query.required("url")))
    if card is None or await call.parts.db.one(trends.is_popular("link", card.id)) is None:
        raise NotFound
    rows = await call.parts.db.all(timelines.link(common.viewer_id(call), card.id, page, common.now(call)))
    return await common.show_statuses(call, rows, page)


def _place(call: Call, local: str, remote: str) -> str:
    """``local``, ``remote`` or '' for both; refused as far as the settings say (Mastodon 4.5)."""
    wants_local, wants_remote = call.query.flag("local"), call.query.flag("remote")
    if wants_local and not wants_remote:
        _may(call, local)
        return "local"
    if wants_remote and not wants_local:
        _may(call, remote)
        return "remote"
    _may(call, local)
    if remote == "disabled" and local != "disabled":
        return "local"
    _may(call, remote)
    return ""


def _may(call: Call, access: str) -> None:
    if access == "disabled":
        raise NotFound
    if access == "authenticated" and call.viewer is None:
        raise Invalid(lazy("This method requires an authenticated user"))


def _names(call: Call, name: str) -> list[str]:
    found = (normalise_hashtag(text) for text in call.query.texts(name, _MAX_TAGS))
    return list(dict.fromkeys(each for each in found if each is not None))


async def favourites(call: Call) -> Response:
    """GET /api/v1/favourites"""
    page = call.query.page()
    rows = await call.parts.db.all(timelines.favourited(call.me.account_id, page))
    return await common.show_statuses(call, rows, page)


async def bookmarks(call: Call) -> Response:
    """GET /api/v1/bookmarks"""
    page = call.query.page()
    rows = await call.parts.db.all(timelines.bookmarked(call.me.account_id, page))
    return await common.show_statuses(call, rows, page)
