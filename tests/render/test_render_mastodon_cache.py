"""What is kept is never stale, and never one viewer's for another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from client_support import client_node

from fedserver.db.queries import accounts, timelines
from fedserver.db.statement import Query
from fedserver.db.unit import Unit
from fedserver.kit.paging import Page
from fedserver.render.mastodon.renderer import Renderer
from fedserver.services import moderation


async def test_never_stale(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, eve = [await api.person(name) for name in ("alice", "bob", "eve")]
        await bob.follow(alice)
        made = await alice.publish("first")
        path = f"/api/v1/statuses/{made['id']}"
        assert (await bob.get(path)).json["content"] == "<p>first</p>"

        await alice.send("PUT", path, json={"status": "second"})
        assert (await bob.get("/api/v1/timelines/home")).json[0]["content"] == "<p>second</p>"
        await eve.post(f"{path}/favourite")
        assert (await bob.get(path)).json["favourites_count"] == 1
        await eve.publish("reply", in_reply_to_id=made["id"])
        assert (await bob.get(path)).json["replies_count"] == 1

        await alice.send("PATCH", "/api/v1/accounts/update_credentials", data={"display_name": "Alice A."})
        await eve.follow(alice)
        shown = (await bob.get(path)).json["account"]
        assert (shown["display_name"], shown["followers_count"]) == ("Alice A.", 2)
        await eve.post(f"/api/v1/accounts/{alice.account_id}/unfollow")
        assert (await bob.get(path)).json["account"]["followers_count"] == 1
        boost = (await bob.post(f"{path}/reblog")).json
        await alice.send("PUT", path, json={"status": "third"})
        assert (await eve.get(f"/api/v1/statuses/{boost['id']}")).json["reblog"]["content"] == "<p>third</p>"

        await api.run(lambda unit: moderation.suspend(unit, alice.account_id, None))
        assert (await bob.get(path)).status == 404
        assert (await bob.get("/api/v1/timelines/home")).json == []
        gone = (await bob.get(f"/api/v1/accounts/{alice.account_id}")).json
        assert gone["suspended"] is True and gone["display_name"] == ""


async def test_flags_belong_to_one_viewer(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, eve = [await api.person(name) for name in ("alice", "bob", "eve")]
        made = await alice.publish("post")
        path = f"/api/v1/statuses/{made['id']}"
        for verb in ("favourite", "bookmark", "reblog"):
            await bob.post(f"{path}/{verb}")
        for _ in range(2):
            for who, expected in ((bob, True), (eve, False), (alice, False), (bob, True)):
                shown = (await who.get(path)).json
                assert [shown[flag] for flag in ("favourited", "bookmarked", "reblogged")] == [expected] * 3
                listed = (await who.get(f"/api/v1/accounts/{alice.account_id}/statuses")).json[0]
                assert listed["favourited"] is expected
            anonymous = (await api.node.get(path)).json
            assert not {"favourited", "bookmarked", "reblogged", "pinned", "filtered"} & set(anonymous)


async def test_a_warm_page_reads_nothing_more(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        for number in range(5):
            await alice.publish(f"post {number}")
        db = api.node.parts.db
        page = await db.all(timelines.home(alice.account_id, Page(), api.node.parts.clock.now_ms()))
        counted = _Counting(db)
        renderer = Renderer(api.node.parts.site)
        first = await renderer.statuses(counted, page, alice.account_id)
        assert counted.reads > 0
        counted.reads = 0
        assert await renderer.statuses(counted, page, alice.account_id) == first
        assert counted.reads == 0 and len(first) == 5


class _Counting:
    """Passes reads on to a real database and counts them."""

    def __init__(self, db: Any) -> None:
        self._db = db
        self.reads = 0

    async def all(self, query: Query[Any]) -> Any:
        self.reads += 1
        return await self._db.all(query)

    async def several(self, *queries: Query[Any]) -> Any:
        self.reads += len(queries)
        return await self._db.several(*queries)


async def test_a_small_cache_gives_the_same_pages(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        for number in range(8):
            await alice.publish(f"post {number}")
        db, now = api.node.parts.db, api.node.parts.clock.now_ms()
        page = await db.all(timelines.home(alice.account_id, Page(), now))
        large = await Renderer(api.node.parts.site).statuses(db, page, alice.account_id)
        small = Renderer(api.node.parts.site, status_bytes=2000, account_bytes=100)
        assert await small.statuses(db, page, alice.account_id) == large


async def test_an_account_that_moved_names_its_new_one(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, new = await api.person("alice"), await api.remote("alice", "new.test")
        await alice.publish("before")

        def work(unit: Unit) -> None:
            unit.run(accounts.change(alice.account_id, {"moved_to_id": new.id}))
            unit.run(accounts.changed(alice.account_id))

        await api.run(work)
        for _ in range(2):
            shown = (await api.node.get(f"/api/v1/accounts/{alice.account_id}")).json
            assert shown["moved"]["acct"] == "alice@new.test" and "moved" not in shown["moved"]
