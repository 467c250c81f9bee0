"""Whom one might follow, and what one puts in front or notes of others."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, delete, exists, func, or_, select, text

from fedserver.db.queries.accounts import Account
from fedserver.db.queries.relations import not_hidden_from
from fedserver.db.statement import Query, Statement, columns, insert_new, nothing, one_of
from fedserver.db.tables import (
    account_notes,
    accounts,
    endorsements,
    follows,
    suggestion_dismissals,
    trends,
    users,
)


class Endorsed(NamedTuple):
    """An endorsed account; one pages by ``page_id``."""

    page_id: int
    account: Account


_ACCOUNT = columns(accounts, Account)
_viewer: Any = bindparam("viewer_id")
_waiting = exists().where(users.c.account_id == accounts.c.id, users.c.state != "active")
_PRESENT = (
    accounts.c.suspended_at.is_(None),
    accounts.c.deleted_at.is_(None),
    accounts.c.limited_at.is_(None),
    accounts.c.moved_to_id.is_(None),
    accounts.c.actor_type != "Application",
    or_(accounts.c.domain != "", ~_waiting),
)

# -- people ------------------------------------------------------------------------------------------------------

_friend, _of_friend = follows.alias("friend"), follows.alias("of_friend")
_friend_account = accounts.alias("friend_account")
_friends = (
    select(_friend.c.target_id)
    .where(_friend.c.account_id == _viewer, _friend.c.state == "accepted")
    .order_by(_friend.c.id.desc())
    .limit(200)
)
_not_mine = and_(
    accounts.c.id != _viewer,
    ~exists().where(follows.c.account_id == _viewer, follows.c.target_id == accounts.c.id),
    ~exists().where(suggestion_dismissals.c.account_id == _viewer, suggestion_dismissals.c.target_id == accounts.c.id),
    not_hidden_from(_viewer, accounts.c.id, bindparam("now")),
)
_counted = (
    select(_of_friend.c.target_id.label("id"), func.count().label("friends"))
    .select_from(_of_friend.join(_friend_account, _friend_account.c.id == _of_friend.c.account_id))
    .where(
        _of_friend.c.account_id.in_(_friends),
        _of_friend.c.state == "accepted",
        _friend_account.c.hide_collections == 0,
    )
    .group_by(_of_friend.c.target_id)
    .subquery("counted")
)
_FRIENDS_OF_FRIENDS = Statement(
    select(*_ACCOUNT)
    .select_from(_counted.join(accounts, accounts.c.id == _counted.c.id))
    .where(*_PRESENT, accounts.c.discoverable == 1, _not_mine)
    .order_by(_counted.c.friends.desc(), accounts.c.followers_count.desc(), accounts.c.id)
    .limit(bindparam("limit")),
    Account._make,
)
_POPULAR = Statement(
    select(*_ACCOUNT)
    .select_from(trends.join(accounts, accounts.c.id == trends.c.item_id))
    .where(trends.c.kind == "account", *_PRESENT, accounts.c.discoverable == 1, _not_mine)
    .order_by(trends.c.place)
    .limit(bindparam("limit")),
    Account._make,
)
_FAMILIAR = Statement(
    select(_friend.c.target_id, *_ACCOUNT)
    .select_from(_friend.join(accounts, accounts.c.id == _friend.c.account_id))
    .where(
        one_of(_friend.c.target_id, "ids"),
        _friend.c.state == "accepted",
        accounts.c.hide_collections == 0,
        exists().where(
            follows.c.account_id == _viewer, follows.c.target_id == accounts.c.id, follows.c.state == "accepted"
        ),
        *_PRESENT,
    )
    .order_by(_friend.c.id.desc())
    .limit(500),
    lambda row: (row[0], Account._make(row[1:])),
)


def _directory() -> dict[tuple[bool, bool], Statement[Account]]:
    found = {}
    for newest in (False, True):
        for local in (False, True):
            order = accounts.c.id.desc() if newest else accounts.c.last_status_at.desc()
            where = [
                *_PRESENT,
                accounts.c.discoverable == text("1"),
                not_hidden_from(_viewer, accounts.c.id, bindparam("now")),
            ]
            where += [accounts.c.domain == ""] if local else []
            where += [] if newest else [accounts.c.last_status_at.is_not(None)]
            element = (
                select(*_ACCOUNT).where(*where).order_by(order).limit(bindparam("limit")).offset(bindparam("skip"))
            )
            found[newest, local] = Statement(element, Account._make)
    return found


_DIRECTORY = _directory()


def friends_of_friends(viewer_id: int, now: int, limit: int) -> Query[Account]:
    """Whom those follow that one follows, the most common first."""
    return _FRIENDS_OF_FRIENDS(viewer_id=viewer_id, now=now, limit=limit)


def popular_accounts(viewer_id: int, now: int, limit: int) -> Query[Account]:
    """Whom people here follow most, without those one follows already."""
    return _POPULAR(viewer_id=viewer_id, now=now, limit=limit)


def familiar_followers(viewer_id: int, ids: list[int]) -> Query[Any]:
    """(account, follower) for followers of the accounts whom the viewer follows."""
    return _FAMILIAR(viewer_id=viewer_id, ids=ids)


def directory(viewer_id: int | None, now: int, *, newest: bool, local: bool, limit: int, skip: int) -> Query[Account]:
    """Who wants to be discovered, by who wrote last or who came last."""
    return _DIRECTORY[newest, local](viewer_id=viewer_id, now=now, limit=limit, skip=skip)


def dismiss(account_id: int, target_id: int, now: int) -> Query[Any]:
    """Never suggest it again."""
    values = {"account_id": account_id, "target_id": target_id, "created_at": now}
    return insert_new(suggestion_dismissals, values, "target_id")


# -- endorsements and notes --------------------------------------------------------------------------------------


def _endorsed() -> dict[bool, Statement[Endorsed]]:
    found = {}
    for ascending in (False, True):
        e = endorsements.c
        element = (
            select(e.id, *_ACCOUNT)
            .select_from(endorsements.join(accounts, accounts.c.id == e.target_id))
            .where(e.account_id == bindparam("owner"), e.id < bindparam("below"), e.id > bindparam("above"), *_PRESENT)
            .order_by(e.id if ascending else e.id.desc())
            .limit(bindparam("limit"))
        )
        found[ascending] = Statement(element, lambda row: Endorsed(row[0], Account._make(row[1:])))
    return found


_ENDORSED = _endorsed()
_UNENDORSE = Statement(
    delete(endorsements).where(
        endorsements.c.account_id == bindparam("account_id"), endorsements.c.target_id == bindparam("target_id")
    ),
    nothing,
)
_NOTE = Statement(
    text(
        "INSERT INTO account_notes (account_id, target_id, comment, updated_at)"
        " VALUES (:account_id, :target_id, :comment, :now)"
        " ON CONFLICT (account_id, target_id)"
        " DO UPDATE SET comment = excluded.comment, updated_at = excluded.updated_at"
    ),
    nothing,
)
_DROP_NOTE = Statement(
    delete(account_notes).where(
        account_notes.c.account_id == bindparam("account_id"), account_notes.c.target_id == bindparam("target_id")
    ),
    nothing,
)


def endorsed(owner: int, bounds: dict[str, int], *, ascending: bool) -> Query[Endorsed]:
    """Whom an account endorses, the newest first. ``bounds``: of ``relations.bounds``."""
    return _ENDORSED[ascending](owner=owner, **bounds)


def endorse(values: dict[str, Any]) -> Query[Any]:
    """Insert into ``endorsements``."""
    return insert_new(endorsements, values)


def unendorse(account_id: int, target_id: int) -> Query[None]:
    """No longer."""
    return _UNENDORSE(account_id=account_id, target_id=target_id)


def note(account_id: int, target_id: int, comment: str, now: int) -> Query[None]:
    """What one notes of an account, for oneself."""
    return _NOTE(account_id=account_id, target_id=target_id, comment=comment, now=now)


def drop_note(account_id: int, target_id: int) -> Query[None]:
    """Nothing any more."""
    return _DROP_NOTE(account_id=account_id, target_id=target_id)
