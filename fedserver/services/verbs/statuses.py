"""What can be done to a post so that less of it is seen. Nothing here deletes anything."""

from __future__ import annotations

from typing import Any, Final

import orjson

from fedserver.db.queries import ledger as rows
from fedserver.db.queries import statuses
from fedserver.db.queries.ledger import Decision
from fedserver.db.queries.statuses import Status
from fedserver.db.unit import Unit
from fedserver.domain.moderation.slots import SLOT_OF, SLOTS, derive
from fedserver.services import held
from fedserver.services.verbs.verb import Verb

COLUMN: Final = {"status.visibility": "visibility", "status.sensitive": "sensitive"}


def _slot(unit: Unit, decision: Decision, status: Status) -> dict[str, Any]:
    slot = SLOT_OF[decision.verb]
    column = COLUMN[slot]
    before = orjson.loads(decision.before)
    others = [d for d in _standing(unit, decision, slot) if d.id != decision.id]
    for other in reversed(others):
        theirs = orjson.loads(other.before)
        # what the column held before the first of those that stand; among those that hide it, what publishing needs
        hide = {decision.verb, other.verb} <= held.HIDING
        before |= theirs if hide else {"original": theirs["original"]}
    before.setdefault("original", getattr(status, column))
    if decision.verb in held.HIDING:
        before.setdefault(held.HELD_AT, unit.now)
    _show(unit, status, column, derive(slot, before["original"], {decision.verb, *(d.verb for d in others)}), before)
    return dict(before)


def _restore(unit: Unit, decision: Decision) -> None:
    status = unit.one(statuses.by_id(decision.target_id or 0))
    if status is None:
        # gone since, or never stored
        return
    slot = SLOT_OF[decision.verb]
    others = [d for d in _standing(unit, decision, slot) if d.id != decision.id]
    before = orjson.loads(decision.before)
    _show(unit, status, COLUMN[slot], derive(slot, before["original"], {d.verb for d in others}), before)


def _standing(unit: Unit, decision: Decision, slot: str) -> list[Decision]:
    return [d for d in unit.all(rows.standing("status", decision.target_id or 0)) if d.verb in SLOTS[slot]]


def _show(unit: Unit, status: Status, column: str, value: int, before: dict[str, Any]) -> None:
    was = getattr(status, column)
    if was == value:
        return
    unit.run(statuses.change(status.id, {column: value}))
    unit.run(statuses.changed(status.id))
    if column == "visibility":
        held.shown_otherwise(unit, unit.get(statuses.by_id(status.id)), was, before)


def _change(unit: Unit, decision: Decision) -> dict[str, Any]:
    if decision.target_id is None:
        # what was refused has no row
        return {}
    return _slot(unit, decision, unit.get(statuses.by_id(decision.target_id or 0)))


VERBS: Final = tuple(
    Verb(name, "status", _change, _restore) for name in ("unlist", "hold", "remove", "reject", "mark-sensitive")
)
