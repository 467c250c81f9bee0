"""Undo: the sender takes back a Follow, a Like, a boost or a Block of its own.

What is undone is found by the id of the activity in our own records, else by what the embedded copy names. An Undo
that overtook what it undoes leaves a tombstone under that id, so that the late one has no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from fedserver.db.queries import accounts, reactions, relations, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.federation.inbox.follows import local_account
from fedserver.federation.inbox.inbound import Effect, Inbound
from fedserver.services import blocks, boosts, favourites, follows
from protocol.activitystreams.read.fields import reference, type_name
from protocol.activitystreams.values import Activity
from protocol.authority import Known, may_act

Undoing = Callable[[Unit, Account, str | None, Mapping[str, Any]], bool]
"""(unit, sender, id of what is undone, its embedded copy or {}) -> whether something was undone."""


def undo(unit: Unit, inbound: Inbound) -> Effect:
    """Judge by the record, then undo."""
    activity = inbound.activity
    sender = inbound.sender(unit)
    if sender is None:
        return Effect.IGNORED
    if _unfollow_by_target(unit, sender, activity):
        return Effect.DONE
    recorded = _recorded_actor(unit, activity.object_id) if activity.object_id is not None else None
    verdict = may_act(activity, Known(author=recorded))
    if verdict.refused:
        return Effect.REFUSED
    inner = activity.object or {}
    kind = type_name(inner) if inner else ""
    tried = [INNER[kind]] if kind in INNER else list(dict.fromkeys(INNER.values())) if not inner else []
    if any(undoing(unit, sender, activity.object_id, inner) for undoing in tried):
        return Effect.DONE
    if activity.object_id is not None and recorded is None and not unit.site.owns(activity.object_id):
        unit.made(statuses.bury(activity.object_id, unit.now, local=False))
        return Effect.DONE
    return Effect.IGNORED


def _unfollow_by_target(unit: Unit, sender: Account, activity: Activity) -> bool:
    """Quirk: snac undoes a Follow by naming whom it followed, under an id on that host (snac/undo_uri.json).

    It can only end a follow of the signer's own, so there is nothing to judge.
    """
    if activity.object is not None:
        return False
    target = local_account(unit, activity.object_id)
    return target is not None and follows.unfollow(unit, sender, target)


def _recorded_actor(unit: Unit, uri: str) -> str | None:
    """Who did what stands here under this id."""
    follow, block = unit.one(relations.follow_by_uri(uri)), unit.one(relations.block_by_uri(uri))
    like, boost = unit.one(reactions.favourite_by_uri(uri)), unit.one(statuses.by_uri(uri))
    actor_id = next((row.account_id for row in (follow, block, like, boost) if row is not None), None)
    account = unit.one(accounts.by_id(actor_id)) if actor_id is not None else None
    return account.uri if account is not None else None


def _follow(unit: Unit, sender: Account, uri: str | None, inner: Mapping[str, Any]) -> bool:
    row = unit.one(relations.follow_by_uri(uri)) if uri is not None else None
    target = unit.one(accounts.by_id(row.target_id)) if row is not None else None
    if target is None:
        target = local_account(unit, reference(inner.get("object")))
    return target is not None and follows.unfollow(unit, sender, target)


def _block(unit: Unit, sender: Account, uri: str | None, inner: Mapping[str, Any]) -> bool:
    row = unit.one(relations.block_by_uri(uri)) if uri is not None else None
    target = unit.one(accounts.by_id(row.target_id)) if row is not None else None
    if target is None:
        target = local_account(unit, reference(inner.get("object")))
    if target is None or unit.one(relations.block(sender.id, target.id)) is None:
        return False
    blocks.unblock(unit, sender, target)
    return True


def _like(unit: Unit, sender: Account, uri: str | None, inner: Mapping[str, Any]) -> bool:
    row = unit.one(reactions.favourite_by_uri(uri)) if uri is not None else None
    status = unit.one(statuses.by_id(row.status_id)) if row is not None else None
    named = reference(inner.get("object"))
    if status is None and named is not None:
        status = unit.one(statuses.by_uri(named))
    if status is None or unit.one(reactions.favourite(sender.id, status.id)) is None:
        return False
    favourites.unfavourite(unit, sender, status)
    return True


def _announce(unit: Unit, sender: Account, uri: str | None, inner: Mapping[str, Any]) -> bool:
    boost = unit.one(statuses.by_uri(uri)) if uri is not None else None
    named = reference(inner.get("object"))
    if boost is None and named is not None:
        status = unit.one(statuses.by_uri(named))
        boost = unit.one(statuses.boost_by(sender.id, status.id)) if status is not None else None
    if boost is None or boost.reblog_of_id is None or boost.account_id != sender.id:
        return False
    boosts.unboost(unit, sender.id, boost.reblog_of_id)
    return True


INNER: Final[Mapping[str, Undoing]] = {
    "Follow": _follow,
    "Like": _like,
    "EmojiReact": _like,
    "Announce": _announce,
    "Block": _block,
}
"""What can be undone. An Undo that names only an id is tried with each; the id decides."""
