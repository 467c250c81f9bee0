"""Follows. A follow is ``requested`` until the target, or the target's server, accepts. One function for both doors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from fedserver.db.queries import accounts, discovery, homes, notifications, relations
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.relations import Follow
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.domain.languages import LANGUAGES
from fedserver.kit.errors import Forbidden, Invalid
from fedserver.kit.i18n import lazy
from fedserver.services import lists, rules
from fedserver.services.events import FollowAccepted, FollowRejected, FollowRequested, Unfollowed


def follow(
    unit: Unit,
    follower: Account,
    target: Account,
    *,
    uri: str | None = None,
    show_reblogs: bool | None = None,
    notify: bool | None = None,
    languages: Sequence[str] | None = None,
) -> Follow:
    """Follow an account, or change the options of a follow. Repeating it changes nothing else.

    ``languages``: only posts in these come home, those without a language too; an empty list is all of them.
    ``uri``: the id of the Follow activity where it came from elsewhere.
    """
    if follower.id == target.id:
        raise Forbidden(lazy("Following your own account is not allowed"))
    if unit.one(relations.blocked_either_way(follower.id, target.id)) is not None:
        raise Forbidden
    if follower.local and target.moved_to_id is not None:
        raise Invalid(lazy("This account has moved"))
    wanted = _languages(languages)
    known = unit.one(relations.follow(follower.id, target.id))
    if known is not None:
        if languages is not None and wanted != known.languages:
            unit.run(relations.change_follow(known.id, {"languages": wanted}))
        return _again(unit, known, follower, target, uri, show_reblogs, notify)
    ruled = rules.done_by(unit, "follow", follower)
    if ruled == "reject":
        return refuse(unit, follower, target, uri or "")
    at_once = target.local and not target.locked and follower.limited_at is None and not ruled
    follow_id = unit.new_id()
    values = {
        "id": follow_id,
        "account_id": follower.id,
        "target_id": target.id,
        "state": "requested",
        "uri": uri or uris.follow(follower.uri, follow_id),
        "show_reblogs": int(show_reblogs is not False),
        "notify": int(notify is True),
        "languages": wanted,
        "local": int(follower.local),
        "created_at": unit.now,
    }
    unit.made(relations.add_follow(values))
    made = unit.get(relations.follow(follower.id, target.id))
    if at_once:
        _accept(unit, made, follower, target, requested=False)
    else:
        unit.record(FollowRequested(made, follower, target))
    return unit.get(relations.follow(follower.id, target.id))


def _languages(wanted: Sequence[str] | None) -> str | None:
    """As a row keeps them; None for all. ``Invalid`` for one that nobody knows."""
    if not wanted:
        return None
    if any(each not in LANGUAGES for each in wanted):
        raise Invalid(lazy("Validation failed: Languages is invalid"))
    return orjson.dumps(list(dict.fromkeys(wanted))).decode()


def _again(
    unit: Unit,
    known: Follow,
    follower: Account,
    target: Account,
    uri: str | None,
    show_reblogs: bool | None,
    notify: bool | None,
) -> Follow:
    values: dict[str, object] = {}
    if show_reblogs is not None:
        values["show_reblogs"] = int(show_reblogs)
    if notify is not None:
        values["notify"] = int(notify)
    if uri is not None and uri != known.uri:
        values["uri"] = uri
    if values:
        unit.run(relations.change_follow(known.id, values))
        known = unit.get(relations.follow_by_id(known.id))
    # The other side asks again: it may have lost our answer.
    if not follower.local and known.state == "accepted":
        unit.record(FollowAccepted(known, follower, target, requested=False))
    return known


def _accept(unit: Unit, follow_row: Follow, follower: Account, target: Account, *, requested: bool) -> None:
    unit.run(relations.change_follow(follow_row.id, {"state": "accepted"}))
    unit.run(accounts.count(follower.id, following=1))
    unit.run(accounts.count(target.id, followers=1))
    if follower.local:
        unit.run(homes.backfill(follower.id, target.id))
        if requested:
            lists.followed(unit, follower.id, target.id)
    if target.local:
        unit.run(notifications.forget(target.id, f"follow_request:{follower.id}:0"))
    unit.record(FollowAccepted(follow_row._replace(state="accepted"), follower, target, requested))


def restore(unit: Unit, follower: Account, target: Account, *, uri: str | None, options: Mapping[str, object]) -> bool:
    """Write a follow of a remote account again that its own server never saw end. False where one blocks the other."""
    if unit.one(relations.blocked_either_way(follower.id, target.id)) is not None:
        return False
    values = {
        "id": unit.new_id(),
        "account_id": follower.id,
        "target_id": target.id,
        "state": "accepted",
        "uri": uri,
        "local": int(follower.local),
        "created_at": unit.now,
        **options,
    }
    if unit.made(relations.add_follow(values)):
        unit.run(accounts.count(follower.id, following=1))
        unit.run(accounts.count(target.id, followers=1))
    return True


def accept(unit: Unit, target: Account, follower: Account) -> bool:
    """The target (or its server) accepts a request. False where nothing waited for it."""
    known = unit.one(relations.follow(follower.id, target.id))
    if known is None or known.state != "requested":
        return False
    _accept(unit, known, follower, target, requested=True)
    return True


def reject(unit: Unit, target: Account, follower: Account) -> bool:
    """The target refuses a request, or removes a follower. False where there was none."""
    known = unit.one(relations.follow(follower.id, target.id))
    if known is None:
        return False
    _drop(unit, known, follower, target)
    unit.record(FollowRejected(known, follower, target))
    return True


def resume(unit: Unit, follower_id: int, target_id: int, uri: str) -> bool:
    """A follow that a decision had ended holds again, unless one of the two is gone, blocks the other or follows anew.

    The follower's server, which was told of its end, gets a new Accept of the old request, for what that is worth to
    it: one that forgot the follow ends it when it next compares followers (FEP-8fcf).
    """
    follower, target = unit.one(accounts.by_id(follower_id)), unit.one(accounts.by_id(target_id))
    if follower is None or target is None or not (follower.active and target.active):
        return False
    if unit.one(relations.follow(follower_id, target_id)) is not None:
        return False
    if not restore(unit, follower, target, uri=uri, options={}):
        return False
    unit.record(FollowAccepted(unit.get(relations.follow(follower_id, target_id)), follower, target, requested=True))
    return True


def refuse(unit: Unit, follower: Account, target: Account, uri: str) -> Follow:
    """Answer a request that was never taken in (one blocks the other, a rule), so that it does not wait for ever."""
    row = Follow(unit.new_id(), follower.id, target.id, "requested", uri, 1, 0, unit.now)
    unit.record(FollowRejected(row, follower, target))
    return row


def unfollow(unit: Unit, follower: Account, target: Account) -> bool:
    """End a follow or take a request back. False where there was none."""
    known = unit.one(relations.follow(follower.id, target.id))
    if known is None:
        return False
    _drop(unit, known, follower, target)
    unit.record(Unfollowed(known, follower, target))
    return True


def _drop(unit: Unit, known: Follow, follower: Account, target: Account) -> None:
    unit.run(relations.drop_follow(follower.id, target.id))
    if known.state == "accepted":
        unit.run(accounts.count(follower.id, following=-1))
        unit.run(accounts.count(target.id, followers=-1))
    if follower.local:
        unit.run(homes.drop_author(follower.id, target.id))
        unit.run(discovery.unendorse(follower.id, target.id))
    if target.local:
        unit.run(notifications.forget(target.id, f"follow_request:{follower.id}:0"))
