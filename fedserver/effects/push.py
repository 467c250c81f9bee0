"""Push messages: a job for each subscription that wants to hear of a notification."""

from __future__ import annotations

import orjson

from fedserver.db.queries import notifications, push
from fedserver.db.queries.push import Subscription
from fedserver.db.unit import Unit
from fedserver.effects.tools import Tools
from fedserver.jobqueue.enqueue import enqueue
from fedserver.services import events


def notified(tools: Tools, unit: Unit, event: events.NotificationMade) -> None:
    """Each subscription chose types (``alerts``) and senders (``policy``)."""
    found = [row for row in unit.all(push.of_account(event.account_id, unit.now)) if _alerts(row, event.type)]
    if not found:
        return
    row = unit.one(notifications.by_id(event.account_id, event.notification_id))
    if row is None:
        return
    own = row.from_account_id == event.account_id
    standing = unit.get(notifications.standing(event.account_id, row.from_account_id, unit.now))
    wanted = {"all": True, "followed": own or standing.following, "follower": own or standing.follower_since}
    for subscription in found:
        if wanted.get(subscription.policy):
            enqueue(unit, "push.send", {"subscription_id": subscription.id, "notification_id": row.id})


def _alerts(row: Subscription, kind: str) -> bool:
    return orjson.loads(row.alerts).get(kind) is True
