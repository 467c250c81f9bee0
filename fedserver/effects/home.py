"""Home timelines, written when a post arrives."""

from __future__ import annotations

from fedserver.db.queries import homes
from fedserver.db.queries.statuses import DIRECT, PUBLIC
from fedserver.db.unit import Unit
from fedserver.effects.tools import Tools
from fedserver.services.events import Boosted, StatusPosted
from fedserver.services.presence import AWAY_MS


def posted(tools: Tools, unit: Unit, event: StatusPosted) -> None:
    """The author's own home, the followers here, and those who follow one of its tags."""
    status, author = event.status, event.author
    if not event.fresh:
        return
    if author.local:
        unit.made(homes.put(author.id, status.id))
    if status.visibility == DIRECT:
        return
    unit.run(
        homes.fan_out(status.id, author.id, boost=False, reply_to=_answered(event), active_since=unit.now - AWAY_MS)
    )
    if status.visibility == PUBLIC and event.tags:
        unit.run(homes.fan_out_tags(status.id))


def _answered(event: StatusPosted) -> int | None:
    """Whom the post answers: -1 for a parent that is not known here (nobody follows it)."""
    if event.parent_author is not None:
        return event.parent_author.id
    return -1 if event.status.in_reply_to_uri is not None else None


def boosted(tools: Tools, unit: Unit, event: Boosted) -> None:
    """The booster's own home, and the followers here who want to see boosts."""
    if not event.fresh:
        return
    if event.booster.local:
        unit.made(homes.put(event.booster.id, event.boost.id))
    unit.run(
        homes.fan_out(event.boost.id, event.booster.id, boost=True, reply_to=None, active_since=unit.now - AWAY_MS)
    )
