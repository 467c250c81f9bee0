"""Filters (v1, before Mastodon 4.0): each is one keyword of a filter of today."""

from __future__ import annotations

import dataclasses

from aiohttp.web import Response

from fedserver.api.filters import read_change
from fedserver.db.queries import filters as rows
from fedserver.db.unit import Unit
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.params import Params
from fedserver.kit.errors import NotFound
from fedserver.render.mastodon import filters as entities
from fedserver.services import filters as service
from fedserver.services.filters import FilterChange, WordChange


async def listed(call: Call) -> Response:
    """GET /api/v1/filters"""
    account_id = call.me.account_id
    found, words = await call.parts.db.several(rows.of_account(account_id), rows.keywords(account_id))
    parents = {row.id: row for row in found}
    return responses.json([entities.old(parents[each.filter_id], each) for each in words if each.filter_id in parents])


async def show(call: Call) -> Response:
    """GET /api/v1/filters/{id}"""
    return await _answer(call, call.id())


async def create(call: Call) -> Response:
    """POST /api/v1/filters: a filter of one keyword, named like it."""
    account_id, params = call.me.account_id, await call.params()
    change = _change(params)
    # one complaint is enough: the title is the phrase
    word = WordChange(None, change.title or " ", params.maybe_flag("whole_word"))

    def work(unit: Unit) -> int:
        filter_id = service.create(unit, account_id, dataclasses.replace(change, words=(word,)))
        return next(each.id for each in unit.all(rows.keywords(account_id)) if each.filter_id == filter_id)

    return await _answer(call, await call.parts.db.run(work))


async def update(call: Call) -> Response:
    """PUT /api/v1/filters/{id}"""
    account_id, keyword_id, params = call.me.account_id, call.id(), await call.params()
    change = _change(params)
    word = WordChange(keyword_id, change.title, params.maybe_flag("whole_word"))
    change = dataclasses.replace(change, title=None, words=(word,))
    await call.parts.db.run(lambda unit: service.update_first(unit, account_id, keyword_id, change))
    return await _answer(call, keyword_id)


async def delete(call: Call) -> Response:
    """DELETE /api/v1/filters/{id}: the keyword alone; its filter stays for newer clients."""
    account_id, keyword_id = call.me.account_id, call.id()
    await call.parts.db.run(lambda unit: service.remove_keyword(unit, account_id, keyword_id))
    return responses.empty()


def _change(params: Params) -> FilterChange:
    irreversible = params.maybe_flag("irreversible")
    action = None if irreversible is None else "hide" if irreversible else "warn"
    read = read_change(params, title="phrase")
    return dataclasses.replace(read, action=action, words=(), title_name="Phrase")


async def _answer(call: Call, keyword_id: int) -> Response:
    account_id = call.me.account_id
    word = await call.parts.db.one(rows.keyword(account_id, keyword_id))
    if word is None:
        raise NotFound
    parent = await call.parts.db.one(rows.one(account_id, word.filter_id))
    if parent is None:
        raise NotFound
    return responses.json(entities.old(parent, word))
