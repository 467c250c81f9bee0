"""Who may take which decision back: whoever could have made it, and does not stand below who did.

Asked by every door at which somebody undoes by hand, so that the ledger opens nothing that the pages of accounts and
of servers do not. The command line, jobs and an adopted vote ask for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fedserver.db.queries.accounts import Account
from fedserver.db.queries.ledger import Decision
from fedserver.db.unit import Unit
from fedserver.kit.errors import Forbidden
from fedserver.kit.i18n import lazy
from fedserver.services import roles

# what it takes to decide about something: as the routes and ``services/actions`` ask
_PERMISSION: Final[Mapping[str, str]] = {
    "account": "manage_users",
    "domain": "manage_federation",
    "status": "manage_reports",
    "media": "manage_reports",
    # no single hand takes a version of the policy back: its verb refuses, whoever asks
    "community": "manage_reports",
}


def permission(decision: Decision) -> str:
    """The permission that undoing a decision takes."""
    if decision.source == "override":
        return "administrator"
    if decision.verb == "notify-moderators":
        return "manage_reports"
    return _PERMISSION.get(decision.target, "administrator")


def check(unit: Unit, decision: Decision, actor: Account | None) -> None:
    """``Forbidden``: it is about themselves; the owner's and they are not; they lack the permission, or stand no higher
    than whom it hits, or below who decided. None: the node itself."""
    if actor is None:
        return
    if decision.account_id == actor.id:
        raise Forbidden(lazy("Nobody decides about themselves"))
    own = roles.of_account(unit, actor.id)
    if decision.source == "override" and not own.can("administrator"):
        raise Forbidden(lazy("What the owner decided past the procedure is taken back by the owner"))
    if not own.can(permission(decision)):
        raise Forbidden(lazy("This action is not allowed"))
    # a policy towards a server hits nobody in person: whoever looks after servers may change it, as anybody's
    if decision.account_id is None:
        return
    roles.check_above(unit, actor, decision.account_id, permission(decision))
    if decision.actor_id is not None and own.position < roles.of_account(unit, decision.actor_id).position:
        raise Forbidden(
            lazy("What somebody above you decided is taken back by them, or by somebody who stands as high")
        )
