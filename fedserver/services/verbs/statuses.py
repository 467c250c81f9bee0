"""What can be done to a post: labels on it, and less of it to be seen. Nothing here deletes anything."""

from __future__ import annotations

from typing import Any, Final

import orjson

from fedserver.db.queries import ledger as rows
from fedserver.db.queries import provenance, statuses
from fedserver.db.queries.ledger import Decision
from fedserver.db.queries.provenance import LABELLED
from fedserver.db.queries.statuses import Status
from fedserver.db.unit import Unit
from fedserver.domain.moderation.slots import HELD, SLOT_OF, SLOTS, derive
from fedserver.services.events import StatusHeld, StatusReleased
from fedserver.services.verbs.verb import Verb

COLUMN: Final = {"status.visibility": "visibility", "status.sensitive": "sensitive"}


def _slot(unit: Unit, decision: Decision, status: Status) -> dict[str, Any]:
    slot = SLOT_OF[decision.verb]
    column = COLUMN[slot]
    before = orjson.loads(decision.before)
    others = [d for d in _standing(unit, decision, slot) if d.id != decision.id]
    # what the column held before the first of those that stand
    original = before.get("original", getattr(status, column))
    if others:
        original = orjson.loads(others[0].before)["original"]
    _show(unit, status, column, derive(slot, original, {decision.verb, *(d.verb for d in others)}))
    return {**before, "original": original}


def _restore(unit: Unit, decision: Decision) -> None:
    status = unit.one(statuses.by_id(decision.target_id or 0))
    if status is None:
        return
    slot = SLOT_OF[decision.verb]
    others = [d for d in _standing(unit, decision, slot) if d.id != decision.id]
    original = orjson.loads(decision.before)["original"]
    _show(unit, status, COLUMN[slot], derive(slot, original, {d.verb for d in others}))


def _standing(unit: Unit, decision: Decision, slot: str) -> list[Decision]:
    return [d for d in unit.all(rows.standing("status", decision.target_id or 0)) if d.verb in SLOTS[slot]]


def _show(unit: Unit, status: Status, column: str, value: int) -> None:
    was = getattr(status, column)
    if was == value:
        return
    unit.run(statuses.change(status.id, {column: value}))
    unit.run(statuses.changed(status.id))
    if column == "visibility" and HELD in (was, value):
        now = unit.get(statuses.by_id(status.id))
        unit.record(StatusHeld(now) if value == HELD else StatusReleased(now))


def _change(unit: Unit, decision: Decision) -> dict[str, Any]:
    return _slot(unit, decision, unit.get(statuses.by_id(decision.target_id or 0)))


def _label(unit: Unit, decision: Decision) -> dict[str, Any]:
    status_id = decision.target_id or 0
    values = {
        "id": unit.new_id(),
        "status_id": status_id,
        "value": decision.label or decision.rule_id or decision.verb,
        "shown": decision.verb,
        "title": decision.label,
        "decision_id": decision.id,
        "created_at": unit.now,
        "expires_at": decision.expires_at,
    }
    unit.run(rows.add_label(values))
    unit.run(provenance.mark(status_id, LABELLED))
    return {}


def _unlabel(unit: Unit, decision: Decision) -> None:
    status_id = decision.target_id or 0
    unit.run(rows.drop_label_of(decision.id))
    unit.run(provenance.mark(status_id, LABELLED, on=bool(unit.all(rows.labels_of([status_id])))))


VERBS: Final = (
    *(Verb(name, "status", _change, _restore) for name in ("unlist", "hold", "remove", "reject", "mark-sensitive")),
    *(Verb(name, "status", _label, _unlabel) for name in ("label", "blur", "warn")),
)
