"""A feed can be followed from another server: its group boosts the best of it, so many an hour, never twice."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from node_support import cluster

from fedserver.domain.policy.canonical import plain
from fedserver.domain.policy.read import from_plain
from fedserver.jobs import feeds as job
from fedserver.services import policy, starters


async def test_who_follows_a_feed_elsewhere_gets_its_best(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice", "cleo"), beta=("ben",)) as (alpha, beta):
        values = plain(starters.starter("open-gallery"))
        values["feed"]["best"] = {"title": {"en": "Best"}, "score": "likes_people", "boosts_per_hour": 2}
        keyring = alpha.node.parts.keyring
        given = from_plain(values)
        await alpha.node.db.run(partial(policy.publish, keyring=keyring, given=given, actor=None))
        await job.compute(alpha.node.parts, {})
        group = await beta.ben.find("@feed_best@alpha.test")
        assert group["group"] and group["display_name"] == "Best"
        await beta.ben.post(f"/api/v1/accounts/{group['id']}/follow")
        await beta.ben.until(f"/api/v1/accounts/relationships?id[]={group['id']}", lambda rows: rows[0]["following"])

        made = [await alpha.alice.post("/api/v1/statuses", json={"status": f"post {i}"}) for i in range(4)]
        await alpha.cleo.post(f"/api/v1/statuses/{made[1]['id']}/favourite")
        await job.compute(alpha.node.parts, {})
        await beta.ben.until(
            "/api/v1/timelines/home",
            lambda rows: any(each["reblog"] and each["reblog"]["uri"] == made[1]["uri"] for each in rows),
        )
        for _ in range(4):
            await job.compute(alpha.node.parts, {})
        boosts = await alpha.alice.get(f"/api/v1/accounts/{await _id(alpha)}/statuses")
        assert [each["reblog"]["id"] for each in boosts] == [made[3]["id"], made[1]["id"]]
        # a boost by a feed is no person's: it moves nothing
        found = await alpha.alice.get(f"/api/v1/statuses/{made[1]['id']}/why")
        assert found["score"] == 1.0


async def _id(node: object) -> str:
    found = await node.alice.find("@feed_best@alpha.test")  # type: ignore[attr-defined]
    return str(found["id"])
