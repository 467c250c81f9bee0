"""What was shown to a reader, for the signal ``seen``: kept only for who turned it on.

Of each post its id and the time are kept, for 30 days, and nothing else: no how long, no how often, no from where.
Turning it off deletes all of it at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fedserver.db.queries import seen as rows
from fedserver.db.unit import Unit
from fedserver.services import preferences

KEPT_MS: Final = 30 * 24 * 3600 * 1000
PREFERENCE: Final = "remember_seen"


def turn(unit: Unit, account_id: int, *, on: bool | None) -> None:
    """Turn it on or off; None changes nothing."""
    if on is None:
        return
    preferences.change_kept(unit, account_id, {PREFERENCE: on})
    if not on:
        unit.run(rows.forget(account_id))


def note(unit: Unit, account_id: int, ids: Sequence[int]) -> None:
    """Keep that posts were shown now."""
    unit.run(rows.add(account_id, list(ids), unit.now))


def sweep(unit: Unit) -> None:
    """Forget what was shown long ago."""
    unit.run(rows.sweep(unit.now - KEPT_MS))
