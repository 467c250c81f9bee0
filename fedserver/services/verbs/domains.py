"""What can be done to a domain and all below it. The row of ``domain_policies`` is what the standing decisions say.

Several may stand for one name: what people decided (the newest of it holds), and what lists say (the one of the higher
priority holds, then the older). People's word goes before every list's. Undoing a decision shows what stands below it.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from fedserver.db.queries import domains as rows
from fedserver.db.queries import moderation
from fedserver.db.queries.ledger import Decision
from fedserver.db.unit import Unit
from fedserver.domain.moderation.domains import VERB_OF, Terms
from fedserver.services.moderation_events import DomainChanged
from fedserver.services.verbs.verb import Verb


def terms_of(decision: Decision) -> Terms:
    """What a decision about a domain says."""
    return Terms(**orjson.loads(decision.before)["terms"])


def holding(standing: list[Decision]) -> Decision | None:
    """Which of the decisions that stand, oldest first, is the one that holds."""
    people = [each for each in standing if each.source != "list"]
    if people:
        return people[-1]
    return max(standing, key=lambda each: (orjson.loads(each.before).get("priority", 0), -each.id), default=None)


def _settle(unit: Unit, domain: str) -> None:
    held = holding(unit.all(rows.standing(domain)))
    known = unit.one(rows.policy_of(domain))
    if held is None:
        unit.run(moderation.drop_policy(domain))
    else:
        values: dict[str, Any] = {**terms_of(held)._asdict(), "decision_id": held.id}
        values = {name: int(value) if isinstance(value, bool) else value for name, value in values.items()}
        values["list_id"] = orjson.loads(held.before).get("list_id")
        if known is None:
            fixed = {"id": unit.new_id(), "community_id": held.community_id, "domain": domain, "created_at": unit.now}
            unit.made(moderation.add_policy({**fixed, **values}))
        else:
            unit.run(moderation.change_policy(known.id, values))
    unit.record(DomainChanged(domain))


def _done(unit: Unit, decision: Decision) -> dict[str, Any]:
    before: dict[str, Any] = orjson.loads(decision.before)
    known = unit.one(rows.policy_of(decision.target_uri))
    # for people who read the ledger: undoing looks at what stands then
    before["was"] = known.severity if known is not None else None
    _settle(unit, decision.target_uri)
    return before


def _undone(unit: Unit, decision: Decision) -> None:
    _settle(unit, decision.target_uri)


VERBS: Final = tuple(Verb(name, "domain", _done, _undone) for name in VERB_OF.values())
