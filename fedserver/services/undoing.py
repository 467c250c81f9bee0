"""Who may take decisions back by hand, and the undoing of all that a version of the policy led to."""

from __future__ import annotations

from typing import Final

from fedserver.db.queries import accounts
from fedserver.db.queries import decisions as read
from fedserver.db.queries import ledger as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.ledger import Decision
from fedserver.db.unit import Unit
from fedserver.domain.text.characters import plain
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.errors import NotFound
from fedserver.services import ledger, undo_rights
from fedserver.services.reports import log_action

VERSION: Final = "ledger.undo_version"


def undo(unit: Unit, decision_id: int, actor: Account, because: str = "") -> Decision:
    """A moderator takes a decision back. ``Forbidden``: see ``undo_rights.check``."""
    decision = unit.one(rows.by_id(decision_id))
    if decision is None:
        raise NotFound
    undo_rights.check(unit, decision, actor)
    return ledger.undo(unit, decision.id, actor, because)


def ask_version(unit: Unit, version: int, actor: Account, because: str = "") -> int:
    """Have all taken back that stands by a version; how much that is. ``NotFound`` where nothing does."""
    found = unit.get(read.counted(version))
    if not found.standing:
        raise NotFound
    because = plain(because).strip()[: ledger.MAX_REASON]
    payload = {"version": version, "actor_id": actor.id, "because": because}
    enqueue(unit, VERSION, payload, once=f"{VERSION}:{version}")
    log_action(unit, actor, "policy.undo", f"policy:{version}", because)
    return found.standing


def say_left(unit: Unit, version: int, actor_id: int) -> None:
    """Write down how much of a version still stands once somebody had it taken back: what they may not undo."""
    left = unit.get(read.counted(version)).standing
    if left:
        log_action(unit, unit.one(accounts.by_id(actor_id)), "policy.undo.left", f"policy:{version}", f"{left} stand")
