"""An account of another server is suspended and comes back: what both sides hold of its follows, and its posts."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from node_support import RunningNode, cluster

from fedserver.db.queries import accounts, ledger, relations
from fedserver.db.queries.relations import Follow
from fedserver.services import actions, moderation
from fedserver.services.actions import Order


async def until(ask: Any, seconds: float = 15.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := await ask()):
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.05)
    return found


async def follow_of(node: RunningNode, follower: str, target: str) -> Follow | None:
    """The follow as this node holds it; both are handles as it knows them."""

    def work(unit: Any) -> Follow | None:
        rows = []
        for handle in (follower, target):
            name, _, domain = handle.partition("@")
            rows.append(unit.one(accounts.by_handle(name, "" if domain == node.config.server.domain else domain)))
        if None in rows:
            return None
        found: Follow | None = unit.one(relations.follow(rows[0].id, rows[1].id))
        return found

    return await node.node.db.run(work)


async def test_a_follow_that_a_suspension_ended_stands_again(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice", "amy"), beta=("ben",)) as (alpha, beta):
        found = await beta.ben.get("/api/v2/search?q=amy@alpha.test&resolve=true&type=accounts")
        await beta.ben.post(f"/api/v1/accounts/{found['accounts'][0]['id']}/follow")
        names = ("ben@beta.test", "amy@alpha.test")

        async def both() -> bool:
            held = [await follow_of(node, *names) for node in (alpha, beta)]
            return all(each is not None and each.state == "accepted" for each in held)

        await until(both)
        ben = (await alpha.node.db.run(lambda unit: unit.get(accounts.by_handle("ben", "beta.test")))).id
        uri = (await follow_of(alpha, *names)).uri  # type: ignore[union-attr]

        def suspend(unit: Any) -> None:
            owner = unit.get(accounts.by_id(alpha.alice.account_id))
            actions.take(unit, ben, Order("suspend", text="Rule 1"), owner)

        await alpha.node.db.run(suspend)

        async def ended() -> bool:
            return not any([await follow_of(node, *names) for node in (alpha, beta)])

        await until(ended)
        (decision,) = await alpha.node.db.all(ledger.standing("account", ben))
        assert uri in decision.before

        def restore(unit: Any) -> int:
            return moderation.lift(unit, ben, "suspend", unit.get(accounts.by_id(alpha.alice.account_id)))

        assert await alpha.node.db.run(restore) == 1
        again = await follow_of(alpha, *names)
        assert again is not None and (again.state, again.uri) == ("accepted", uri)
        # and what the other server says then is believed: it has forgotten the follow, its person follows anew
        await beta.ben.post(f"/api/v1/accounts/{found['accounts'][0]['id']}/follow")
        await until(both)
        post = await alpha.amy.post("/api/v1/statuses", json={"status": "back again"})

        async def arrived() -> bool:
            return any(each["uri"] == post["uri"] for each in await beta.ben.get("/api/v1/timelines/home"))

        await until(arrived)
