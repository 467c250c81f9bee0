"""A reader's own feeds: written, forked, checked, looked at before they are kept, deleted. Each is a list besides."""

from __future__ import annotations

import orjson
from aiohttp.web import Response

from fedserver.api import feeds
from fedserver.db.queries import own_feeds as rows
from fedserver.db.queries import policy as policies
from fedserver.db.queries import statuses
from fedserver.db.queries.own_feeds import OwnRow
from fedserver.domain.policy.errors import DocumentError
from fedserver.domain.policy.own import OwnFeed, own_from, own_plain, own_toml, problem
from fedserver.domain.ranking.compare import compare
from fedserver.edge import ordering, responses
from fedserver.edge.call import Call
from fedserver.edge.own_form import given, sentence
from fedserver.kit import i18n
from fedserver.kit.errors import NotFound
from fedserver.render.mastodon import feeds as render
from fedserver.services import own_feeds as service


async def listed(call: Call) -> Response:
    """GET /api/v1/own_feeds"""
    found = await call.parts.db.all(rows.listed(call.me.account_id))
    return responses.json([await _entity(call, row) for row in found])


async def show(call: Call) -> Response:
    """GET /api/v1/own_feeds/{id}"""
    return await _answer(call, call.id())


async def create(call: Call) -> Response:
    """POST /api/v1/own_feeds: from ``document`` (TOML) or its fields, or as a fork of another feed"""
    params, account_id = await call.params(), call.me.account_id
    origin = params.text("fork") or ""
    try:
        if origin:
            made = await call.parts.db.run(
                lambda unit: service.create(unit, account_id, service.fork(unit, origin), origin)
            )
        else:
            own = given(params)
            made = await call.parts.db.run(lambda unit: service.create(unit, account_id, own))
    except DocumentError as error:
        return _wrong(error)
    return await _answer(call, made)


async def update(call: Call) -> Response:
    """PUT /api/v1/own_feeds/{id}: all of it anew"""
    account_id, feed_id = call.me.account_id, call.id()
    await _mine(call)
    try:
        own = given(await call.params())
        await call.parts.db.run(lambda unit: service.change(unit, account_id, feed_id, own))
    except DocumentError as error:
        return _wrong(error)
    ordering.changed(call.parts, account_id, feed_id)
    return await _answer(call, feed_id)


async def delete(call: Call) -> Response:
    """DELETE /api/v1/own_feeds/{id}"""
    await _mine(call)
    await feeds.remove(call)
    return responses.empty()


async def check(call: Call) -> Response:
    """POST /api/v1/own_feeds/check: what it says, or what is wrong with it and where; nothing is kept"""
    try:
        own = given(await call.params())
    except DocumentError as error:
        return _wrong(error)
    return responses.json({"document": own_toml(own), "feed": own_plain(own)})


async def preview(call: Call) -> Response:
    """POST /api/v1/own_feeds/preview: what it would show now, beside what ``id`` shows now; nothing is kept"""
    params, account_id = await call.params(), call.me.account_id
    try:
        own = given(params)
        new = await call.parts.db.run(lambda unit: service.with_own_lists(unit, account_id, own))
    except DocumentError as error:
        return _wrong(error)
    before, feed_id = None, params.id("id")
    if feed_id is not None:
        row = await call.parts.db.one(rows.one(account_id, feed_id))
        if row is None:
            raise NotFound
        before = await ordering.chosen_by(call.parts, row)
    old = await ordering.ranked_for(call.parts, before.feed, account_id) if before is not None else []
    found = compare(old, await ordering.ranked_for(call.parts, new.feed, account_id))
    ids = [row.status_id for row in (*found.rows, *found.left)]
    posts = await call.parts.db.all(statuses.by_ids(ids)) if ids else []
    return responses.json(render.compared(found, {post.id: post.url or post.uri for post in posts}))


async def _mine(call: Call) -> OwnRow:
    row = await call.parts.db.one(rows.one(call.me.account_id, call.id()))
    if row is None:
        raise NotFound
    return row


async def _answer(call: Call, feed_id: int) -> Response:
    row = await call.parts.db.one(rows.one(call.me.account_id, feed_id))
    if row is None:
        raise NotFound
    return responses.json(await _entity(call, row))


async def _entity(call: Call, row: OwnRow) -> dict[str, object]:
    own: OwnFeed | None = None
    address = None
    if row.policy_subscription_id is None:
        own = own_from(orjson.loads(row.document))
    else:
        subscription = await call.parts.db.one(policies.subscription(row.policy_subscription_id))
        host = service.host_of(subscription.uri) if subscription is not None else ""
        address = f"{row.name}@{host}"
    return render.own(row, own, address, i18n.current_locale())


def _wrong(error: DocumentError) -> Response:
    return responses.json({"error": sentence(error), **problem(error)}, status=422)
