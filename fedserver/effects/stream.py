"""Messages for open streams, published after the commit."""

from __future__ import annotations

from fedserver.bus.messages import (
    Announced,
    Closed,
    Conversed,
    Deleted,
    Edited,
    Merged,
    Notified,
    Posted,
    Reacted,
    Refiltered,
    Withdrawn,
)
from fedserver.db.queries import media, statuses
from fedserver.db.queries.statuses import HELD, PUBLIC, Status
from fedserver.db.unit import Unit
from fedserver.effects.tools import Tools
from fedserver.services import events
from fedserver.services.lists import stands_in


def _has_media(unit: Unit, status: Status) -> bool:
    return bool(unit.all(media.of_statuses([status.id])))


def posted(tools: Tools, unit: Unit, event: events.StatusPosted) -> None:
    if not event.fresh:
        return
    status = event.status
    recipients, in_lists = stands_in(unit, status.id)
    if recipients or in_lists or status.visibility == PUBLIC:
        facts = (status.id, status.account_id, status.visibility, bool(status.local))
        unit.after(Posted(*facts, event.with_media, event.tags, recipients, in_lists))


def provenance_changed(tools: Tools, unit: Unit, event: events.ProvenanceChanged) -> None:
    _edited(unit, event.status)


def edited(tools: Tools, unit: Unit, event: events.StatusEdited) -> None:
    _edited(unit, event.status)


def held(tools: Tools, unit: Unit, event: events.StatusHeld) -> None:
    """Whoever has it open loses it."""
    status = event.status
    holders, in_lists = stands_in(unit, status.id)
    unit.after(Deleted(status.id, holders, status.reblog_of_id is None, bool(status.local), (), in_lists))


def _edited(unit: Unit, status: Status) -> None:
    if status.visibility == HELD:
        return
    tags = tuple(t.name for t in unit.all(statuses.tags_of([status.id])))
    facts = (status.id, status.account_id, status.visibility, bool(status.local))
    unit.after(Edited(*facts, _has_media(unit, status), tags, *stands_in(unit, status.id)))


def deleted(tools: Tools, unit: Unit, event: events.StatusDeleted) -> None:
    status = event.status
    public = status.visibility == PUBLIC
    unit.after(Deleted(status.id, event.holders, public, bool(status.local), (), event.lists))


def boosted(tools: Tools, unit: Unit, event: events.Boosted) -> None:
    """Boosts run through home and list streams only."""
    boost = event.boost
    if not event.fresh:
        return
    recipients, in_lists = stands_in(unit, boost.id)
    if recipients or in_lists:
        facts = (boost.id, boost.account_id, max(boost.visibility, 1), bool(boost.local))
        unit.after(Posted(*facts, False, (), recipients, in_lists))


def unboosted(tools: Tools, unit: Unit, event: events.Unboosted) -> None:
    if event.holders or event.lists:
        unit.after(Deleted(event.boost.id, event.holders, False, bool(event.boost.local), (), event.lists))


def notified(tools: Tools, unit: Unit, event: events.NotificationMade) -> None:
    unit.after(Notified(event.notification_id, event.account_id, event.type))


def merged(tools: Tools, unit: Unit, event: events.NotificationsMerged) -> None:
    unit.after(Merged(event.account_id))


def announced(tools: Tools, unit: Unit, event: events.AnnouncementPublished) -> None:
    unit.after(Announced(event.announcement_id))


def reacted(tools: Tools, unit: Unit, event: events.AnnouncementReacted) -> None:
    unit.after(Reacted(event.announcement_id, event.name))


def withdrawn(tools: Tools, unit: Unit, event: events.AnnouncementWithdrawn) -> None:
    unit.after(Withdrawn(event.announcement_id))


def revoked(tools: Tools, unit: Unit, event: events.AccessRevoked) -> None:
    unit.after(Closed(event.account_id))


def conversation_changed(tools: Tools, unit: Unit, event: events.ConversationChanged) -> None:
    unit.after(Conversed(event.conversation_id, event.account_id))


def filters_changed(tools: Tools, unit: Unit, event: events.FiltersChanged) -> None:
    unit.after(Refiltered(event.account_id))
