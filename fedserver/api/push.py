"""The push subscription of one's own token."""

from __future__ import annotations

import orjson
from aiohttp.web import Response

from fedserver.db.queries import push as rows
from fedserver.db.queries.push import Subscription
from fedserver.db.unit import Unit
from fedserver.edge import responses, vapid
from fedserver.edge.auth import bearer
from fedserver.edge.call import Call
from fedserver.edge.params import Params
from fedserver.kit.errors import Invalid, NotFound, Unauthorized
from fedserver.kit.i18n import lazy
from fedserver.net.errors import FetchRefused
from fedserver.services import push as service
from fedserver.services.push import Wishes


async def create(call: Call) -> Response:
    """POST /api/v1/push/subscription: replaces the one that the token had"""
    params = await call.params()
    given = params.sub("subscription")
    keys = given.sub("keys") if given is not None else None
    if given is None or keys is None:
        raise Invalid(lazy("param is missing or the value is empty: subscription"))
    endpoint, p256dh, auth = given.required("endpoint"), keys.required("p256dh"), keys.required("auth")
    standard, wishes = given.flag("standard"), _wishes(params)
    _check(call, endpoint)
    token_id, token = _token(call)
    account_id, keyring = call.me.account_id, call.parts.keyring

    def work(unit: Unit) -> Subscription:
        return service.subscribe(
            unit,
            keyring,
            account_id,
            token_id,
            token,
            endpoint=endpoint,
            p256dh=p256dh,
            auth=auth,
            standard=standard,
            wishes=wishes,
        )

    return await _answer(call, await call.parts.db.run(work))


async def show(call: Call) -> Response:
    """GET /api/v1/push/subscription"""
    found = await call.parts.db.one(rows.of_token(_token(call)[0]))
    if found is None:
        raise NotFound
    return await _answer(call, found)


async def update(call: Call) -> Response:
    """PUT /api/v1/push/subscription: the wishes only, all of them anew"""
    wishes, token_id = _wishes(await call.params()), _token(call)[0]
    return await _answer(call, await call.parts.db.run(lambda unit: service.change(unit, token_id, wishes)))


async def delete(call: Call) -> Response:
    """DELETE /api/v1/push/subscription"""
    token_id = _token(call)[0]
    await call.parts.db.run(lambda unit: service.unsubscribe(unit, token_id))
    return responses.empty()


def _wishes(params: Params) -> Wishes:
    data = params.sub("data")
    alerts = data.sub("alerts") if data is not None else None
    policy = (data.text("policy") if data is not None else None) or params.text("policy") or "all"
    chosen = {} if alerts is None else {name: alerts.flag(name) for name in alerts.tree}
    return Wishes(chosen, policy)


def _token(call: Call) -> tuple[int, str]:
    token = bearer(call)
    if call.token_id is None or token is None:
        raise Unauthorized(lazy("The access token is invalid"))
    return call.token_id, token


def _check(call: Call, endpoint: str) -> None:
    """Refuse at once what the outgoing client would never ask."""
    if call.parts.net is None:
        return
    try:
        call.parts.net.guard.check(endpoint)
    except FetchRefused as error:
        raise Invalid(lazy("Validation failed: Endpoint is not a valid URL"), cause=error) from error


async def _answer(call: Call, row: Subscription) -> Response:
    """WebPushSubscription."""
    return responses.json(
        {
            "id": str(row.id),
            "endpoint": row.endpoint,
            "standard": bool(row.standard),
            "alerts": orjson.loads(row.alerts),
            "policy": row.policy,
            "server_key": await vapid.public_key(call.parts),
        }
    )
