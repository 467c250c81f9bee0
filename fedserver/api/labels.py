"""Labels on posts: which there are, whose a reader reads, how each is shown. Of our own (docs/api.md)."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Response

from fedserver.db.queries import labelers as rows
from fedserver.db.queries.labelers import Labeler
from fedserver.domain.moderation.labels import COMMUNITY
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.clock import to_iso
from fedserver.kit.errors import NotFound
from fedserver.render.mastodon import labels as render
from fedserver.services import access
from fedserver.services import labels as service


async def listed(call: Call) -> Response:
    """GET /api/v1/labels: the labels on posts here, and how this reader is shown each."""
    found = render.known(*await call.parts.db.several(rows.used(), rows.reading(call.me.account_id), rows.everyone()))
    return responses.json(
        [
            {
                "labeler": _short(label.labeler) if label.labeler is not None else None,
                "value": label.value,
                "title": label.title,
                "shown": label.shown,
                "choice": label.choice,
            }
            for label in found
        ]
    )


async def choose(call: Call) -> Response:
    """PUT /api/v1/labels: how a label is shown to this reader.

    ``value``; ``labeler_id``, none for the community's own; ``choice``: show, blur, warn or hide, none for what its
    labeler says.
    """
    params, account_id = await call.params(), call.me.account_id
    labeler_id, value, choice = params.id("labeler_id") or COMMUNITY, params.required("value"), params.text("choice")
    await call.parts.db.run(lambda unit: service.choose(unit, account_id, labeler_id, value, choice or None))
    return await listed(call)


async def labelers(call: Call) -> Response:
    """GET /api/v1/labelers: those that this community reads, and those that the reader does."""
    everyone, mine = await call.parts.db.several(rows.everyone(), rows.reading(call.me.account_id))
    read = {row.labeler_id for row in mine if not row.value}
    return responses.json([_entity(row, row.id in read) for row in everyone if row.for_all or row.id in read])


async def subscribe(call: Call) -> Response:
    """POST /api/v1/labelers: ``url``, where another community publishes its labels."""
    url, account_id = (await call.params()).required("url"), call.me.account_id
    made = await call.parts.db.run(lambda unit: service.subscribe(unit, account_id, url))
    return responses.json(_entity(made, True))


async def unsubscribe(call: Call) -> Response:
    """DELETE /api/v1/labelers/{id}"""
    labeler_id, account_id = call.id(), call.me.account_id
    await call.parts.db.run(lambda unit: service.unsubscribe(unit, account_id, labeler_id))
    return responses.json({})


async def read_for_all(call: Call) -> Response:
    """POST /api/v1/admin/labelers: ``url``; this community reads it, and everybody here with it."""
    url, account_id = (await call.params()).required("url"), call.me.account_id
    made = await call.parts.db.run(lambda unit: service.read_for_all(unit, url, access.account(unit, account_id)))
    return responses.json(_entity(made, False))


async def read_no_longer(call: Call) -> Response:
    """DELETE /api/v1/admin/labelers/{id}"""
    labeler_id, account_id = call.id(), call.me.account_id
    found = await call.parts.db.one(rows.by_id(labeler_id))
    if found is None or not found.for_all:
        raise NotFound
    await call.parts.db.run(lambda unit: service.read_no_longer(unit, labeler_id, access.account(unit, account_id)))
    return responses.json({})


def _short(row: Labeler) -> dict[str, Any]:
    return {"id": str(row.id), "name": row.name or row.uri}


def _entity(row: Labeler, mine: bool) -> dict[str, Any]:
    return {
        **_short(row),
        "url": row.uri,
        "actor": row.actor_uri,
        "for_all": bool(row.for_all),
        "subscribed": mine,
        "state": row.state,
        "problem": row.problem or None,
        "fetched_at": to_iso(row.fetched_at) if row.fetched_at is not None else None,
    }
