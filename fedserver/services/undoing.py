"""Who may take decisions back by hand, and the undoing of all that a version of the policy led to."""

from __future__ import annotations

from typing import Final

from fedserver.db.queries import decisions as read
from fedserver.db.queries import ledger as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.ledger import Decision
from fedserver.db.unit import Unit
from fedserver.domain.text.characters import plain
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.errors import Forbidden, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import ledger, roles
from fedserver.services.reports import log_action

VERSION: Final = "ledger.undo_version"


def undo(unit: Unit, decision_id: int, actor: Account, because: str = "") -> Decision:
    """A moderator takes a decision back. ``Forbidden``: it is about themselves, or the owner's and they are not."""
    decision = unit.one(rows.by_id(decision_id))
    if decision is None:
        raise NotFound
    if decision.account_id == actor.id:
        raise Forbidden(lazy("Nobody decides about themselves"))
    if decision.source == "override" and not roles.of_account(unit, actor.id).can("administrator"):
        raise Forbidden(lazy("What the owner decided past the procedure is taken back by the owner"))
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
