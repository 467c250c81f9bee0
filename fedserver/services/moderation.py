"""What moderators do to accounts and servers. Every act is a line of the audit log, and has its inverse."""

from __future__ import annotations

from fedserver.db.queries import accounts
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.ledger import Decision
from fedserver.db.unit import Unit
from fedserver.kit.errors import Conflict
from fedserver.kit.i18n import lazy
from fedserver.services import ledger, standing

# what concerns whole servers stands in a file of its own, and is named here beside what concerns accounts
from fedserver.services.domains import apply_policy as apply_policy
from fedserver.services.domains import block_domain as block_domain
from fedserver.services.domains import clean_domain as clean_domain
from fedserver.services.domains import unblock_domain as unblock_domain
from fedserver.services.ledger import Act


def act(
    unit: Unit,
    account_id: int,
    verb: str,
    moderator: Account | None,
    *,
    reason: str = "",
    note: str = "",
    report_id: int | None = None,
    group_id: int | None = None,
    rule_id: str = "",
    public: bool = True,
    lasts_ms: int | None = None,
) -> Decision | None:
    """Decide about an account: warn, force-sensitive, limit, suspend or disable (``verbs/accounts.py``).

    ``reason`` reaches whom it hits, ``note`` moderators alone. None where a moderator decided the same before and it
    still stands. ``Conflict`` for the only owner of the community.
    """
    account = unit.get(accounts.by_id(account_id))
    made = [each for each in standing.decisions(unit, account_id, verb) if each.source == "moderator"]
    if made and verb != "warn":
        return None
    told = Act(
        verb,
        "account",
        account.id,
        account.uri,
        account.id,
        reason=reason,
        note=note,
        rule_id=rule_id,
        report_id=report_id,
        group_id=group_id,
        public=public,
        lasts_ms=lasts_ms,
    )
    return ledger.decide(unit, told, moderator)


def lift(unit: Unit, account_id: int, verb: str, moderator: Account | None, *, because: str = "") -> int:
    """Take back every decision of this verb that stands on an account; how many. ``Conflict`` where its server's
    policy says the same: that has to change instead."""
    account = unit.get(accounts.by_id(account_id))
    found = standing.decisions(unit, account_id, verb)
    for decision in found:
        ledger.undo(unit, decision.id, moderator, because)
    if verb == "disable":
        standing.settle_user(unit, account_id)
    elif standing.settle(unit, unit.get(accounts.by_id(account.id)), verb) and standing.by_server(unit, account, verb):
        raise Conflict(lazy("The policy towards the server of this account says so: change that"))
    return len(found)


def suspend(unit: Unit, account_id: int, moderator: Account | None, *, reason: str = "") -> None:
    """Hide an account and all it posted."""
    act(unit, account_id, "suspend", moderator, reason=reason)


def unsuspend(unit: Unit, account_id: int, moderator: Account | None) -> None:
    """Show an account again."""
    lift(unit, account_id, "suspend", moderator)


def limit(unit: Unit, account_id: int, moderator: Account | None, *, limited: bool) -> None:
    """Keep an account out of public timelines and of notifications of people who do not follow it."""
    if limited:
        act(unit, account_id, "limit", moderator)
    else:
        lift(unit, account_id, "limit", moderator)
