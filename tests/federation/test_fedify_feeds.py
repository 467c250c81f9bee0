"""A person on a server made of Fedify follows a feed, and receives what its group boosts."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from peers.meeting import meeting
from peers.steps import skip_without_peer

from fedserver.domain.policy.canonical import plain
from fedserver.domain.policy.read import from_plain
from fedserver.jobs import feeds as job
from fedserver.services import policy, starters


@pytest.fixture(scope="module", autouse=True)
def _peer_can_be_had() -> None:
    skip_without_peer()


async def test_a_feed_is_followed_and_its_boosts_arrive(tmp_path: Path) -> None:
    async with meeting(tmp_path) as meet:
        node = meet.home.node
        values = plain(starters.starter("open-gallery"))
        values["feed"]["best"] = {"title": {"en": "Best"}, "score": "posted_s", "boosts_per_hour": 1}
        given = from_plain(values)
        await node.db.run(partial(policy.publish, keyring=node.parts.keyring, given=given, actor=None))
        await job.compute(node.parts, {})
        group = (await meet.alice.get("/api/v1/accounts/lookup?acct=feed_best"))["uri"]
        await meet.peer.follow(group)
        accepted = await meet.peer.wait_for("Accept")
        assert accepted.activity["actor"] == group
        note = await meet.alice.post("/api/v1/statuses", json={"status": "the best"})
        await job.compute(node.parts, {})
        boost = await meet.peer.wait_for("Announce")
        assert boost.object_id == note["uri"] and boost.activity["actor"] == group
        assert (await meet.peer.read(group))["type"] == "Group"
