"""Favourites (Like) and bookmarks. One function for both doors."""

from __future__ import annotations

from fedserver.db.queries import accounts, reactions, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.reactions import Favourite
from fedserver.db.queries.statuses import Status
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.services import access, interactions, search
from fedserver.services.events import Favourited, Unfavourited


def favourite(
    unit: Unit, account: Account, status: Status, *, uri: str | None = None, emoji: str | None = None
) -> None:
    """Like a post (which the caller found visible for the account). Repeating it changes nothing.

    ``uri``: the id of the Like where it came from elsewhere; ``emoji``: what it was said with, if it was (FEP-c0e0).
    """
    access.not_blocked(unit, account.id, status.account_id)
    interactions.check(unit, account, status, "like")
    favourite_id = unit.new_id()
    like_uri = uri or uris.like(account.uri, favourite_id)
    values = {"id": favourite_id, "account_id": account.id, "status_id": status.id, "uri": like_uri, "emoji": emoji}
    if not unit.made(reactions.add_favourite({**values, "created_at": unit.now})):
        return
    unit.run(statuses.count(status.id, favourites=1))
    author = unit.get(accounts.by_id(status.account_id))
    unit.record(Favourited(Favourite(favourite_id, account.id, status.id, like_uri), account, status, author))


def unfavourite(unit: Unit, account: Account, status: Status) -> None:
    """Take a favourite back; nothing happens where there is none."""
    found = unit.one(reactions.favourite(account.id, status.id))
    if found is None:
        return
    unit.run(reactions.drop_favourite(found.id))
    unit.run(statuses.count(status.id, favourites=-1))
    unit.record(Unfavourited(found, account, status, unit.get(accounts.by_id(status.account_id))))


def bookmark(unit: Unit, account_id: int, status_id: int) -> None:
    """Keep a post for later; nobody else learns of it."""
    values = {"id": unit.new_id(), "account_id": account_id, "status_id": status_id, "created_at": unit.now}
    unit.made(reactions.add_bookmark(values))
    search.noticed(unit, unit.get(statuses.by_id(status_id)))


def unbookmark(unit: Unit, account_id: int, status_id: int) -> None:
    """Drop a bookmark."""
    unit.run(reactions.drop_bookmark(account_id, status_id))
