"""From a message to what each listener gets: judged for each viewer, rendered once where all may see the same bytes."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from fedserver.bus.messages import Conversed, Deleted, Edited, Merged, Message, Notified, Posted, Refiltered
from fedserver.db.queries import accounts, filters, statuses, streams, timelines
from fedserver.db.queries import conversations as conversation_rows
from fedserver.db.queries import notifications as notification_rows
from fedserver.db.queries.statuses import PUBLIC as PUBLIC_POST
from fedserver.db.queries.statuses import Status
from fedserver.edge.parts import Parts
from fedserver.kit.paging import Page
from fedserver.render.mastodon.conversations import conversations
from fedserver.render.mastodon.notifications import notifications
from fedserver.render.mastodon.renderer import renderer_of
from fedserver.streaming.announcements import announcement_event
from fedserver.streaming.stream import Event, Stream
from fedserver.streaming.topics import (
    DIRECT,
    HASHTAG,
    HASHTAG_LOCAL,
    LIST,
    NOTIFICATION,
    PUBLIC,
    USER,
    Topic,
    public_names,
)

# no account has this id: what it may see of an open post is what everybody may see
_ANYBODY = 0


class Delivery(NamedTuple):
    """One event for one connection."""

    stream: Stream
    topic: Topic
    event: Event


class Listeners(Protocol):
    """What is asked of the hub."""

    def listeners(self, name: str, of: int | str = "") -> list[tuple[Stream, Topic]]:
        """Who listens to a topic."""
        ...

    def tag_listeners(self) -> list[tuple[Stream, Topic]]:
        """Who listens to any hashtag."""
        ...

    def everybody(self, name: str) -> list[tuple[Stream, Topic]]:
        """Who listens to a personal stream, whoever they are."""
        ...


class Deliveries:
    """Turns messages into deliveries."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._renderer = renderer_of(parts.extra, parts.site)

    async def of(self, message: Message, hub: Listeners) -> list[Delivery]:
        """What follows from a message; nothing for those who may not see it."""
        if isinstance(message, Posted | Edited):
            return await self._post(message, hub)
        if isinstance(message, Deleted):
            return self._deleted(message, hub)
        if isinstance(message, Notified):
            return await self._notified(message, hub)
        if isinstance(message, Conversed):
            return await self._conversed(message, hub)
        if isinstance(message, Refiltered):
            pairs = hub.listeners(USER, message.account_id)
            return [Delivery(stream, topic, Event("filters_changed", b"")) for stream, topic in pairs]
        if isinstance(message, Merged):
            pairs = self._told(message.account_id, hub)
            return [Delivery(stream, topic, Event("notifications_merged", b"1")) for stream, topic in pairs]
        return await self._announced(message, hub)

    async def _post(self, message: Posted | Edited, hub: Listeners) -> list[Delivery]:
        home = [pair for account_id in message.recipients for pair in hub.listeners(USER, account_id)]
        home += [pair for list_id in message.lists for pair in hub.listeners(LIST, str(list_id))]
        public = self._public(message, hub)
        if not (home or public):
            return []
        row = await self._parts.db.one(statuses.by_id(message.status_id))
        if row is None:
            return []
        if public and await self._kept_out(row):
            public = []
        viewers = {stream.account_id for stream, _ in (*home, *public)}
        bodies = await self._bodies(row, viewers, fresh=isinstance(message, Posted))
        events = _Events("update" if isinstance(message, Posted) else "status.update")
        return [
            Delivery(stream, topic, events.of(bodies[stream.account_id]))
            for stream, topic in (*home, *public)
            if stream.account_id in bodies
        ]

    def _public(self, message: Posted | Edited, hub: Listeners) -> list[tuple[Stream, Topic]]:
        if message.visibility != PUBLIC_POST:
            return []
        names = public_names(local=message.local, has_media=message.has_media)
        found = [pair for name in names for pair in hub.listeners(name)]
        for tag in message.tags:
            found += hub.listeners(HASHTAG, tag)
            if message.local:
                found += hub.listeners(HASHTAG_LOCAL, tag)
        return found

    async def _kept_out(self, row: Status) -> bool:
        """Whether public timelines leave the post out: a boost, or its author is limited."""
        if row.reblog_of_id is not None or row.visibility != PUBLIC_POST:
            return True
        author = await self._parts.db.one(accounts.by_id(row.account_id))
        return author is None or author.limited_at is not None

    async def _bodies(self, row: Status, viewers: set[int], *, fresh: bool) -> dict[int, bytes]:
        """The post for each viewer who may see it. A new open post looks the same to all but its author and those who
        filter or muted its thread."""
        db = self._parts.db
        boosted = await db.all(statuses.by_id(row.reblog_of_id)) if row.reblog_of_id is not None else []
        other = boosted[0].account_id if boosted else row.account_id
        hidden = set(await db.all(streams.hidden_from(row.account_id, other, self._parts.clock.now_ms())))
        seeing = viewers - (hidden - {row.account_id})
        found: dict[int, bytes] = {}
        if fresh and row.open and row.reblog_of_id is None:
            shown, own = await db.several(
                timelines.by_ids(None, [row.id]), filters.see_their_own(list(seeing), row.thread_id or row.id)
            )
            bodies = await self._renderer.statuses(db, shown, _ANYBODY)
            different = {row.account_id, *own}
            found = dict.fromkeys(seeing - different, bodies[0]) if bodies else {}
            seeing &= different
        for account_id in seeing:
            shown = await db.all(timelines.by_ids(account_id, [row.id]))
            bodies = await self._renderer.statuses(db, shown, account_id)
            if bodies:
                found[account_id] = bodies[0]
        return found

    async def _conversed(self, message: Conversed, hub: Listeners) -> list[Delivery]:
        pairs = hub.listeners(DIRECT, message.account_id)
        if not pairs:
            return []
        rows = await self._parts.db.all(conversation_rows.one(message.account_id, message.conversation_id))
        bodies = await conversations(self._renderer, self._parts.db, rows, message.account_id)
        return [
            Delivery(stream, topic, Event("conversation", body)) for stream, topic in pairs for body in bodies.values()
        ]

    def _deleted(self, message: Deleted, hub: Listeners) -> list[Delivery]:
        pairs = [pair for account_id in message.recipients for pair in hub.listeners(USER, account_id)]
        pairs += [pair for list_id in message.lists for pair in hub.listeners(LIST, str(list_id))]
        if message.public:
            pairs += [pair for name in PUBLIC for pair in hub.listeners(name)]
            pairs += hub.tag_listeners()
        event = Event("delete", str(message.status_id).encode())
        return [Delivery(stream, topic, event) for stream, topic in pairs]

    async def _announced(self, message: Message, hub: Listeners) -> list[Delivery]:
        """Announcements go to everybody who has a stream of their own open."""
        pairs = hub.everybody(USER)
        if not pairs:
            return []
        event = await announcement_event(self._parts.db, self._renderer, message)
        return [] if event is None else [Delivery(stream, topic, event) for stream, topic in pairs]

    def _told(self, account_id: int, hub: Listeners) -> list[tuple[Stream, Topic]]:
        """Those who hear of an account's notifications."""
        pairs = [*hub.listeners(USER, account_id), *hub.listeners(NOTIFICATION, account_id)]
        return [pair for pair in pairs if pair[0].may("read:notifications")]

    async def _notified(self, message: Notified, hub: Listeners) -> list[Delivery]:
        pairs = self._told(message.account_id, hub)
        if not pairs:
            return []
        page = Page(max_id=message.notification_id + 1, since_id=message.notification_id - 1, limit=1)
        now = self._parts.clock.now_ms()
        rows = await self._parts.db.all(notification_rows.page(message.account_id, page, now))
        bodies = await notifications(self._renderer, self._parts.db, rows, message.account_id)
        if not bodies:
            return []
        event = Event("notification", bodies[message.notification_id])
        return [Delivery(stream, topic, event) for stream, topic in pairs]


class _Events:
    """One event for all who get the same bytes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._made: dict[int, Event] = {}

    def of(self, body: bytes) -> Event:
        found = self._made.get(id(body))
        if found is None:
            found = self._made[id(body)] = Event(self._name, body)
        return found
