"""One open connection: what it listens to, and what waits to be sent to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cached_property

import orjson

from fedserver.edge.scopes import holds
from fedserver.streaming.topics import Topic

# what may wait for a reader; one that lets more pile up is cut off and can come back
MAX_WAITING = 256
MAX_TOPICS = 50
GOING_AWAY, POLICY, TRY_LATER = 1001, 1008, 1013


class Event:
    """Something that happened, rendered. Shared by all who may see the same bytes."""

    def __init__(self, name: str, payload: bytes) -> None:
        self.name = name
        self.payload = payload
        # what is sent, by topic: made once for all who listen to it
        self.frames: dict[Topic, bytes] = {}

    @cached_property
    def quoted(self) -> bytes:
        """The payload as a JSON text."""
        return orjson.dumps(self.payload.decode())


class Stream:
    """Belongs to one account and one token. ``end`` closes it from any side; nothing is sent after that."""

    def __init__(self, account_id: int, token_id: int, token: str, scopes: frozenset[str], address: str) -> None:
        self.account_id = account_id
        self.token_id = token_id
        self.token = token
        self.address = address
        self.topics: set[Topic] = set()
        self.code: int | None = None
        self._scopes = scopes
        self._waiting: asyncio.Queue[tuple[Topic, Event] | None] = asyncio.Queue()
        # sends at once, or says False: then it has to wait for its turn
        self.at_once: Callable[[Topic, Event], bool] | None = None

    def may(self, scope: str) -> bool:
        """Whether the token covers a scope."""
        return holds(self._scopes, scope)

    def push(self, topic: Topic, event: Event) -> bool:
        """Send something now where nothing waits, else let it wait; False if too much waits already."""
        if self.code is not None:
            return True
        if self.at_once is not None and self._waiting.empty() and self.at_once(topic, event):
            return True
        if self._waiting.qsize() >= MAX_WAITING:
            return False
        self._waiting.put_nowait((topic, event))
        return True

    def end(self, code: int) -> None:
        """Close with a WebSocket code (RFC 6455, 7.4.1); what waits is dropped."""
        if self.code is not None:
            return
        self.code = code
        while not self._waiting.empty():
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)

    async def next(self) -> tuple[Topic, Event] | None:
        """What is to be sent next; None once the stream has ended."""
        return None if self.code is not None else await self._waiting.get()
