"""What holds for an account: what moderators decided about it and what its server's policy says, together.

Several decisions may stand on one account, and its server may be limited or suspended besides. The columns always
show what all of that amounts to, so that taking one away never frees what another holds.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from fedserver.db.queries import accounts, ledger, moderation, users
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.ledger import Decision
from fedserver.db.queries.relations import Follow
from fedserver.db.queries.users import User
from fedserver.db.unit import Unit
from fedserver.services import signals
from fedserver.services.events import ProfileChanged

# verb -> the column that shows since when it holds
COLUMNS: Final = {"suspend": "suspended_at", "limit": "limited_at", "force-sensitive": "sensitized_at"}


def since(unit: Unit, account: Account, verb: str) -> int | None:
    """Since when (ms) a verb holds for an account, None where it does not: the oldest decision, or the server's."""
    decided = [each.created_at for each in decisions(unit, account.id, verb)]
    server = by_server(unit, account, verb)
    return min([*decided, *([server] if server is not None else [])], default=None)


def by_server(unit: Unit, account: Account, verb: str) -> int | None:
    """Since when the policy towards its server says so of all its accounts."""
    if account.local or verb not in ("suspend", "limit"):
        return None
    policy = unit.one(moderation.policy_for(account.domain))
    return policy.created_at if policy is not None and policy.severity == verb else None


def settle(unit: Unit, account: Account, *verbs: str) -> Account:
    """Write what holds; the account as it is then."""
    values: dict[str, Any] = {COLUMNS[verb]: since(unit, account, verb) for verb in verbs}
    if all(getattr(account, column) == value for column, value in values.items()):
        return account
    unit.run(accounts.change(account.id, values))
    return changed(unit, account.id)


def changed(unit: Unit, account_id: int) -> Account:
    """Others see another account from now on."""
    unit.run(accounts.changed(account_id))
    signals.people_changed(unit, account_id)
    account = unit.get(accounts.by_id(account_id))
    if account.local:
        unit.record(ProfileChanged(account))
    return account


def settle_user(unit: Unit, account_id: int) -> None:
    """Whether the user of an account may sign in: the state that it had, unless a decision stands."""
    user = unit.one(users.by_account(account_id))
    if user is None:
        return
    disabled = bool(decisions(unit, account_id, "disable"))
    unit.run(users.change(user.id, {"state": "disabled" if disabled else state_of(user)}))


def state_of(user: User) -> str:
    """The state of somebody whom no moderator keeps out."""
    if user.confirmed_at is None and user.unconfirmed_email is not None:
        return "unconfirmed"
    return "pending" if user.unapproved else "active"


def decisions(unit: Unit, account_id: int, verb: str) -> list[Decision]:
    """Decisions of a verb about an account that stand, oldest first."""
    return [each for each in unit.all(ledger.standing("account", account_id)) if each.verb == verb]


def remember(unit: Unit, decision_id: int, before: dict[str, Any]) -> None:
    """Keep more of what was before a decision."""
    unit.run(ledger.change(decision_id, {"before": orjson.dumps(before).decode()}))


def kept(follow: Follow) -> dict[str, Any]:
    """What a decision keeps of a follow that it ends, for ``follows.resume``."""
    return {"account": follow.account_id, "target": follow.target_id, "uri": follow.uri}
