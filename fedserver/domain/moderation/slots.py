"""How several standing decisions about one thing go together, so that undoing one never frees what another holds.

Verbs that change the same column share a slot. The ledger keeps, with each decision, what the column held before the
first of those that stand; the column always shows ``derive(slot, original, verbs that stand)``. Undoing a decision is
deriving again without it, in whatever order they were made and are undone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

# visibility of posts as stored
PUBLIC, UNLISTED, HELD = 0, 1, 4

# slot -> verb -> the least that the column shows while the verb stands
SLOTS: Final[Mapping[str, Mapping[str, int]]] = {
    "status.visibility": {"unlist": UNLISTED, "hold": HELD, "remove": HELD, "reject": HELD},
    "status.sensitive": {"mark-sensitive": 1},
    "media.withheld": {"strip-media": 1},
}
SLOT_OF: Final[Mapping[str, str]] = {verb: slot for slot, verbs in SLOTS.items() for verb in verbs}


def derive(slot: str, original: int, verbs: Collection[str]) -> int:
    """What the column shows while these verbs stand: the strongest, and never less than it was."""
    strengths = SLOTS[slot]
    return max([original, *(strengths[verb] for verb in verbs)])
