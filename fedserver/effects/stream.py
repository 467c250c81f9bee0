"""Messages for open streams, published after the commit."""

from __future__ import annotations

from fedserver.bus.messages import Closed, Deleted, Edited, Merged, Notified, Posted
from fedserver.db.queries import homes, media, statuses
from fedserver.db.queries.statuses import DIRECT, PUBLIC, Status
from fedserver.db.unit import Unit
from fedserver.effects.tools import Tools
from fedserver.services import events


def _has_media(unit: Unit, status: Status) -> bool:
    return bool(unit.all(media.of_statuses([status.id])))


def _recipients(unit: Unit, event: events.StatusPosted | events.StatusEdited) -> tuple[int, ...]:
    named = [a.id for a in (event.author, *event.mentioned) if a.local] if event.status.visibility == DIRECT else []
    return tuple(dict.fromkeys([*unit.all(homes.holders(event.status.id)), *named]))


def posted(tools: Tools, unit: Unit, event: events.StatusPosted) -> None:
    if not event.fresh:
        return
    status = event.status
    recipients = _recipients(unit, event)
    if recipients or status.visibility == PUBLIC:
        facts = (status.id, status.account_id, status.visibility, bool(status.local))
        unit.after(Posted(*facts, _has_media(unit, status), event.tags, recipients))


def edited(tools: Tools, unit: Unit, event: events.StatusEdited) -> None:
    status = event.status
    tags = tuple(t.name for t in unit.all(statuses.tags_of([status.id])))
    recipients = _recipients(unit, event)
    unit.after(
        Edited(
            status.id,
            status.account_id,
            status.visibility,
            bool(status.local),
            _has_media(unit, status),
            tags,
            recipients,
        )
    )


def deleted(tools: Tools, unit: Unit, event: events.StatusDeleted) -> None:
    status = event.status
    unit.after(Deleted(status.id, event.holders, status.visibility == PUBLIC, bool(status.local), ()))


def boosted(tools: Tools, unit: Unit, event: events.Boosted) -> None:
    """Boosts run through home streams only."""
    boost = event.boost
    recipients = tuple(unit.all(homes.holders(boost.id)))
    if event.fresh and recipients:
        unit.after(
            Posted(boost.id, boost.account_id, max(boost.visibility, 1), bool(boost.local), False, (), recipients)
        )


def unboosted(tools: Tools, unit: Unit, event: events.Unboosted) -> None:
    if event.holders:
        unit.after(Deleted(event.boost.id, event.holders, False, bool(event.boost.local), ()))


def notified(tools: Tools, unit: Unit, event: events.NotificationMade) -> None:
    unit.after(Notified(event.notification_id, event.account_id, event.type))


def merged(tools: Tools, unit: Unit, event: events.NotificationsMerged) -> None:
    unit.after(Merged(event.account_id))


def revoked(tools: Tools, unit: Unit, event: events.AccessRevoked) -> None:
    unit.after(Closed(event.account_id))
