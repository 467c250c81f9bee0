"""What moderators do to accounts and servers. Every act is a line of the audit log, and has its inverse."""

from __future__ import annotations

from collections.abc import Sequence

from fedserver.db.queries import accounts, moderation, relations, users
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.domain.text.characters import plain
from fedserver.jobqueue import outbox
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy
from fedserver.services import follows, sessions
from fedserver.services.events import ProfileChanged
from fedserver.services.reports import COMMUNITY, log_action
from fedserver.services.severances import Severed, warn
from fedserver.services.users import keep_an_owner
from protocol.hosts import normalise_host

MAX_REASON = 1000


def suspend(unit: Unit, account_id: int, moderator: Account | None, *, reason: str = "") -> None:
    """Hide an account and all it posted, end its sessions and streams; nothing is deleted, so it can be undone.

    Except for what an account of another server follows here: its server does not know that it is suspended, and would
    go on receiving posts for followers in its name. These follows end for good, and those followed are told.

    ``reason`` is kept in the audit log, for moderators. ``Conflict`` for the only owner of the community.
    """
    account = unit.get(accounts.by_id(account_id))
    if account.local and account.actor_type == "Application":
        raise Invalid(lazy("The node's own account cannot be suspended"))
    if account.suspended_at is not None:
        return
    user = unit.one(users.by_account(account_id)) if account.local else None
    if user is not None:
        keep_an_owner(unit, user)
    # before: who is suspended is told nothing, but finds it on coming back
    warn(unit, account, "suspend")
    unit.run(accounts.change(account_id, {"suspended_at": unit.now}))
    _changed(unit, account_id)
    sessions.end_all_of_account(unit, account_id)
    if not account.local:
        severed = Severed("account_suspension", account.acct, unit.now)
        _end_follows_of(unit, account, severed)
        severed.tell(unit)
    log_action(unit, moderator, "account.suspend", account.uri, plain(reason).strip()[:MAX_REASON] or account.acct)


def unsuspend(unit: Unit, account_id: int, moderator: Account | None) -> None:
    """Show an account again."""
    account = unit.get(accounts.by_id(account_id))
    if account.suspended_at is None:
        return
    unit.run(accounts.change(account_id, {"suspended_at": None}))
    _changed(unit, account_id)
    log_action(unit, moderator, "account.unsuspend", account.uri, account.acct)


def limit(unit: Unit, account_id: int, moderator: Account | None, *, limited: bool) -> None:
    """Keep an account out of public timelines and of notifications of people who do not follow it."""
    account = unit.get(accounts.by_id(account_id))
    unit.run(accounts.change(account_id, {"limited_at": unit.now if limited else None}))
    unit.run(accounts.changed(account_id))
    if limited and account.limited_at is None:
        warn(unit, account, "silence")
    log_action(unit, moderator, "account.limit" if limited else "account.unlimit", account.uri, account.acct)


def _changed(unit: Unit, account_id: int) -> None:
    unit.run(accounts.changed(account_id))
    account = unit.get(accounts.by_id(account_id))
    if account.local:
        unit.record(ProfileChanged(account))


def clean_domain(unit: Unit, text: str) -> str:
    """A domain as it is stored. ``Invalid`` for what is none, and for our own."""
    try:
        domain = normalise_host(text)
    except ValueError as error:
        raise Invalid(lazy("This is not a valid domain name"), cause=error) from error
    if domain in (unit.site.domain, unit.site.host):
        raise Invalid(lazy("This is our own domain"))
    return domain


def block_domain(
    unit: Unit,
    text: str,
    moderator: Account | None,
    *,
    severity: str = "suspend",
    private_comment: str = "",
    public_comment: str = "",
    reject_media: bool = False,
    reject_reports: bool = False,
) -> str:
    """Set the policy towards a server and its subdomains; the domain as stored.

    ``suspend``: nothing comes in or goes out, accounts are hidden, follows end, queued deliveries are dropped.
    ``limit``: kept out of public timelines. ``allow``: federates where the node takes only servers that it names.
    """
    domain = clean_domain(unit, text)
    if severity not in ("allow", "limit", "suspend"):
        raise Invalid(lazy("Severity is allow, limit or suspend"))
    values = {
        "severity": severity,
        "reject_media": int(reject_media),
        "reject_reports": int(reject_reports),
        "private_comment": private_comment,
        "public_comment": public_comment,
    }
    known = next((p for p in unit.all(moderation.policies()) if p.domain == domain), None)
    if known is not None:
        unit.run(moderation.change_policy(known.id, values))
    else:
        fixed = {"id": unit.new_id(), "community_id": COMMUNITY, "domain": domain, "created_at": unit.now}
        unit.made(moderation.add_policy({**fixed, **values}))
    outbox.apply_suspensions(unit)
    enqueue(unit, "domain.apply", {"domain": domain, "severity": severity}, once=f"domain.apply:{domain}")
    log_action(unit, moderator, f"domain.{severity}", domain, public_comment)
    return domain


def unblock_domain(unit: Unit, text: str, moderator: Account | None) -> bool:
    """Take the policy back; what it hid is shown again. False where there was none."""
    domain = clean_domain(unit, text)
    if not unit.run(moderation.drop_policy(domain)):
        return False
    outbox.apply_suspensions(unit)
    enqueue(unit, "domain.apply", {"domain": domain, "severity": "none"}, once=f"domain.apply:{domain}")
    log_action(unit, moderator, "domain.unblock", domain)
    return True


def apply_policy(unit: Unit, found: Sequence[Account]) -> None:
    """Make accounts of a server follow the policy that holds now (a chunk of the ``domain.apply`` job).

    What a moderator decided about a single account before the server's policy was set is not remembered apart: a
    server that is allowed again shows all of its accounts.
    """
    for account in found:
        policy = unit.one(moderation.policy_for(account.domain))
        severed = Severed("domain_block", policy.domain, policy.created_at) if policy is not None else None
        severity = policy.severity if policy is not None else "none"
        values: dict[str, object] = {
            "suspended_at": (account.suspended_at or unit.now) if severity == "suspend" else None,
            "limited_at": (account.limited_at or unit.now) if severity == "limit" else None,
        }
        unit.run(accounts.change(account.id, values))
        unit.run(accounts.changed(account.id))
        if severity == "suspend" and severed is not None:
            for row in unit.all(relations.followers_of(account.id)):
                severed.followed(row.account_id)
                follows.unfollow(unit, unit.get(accounts.by_id(row.account_id)), account)
            _end_follows_of(unit, account, severed)
            severed.tell(unit)


def _end_follows_of(unit: Unit, account: Account, severed: Severed) -> None:
    for row in unit.all(relations.follows_of(account.id)):
        severed.follower(row.target_id)
        follows.reject(unit, unit.get(accounts.by_id(row.target_id)), account)
