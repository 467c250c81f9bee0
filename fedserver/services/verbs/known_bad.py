"""Banning a medium: whoever brings a copy of it finds it refused, here and from other servers alike."""

from __future__ import annotations

from typing import Any, Final

import orjson

from fedserver.db.queries import known_bad as rows
from fedserver.db.queries import media
from fedserver.db.queries.ledger import Decision
from fedserver.db.unit import Unit
from fedserver.domain.moderation.hashes import PDQ
from fedserver.jobqueue.enqueue import enqueue
from fedserver.services.media_hashes import hashes_of
from fedserver.services.verbs.verb import Verb

TAKEN_DOWN: Final = "take-down"
"""The list of what was banned here."""
SWEEP: Final = "known_bad.sweep"
"""The job that compares what stands here with the lists: ``{}``."""
# copies, also smaller and recompressed ones, and no variations
_DISTANCE: Final = 12


def _ban(unit: Unit, decision: Decision) -> dict[str, Any]:
    """``before.category``: what the hashes are listed as."""
    before: dict[str, Any] = orjson.loads(decision.before)
    medium = unit.get(media.by_id(decision.target_id or 0))
    for each in hashes_of(unit, medium):
        values = {
            "id": unit.new_id(),
            "kind": each.kind,
            "value": each.value,
            "category": before.get("category", "other"),
            "list": TAKEN_DOWN,
            "distance": _DISTANCE if each.kind == PDQ else 0,
            "decision_id": decision.id,
            "created_at": unit.now,
        }
        unit.made(rows.add(values))
    enqueue(unit, SWEEP, {}, once=SWEEP)
    return before


def _allow(unit: Unit, decision: Decision) -> None:
    unit.run(rows.drop_of(decision.id))


VERBS: Final = (Verb("ban", "media", _ban, _allow),)
