"""GET /api/v1/pleroma/statuses/{id}/reactions: who said a favourite with which emoji."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from node_support import Person, cluster

from fedserver.db.queries import accounts, statuses
from fedserver.db.unit import Unit
from fedserver.services import favourites


async def _react(at: Person, who: Person, status_id: str, emoji: str) -> None:
    """As the inbox does, with the remote account that ``at``'s node knows."""
    username, _, domain = who.handle[1:].partition("@")

    def work(unit: Unit) -> None:
        account = unit.get(accounts.by_handle(username, domain))
        favourites.favourite(unit, account, unit.get(statuses.by_id(int(status_id))), emoji=emoji)

    await at.node.node.db.run(work)


async def test_reactions_stand_together_and_who_blocks_the_viewer_is_left_out(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("bob", "ben")) as (alpha, beta):
        alice = alpha.alice
        for other in (beta.bob, beta.ben):
            await alice.find(other.handle)
        post: Any = await alice.post("/api/v1/statuses", json={"status": "what do you think?"})
        path = f"/api/v1/pleroma/statuses/{post['id']}/reactions"
        assert await alice.get(path) == []
        await _react(alice, beta.bob, post["id"], "🎉")
        await _react(alice, beta.ben, post["id"], "🎉")
        [found] = await alice.get(path)
        assert (found["name"], found["count"], found["me"], found["url"]) == ("🎉", 2, False, None)
        assert [each["username"] for each in found["accounts"]] == ["bob", "ben"]
        status, _, _ = await alice.raw("GET", "/api/v1/pleroma/statuses/1/reactions")
        assert status == 404
