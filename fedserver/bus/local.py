"""Publish and subscribe within one process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from fedserver.bus.messages import Message

Listener = Callable[[Message], None]

log = logging.getLogger(__name__)


class LocalBus:
    """Listeners run at once on the loop that publishes; they must not block. One that fails harms no other."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear every message from now on; the result ends it."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    def publish(self, messages: Iterable[object]) -> None:
        """Pass messages on, in order. Anything else that units noted is none of the bus's business."""
        for message in messages:
            if not isinstance(message, Message):
                continue
            for listener in tuple(self._listeners):
                try:
                    listener(message)
                except Exception:
                    log.exception("a listener failed", extra={"message_type": type(message).__name__})
