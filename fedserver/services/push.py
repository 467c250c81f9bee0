"""Push subscriptions: one for each access token."""

from __future__ import annotations

from typing import NamedTuple

import orjson

from fedserver.db.queries import push as rows
from fedserver.db.queries.push import Subscription
from fedserver.db.unit import Unit
from fedserver.kit.errors import Failure, Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services.keyring import KeyRing
from fedserver.services.notifications import TYPES
from keys.sealing import MasterKey
from protocol import webpush

POLICIES = ("all", "followed", "follower", "none")
PURPOSE = "push-token"
_TRIES = 20


class Wishes(NamedTuple):
    """What a subscriber wants to hear of: types of notifications, and of whom."""

    alerts: dict[str, bool]
    policy: str = "all"


def subscribe(
    unit: Unit,
    keyring: KeyRing,
    account_id: int,
    token_id: int,
    token: str,
    *,
    endpoint: str,
    p256dh: str,
    auth: str,
    standard: bool,
    wishes: Wishes,
) -> Subscription:
    """Replace the subscription of a token. The door has judged the address. ``Invalid`` for keys that are none."""
    try:
        webpush.read_receiver(p256dh, auth)
    except webpush.PushKeyMalformed as error:
        raise Invalid(lazy("Validation failed: the keys of the subscription are not valid"), cause=error) from error
    unit.run(rows.drop_of_token(token_id))
    values = {
        "token_id": token_id,
        "account_id": account_id,
        "endpoint": endpoint,
        "p256dh": p256dh,
        "auth": auth,
        "standard": int(standard),
        "sealed_token": keyring.seal_secret(owner_of(token_id), PURPOSE, token.encode()),
        "created_at": unit.now,
        **_columns(unit, wishes),
    }
    last = unit.get(rows.last_id())
    for step in range(1, _TRIES):
        # somebody else may have taken the number at the same moment
        if unit.made(rows.add({"id": last + step, **values})):
            return unit.get(rows.of_token(token_id))
    raise Failure(cause="no number for a push subscription")


def change(unit: Unit, token_id: int, wishes: Wishes) -> Subscription:
    """Other wishes for the subscription of a token; ``NotFound`` where there is none."""
    known = unit.one(rows.of_token(token_id))
    if known is None:
        raise NotFound
    unit.run(rows.change(known.id, _columns(unit, wishes)))
    return unit.get(rows.of_token(token_id))


def unsubscribe(unit: Unit, token_id: int) -> None:
    """Remove the subscription of a token; nothing happens where there is none."""
    unit.run(rows.drop_of_token(token_id))


def drop(unit: Unit, subscription_id: int) -> None:
    """The push service does not know it any more."""
    unit.run(rows.drop(subscription_id))


def reseal(unit: Unit, keyring: KeyRing, new_master: MasterKey) -> None:
    """Seal the tokens of all subscriptions with another master key."""
    for row in unit.all(rows.all_sealed()):
        sealed = keyring.reseal_secret(new_master, owner_of(row.token_id), PURPOSE, row.sealed_token)
        unit.run(rows.change(row.id, {"sealed_token": sealed}))


def owner_of(token_id: int) -> str:
    """Whose secret the sealed token is."""
    return f"token:{token_id}"


def _columns(unit: Unit, wishes: Wishes) -> dict[str, object]:
    if wishes.policy not in POLICIES:
        raise Invalid(lazy("Validation failed: Policy is not included in the list"))
    alerts = {name: wishes.alerts[name] for name in TYPES if name in wishes.alerts}
    return {"alerts": orjson.dumps(alerts).decode(), "policy": wishes.policy, "updated_at": unit.now}
