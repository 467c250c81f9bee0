"""Notifications: one row per thing that happened, once; and how far somebody has read."""

from __future__ import annotations

from fedserver.db.queries import reactions, relations
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.services.events import NotificationMade


def notify(
    unit: Unit,
    recipient: Account,
    kind: str,
    source: Account,
    *,
    status_id: int | None = None,
    report_id: int | None = None,
) -> bool:
    """Tell a local account what somebody did, unless it blocks, mutes or does not want to hear from them."""
    if not recipient.local or recipient.id == source.id or not recipient.active:
        return False
    if unit.one(relations.blocked_either_way(recipient.id, source.id)) is not None:
        return False
    muted = unit.one(relations.muted(recipient.id, source.id, unit.now))
    if muted:
        return False
    if source.domain and unit.one(relations.domain_blocked(recipient.id, source.domain)) is not None:
        return False
    if source.limited_at is not None and unit.one(relations.follow(recipient.id, source.id)) is None:
        return False
    notification_id = unit.new_id()
    values = {
        "id": notification_id,
        "account_id": recipient.id,
        "type": kind,
        "from_account_id": source.id,
        "status_id": status_id,
        "report_id": report_id,
        "once": f"{kind}:{source.id}:{status_id or report_id or 0}",
        "created_at": unit.now,
    }
    if not unit.made(reactions.add_notification(values)):
        return False
    unit.record(NotificationMade(notification_id, recipient.id, kind))
    return True


def dismiss(unit: Unit, account_id: int, notification_id: int) -> None:
    """Remove one notification of one's own."""
    unit.get(reactions.notification(account_id, notification_id))
    unit.run(reactions.dismiss(account_id, notification_id))


def clear(unit: Unit, account_id: int) -> None:
    """Remove all of one's notifications."""
    unit.run(reactions.clear(account_id))


def mark(unit: Unit, account_id: int, timeline: str, last_read_id: int) -> None:
    """Remember how far ``home`` or ``notifications`` was read."""
    unit.run(reactions.mark(account_id, timeline, last_read_id, unit.now))
