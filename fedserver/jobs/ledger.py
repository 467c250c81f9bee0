"""What the ledger needs from time to time: ends, oblivion, deletion for good; and what is told of decisions later."""

from __future__ import annotations

from functools import partial
from typing import Any

from fedserver.db.queries import accounts, decisions
from fedserver.db.queries import ledger as rows
from fedserver.db.unit import Unit
from fedserver.edge.parts import Parts
from fedserver.effects.decisions import retell
from fedserver.services import ledger, removals, statements, undoing

# of a version of the policy that is undone, as many in one unit
CHUNK = 100


async def expire(parts: Parts, payload: dict[str, Any]) -> None:
    """End what was decided for a time that is over."""
    while await parts.db.run(ledger.expire) >= ledger.CHUNK:
        pass


async def forget(parts: Parts, payload: dict[str, Any]) -> None:
    """Once nobody can appeal any more: what rules saw is forgotten, and removed posts are deleted for good."""
    await parts.db.run(lambda unit: unit.run(rows.forget_inputs(unit.now)))
    while await parts.db.run(removals.delete_ripe):
        pass


async def undo_version(parts: Parts, payload: dict[str, Any]) -> None:
    """{"version", "actor_id", "because"}: take back all that stands by a version of the policy, chunk by chunk.
    Without an ``actor_id`` it was a vote.

    What the actor may not take back one by one stays, and the audit log says how much that is. A worker that dies in
    between goes on where it was: what is undone already no longer stands.
    """
    version, because, actor_id = int(payload["version"]), str(payload["because"]), payload.get("actor_id")

    def chunk(unit: Unit) -> int:
        actor = unit.one(accounts.by_id(int(actor_id))) if actor_id else None
        if actor_id and actor is None:
            # who asked is gone: nothing is done in nobody's name
            return 0
        return ledger.undo_version(unit, version, actor, because, chunk=CHUNK)

    while await parts.db.run(chunk):
        pass
    if actor_id:
        await parts.db.run(partial(undoing.say_left, version=version, actor_id=int(actor_id)))


async def tell(parts: Parts, payload: dict[str, Any]) -> None:
    """{"account_id"}: one message to an author on another server, of all that waits to be told."""
    await parts.db.run(partial(statements.make, account_id=int(payload["account_id"])))


async def retell_local(parts: Parts, payload: dict[str, Any]) -> None:
    """{"decision_id"}: tell somebody here what became of decisions that they were told of as one."""

    def work(unit: Unit) -> None:
        found = unit.all(decisions.by_ids([int(payload["decision_id"])]))
        if found:
            retell(unit, found[0])

    await parts.db.run(work)
