"""Who listens to what. One a process; it hears the bus and keeps asking whether tokens are still valid."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict, deque
from contextlib import suppress

from fedserver.bus.local import Subscriber
from fedserver.bus.messages import Closed, Message
from fedserver.db.queries import places
from fedserver.edge.auth import Authenticator, bearer
from fedserver.edge.call import Call
from fedserver.edge.parts import Parts
from fedserver.kit import metrics
from fedserver.kit.errors import Failure, NotFound, TooMany, Unauthorized, Unavailable
from fedserver.kit.i18n import lazy
from fedserver.streaming.deliver import Deliveries, Delivery
from fedserver.streaming.stream import GOING_AWAY, MAX_TOPICS, POLICY, TRY_LATER, Stream
from fedserver.streaming.topics import DIRECT, HASHTAG, HASHTAG_LOCAL, LIST, NOTIFICATION, USER, Topic

# with the two seconds that the authenticator keeps a token, a revocation made elsewhere bites within five
CHECK_S = 2.5
# messages that wait for their turn; a node that is so far behind drops the oldest
MAX_BEHIND = 10_000
# pushes in a row
TURN = 100
_PERSONAL = frozenset({USER, NOTIFICATION, DIRECT})

log = logging.getLogger(__name__)


class Hub:
    """Open streams and their subscriptions."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._auth: Authenticator = parts.extra["auth"]
        self._deliveries = Deliveries(parts)
        self._streams: set[Stream] = set()
        # (topic name, account id or tag) -> streams
        self._listeners: defaultdict[tuple[str, int | str], set[Stream]] = defaultdict(set)
        self._behind: deque[Message] = deque(maxlen=MAX_BEHIND)
        self._wake = asyncio.Event()
        self._look = asyncio.Event()
        self._closed = False
        self._unsubscribe = parts.bus.subscribe(Subscriber(self._hear, self._look.set, self.close))
        self._tasks = [asyncio.create_task(self._deliver()), asyncio.create_task(self._watch())]

    def open(self, call: Call) -> Stream:
        """A stream for a call that was admitted. Raises ``TooMany``, or ``Unavailable`` while the process ends."""
        if self._closed:
            raise Unavailable(retry_after=5)
        limits = self._parts.config.limits
        accounts = Counter(stream.account_id for stream in self._streams)
        addresses = Counter(stream.address for stream in self._streams)
        per_account, per_address = limits.streams_per_account, limits.streams_per_address
        if accounts[call.me.account_id] >= per_account or addresses[call.client_ip] >= per_address:
            raise TooMany(lazy("Too many open streams"), retry_after=60)
        token = bearer(call)
        if token is None or call.token_id is None:
            raise Unauthorized(lazy("The access token is invalid"))
        stream = Stream(call.me.account_id, call.token_id, token, call.scopes, call.client_ip)
        self._streams.add(stream)
        return stream

    def leave(self, stream: Stream) -> None:
        """The connection is gone."""
        for topic in tuple(stream.topics):
            self.unsubscribe(stream, topic)
        self._streams.discard(stream)

    def subscribe(self, stream: Stream, topic: Topic) -> None:
        """Listen. Raises ``Unauthorized`` without the scope (Mastodon's words), ``TooMany``."""
        _need(stream, topic)
        if len(stream.topics) >= MAX_TOPICS:
            raise TooMany(lazy("Too many subscriptions"), retry_after=60)
        stream.topics.add(topic)
        self._listeners[_key(stream, topic)].add(stream)

    async def check(self, stream: Stream, topic: Topic) -> None:
        """What a subscription needs to know first. Raises ``Unauthorized`` without the scope, ``NotFound`` for a list
        that is not the listener's own (Mastodon's words)."""
        _need(stream, topic)
        # a list that is a feed may be listened to, as apps do with each that they show: nothing comes, it is an order
        if topic.name == LIST and await self._parts.db.one(places.kind(stream.account_id, int(topic.tag))) is None:
            raise NotFound(lazy("Not authorized to stream this list"))

    def unsubscribe(self, stream: Stream, topic: Topic) -> None:
        """Listen no longer."""
        stream.topics = {known for known in stream.topics if known[:2] != topic[:2]}
        key = _key(stream, topic)
        listeners = self._listeners.get(key)
        if listeners is not None:
            listeners.discard(stream)
            if not listeners:
                del self._listeners[key]

    def close(self) -> None:
        """Every stream says that the server goes away, and ends."""
        self._closed = True
        self._unsubscribe()
        for stream in tuple(self._streams):
            stream.end(GOING_AWAY)
        for task in self._tasks:
            task.cancel()

    def listeners(self, name: str, of: int | str = "") -> list[tuple[Stream, Topic]]:
        """Who listens to a topic: personal ones by account id, hashtags by tag, lists by their id as a text; and under
        which topic they know it."""
        found = self._listeners.get((name, of))
        if not found:
            return []
        tag = of if isinstance(of, str) else ""
        topics = ((stream, _own(stream, name, tag)) for stream in found)
        return [(stream, topic) for stream, topic in topics if topic is not None]

    def everybody(self, name: str) -> list[tuple[Stream, Topic]]:
        """Who listens to a personal stream, whoever they are."""
        return [(stream, topic) for stream in self._streams for topic in stream.topics if topic.name == name]

    def tag_listeners(self) -> list[tuple[Stream, Topic]]:
        """Everybody who listens to any hashtag."""
        tags = (HASHTAG, HASHTAG_LOCAL)
        return [(stream, topic) for stream in self._streams for topic in stream.topics if topic.name in tags]

    def _hear(self, message: Message) -> None:
        if isinstance(message, Closed):
            for stream in tuple(self._streams):
                if stream.account_id == message.account_id and message.token_id in (None, stream.token_id):
                    stream.end(POLICY)
        elif self._streams:
            self._behind.append(message)
            self._wake.set()

    async def _deliver(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._behind:
                message = self._behind.popleft()
                try:
                    for number, delivery in enumerate(await self._deliveries.of(message, self), 1):
                        self._push(delivery)
                        if not number % TURN:
                            # thousands of readers are written to: requests in between
                            await asyncio.sleep(0)
                except Failure as failure:
                    log.warning("a message was not streamed", extra={"error": str(failure)})
                except Exception:
                    log.exception("a message was not streamed")

    def _push(self, delivery: Delivery) -> None:
        if not delivery.stream.push(delivery.topic, delivery.event):
            metrics.count("fedserver_streams_dropped_total")
            delivery.stream.end(TRY_LATER)

    async def _watch(self) -> None:
        """Close the streams whose token, user or account is no longer valid."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_S):
                    await self._look.wait()
            self._look.clear()
            for token in {stream.token for stream in self._streams}:
                if not await self._valid(token):
                    for stream in tuple(self._streams):
                        if stream.token == token:
                            stream.end(POLICY)

    async def _valid(self, token: str) -> bool:
        try:
            row = await self._auth.grant(token)
        except Unauthorized:
            return False
        except Failure as failure:
            # a database that does not answer says nothing about the token
            log.warning("a stream's token was not checked", extra={"error": str(failure)})
            return True
        return row.state == "active" and row.suspended_at is None and row.deleted_at is None


def hub_of(parts: Parts) -> Hub:
    """The hub of this process, started on first use. Raises ``Unavailable`` in a process without a bus."""
    found = parts.extra.get("streams")
    if isinstance(found, Hub):
        return found
    if parts.bus is None:
        raise Unavailable(retry_after=60)
    made = parts.extra["streams"] = Hub(parts)
    return made


def _need(stream: Stream, topic: Topic) -> None:
    if not stream.may(topic.scope):
        raise Unauthorized(lazy("Access token does not have the required scopes"))


def _key(stream: Stream, topic: Topic) -> tuple[str, int | str]:
    return (topic.name, stream.account_id) if topic.name in _PERSONAL else (topic.name, topic.tag)


def _own(stream: Stream, name: str, tag: str) -> Topic | None:
    return next((topic for topic in stream.topics if topic.name == name and topic.tag == tag), None)
