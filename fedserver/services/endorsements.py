"""What one says of others without their doing: endorsements, notes for oneself, suggestions that are unwanted."""

from __future__ import annotations

from fedserver.db.queries import discovery, relations
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy

# Mastodon 4.5
MAX_NOTE = 2000


def endorse(unit: Unit, account: Account, target: Account) -> None:
    """Show an account that one follows on one's profile. Repeating it changes nothing."""
    follow = unit.one(relations.follow(account.id, target.id))
    if follow is None or follow.state != "accepted":
        raise Invalid(lazy("Validation failed: You must be already following the person you want to endorse"))
    values = {"id": unit.new_id(), "account_id": account.id, "target_id": target.id, "created_at": unit.now}
    unit.made(discovery.endorse(values))


def unendorse(unit: Unit, account: Account, target: Account) -> None:
    """No longer."""
    unit.run(discovery.unendorse(account.id, target.id))


def note(unit: Unit, account: Account, target: Account, comment: str) -> None:
    """Note something of an account, for oneself; an empty text takes the note away."""
    if len(comment) > MAX_NOTE:
        raise Invalid(lazy("Validation failed: Comment is too long (maximum is %(limit)d characters)", limit=MAX_NOTE))
    if comment:
        unit.run(discovery.note(account.id, target.id, comment, unit.now))
    else:
        unit.run(discovery.drop_note(account.id, target.id))


def dismiss(unit: Unit, account_id: int, target_id: int) -> None:
    """Never suggest the account again."""
    unit.made(discovery.dismiss(account_id, target_id, unit.now))
