"""Notes between processes: what goes in comes out, nothing is too long, nothing unknown raises."""

from __future__ import annotations

from typing import get_args

import pytest

from fedserver.bus.messages import Closed, Deleted, Message, Notified, Posted
from fedserver.bus.wire import MAX_BYTES, Wire

WIRE = Wire(get_args(Message))


@pytest.mark.parametrize(
    "note",
    [
        Posted(1, 2, 0, True, False, ("robot", "ünicode"), (3, 4)),
        Deleted(1, (), True, False, ()),
        Notified(5, 6, "mention"),
        Closed(7),
    ],
)
def test_a_note_crosses_unchanged(note: Message) -> None:
    (text,) = WIRE.encode([note, note])
    assert WIRE.decode(text) == note


def test_many_recipients_cross_in_parts_and_the_public_hears_once() -> None:
    note = Posted(1, 2, 0, True, False, (), tuple(range(10**18, 10**18 + 1000)))
    texts = list(WIRE.encode([note]))
    parts = [WIRE.decode(text) for text in texts]
    assert all(len(text.encode()) <= MAX_BYTES for text in texts)
    assert [i for part in parts if isinstance(part, Posted) for i in part.recipients] == list(note.recipients)
    assert [part.visibility for part in parts if isinstance(part, Posted)] == [0, 1, 1, 1]


def test_what_may_not_cross_stays_and_what_is_unknown_is_nothing() -> None:
    assert list(WIRE.encode([object(), "text", 5])) == []
    for text in ("", "[]", "{}", '["Nobody",1]', '["Closed"]', '["Posted",1]', "\x00", '[["Closed"],1]'):
        assert WIRE.decode(text) is None
