"""Feeds of the community's policy: offered, subscribed to, paged through as lists, explained."""

from __future__ import annotations

from aiohttp.web import Response

from fedserver.api import common
from fedserver.api.statuses import visible
from fedserver.db.queries import feeds as rows
from fedserver.db.queries import own_feeds as own_rows
from fedserver.db.queries import places
from fedserver.db.queries import policy as policies
from fedserver.db.queries.feeds import Subscribed
from fedserver.db.queries.own_feeds import OwnRow
from fedserver.db.queries.shown import Placed
from fedserver.edge import ordering, responses, seen
from fedserver.edge.call import Call
from fedserver.edge.explained import explained
from fedserver.kit import i18n
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.kit.lru import LruCache
from fedserver.kit.paging import Page
from fedserver.render.mastodon import feeds as render
from fedserver.services import feeds as service
from fedserver.services import own_feeds as own_service
from fedserver.services.policy import document_of

# what a list is seldom changes; a page of it must not ask each time
_KINDS_BYTES = 1024 * 1024
_KINDS_S = 60.0
# pages of which nothing may be shown to this viewer, in a row, before the list ends for them
_EMPTY_PAGES = 5


async def offered(call: Call) -> Response:
    """GET /api/v1/feeds: the feeds of this community."""
    version = await call.parts.db.one(policies.current())
    if version is None:
        return responses.json([])
    known = {row.name: row for row in await call.parts.db.all(rows.subscribed(call.me.account_id))}
    document, language = document_of(version), i18n.current_locale()
    found = [render.offered(feed, language, document.default_feed, known.get(feed.id)) for feed in document.feeds]
    return responses.json(found)


async def elsewhere(call: Call) -> Response:
    """GET /api/v1/feeds/elsewhere: feeds of communities whose policy this one subscribes to."""
    mine_of = {(row.policy_subscription_id, row.name): row.id for row in await _own_rows(call)}
    found = []
    for pack in await ordering.packs(call.parts):
        for feed in pack.feeds:
            known = mine_of.get((pack.row.subscription_id, feed.id))
            address = own_service.address_of(pack, feed)
            found.append(render.elsewhere(feed, i18n.current_locale(), address, pack.document.name, known))
    return responses.json(found)


async def _own_rows(call: Call) -> list[OwnRow]:
    return await call.parts.db.all(own_rows.listed(call.me.account_id))


async def subscribe(call: Call) -> Response:
    """POST /api/v1/feeds/{name}/subscribe: the feed as a List; one of another community as ``name@server``."""
    account_id, name = call.me.account_id, call.path["name"]
    if "@" in name:
        list_id = await call.parts.db.run(lambda unit: own_service.choose(unit, account_id, name))
        own = await call.parts.db.one(own_rows.one(account_id, list_id))
        if own is None:
            raise NotFound
        return responses.json(as_list(own))
    made = await call.parts.db.run(lambda unit: service.subscribe(unit, account_id, name))
    row = await call.parts.db.one(rows.subscription(account_id, made))
    if row is None:
        raise NotFound
    return responses.json(as_list(row))


async def as_lists(call: Call) -> list[dict[str, object]]:
    """The viewer's feeds, as lists: the community's, then those of their own."""
    theirs = await call.parts.db.all(rows.subscribed(call.me.account_id))
    own = await call.parts.db.all(own_rows.listed(call.me.account_id))
    return [*map(as_list, theirs), *map(as_list, own)]


def as_list(row: Subscribed | OwnRow) -> dict[str, object]:
    """A feed as a list."""
    return render.as_list(row.id, row.title, i18n.current_locale())


async def mine(call: Call) -> Subscribed | OwnRow | None:
    """The viewer's feed behind the id of a list, None where it is none."""
    row = await call.parts.db.one(rows.subscription(call.me.account_id, call.id()))
    if row is not None:
        return row
    return await call.parts.db.one(own_rows.one(call.me.account_id, call.id()))


