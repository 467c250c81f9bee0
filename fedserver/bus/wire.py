"""Messages between the processes of one node, as short texts (PostgreSQL's NOTIFY takes 8,000 bytes)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from fedserver.bus.messages import Edited, Posted

MAX_BYTES = 7_500
# ids of 20 digits and a comma
RECIPIENTS = 300


class Wire:
    """Turns notes into texts and back. ``kinds``: the NamedTuples of primitives that may cross, told by their name."""

    def __init__(self, kinds: Iterable[type]) -> None:
        self._kinds = {kind.__name__: kind for kind in kinds}

    def encode(self, notes: Sequence[Any]) -> Iterator[str]:
        """The texts for the notes that may cross; others stay in their process. Equal notes are sent once."""
        for note in dict.fromkeys(notes):
            if type(note).__name__ not in self._kinds:
                continue
            for part in _parts(note):
                text = orjson.dumps([type(part).__name__, *part]).decode()
                if len(text.encode()) <= MAX_BYTES:
                    yield text

    def decode(self, text: str) -> Any | None:
        """The note of a text; None for what a newer process says and this one does not know."""
        try:
            name, *fields = orjson.loads(text)
            kind: Any = self._kinds[name]
            return kind(*(tuple(field) if isinstance(field, list) else field for field in fields))
        except (ValueError, KeyError, TypeError):
            return None


def _parts(note: Any) -> Iterator[Any]:
    """A post with many recipients in several notes; only the first speaks to the public streams and to lists."""
    if not isinstance(note, Posted | Edited) or len(note.recipients) <= RECIPIENTS:
        yield note
        return
    for start in range(0, len(note.recipients), RECIPIENTS):
        part = note._replace(recipients=note.recipients[start : start + RECIPIENTS])
        yield part if start == 0 else part._replace(visibility=max(note.visibility, 1), lists=())
