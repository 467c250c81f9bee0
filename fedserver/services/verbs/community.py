"""A change of the policy as a line of the ledger. It is taken back by the procedure in force, not by one hand."""

from __future__ import annotations

from typing import Any, Final

import orjson

from fedserver.db.queries.ledger import Decision
from fedserver.db.unit import Unit
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy
from fedserver.services.verbs.verb import Verb

ENACT: Final = "enact"


def _enacted(unit: Unit, decision: Decision) -> dict[str, Any]:
    """The document is in force already: what was there before is the version that its row names."""
    kept: dict[str, Any] = orjson.loads(decision.before)
    return kept


def _refuse(unit: Unit, decision: Decision) -> None:
    raise Invalid(lazy("A version of the policy is taken back by proposing to return to an earlier one"))


VERBS: Final = (Verb(ENACT, "community", _enacted, _refuse),)
