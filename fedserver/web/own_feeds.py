"""Feeds of one's own, in the settings: chosen, forked, written, looked at before they are kept, deleted."""

from __future__ import annotations

from typing import Any, Final

import orjson
from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import feeds as feed_rows
from fedserver.db.queries import lists as list_rows
from fedserver.db.queries import own_feeds as rows
from fedserver.db.queries import policy as policies
from fedserver.db.queries import preferences
from fedserver.db.queries import seen as seen_rows
from fedserver.db.queries.own_feeds import OwnRow
from fedserver.db.unit import Unit
from fedserver.domain.policy.document import OWN_SOURCES, Document, Feed, in_language
from fedserver.domain.policy.errors import DocumentError
from fedserver.domain.policy.own import OwnFeed, own_from, own_plain, own_toml
from fedserver.edge import ordering
from fedserver.edge import seen as watched
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.own_form import given, sentence
from fedserver.edge.pages import go, page
from fedserver.edge.params import Params
from fedserver.kit import i18n
from fedserver.kit.errors import Failure, Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import feeds, own_feeds, seen, starters
from fedserver.services.policy import document_of
from fedserver.web import comparing
from fedserver.web.home import tabs_of

HERE: Final = "/settings/feeds"
SOURCES: Final = {
    "home": lazy("Whom I follow"),
    "list": lazy("Lists of mine"),
    "local": lazy("Posts from here"),
    "federated": lazy("Posts that came from other servers"),
    "tags": lazy("Certain hashtags"),
    "accounts": lazy("Certain accounts"),
}
assert tuple(SOURCES) == OWN_SOURCES
_EMPTY: Final[dict[str, Any]] = {
    "title": "",
    "from": ["home"],
    "score": "log1p(likes_people) + 2*halflife(age_h, 12) - (3 if seen else 0)",
}


async def show(call: Call) -> StreamResponse:
    """GET /settings/feeds: what one has, what there is to have, and whether it is kept what one saw."""
    return await _listing(call)


async def subscribe(call: Call) -> StreamResponse:
    """POST /settings/feeds/subscribe: have a feed of the community, or of another one, as a list."""
    account_id, name = call.me.account_id, (await check_form(call)).text("name") or ""
    choose = own_feeds.choose if "@" in name else feeds.subscribe
    try:
        await call.parts.db.run(lambda unit: choose(unit, account_id, name))
    except Invalid as failure:
        return await _listing(call, error=failure.message)
    return go(call, HERE, flash="saved")


async def remove(call: Call) -> StreamResponse:
    """POST /settings/feeds/{id}/remove: have it no longer."""
    await check_form(call)
    account_id, list_id = call.me.account_id, call.id()
    own = await call.parts.db.one(rows.one(account_id, list_id))
    gone = own_feeds.remove if own is not None else feeds.unsubscribe
    await call.parts.db.run(lambda unit: gone(unit, account_id, list_id))
    ordering.changed(call.parts, account_id, list_id)
    return go(call, HERE, flash="saved")


async def remember(call: Call) -> StreamResponse:
    """POST /settings/feeds/seen: keep what was shown, or forget all of it."""
    on, account_id = (await check_form(call)).flag("remember_seen"), call.me.account_id
    await call.parts.db.run(lambda unit: seen.turn(unit, account_id, on=on))
    watched.turned(call.parts)
    return go(call, HERE, flash="saved")


async def new(call: Call) -> StreamResponse:
    """GET /settings/feeds/new, with ``fork`` as the fork of another feed."""
    origin = call.query.text("fork") or ""
    if not origin:
        return await _form(call, None, _EMPTY, "", "")
    own = await call.parts.db.run(lambda unit: own_feeds.fork(unit, origin))
    return await _form(call, None, own_plain(own), own_toml(own), origin)


async def edit(call: Call) -> StreamResponse:
    """GET /settings/feeds/{id}: what a feed of one's own says."""
    row = await _mine(call)
    own = own_from(orjson.loads(row.document))
    return await _form(call, row, own_plain(own), own_toml(own), row.forked_from)


async def save_new(call: Call) -> StreamResponse:
    """POST /settings/feeds/new: look at it, or keep it."""
    return await _save(call, None)


async def save(call: Call) -> StreamResponse:
    """POST /settings/feeds/{id}: look at it beside today's, or keep it."""
    await check_form(call)
    return await _save(call, await _mine(call))


