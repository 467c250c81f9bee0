"""Publish and subscribe within one process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from fedserver.bus.messages import Message

log = logging.getLogger(__name__)


class Subscriber(NamedTuple):
    """What a listener wants to hear of: messages, "look again who may listen", the end of the process."""

    message: Callable[[Message], None]
    recheck: Callable[[], None]
    close: Callable[[], None]


class LocalBus:
    """Listeners run at once on the loop that publishes; they must not block. One that fails harms no other."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Hear everything from now on; the result ends it."""
        self._subscribers.append(subscriber)

        def end() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return end

    def publish(self, notes: Iterable[object]) -> None:
        """Pass messages on, in order. Anything else that units noted is none of the bus's business."""
        for note in notes:
            if isinstance(note, Message):
                for subscriber in tuple(self._subscribers):
                    self._call(partial(subscriber.message, note))

    def recheck(self) -> None:
        """Another process changed something: tokens and relations may not be what they were."""
        for subscriber in tuple(self._subscribers):
            self._call(subscriber.recheck)

    def close(self) -> None:
        """The process ends: open streams say so and close."""
        for subscriber in tuple(self._subscribers):
            self._call(subscriber.close)

    def _call(self, tell: Callable[[], None]) -> None:
        try:
            tell()
        except Exception:
            log.exception("a listener failed")
