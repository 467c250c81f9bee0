"""What open streams are told of announcements: one event, the same for everybody."""

from __future__ import annotations

from fedserver.bus.messages import Announced, Message, Reacted, Withdrawn
from fedserver.db.queries import announcements
from fedserver.db.queries.announcements import Told
from fedserver.render.mastodon.announcements import counted, told
from fedserver.render.mastodon.renderer import Reader, Renderer
from fedserver.streaming.stream import Event


async def announcement_event(db: Reader, renderer: Renderer, message: Message) -> Event | None:
    """The event of a message; None for one of another kind, or about an announcement that is gone by now."""
    if isinstance(message, Withdrawn):
        return Event("announcement.delete", str(message.announcement_id).encode())
    if isinstance(message, Reacted):
        body = await counted(renderer, db, message.announcement_id, message.name)
        return None if body is None else Event("announcement.reaction", body)
    if isinstance(message, Announced):
        found = await db.all(announcements.by_id(message.announcement_id))
        bodies = await told(renderer, db, [Told(row, False) for row in found], None)
        return Event("announcement", bodies[0]) if bodies else None
    return None
