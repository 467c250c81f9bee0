"""Verbs that act on accounts: a warning, media that count as sensitive, limiting, suspending, ending the sign-in.

What was ended on the way (the follows of an account elsewhere) is kept with the decision and comes back with its
undoing, as far as the others still agree.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from fedserver.db.queries import accounts, relations, users
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.ledger import Decision
from fedserver.db.unit import Unit
from fedserver.kit.errors import Conflict, Invalid
from fedserver.kit.i18n import lazy
from fedserver.services import follows, sessions, standing
from fedserver.services.owners import keep_an_owner
from fedserver.services.severances import Severed
from fedserver.services.verbs.verb import Verb


def _target(unit: Unit, decision: Decision) -> Account:
    account = unit.get(accounts.by_id(decision.target_id or 0))
    if account.local and account.actor_type == "Application":
        raise Invalid(lazy("The node's own account cannot be moderated"))
    return account


def _warn(unit: Unit, decision: Decision) -> dict[str, Any]:
    """Words alone: they reach whom they are for as the reasons of all decisions do."""
    _target(unit, decision)
    return _before(decision)


def _unwarn(unit: Unit, decision: Decision) -> None:
    """What was said cannot be unsaid; the decision no longer counts."""


def _mark(unit: Unit, decision: Decision) -> dict[str, Any]:
    standing.settle(unit, _target(unit, decision), decision.verb)
    return _before(decision)


def _unmark(unit: Unit, decision: Decision) -> None:
    account = unit.one(accounts.by_id(decision.target_id or 0))
    if account is not None:
        standing.settle(unit, account, decision.verb)


def _suspend(unit: Unit, decision: Decision) -> dict[str, Any]:
    """Hide an account and all it posted, end its sessions and streams; nothing is deleted.

    Except for what an account of another server follows here: its server does not know that it is suspended, and would
    go on receiving posts for followers in its name. These follows end, those followed are told, and ``before`` keeps
    them.
    """
    account = _target(unit, decision)
    first = account.suspended_at is None
    user = unit.one(users.by_account(account.id)) if account.local else None
    if user is not None:
        keep_an_owner(unit, user)
    standing.settle(unit, account, "suspend")
    if not first:
        return _before(decision)
    sessions.end_all_of_account(unit, account.id)
    # with the row as it was: its server is still told
    ended = [] if account.local else _end_follows_of(unit, account)
    return {**_before(decision), "follows": ended}


def _end_follows_of(unit: Unit, account: Account) -> list[dict[str, Any]]:
    severed = Severed("account_suspension", account.acct, unit.now)
    ended = []
    for row in unit.all(relations.follows_of(account.id)):
        severed.follower(row.target_id)
        ended.append(standing.kept(row))
        follows.reject(unit, unit.get(accounts.by_id(row.target_id)), account)
    severed.tell(unit)
    return ended


def _unsuspend(unit: Unit, decision: Decision) -> None:
    account = unit.one(accounts.by_id(decision.target_id or 0))
    if account is None or account.deleted_at is not None:
        return
    account = standing.settle(unit, account, "suspend")
    ended = _before(decision).get("follows", [])
    if account.suspended_at is not None:
        # another decision still stands: it restores them when it is undone
        _hand_on(unit, decision, ended)
        return
    for each in ended:
        follows.resume(unit, each["account"], each["target"], each["uri"])


def _hand_on(unit: Unit, decision: Decision, ended: list[dict[str, Any]]) -> None:
    others = [each for each in standing.decisions(unit, decision.target_id or 0, "suspend") if each.id != decision.id]
    if others and ended:
        before = _before(others[0])
        standing.remember(unit, others[0].id, {**before, "follows": [*before.get("follows", []), *ended]})


def _disable(unit: Unit, decision: Decision) -> dict[str, Any]:
    """Stop somebody from signing in; what was posted stays visible."""
    account = _target(unit, decision)
    user = unit.one(users.by_account(account.id))
    if user is None:
        raise Conflict(lazy("Only people of this community sign in here"))
    keep_an_owner(unit, user)
    standing.settle_user(unit, account.id)
    sessions.end_all(unit, user.id)
    return _before(decision)


def _enable(unit: Unit, decision: Decision) -> None:
    standing.settle_user(unit, decision.target_id or 0)


def _before(decision: Decision) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(decision.before)
    return found


VERBS: Final = (
    Verb("warn", "account", _warn, _unwarn),
    Verb("force-sensitive", "account", _mark, _unmark),
    Verb("limit", "account", _mark, _unmark),
    Verb("suspend", "account", _suspend, _unsuspend),
    Verb("disable", "account", _disable, _enable),
)
