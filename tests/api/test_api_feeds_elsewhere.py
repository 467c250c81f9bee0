"""Whose feeds one may have besides one's own, and who gets to know what is in one's own: nobody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from node_support import RunningNode
from test_api_feeds import LIST, community, document, post, publish
from test_api_own_feeds import NEWEST_FIRST, OWN, made, shown, texts

from fedserver.db.queries import own_feeds as rows
from fedserver.db.queries import policy as policy_rows
from fedserver.db.queries import seen as seen_rows
from fedserver.domain.policy.canonical import canonical_bytes, hash_of
from fedserver.edge import seen
from fedserver.services import accounts, policy


async def test_a_feed_of_the_community_that_differs_from_reader_to_reader(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben", "cleo") as node:
        personal = document(score="2 if author.followed else 1", **{"from": ["local"]})
        await publish(node, _as_next(await _current(node), personal))
        await node.alice.post(f"/api/v1/accounts/{node.ben.account_id}/follow")
        for who in ("ben", "cleo"):
            await post(node, who, f"by {who}")
        offered = {each["id"]: each for each in await node.alice.get("/api/v1/feeds")}
        assert offered["best"]["personal"] and not offered["newest"]["personal"]
        feed = offered["best"]["list_id"]
        assert texts(await shown(node, "alice", feed)) == ["by ben", "by cleo"]
        assert texts(await shown(node, "cleo", await _list(node, "cleo"))) == ["by cleo", "by ben"]


async def _current(node: RunningNode) -> Any:
    return await node.node.db.run(policy.in_force)


def _as_next(former: Any, given: Any) -> Any:
    return replace(given, name=former.name, version=former.version, parent=former.parent)


async def _list(node: RunningNode, who: str) -> str:
    return str((await getattr(node, who).get("/api/v1/lists"))[0]["id"])


async def test_feeds_of_other_communities(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben") as node:
        theirs = replace(document("0 - posted_s"), name="painters.example")

        def subscribe(unit: Any, mode: str = "advise") -> None:
            row = policy.subscribe(unit, "https://painters.example/policy", mode, 0, ["newest"], None)
            text = canonical_bytes(theirs).decode()
            values = {"document": text, "hash": hash_of(theirs), "name": theirs.name, "state": "fetched"}
            unit.run(policy_rows.change_subscription(row.id, values))

        await node.node.db.run(subscribe)
        for number in range(3):
            await post(node, "ben", f"post {number}")
        offered = {each["id"]: each for each in await node.alice.get("/api/v1/feeds/elsewhere")}
        assert "best@painters.example" in offered and "newest@painters.example" not in offered, "what is excluded"
        assert offered["best@painters.example"]["community"] == "painters.example"
        made_ = await node.alice.post("/api/v1/feeds/best@painters.example/subscribe")
        assert made_ == await node.alice.post("/api/v1/feeds/best@painters.example/subscribe")
        assert texts(await shown(node, "alice", made_["id"])) == ["post 0", "post 1", "post 2"]
        (kept,) = await node.alice.get(OWN)
        assert kept["address"] == "best@painters.example" and kept["document"] is None
        (first, *_) = await shown(node, "alice", made_["id"])
        told = await node.alice.get(f"/api/v1/statuses/{first['id']}/why")
        assert told["policy"] == {"version": 1, "hash": hash_of(theirs), "url": "https://painters.example/policy"}
        # as they write it: changed only as a fork
        status, body, _ = await node.alice.raw("PUT", f"{OWN}/{made_['id']}", json={"document": NEWEST_FIRST})
        assert status == 422 and "another community's" in body["error"]
        fork = await node.alice.post(OWN, json={"fork": "best@painters.example"})
        assert fork["forked_from"] == "best@painters.example" and "0 - posted_s" in fork["document"]
        for name in ("best@elsewhere.example", "newest@painters.example", "nothing@painters.example", "@", "best@"):
            assert (await node.alice.raw("POST", f"/api/v1/feeds/{name}/subscribe"))[0] == 404, name
        # with the subscription the choice goes; the fork stays
        address = "https://painters.example/policy"
        await node.node.db.run(lambda unit: policy.unsubscribe(unit, address, None))
        assert [each["id"] for each in await node.alice.get(OWN)] == [fork["id"]]
        assert (await node.alice.raw("GET", f"{LIST}/{made_['id']}"))[0] in (200, 404)


async def test_what_followers_alone_may_read_is_in_no_shared_cache_and_no_actors(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben") as node:
        await node.alice.post(f"/api/v1/accounts/{node.ben.account_id}/follow")
        await post(node, "ben", "for followers", visibility="private")
        feed_id = await made(node, "alice")
        status, page, headers = await node.alice.raw("GET", f"{LIST}/{feed_id}")
        assert status == 200 and texts(page) == ["for followers"]
        assert "private" in headers["Cache-Control"] and "no-store" in headers["Cache-Control"]
        group = await node.ben.get("/api/v1/accounts/lookup?acct=your_feeds")
        assert await node.ben.get(f"/api/v1/accounts/{group['id']}/statuses") == []
        async with node.http.get(f"{node.url}{LIST}/{feed_id}") as answer:
            assert answer.status == 401


async def test_with_the_account_its_feeds_and_what_it_saw_are_gone(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben") as node:
        await post(node, "ben", "hello")
        await node.alice.call("PATCH", "/api/v1/preferences", json={"remember_seen": True})
        feed_id = await made(node, "alice", 'title = "x"\nfrom = ["local"]\nscore = "1"\n')
        assert len(await shown(node, "alice", feed_id)) == 1
        await seen.settled(node.node.parts)
        account_id = int(node.alice.account_id)
        assert await node.node.db.one(seen_rows.count(account_id)) == 1
        await node.node.db.run(lambda unit: accounts.delete(unit, account_id))
        while await node.node.db.run(lambda unit: accounts.purge_some(unit, account_id, 10)):
            pass
        assert await node.node.db.one(seen_rows.count(account_id)) == 0
        assert await node.node.db.all(rows.listed(account_id)) == []
        assert await node.node.db.one(rows.latest(account_id, int(feed_id))) is None


async def test_a_list_that_is_a_feed_may_be_listened_to_by_its_reader(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben") as node:
        own = await made(node, "alice")
        (theirs, *_) = await node.alice.get("/api/v1/lists")
        for list_id in (own, theirs["id"]):
            for person, wanted in ((node.alice, 200), (node.ben, 404)):
                url = f"{node.url}/api/v1/streaming/list?list={list_id}&access_token={person.token}"
                async with node.http.get(url, headers={"Accept": "text/event-stream"}) as answer:
                    assert answer.status == wanted, (list_id, person.name)
