"""Boosts: a row in ``statuses`` that points at another one. One function for both doors."""

from __future__ import annotations

from fedserver.db.queries import accounts, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.statuses import FOLLOWERS, HELD, PUBLIC, Status
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import access, interactions, rules
from fedserver.services.events import Boosted, Unboosted
from fedserver.services.lists import stands_in


def boost(unit: Unit, account_id: int, status_id: int, *, visibility: int = PUBLIC) -> int:
    """Boost a post from this node; the id of the boost (the same one when repeated)."""
    status = access.visible_status(unit, account_id, status_id)
    account = access.account(unit, account_id)
    if visibility > FOLLOWERS:
        raise Invalid(lazy("Validation failed: Visibility is not allowed"))
    boost_id = unit.new_id()
    uri = uris.status(unit.site, account.username, boost_id) + "/activity"
    return store(unit, account, status, boost_id, uri, visibility, unit.now, fresh=True)


def store(
    unit: Unit, account: Account, status: Status, boost_id: int, uri: str, visibility: int, at: int, *, fresh: bool
) -> int:
    """Write a boost, from here or elsewhere. Only public and unlisted posts, or one's own followers-only ones. Its id,
    also where a rule does not take it in."""
    own = status.account_id == account.id
    if status.reblog_of_id is not None or not (status.open or (own and status.visibility == FOLLOWERS)):
        raise NotFound
    access.not_blocked(unit, account.id, status.account_id)
    interactions.check(unit, account, status, "announce")
    visibility = max(visibility, status.visibility)
    values = {
        "id": boost_id,
        "uri": uri,
        "url": uri if account.local else None,
        "account_id": account.id,
        "local": int(account.local),
        "visibility": visibility,
        "object_type": "Announce",
        "reblog_of_id": status.id,
        "thread_id": boost_id,
        "created_at": at,
    }
    if not unit.made(statuses.add(values)):
        known = unit.one(statuses.boost_by(account.id, status.id))
        return known.id if known is not None else boost_id
    made = rules.boosted(unit, unit.get(statuses.by_id(boost_id)), account, status)
    if made is None:
        unit.run(statuses.remove(boost_id))
        return boost_id
    unit.run(statuses.count(status.id, reblogs=1))
    unit.run(accounts.posted(account.id, at if fresh else None))
    if made.visibility == HELD:
        return boost_id
    author = unit.get(accounts.by_id(status.account_id))
    unit.record(Boosted(made, account, status, author, fresh))
    return boost_id


def unboost(unit: Unit, account_id: int, status_id: int) -> None:
    """Take a boost back; nothing happens where there is none."""
    found = unit.one(statuses.boost_by(account_id, status_id))
    status = unit.one(statuses.by_id(status_id))
    if found is None or status is None:
        return
    holders, in_lists = stands_in(unit, found.id)
    unit.run(statuses.remove(found.id))
    unit.run(statuses.count(status.id, reblogs=-1))
    unit.run(accounts.count(account_id, statuses=-1))
    booster, author = unit.get(accounts.by_id(account_id)), unit.get(accounts.by_id(status.account_id))
    unit.record(Unboosted(found, booster, status, author, holders, in_lists))
