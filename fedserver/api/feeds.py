"""Feeds of the community's policy: offered, subscribed to, paged through as lists, explained."""

from __future__ import annotations

from aiohttp.web import Response

from fedserver.api import common
from fedserver.api.statuses import visible
from fedserver.db.queries import feeds as rows
from fedserver.db.queries import policy as policies
from fedserver.db.queries import timelines
from fedserver.db.queries.feeds import Entry, Subscribed
from fedserver.db.queries.shown import Shown
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.explained import explained
from fedserver.kit import i18n
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.kit.paging import Page
from fedserver.render.mastodon import feeds as render
from fedserver.render.mastodon.renderer import join
from fedserver.services import feeds as service
from fedserver.services.policy import document_of

# pages of which nothing may be shown to this viewer, in a row, before the list ends for them
_EMPTY_PAGES = 5


async def offered(call: Call) -> Response:
    """GET /api/v1/feeds: the feeds of this community."""
    version = await call.parts.db.one(policies.current())
    if version is None:
        return responses.json([])
    mine = {row.name: row for row in await call.parts.db.all(rows.subscribed(call.me.account_id))}
    document, language = document_of(version), i18n.current_locale()
    found = [render.offered(feed, language, document.default_feed, mine.get(feed.id)) for feed in document.feeds]
    return responses.json(found)


async def subscribe(call: Call) -> Response:
    """POST /api/v1/feeds/{name}/subscribe: the feed as a List"""
    account_id, name = call.me.account_id, call.path["name"]
    made = await call.parts.db.run(lambda unit: service.subscribe(unit, account_id, name))
    row = await call.parts.db.one(rows.subscription(account_id, made))
    if row is None:
        raise NotFound
    return responses.json(as_list(row))


async def as_lists(call: Call) -> list[dict[str, object]]:
    """The viewer's feeds, as lists."""
    return [as_list(row) for row in await call.parts.db.all(rows.subscribed(call.me.account_id))]


def as_list(row: Subscribed) -> dict[str, object]:
    """A feed as a list."""
    return render.as_list(row, i18n.current_locale())


async def mine(call: Call) -> Subscribed | None:
    """The viewer's feed behind the id of a list, None where it is none."""
    return await call.parts.db.one(rows.subscription(call.me.account_id, call.id()))


async def refuse_change(call: Call) -> None:
    """422 where the list in the path is a feed: what is in it and what it is called is the community's."""
    if await mine(call) is not None:
        raise Invalid(lazy("Validation failed: This list is a feed of the community"))


async def timeline(call: Call, row: Subscribed) -> Response:
    """The places of a feed, the first on top, as boosts by its actor. A page stays in the order that it began in."""
    if not row.latest or not row.actor_id:
        return responses.json([])
    snapshot_id, page = await _bounds(call, row, call.query.page())
    made_at = row.latest_at
    if snapshot_id != row.latest:
        older = await call.parts.db.one(rows.snapshot(snapshot_id))
        made_at = older.created_at if older is not None else made_at
    ordered: list[Entry] = []
    bodies: list[bytes] = []
    actor = (await common.renderer(call).accounts_by_id(call.parts.db, [row.actor_id]))[row.actor_id]
    for _ in range(_EMPTY_PAGES):
        found = await call.parts.db.all(rows.page(snapshot_id, page))
        ordered = found[::-1] if page.ascending else found
        shown = await _shown(call, ordered)
        bodies = [
            render.wrapper(one, service.shown_at(made_at, one), *shown[one.status_id], actor, row.actor_uri)
            for one in ordered
            if one.status_id in shown
        ]
        if bodies or len(found) < page.limit or page.ascending:
            break
        page = page._replace(max_id=found[-1].id)
    ends = [one.id for one in (*ordered[:1], *ordered[-1:])]
    return responses.raw_paged(call, join(bodies), ends)


async def _shown(call: Call, entries: list[Entry]) -> dict[int, tuple[Shown, bytes]]:
    """What of it the viewer may see now: deleted, blocked and muted posts are gone, whenever the order was made."""
    if not entries:
        return {}
    viewer_id, db = common.viewer_id(call), call.parts.db
    shown = await db.all(timelines.of_thread(viewer_id, [one.status_id for one in entries], common.now(call)))
    bodies = await common.renderer(call).status_map(db, shown, viewer_id)
    return {each.id: (each, bodies[each.id]) for each in shown if each.id in bodies}


async def _bounds(call: Call, row: Subscribed, page: Page) -> tuple[int, Page]:
    """The order to go on in, and the bounds in its ids. Apps send the id of a place, or that of the post in it."""
    snapshot_id = row.latest
    for name in ("max_id", "since_id", "min_id"):
        asked = getattr(page, name)
        if asked is None:
            continue
        known = await call.parts.db.one(rows.entry(asked))
        if known is not None and known[1] == row.feed_id:
            if name == "max_id":
                snapshot_id = known[0].snapshot_id
            continue
        inner = await call.parts.db.one(rows.entry_of(row.latest, asked))
        if inner is not None:
            page = page._replace(**{name: inner.id})
    return snapshot_id, page


async def why(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/why: what gave a post its place in a feed, by default in the community's own."""
    status = await visible(call)
    found = await explained(call.parts, call.id(), status.id, call.query.text("feed"))
    return responses.json(render.why(call.parts.site, *found, i18n.current_locale()))
