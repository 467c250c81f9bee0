"""What a profile puts in front: featured hashtags and endorsed accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiohttp.web import Response

from fedserver.api import common, tags
from fedserver.db.queries import discovery, featured_tags, relations
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.tags import Tag
from fedserver.db.unit import Unit
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import NotFound
from fedserver.render.mastodon import cards as render
from fedserver.services import endorsements
from fedserver.services import featured_tags as service

_SUGGESTED = 10


async def own_tags(call: Call) -> Response:
    """GET /api/v1/featured_tags"""
    return await _tags(call, await common.known_account(call, call.me.account_id))


async def tags_of(call: Call) -> Response:
    """GET /api/v1/accounts/{id}/featured_tags"""
    row = await common.known_account(call, call.id())
    return await _tags(call, row) if row.active else responses.json([])


async def _tags(call: Call, account: Account) -> Response:
    rows = await call.parts.db.all(featured_tags.of_account(account.id))
    return responses.json([render.featured_tag(call.parts.site, row, account) for row in rows])


async def add_tag(call: Call) -> Response:
    """POST /api/v1/featured_tags"""
    name, account_id = (await call.params()).required("name"), call.me.account_id
    made = await call.parts.db.run(lambda unit: service.feature(unit, account_id, name))
    account = await common.known_account(call, account_id)
    return responses.json(render.featured_tag(call.parts.site, made, account))


async def remove_tag(call: Call) -> Response:
    """DELETE /api/v1/featured_tags/{id}"""
    featured_id, account_id = call.id(), call.me.account_id
    await call.parts.db.run(lambda unit: service.remove(unit, account_id, featured_id))
    return responses.empty()


async def suggested_tags(call: Call) -> Response:
    """GET /api/v1/featured_tags/suggestions: what one uses most and does not feature yet, as Tag."""
    used = await call.parts.db.all(featured_tags.most_used(call.me.account_id, _SUGGESTED))
    return responses.json(await tags.entities(call, [Tag(row.tag_id, row.name, None) for row in used]))


async def own_endorsements(call: Call) -> Response:
    """GET /api/v1/endorsements"""
    return await _endorsed(call, call.me.account_id)


async def endorsements_of(call: Call) -> Response:
    """GET /api/v1/accounts/{id}/endorsements"""
    row = await common.known_account(call, call.id())
    return await _endorsed(call, row.id) if row.active else responses.json([])


async def _endorsed(call: Call, owner: int) -> Response:
    page = call.query.page(40, 80)
    query = discovery.endorsed(owner, relations.bounds(page), ascending=page.ascending)
    rows: Sequence[relations.Listed] = [relations.Listed(*row) for row in await call.parts.db.all(query)]
    return await common.show_accounts(call, rows, page)


async def endorse(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/endorse, and /pin, its former name"""
    return await _act(call, endorsements.endorse)


async def unendorse(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/unendorse, and /unpin, its former name"""
    return await _act(call, endorsements.unendorse)


async def note(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/note"""
    comment = (await call.params()).text("comment") or ""
    return await _act(call, lambda unit, me, target: endorsements.note(unit, me, target, comment))


async def _act(call: Call, act: Callable[[Unit, Account, Account], None]) -> Response:
    target_id, account_id = call.id(), call.me.account_id

    def work(unit: Unit) -> None:
        me, target = common.pair(unit, account_id, target_id, undo=True)
        if target.deleted_at is not None:
            raise NotFound
        act(unit, me, target)

    await call.parts.db.run(work)
    return await common.show_relationship(call, target_id)