async def _save(call: Call, row: OwnRow | None) -> Response:
    params, account_id = await check_form(call), call.me.account_id
    origin = (params.text("fork") or "")[:400] if row is None else row.forked_from
    values, text = _sent(params), params.text("document") or ""
    try:
        own = given(params)
        if params.text("do") == "preview":
            own = await call.parts.db.run(lambda unit: own_feeds.with_own_lists(unit, account_id, own))
            found = await _compared(call, row, own)
            return await _form(call, row, own_plain(own), own_toml(own), origin, compared=found)

        def work(unit: Unit) -> int:
            if row is not None:
                own_feeds.change(unit, account_id, row.id, own)
                return row.id
            return own_feeds.create(unit, account_id, own, origin)

        kept = await call.parts.db.run(work)
    except DocumentError as error:
        return await _form(call, row, values, text, origin, error=sentence(error), pointed=error.detail)
    except Failure as failure:
        return await _form(call, row, values, text, origin, error=failure.message)
    ordering.changed(call.parts, account_id, kept)
    return go(call, f"/home?feed={kept}", flash="saved")


async def _compared(call: Call, row: OwnRow | None, own: OwnFeed) -> comparing.Compared:
    me = call.me.account_id
    before = await ordering.chosen_by(call.parts, row) if row is not None else None
    old = await ordering.ranked_for(call.parts, before.feed, me) if before is not None else []
    return await comparing.compared(call, old, await ordering.ranked_for(call.parts, own.feed, me))


async def _mine(call: Call) -> OwnRow:
    row = await call.parts.db.one(rows.one(call.me.account_id, call.id()))
    if row is None or row.policy_subscription_id is not None:
        raise NotFound
    return row


def _sent(params: Params) -> dict[str, Any]:
    """The fields as they were sent, to be shown again."""
    limit = params.sub("max_per_author")
    return {
        **{name: params.text(name) or "" for name in ("title", "where", "score", "max_age", "diversity")},
        **{name: params.texts(name) for name in ("from", "lists", "tags", "accounts")},
        "max_per_author": {key: limit.text(key) or "" for key in ("posts", "in_top")} if limit is not None else {},
    }


async def _form(
    call: Call,
    row: OwnRow | None,
    values: dict[str, Any],
    text: str,
    origin: str,
    *,
    compared: comparing.Compared | None = None,
    error: object = None,
    pointed: str = "",
) -> Response:
    title = values.get("title", "")
    return page(
        call,
        "settings/feed.html",
        status=200 if error is None else 422,
        here_now="feeds",
        row=row,
        values={**values, "title": in_language(title, i18n.current_locale()) if isinstance(title, dict) else title},
        sources=SOURCES,
        lists=await call.parts.db.all(list_rows.of_account(call.me.account_id)),
        text=text,
        origin=origin,
        compared=compared,
        error=error,
        pointed=pointed,
    )


async def _listing(call: Call, *, error: object = None) -> Response:
    me, language = call.me.account_id, i18n.current_locale()
    version = await call.parts.db.one(policies.current())
    document = document_of(version) if version is not None else None
    subscribed = {row.name for row in await call.parts.db.all(feed_rows.subscribed(me))}
    own = await call.parts.db.all(rows.listed(me))
    chosen = {(row.policy_subscription_id, row.name) for row in own}
    packs = await ordering.packs(call.parts)
    user = await call.parts.db.one(preferences.of_account(me))
    return page(
        call,
        "settings/feeds.html",
        status=200 if error is None else 422,
        here_now="feeds",
        tabs=await tabs_of(call, me),
        written={row.id for row in own if row.policy_subscription_id is None},
        offered=_told(document, subscribed, language) if document is not None else [],
        elsewhere=[
            (own_feeds.address_of(pack, feed), in_language(feed.title, language), in_language(feed.about, language))
            for pack in packs
            for feed in pack.feeds
            if (pack.row.subscription_id, feed.id) not in chosen
        ],
        presets=[(feed.id, in_language(feed.title, language)) for feed in starters.presets().feeds],
        most=own_feeds.MOST,
        remember=orjson.loads(user.preferences).get(seen.PREFERENCE) is True if user is not None else False,
        kept=await call.parts.db.one(seen_rows.count(me)) or 0,
        error=error,
    )


def _told(document: Document, without: set[str], language: str) -> list[tuple[str, str, str, bool]]:
    def told(feed: Feed) -> tuple[str, str, str, bool]:
        wanted = (language, document.language)
        return feed.id, in_language(feed.title, *wanted), in_language(feed.about, *wanted), feed.id in without

    return [told(feed) for feed in document.feeds]