async def refuse_change(call: Call) -> None:
    """422 where the list in the path is a feed: what is in it and what it is called is said elsewhere."""
    row = await mine(call)
    if isinstance(row, OwnRow):
        raise Invalid(lazy("Validation failed: This list is a feed of your own, which is changed as such"))
    if row is not None:
        raise Invalid(lazy("Validation failed: This list is a feed of the community"))


async def remove(call: Call) -> bool:
    """Have the feed in the path no longer, where the list is one."""
    row, account_id = await mine(call), call.me.account_id
    if row is None:
        return False
    _kinds(call).pop((account_id, row.id))
    gone = own_service.remove if isinstance(row, OwnRow) else service.unsubscribe
    await call.parts.db.run(lambda unit: gone(unit, account_id, row.id))
    ordering.changed(call.parts, account_id, row.id)
    return True


def known_kind(call: Call) -> int | None:
    """What the list in the path was a short while ago, where it was a feed."""
    return _kinds(call).get((call.me.account_id, call.id()))


async def kind_of(call: Call) -> int | None:
    """What the list in the path is, where it is a feed: ``places.FEED`` or ``places.OWN``."""
    found = await call.parts.db.one(places.kind(call.me.account_id, call.id()))
    if found not in (places.FEED, places.OWN):
        return None
    _kinds(call).put((call.me.account_id, call.id()), found)
    return found


def _kinds(call: Call) -> LruCache[tuple[int, int], int]:
    found = call.parts.extra.get("feed_kinds")
    if not isinstance(found, LruCache):
        found = call.parts.extra["feed_kinds"] = LruCache(_KINDS_BYTES, lambda _: 8, ttl=_KINDS_S)
    return found


async def timeline(call: Call, which: int) -> Response:
    """The places of a feed, the first on top, as boosts by its group. A page stays in the order that it began in."""
    me, list_id, db, page = call.me.account_id, call.id(), call.parts.db, call.query.page()
    if not page.limit:
        return responses.raw_paged(call, b"[]", [])
    if which == places.OWN and page.max_id is None:
        await ordering.opened(call.parts, me, list_id)
    if page.above is not None:
        page = await _above(call, which, page)
    asked, ordered, body = page, list[Placed](), b"[]"
    for _ in range(_EMPTY_PAGES):
        found = await db.all(places.page(which, me, list_id, page, common.now(call)))
        if not found and page is asked and (again := await _other(call, which, page)) is not None:
            page = again
            continue
        ordered = found[::-1] if page.ascending else found
        body = await render.places(common.renderer(call), db, ordered, me)
        if body != b"[]" or len(found) < page.limit or page.ascending:
            break
        page = page._replace(max_id=found[-1].shown.page_id)
    seen.shown(call.parts, me, [row.shown.id for row in ordered])
    ends = [row.shown.page_id for row in (*ordered[:1], *ordered[-1:])]
    return responses.raw_paged(call, body, ends)


async def _other(call: Call, which: int, page: Page) -> Page | None:
    """What to ask for where a first page is empty. Apps name the post in a place, and a list may be gone."""
    me, list_id = call.me.account_id, call.id()
    if await call.parts.db.one(places.kind(me, list_id)) is None:
        _kinds(call).pop((me, list_id))
        raise NotFound
    if page.max_id is not None:
        at = await call.parts.db.one(places.at(which, me, list_id, page.max_id))
        return page._replace(max_id=at) if at else None
    if which == places.OWN and page.above is None:
        # another process changed the feed
        await ordering.opened(call.parts, me, list_id, anew=True)
        return page._replace()
    return None


async def _above(call: Call, which: int, page: Page) -> Page:
    """Lower bounds that name the post in a place, in the ids of places."""
    for name in ("since_id", "min_id"):
        asked = getattr(page, name)
        if asked is not None:
            at = await call.parts.db.one(places.at(which, call.me.account_id, call.id(), asked))
            page = page._replace(**{name: at}) if at else page
    return page


async def why(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/why: what gave a post its place in a feed, by default in the community's own."""
    status = await visible(call)
    found = await explained(call.parts, call.id(), status.id, call.query.text("feed"), common.viewer_id(call))
    return responses.json(render.why(found.feed, found.cited, found.frozen, found.entry, i18n.current_locale()))
