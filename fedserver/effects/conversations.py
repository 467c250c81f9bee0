"""Conversations, written when a direct post arrives."""

from __future__ import annotations

from fedserver.db.queries.statuses import DIRECT
from fedserver.db.unit import Unit
from fedserver.effects.tools import Tools
from fedserver.services import conversations
from fedserver.services.events import StatusDeleted, StatusPosted


def posted(tools: Tools, unit: Unit, event: StatusPosted) -> None:
    if event.fresh and event.status.visibility == DIRECT:
        conversations.received(unit, event.status, event.author, event.mentioned)


def deleted(tools: Tools, unit: Unit, event: StatusDeleted) -> None:
    if event.status.visibility == DIRECT:
        conversations.deleted(unit, event.status.id)
