"""Labels that the community puts on posts, and takes off: what readers are shown, and what other servers read of it."""

from __future__ import annotations

from typing import Any, Final

from fedserver.db.queries import labelers, provenance
from fedserver.db.queries import ledger as rows
from fedserver.db.queries.ledger import Decision
from fedserver.db.queries.provenance import LABELLED
from fedserver.db.unit import Unit
from fedserver.domain.moderation.labels import slug
from fedserver.services.verbs.verb import Verb

_TITLE: Final = 100


def _put(unit: Unit, decision: Decision) -> dict[str, Any]:
    status_id = decision.target_id or 0
    title = (decision.label or decision.reason or decision.rule_id or decision.verb)[:_TITLE]
    values = {
        "id": unit.new_id(),
        "status_id": status_id,
        "value": slug(decision.label or decision.rule_id or decision.verb),
        "shown": decision.verb,
        "title": title,
        "decision_id": decision.id,
        "created_at": unit.now,
        "expires_at": decision.expires_at,
    }
    unit.run(rows.add_label(values))
    unit.run(provenance.mark(status_id, LABELLED))
    _tell(unit, decision, gone=False)
    return {}


def _take_off(unit: Unit, decision: Decision) -> None:
    status_id = decision.target_id or 0
    unit.run(rows.drop_label_of(decision.id))
    unit.run(provenance.mark(status_id, LABELLED, on=bool(unit.all(rows.labels_of([status_id])))))
    _tell(unit, decision, gone=True)


def _tell(unit: Unit, decision: Decision, *, gone: bool) -> None:
    unit.run(labelers.forget_change(decision.id))
    values = {
        "id": unit.new_id(),
        "decision_id": decision.id,
        "status_id": decision.target_id or 0,
        "gone": int(gone),
        "created_at": unit.now,
    }
    unit.run(labelers.add_change(values))


VERBS: Final = tuple(Verb(name, "status", _put, _take_off) for name in ("label", "blur", "warn"))
