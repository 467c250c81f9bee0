"""Filters (v2, Mastodon 4.0): groups of keywords and posts, with contexts, an action and an end."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Response

from fedserver.db.queries import filters as rows
from fedserver.db.statement import Query
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.params import Params
from fedserver.kit.errors import NotFound
from fedserver.render.mastodon import filters as entities
from fedserver.services import filters as service
from fedserver.services.filters import FilterChange, WordChange

_MAX_SECONDS = 1 << 40
_MAX_CONTEXTS = 20


async def listed(call: Call) -> Response:
    """GET /api/v2/filters"""
    found, words, posts = await call.parts.db.several(*_everything(call))
    return responses.json([entities.entity(row, words, posts) for row in found])


async def show(call: Call) -> Response:
    """GET /api/v2/filters/{id}"""
    return await _answer(call, call.id())


async def create(call: Call) -> Response:
    """POST /api/v2/filters"""
    change, account_id = read_change(await call.params()), call.me.account_id
    filter_id = await call.parts.db.run(lambda unit: service.create(unit, account_id, change))
    return await _answer(call, filter_id)


async def update(call: Call) -> Response:
    """PUT /api/v2/filters/{id}"""
    change, account_id, filter_id = read_change(await call.params()), call.me.account_id, call.id()
    await call.parts.db.run(lambda unit: service.update(unit, account_id, filter_id, change))
    return await _answer(call, filter_id)


async def delete(call: Call) -> Response:
    """DELETE /api/v2/filters/{id}"""
    account_id, filter_id = call.me.account_id, call.id()
    await call.parts.db.run(lambda unit: service.remove(unit, account_id, filter_id))
    return responses.empty()


async def keywords(call: Call) -> Response:
    """GET /api/v2/filters/{id}/keywords"""
    row = await _own(call, call.id())
    found = await call.parts.db.all(rows.keywords(call.me.account_id))
    return responses.json([entities.keyword(each) for each in found if each.filter_id == row.id])


async def add_keyword(call: Call) -> Response:
    """POST /api/v2/filters/{id}/keywords"""
    word, account_id, filter_id = _word(await call.params()), call.me.account_id, call.id()
    made = await call.parts.db.run(lambda unit: service.add_keyword(unit, account_id, filter_id, word))
    return await _keyword(call, made)


async def show_keyword(call: Call) -> Response:
    """GET /api/v2/filters/keywords/{id}"""
    return await _keyword(call, call.id())


async def update_keyword(call: Call) -> Response:
    """PUT /api/v2/filters/keywords/{id}"""
    word, account_id, keyword_id = _word(await call.params()), call.me.account_id, call.id()
    await call.parts.db.run(lambda unit: service.change_keyword(unit, account_id, keyword_id, word))
    return await _keyword(call, keyword_id)


async def delete_keyword(call: Call) -> Response:
    """DELETE /api/v2/filters/keywords/{id}"""
    account_id, keyword_id = call.me.account_id, call.id()
    await call.parts.db.run(lambda unit: service.remove_keyword(unit, account_id, keyword_id))
    return responses.empty()


async def statuses(call: Call) -> Response:
    """GET /api/v2/filters/{id}/statuses"""
    row = await _own(call, call.id())
    found = await call.parts.db.all(rows.statuses(call.me.account_id))
    return responses.json([entities.status(each) for each in found if each.filter_id == row.id])


async def add_status(call: Call) -> Response:
    """POST /api/v2/filters/{id}/statuses"""
    params, account_id, filter_id = await call.params(), call.me.account_id, call.id()
    status_id = params.id("status_id")
    if status_id is None:
        raise NotFound
    made = await call.parts.db.run(lambda unit: service.add_status(unit, account_id, filter_id, status_id))
    return await _status(call, made)


async def show_status(call: Call) -> Response:
    """GET /api/v2/filters/statuses/{id}"""
    return await _status(call, call.id())


async def delete_status(call: Call) -> Response:
    """DELETE /api/v2/filters/statuses/{id}"""
    account_id, row_id = call.me.account_id, call.id()
    await call.parts.db.run(lambda unit: service.remove_status(unit, account_id, row_id))
    return responses.empty()


def read_change(params: Params, *, title: str = "title") -> FilterChange:
    """What a request says of a filter. An empty ``expires_in`` means that it never ends."""
    words = [
        WordChange(each.id("id"), each.text("keyword"), each.maybe_flag("whole_word"), each.flag("_destroy"))
        for each in params.subs("keywords_attributes")
    ]
    return FilterChange(
        title=params.text(title),
        contexts=params.texts("context", _MAX_CONTEXTS) if params.has("context") else None,
        action=params.text("filter_action") or None,
        sets_expiry=params.has("expires_in"),
        expires_in_s=params.number("expires_in", 0, _MAX_SECONDS),
        words=words,
    )


def _word(params: Params) -> WordChange:
    return WordChange(None, params.text("keyword"), params.maybe_flag("whole_word"))


def _everything(call: Call) -> tuple[Query[Any], ...]:
    account_id = call.me.account_id
    return rows.of_account(account_id), rows.keywords(account_id), rows.statuses(account_id)


async def _own(call: Call, filter_id: int) -> rows.Filter:
    row = await call.parts.db.one(rows.one(call.me.account_id, filter_id))
    if row is None:
        raise NotFound
    return row


async def _answer(call: Call, filter_id: int) -> Response:
    found, words, posts = await call.parts.db.several(*_everything(call))
    row = next((each for each in found if each.id == filter_id), None)
    if row is None:
        raise NotFound
    return responses.json(entities.entity(row, words, posts))


async def _keyword(call: Call, keyword_id: int) -> Response:
    row = await call.parts.db.one(rows.keyword(call.me.account_id, keyword_id))
    if row is None:
        raise NotFound
    return responses.json(entities.keyword(row))


async def _status(call: Call, row_id: int) -> Response:
    row = await call.parts.db.one(rows.status(call.me.account_id, row_id))
    if row is None:
        raise NotFound
    return responses.json(entities.status(row))
