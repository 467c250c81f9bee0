"""Finding people: suggestions, the directory, followers that one knows."""

from __future__ import annotations

import orjson
from aiohttp.web import Response

from fedserver.api import common
from fedserver.db.queries import accounts, discovery
from fedserver.db.queries.accounts import Account
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy
from fedserver.render.mastodon.renderer import join
from fedserver.services import endorsements

_MAX_FAMILIAR = 80


async def suggestions(call: Call) -> Response:
    """GET /api/v2/suggestions: Suggestion."""
    found = await _suggested(call)
    bodies = await common.renderer(call).accounts_by_id(call.parts.db, [row.id for row, _ in found])
    listed = [
        b'{"source":%b,"sources":%b,"account":%b}'
        % (orjson.dumps("global" if "most_followed" in why else "past_interactions"), orjson.dumps(why), bodies[row.id])
        for row, why in found
        if row.id in bodies
    ]
    return responses.raw_json(join(listed))


async def suggestions_v1(call: Call) -> Response:
    """GET /api/v1/suggestions: Account."""
    found = await _suggested(call)
    return responses.raw_json(join(await common.renderer(call).accounts(call.parts.db, [row for row, _ in found])))


async def _suggested(call: Call) -> list[tuple[Account, list[str]]]:
    limit = call.query.limit(40, 80)
    viewer_id, now, db = call.me.account_id, common.now(call), call.parts.db
    friends, popular = await db.several(
        discovery.friends_of_friends(viewer_id, now, limit), discovery.popular_accounts(viewer_id, now, limit)
    )
    why: dict[int, list[str]] = {}
    rows: dict[int, Account] = {}
    for source, found in (("friends_of_friends", friends), ("most_followed", popular)):
        for row in found:
            rows.setdefault(row.id, row)
            why.setdefault(row.id, []).append(source)
    return [(row, why[row.id]) for row in list(rows.values())[:limit]]


async def dismiss(call: Call) -> Response:
    """DELETE /api/v1/suggestions/{id}"""
    row, account_id = await common.known_account(call, call.id()), call.me.account_id
    await call.parts.db.run(lambda unit: endorsements.dismiss(unit, account_id, row.id))
    return responses.empty()


async def directory(call: Call) -> Response:
    """GET /api/v1/directory"""
    query = call.query
    order = query.text("order") or "active"
    if order not in ("active", "new"):
        raise Invalid(lazy("Validation failed: Order is not included in the list"))
    found = await call.parts.db.all(
        discovery.directory(
            common.viewer_id(call),
            common.now(call),
            newest=order == "new",
            local=query.flag("local"),
            limit=query.limit(40, 80),
            skip=query.offset(10_000),
        )
    )
    return responses.raw_json(join(await common.renderer(call).accounts(call.parts.db, found)))


async def familiar_followers(call: Call) -> Response:
    """GET /api/v1/accounts/familiar_followers: FamiliarFollowers of each account asked for."""
    wanted = (await call.params()).ids("id", _MAX_FAMILIAR)
    db = call.parts.db
    known = {row.id: row for row in await db.all(accounts.by_ids(wanted))} if wanted else {}
    shown = [each for each in wanted if each in known and known[each].active]
    open_ids = [each for each in shown if not known[each].hide_collections]
    between = await db.all(discovery.familiar_followers(call.me.account_id, open_ids)) if open_ids else []
    people = {row.id: row for _, row in between}
    kept = await common.without_hidden(call, list(people.values()))
    bodies = await common.renderer(call).accounts_by_id(db, [row.id for row in kept])
    listed = []
    for each in shown:
        followers = [bodies[row.id] for target, row in between if target == each and row.id in bodies]
        listed.append(b'{"id":"%d","accounts":%b}' % (each, join(followers)))
    return responses.raw_json(join(listed))
