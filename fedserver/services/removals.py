"""Removed posts are only hidden at first. Once nobody can appeal any more they are deleted for good.

A decision without a time for appeals (``Act.appeal_ms`` 0: the legal floor) is carried out by the next run.
"""

from __future__ import annotations

from typing import Final

from fedserver.db.queries import decisions, statuses
from fedserver.db.unit import Unit
from fedserver.services.reports import log_action
from fedserver.services.statuses import remove

CHUNK: Final = 25


def delete_ripe(unit: Unit) -> int:
    """Delete some; how many. Copies elsewhere of a post written here are told to go, too."""
    found = unit.all(decisions.ripe(unit.now, CHUNK))
    for decision in found:
        status = unit.one(statuses.by_id(decision.target_id or 0))
        if status is None:
            continue
        remove(unit, status)
        log_action(unit, None, "status.delete", decision.target_uri, decision.rule_id)
    return len(found)
