"""Lists: one's own, who is in them, their timelines."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Response

from fedserver.api import common, feeds
from fedserver.db.queries import lists as rows
from fedserver.db.queries import timelines
from fedserver.db.queries.lists import List
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.kit.paging import Page
from fedserver.render.mastodon.renderer import join
from fedserver.services import lists as service

_MAX_ACCOUNTS = 200
# "all of them" is bounded by this
_EVERYBODY = 5000


async def listed(call: Call) -> Response:
    """GET /api/v1/lists"""
    found = await call.parts.db.all(rows.of_account(call.me.account_id))
    return responses.json([*await feeds.as_lists(call), *(_entity(row) for row in found)])


async def show(call: Call) -> Response:
    """GET /api/v1/lists/{id}; a feed of the community is a list too"""
    row = await _own_or_none(call)
    if row is None and (feed := await feeds.mine(call)) is not None:
        return responses.json(feeds.as_list(feed))
    return responses.json(_entity(_there(row)))


async def create(call: Call) -> Response:
    """POST /api/v1/lists"""
    params, account_id = await call.params(), call.me.account_id
    title, policy = params.text("title") or "", params.text("replies_policy") or "list"
    exclusive = params.flag("exclusive")
    list_id = await call.parts.db.run(
        lambda unit: service.create(unit, account_id, title=title, policy=policy, exclusive=exclusive)
    )
    return await _answer(call, list_id)


async def update(call: Call) -> Response:
    """PUT /api/v1/lists/{id}"""
    await feeds.refuse_change(call)
    params, account_id, list_id = await call.params(), call.me.account_id, call.id()
    title, policy = params.text("title"), params.text("replies_policy") or None
    exclusive = params.maybe_flag("exclusive")
    await call.parts.db.run(
        lambda unit: service.update(unit, account_id, list_id, title=title, policy=policy, exclusive=exclusive)
    )
    return await _answer(call, list_id)


async def delete(call: Call) -> Response:
    """DELETE /api/v1/lists/{id}"""
    if await feeds.remove(call):
        return responses.empty()
    account_id, list_id = call.me.account_id, call.id()
    await call.parts.db.run(lambda unit: service.remove(unit, account_id, list_id))
    return responses.empty()


async def accounts(call: Call) -> Response:
    """GET /api/v1/lists/{id}/accounts; ``limit=0`` asks for all of them on one page."""
    row = await _own_or_none(call)
    if row is None and await feeds.mine(call) is not None:
        return responses.json([])
    row = _there(row)
    everybody = (call.query.text("limit") or "").strip() == "0"
    page = Page(limit=_EVERYBODY) if everybody else call.query.page(40, 80)
    found = await call.parts.db.all(rows.members(row.id, page))
    ordered = found[::-1] if page.ascending else found
    bodies = await common.renderer(call).accounts(call.parts.db, [each.account for each in ordered])
    if everybody:
        return responses.raw_json(join(bodies))
    return responses.raw_paged(call, join(bodies), [each.page_id for each in ordered])


async def add_accounts(call: Call) -> Response:
    """POST /api/v1/lists/{id}/accounts"""
    await feeds.refuse_change(call)
    account_id, list_id, wanted = call.me.account_id, call.id(), await _account_ids(call)
    await call.parts.db.run(lambda unit: service.add_accounts(unit, account_id, list_id, wanted))
    return responses.empty()


async def remove_accounts(call: Call) -> Response:
    """DELETE /api/v1/lists/{id}/accounts, with the ids in the query or the body"""
    await feeds.refuse_change(call)
    account_id, list_id, wanted = call.me.account_id, call.id(), await _account_ids(call)
    await call.parts.db.run(lambda unit: service.remove_accounts(unit, account_id, list_id, wanted))
    return responses.empty()


async def of_account(call: Call) -> Response:
    """GET /api/v1/accounts/{id}/lists: one's own lists that have the account."""
    row = await common.known_account(call, call.id())
    found = await call.parts.db.all(rows.containing(call.me.account_id, row.id))
    return responses.json([_entity(each) for each in found])


async def timeline(call: Call) -> Response:
    """GET /api/v1/timelines/list/{id}"""
    which = feeds.known_kind(call)
    row = await _own_or_none(call) if which is None else None
    if row is None and which is None:
        which = await feeds.kind_of(call)
    if which is not None:
        return await feeds.timeline(call, which)
    row, page = _there(row), call.query.page()
    found = await call.parts.db.all(timelines.in_list(call.me.account_id, row.id, page, common.now(call)))
    return await common.show_statuses(call, found, page)


async def _account_ids(call: Call) -> list[int]:
    wanted = (await call.params()).ids("account_ids", _MAX_ACCOUNTS)
    if not wanted:
        raise Invalid(lazy("param is missing or the value is empty: %(name)s", name="account_ids"))
    return wanted


async def _own_or_none(call: Call) -> List | None:
    return await call.parts.db.one(rows.one(call.me.account_id, call.id()))


def _there(row: List | None) -> List:
    if row is None:
        raise NotFound
    return row


async def _answer(call: Call, list_id: int) -> Response:
    row = await call.parts.db.one(rows.one(call.me.account_id, list_id))
    if row is None:
        raise NotFound
    return responses.json(_entity(row))


def _entity(row: List) -> dict[str, Any]:
    """List."""
    return {
        "id": str(row.id),
        "title": row.title,
        "replies_policy": service.policy_name(row),
        "exclusive": bool(row.exclusive),
    }
