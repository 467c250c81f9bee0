"""Blocks, mutes and blocked domains of one account."""

from __future__ import annotations

from fedserver.db.queries import accounts, homes, relations
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.relations import Block
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.kit.errors import Forbidden, Invalid
from fedserver.kit.i18n import lazy
from fedserver.services import follows, notifications
from fedserver.services.events import Blocked, Unblocked
from fedserver.services.severances import Severed
from protocol.hosts import normalise_host


def block(unit: Unit, account: Account, target: Account, *, uri: str | None = None) -> None:
    """Block: ends follows both ways, hides both from each other. Repeating it changes nothing."""
    if account.id == target.id:
        raise Forbidden
    follows.unfollow(unit, account, target)
    follows.reject(unit, account, target)
    block_id = unit.new_id()
    block_uri = uri or uris.block(account.uri, block_id)
    values = {"id": block_id, "account_id": account.id, "target_id": target.id, "uri": block_uri}
    if not unit.made(relations.add_block({**values, "created_at": unit.now})):
        return
    if account.local:
        unit.run(homes.drop_author(account.id, target.id))
        notifications.forget_sender(unit, account.id, target.id)
    unit.record(Blocked(Block(block_id, account.id, target.id, block_uri), account, target))


def unblock(unit: Unit, account: Account, target: Account) -> None:
    """Lift a block; nothing happens where there is none."""
    known = unit.one(relations.block(account.id, target.id))
    if known is None:
        return
    unit.run(relations.drop_block(account.id, target.id))
    unit.record(Unblocked(known, account, target))


def mute(unit: Unit, account: Account, target: Account, *, notifications: bool = True, duration_s: int = 0) -> None:
    """Mute, for ``duration_s`` seconds (0: for good). Again: the new options hold."""
    if account.id == target.id:
        raise Forbidden
    unit.run(relations.drop_mute(account.id, target.id))
    values = {
        "id": unit.new_id(),
        "account_id": account.id,
        "target_id": target.id,
        "notifications": int(notifications),
        "created_at": unit.now,
        "expires_at": unit.now + duration_s * 1000 if duration_s > 0 else None,
    }
    unit.made(relations.add_mute(values))


def unmute(unit: Unit, account: Account, target: Account) -> None:
    """Lift a mute."""
    unit.run(relations.drop_mute(account.id, target.id))


def block_domain(unit: Unit, account: Account, text: str) -> None:
    """Hide a whole server from one account; follows between the two end."""
    try:
        domain = normalise_host(text)
    except ValueError as error:
        raise Invalid(lazy("Validation failed: Domain is not a valid domain name"), cause=error) from error
    if domain == unit.site.domain:
        raise Invalid(lazy("You cannot block your own server"))
    values = {"id": unit.new_id(), "account_id": account.id, "domain": domain, "created_at": unit.now}
    if not unit.made(relations.add_domain_block(values)):
        return
    severed = Severed("user_domain_block", domain, unit.now)
    for follow in unit.all(relations.follows_with_domain(account.id, domain)):
        other_id = follow.target_id if follow.account_id == account.id else follow.account_id
        other = unit.get(accounts.by_id(other_id))
        if follow.account_id == account.id:
            severed.followed(account.id)
            follows.unfollow(unit, account, other)
        else:
            severed.follower(account.id)
            follows.reject(unit, account, other)
    severed.tell(unit)


def unblock_domain(unit: Unit, account: Account, text: str) -> None:
    """Show a server again."""
    try:
        domain = normalise_host(text)
    except ValueError:
        return
    unit.run(relations.drop_domain_block(account.id, domain))
