"""Followers of a remote account as its server has them, compared with ours (FEP-8fcf), and the difference mended."""

from __future__ import annotations

from collections.abc import Collection

from fedserver.db.queries import accounts, relations
from fedserver.db.queries import synchronisation as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.relations import Follow
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.jobqueue.enqueue import enqueue
from fedserver.services import follows
from fedserver.services.events import Unfollowed
from protocol.synchronisation import Synchronisation, digest

JOB = "remote.synchronise_followers"


def compare(unit: Unit, target: Account, claimed: Synchronisation) -> None:
    """What its server says of the followers that ``target`` has here. Another digest than ours asks for the list."""
    if digest(unit.all(rows.followers_here(target.id))) == claimed.digest:
        return
    payload = {"account_id": target.id, "url": claimed.url, "digest": claimed.digest}
    enqueue(unit, JOB, payload, once=f"{JOB}:{target.id}")


def mend(unit: Unit, target: Account, theirs: Collection[str]) -> None:
    """Make our follows of ``target`` those that its server knows.

    A follow that it does not know ends here; one that it knows and we do not is accepted if it was asked for, and
    taken back if it was not: nobody follows without having asked.
    """
    ours = set(unit.all(rows.followers_here(target.id)))
    for uri in sorted(ours - set(theirs)):
        follows.unfollow(unit, unit.get(accounts.by_uri(uri)), target)
    for uri in sorted(set(theirs) - ours):
        follower = unit.one(accounts.by_uri(uri))
        if follower is None or not follower.local or not follower.active:
            continue
        if not follows.accept(unit, target, follower) and unit.one(relations.follow(follower.id, target.id)) is None:
            _take_back(unit, follower, target)


def _take_back(unit: Unit, follower: Account, target: Account) -> None:
    """Undo of a follow that is not known here."""
    follow_id = unit.new_id()
    uri = uris.follow(follower.uri, follow_id)
    unit.record(
        Unfollowed(Follow(follow_id, follower.id, target.id, "accepted", uri, 1, 0, unit.now), follower, target)
    )
