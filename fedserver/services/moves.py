"""A followed account moved: its followers here follow the new one."""

from __future__ import annotations

import orjson

from fedserver.db.queries import accounts, relations
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.kit.errors import Failure
from fedserver.services import follows
from fedserver.services.events import AccountMoved

COOLDOWN_MS = 7 * 24 * 3600 * 1000


def move(unit: Unit, account: Account, target: Account) -> int:
    """Record that ``account`` is ``target`` now (both sides were checked); how many followers here went along.

    A second Move within the cooldown changes nothing, so that nobody drags followers in circles.
    """
    if account.moved_to_id == target.id or account.id == target.id:
        return 0
    if account.moved_to_id is not None and unit.now - account.updated_at < COOLDOWN_MS:
        return 0
    unit.run(accounts.change(account.id, {"moved_to_id": target.id, "updated_at": unit.now}))
    unit.run(accounts.changed(account.id))
    moved = 0
    for row in unit.all(relations.followers_of(account.id)):
        follower = unit.get(accounts.by_id(row.account_id))
        if not follower.local:
            continue
        try:
            follows.follow(
                unit,
                follower,
                target,
                show_reblogs=bool(row.show_reblogs),
                notify=bool(row.notify),
                languages=orjson.loads(row.languages) if row.languages else None,
            )
        except Failure:
            continue
        follows.unfollow(unit, follower, account)
        moved += 1
    unit.record(AccountMoved(account, target))
    return moved
