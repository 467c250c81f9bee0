"""Reading accounts: one, many, their posts, who follows them, search by name."""

from __future__ import annotations

from aiohttp.web import Response

from fedserver.api import common, variations
from fedserver.api.resolve import resolve_handle
from fedserver.db.queries import accounts, relations, timelines
from fedserver.db.queries import search as search_rows
from fedserver.db.queries.accounts import Account
from fedserver.domain.text import words
from fedserver.domain.text.names import normalise_hashtag, parse_handle
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import NotFound, Unauthorized
from fedserver.kit.i18n import lazy
from fedserver.render.mastodon import small
from fedserver.render.mastodon.renderer import join

MAX_BATCH = 40


async def show(call: Call) -> Response:
    """GET /api/v1/accounts/{id}"""
    row = await common.known_account(call, call.id())
    return responses.raw_json(await common.account_body(call, row))


async def batch(call: Call) -> Response:
    """GET /api/v1/accounts?id[]=: those that are known, in the order asked for."""
    wanted = call.query.ids("id", MAX_BATCH)
    rows = {row.id: row for row in await call.parts.db.all(accounts.by_ids(wanted)) if row.active} if wanted else {}
    found = await common.without_hidden(call, [rows[each] for each in wanted if each in rows])
    return responses.raw_json(join(await common.renderer(call).accounts(call.parts.db, found)))


async def lookup(call: Call) -> Response:
    """GET /api/v1/accounts/lookup: by handle, without asking other servers."""
    handle = parse_handle(call.query.required("acct"))
    row = await by_handle(call, handle.username, handle.domain) if handle is not None else None
    if row is None or not row.active:
        raise NotFound
    row = await common.check_known(call, row)
    return responses.raw_json(await common.account_body(call, row))


async def by_handle(call: Call, username: str, domain: str | None) -> Account | None:
    """The account known here by that handle."""
    local = domain in (None, "", call.parts.site.domain)
    return await call.parts.db.one(accounts.by_handle(username, "" if local else domain or ""))


async def relationships(call: Call) -> Response:
    """GET /api/v1/accounts/relationships: without suspended accounts unless ``with_suspended`` asks for them."""
    found, suspended = await common.relations_of(call, call.query.ids("id")), call.query.flag("with_suspended")
    return responses.json([small.relationship(row) for row in found if suspended or row.suspended_at is None])


async def posts(call: Call) -> Response:
    """GET /api/v1/accounts/{id}/statuses: as far as the viewer may see them."""
    row = await common.known_account(call, call.id())
    query, page = call.query, call.query.page()
    tagged = query.text("tagged")
    name = normalise_hashtag(tagged) if tagged else ""
    if name is None:
        return responses.json([])
    shown = await call.parts.db.all(
        timelines.of_account(
            common.viewer_id(call),
            row.id,
            page,
            only_media=query.flag("only_media"),
            exclude_replies=query.flag("exclude_replies"),
            exclude_reblogs=query.flag("exclude_reblogs"),
            pinned=query.flag("pinned"),
            tagged=name,
        )
    )
    return await variations.show_statuses(call, shown, page)


async def followers(call: Call) -> Response:
    """GET /api/v1/accounts/{id}/followers"""
    return await _collection(call, "followers")


async def following(call: Call) -> Response:
    """GET /api/v1/accounts/{id}/following"""
    return await _collection(call, "following")


async def _collection(call: Call, kind: str) -> Response:
    """Empty where the owner hides it, or blocks the viewer."""
    row = await common.known_account(call, call.id())
    page = call.query.page(40, 80)
    own = row.id == common.viewer_id(call)
    if not row.active or (row.hide_collections and not own):
        return responses.json([])
    if call.viewer is not None and not own and (await common.relations_of(call, [row.id]))[0].blocked_by is not None:
        return responses.json([])
    return await common.show_accounts(call, await call.parts.db.all(relations.listed(kind, row.id, page)), page)


async def search(call: Call) -> Response:
    """GET /api/v1/accounts/search"""
    query = call.query
    limit = query.limit(40, 80)
    found = await find(
        call,
        query.text("q") or "",
        limit,
        offset=query.offset(1000),
        resolve=query.flag("resolve"),
        only_followed=query.flag("following"),
    )
    return responses.raw_json(join(await common.renderer(call).accounts(call.parts.db, found)))


async def find(
    call: Call, text: str, limit: int, *, offset: int = 0, resolve: bool = False, only_followed: bool = False
) -> list[Account]:
    """Accounts by handle or words of their names, the exact one first. ``resolve`` may ask another server."""
    text = text.strip()
    handle = parse_handle(text)
    found: list[Account] = []
    if handle is not None and offset == 0:
        row = await by_handle(call, handle.username, handle.domain)
        if row is None and resolve and handle.domain not in (None, call.parts.site.domain):
            if call.viewer is None:
                raise Unauthorized(lazy("Search queries that resolve remote resources are not supported without auth"))
            await resolve_handle(call, handle.username, handle.domain or "")
            row = await by_handle(call, handle.username, handle.domain)
        found = [row] if row is not None and row.active else []
    db, viewer_id = call.parts.db, common.viewer_id(call)
    # a word may go on only where the text ends in it: neither "@al%" nor "@alic_" means @alice
    open_from = 2 if text[-1:].isalnum() else len(text) + 1
    spaced = text.removeprefix("@").replace("@", " ")
    needles = [each for each in words.needles(spaced, open_from=open_from) if each.words]
    named = []
    if needles:
        query = search_rows.find_accounts(
            db.dialect, viewer_id, needles, limit=offset + limit, skip=0, only_followed=only_followed
        )
        named = await db.all(query)
    prefix = text.removeprefix("@").lower()
    # short beginnings of handles are no words yet
    begun = await db.all(accounts.by_prefix(prefix, offset + limit)) if prefix and " " not in prefix else []
    rows = {row.id: row for row in (*found, *named, *begun)}
    found = await common.without_hidden(call, list(rows.values()))
    if only_followed and call.viewer is not None:
        between = await common.relations_of(call, [row.id for row in found])
        followed = {row.id for row in between if row.following == "accepted"}
        found = [row for row in found if row.id in followed]
    return found[offset : offset + limit]


async def follow_requests(call: Call) -> Response:
    """GET /api/v1/follow_requests"""
    return await own_list(call, "requests")


async def blocks(call: Call) -> Response:
    """GET /api/v1/blocks"""
    return await own_list(call, "blocks")


async def own_list(call: Call, kind: str) -> Response:
    """One's own list of accounts. Unlike in public lists, those who block the viewer stay in it."""
    page = call.query.page(40, 80)
    rows = await call.parts.db.all(relations.listed(kind, call.me.account_id, page))
    ordered = rows[::-1] if page.ascending else rows
    bodies = await common.renderer(call).accounts(call.parts.db, [row.account for row in ordered])
    return responses.raw_paged(call, join(bodies), [row.page_id for row in ordered])
