"""The bus of one process."""

from __future__ import annotations

from fedserver.bus.local import LocalBus, Subscriber
from fedserver.bus.messages import Closed, Message, Notified


def test_every_subscriber_hears_messages_in_order() -> None:
    bus = LocalBus()
    first: list[Message] = []
    second: list[Message] = []
    told: list[str] = []

    def fails(message: Message) -> None:
        raise RuntimeError("broken listener")

    bus.subscribe(Subscriber(fails, lambda: None, lambda: None))
    end = bus.subscribe(Subscriber(first.append, lambda: told.append("look"), lambda: told.append("close")))
    bus.subscribe(Subscriber(second.append, lambda: None, lambda: None))
    one, two = Notified(1, 2, "mention"), Closed(2)
    bus.publish([one, object(), "a note of somebody else", two])
    assert first == second == [one, two]
    bus.recheck()
    bus.close()
    assert told == ["look", "close"]
    end()
    bus.publish([one])
    assert len(first) == 2 and len(second) == 3
