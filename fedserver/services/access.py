"""Who may touch what. Missing and forbidden give the same answer: ``NotFound``."""

from __future__ import annotations

from fedserver.db.queries import accounts, places, relations, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.statuses import Status
from fedserver.db.unit import Unit
from fedserver.kit.errors import Forbidden, NotFound


def account(unit: Unit, account_id: int) -> Account:
    """An account that is neither suspended nor deleted."""
    found = unit.one(accounts.by_id(account_id))
    if found is None or not found.active:
        raise NotFound
    return found


def visible_status(unit: Unit, viewer_id: int | None, status_id: int) -> Status:
    """The post itself; a boost's id stands for what it boosts, also that of a feed's boost, which is no row."""
    found = unit.one(statuses.visible(status_id, viewer_id))
    if found is None:
        found = unit.get(statuses.visible(unit.get(places.inner(status_id, viewer_id)), viewer_id))
    if found.reblog_of_id is not None:
        found = unit.get(statuses.visible(found.reblog_of_id, viewer_id))
    return found


def own_status(unit: Unit, account_id: int, status_id: int) -> Status:
    """A post of the account's own (not a boost); the id of a feed's boost stands for what it boosts."""
    found = unit.one(statuses.by_id(status_id))
    if found is None:
        found = unit.get(statuses.by_id(unit.get(places.inner(status_id, account_id))))
    if found.account_id != account_id or found.reblog_of_id is not None:
        raise NotFound
    return found


def not_blocked(unit: Unit, a: int, b: int) -> None:
    """``Forbidden`` if one of the two blocks the other."""
    if unit.one(relations.blocked_either_way(a, b)) is not None:
        raise Forbidden
