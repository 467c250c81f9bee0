"""Feeds in apps: subscribed to as lists, paged through in a frozen order, acted on, explained."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from node_support import RunningNode, cluster
from sqlalchemy import text

from fedserver.db.queries import accounts
from fedserver.db.queries import feeds as rows
from fedserver.db.statement import Statement, nothing
from fedserver.domain.policy.canonical import plain
from fedserver.domain.policy.read import from_plain
from fedserver.jobs import feeds as job
from fedserver.kit.paging import Page
from fedserver.services import policy, starters

LIST = "/api/v1/timelines/list"


def document(score: str = "likes_people", **feed: Any) -> Any:
    values = plain(starters.starter("open-gallery"))
    values["feed"]["best"] = {"title": {"en": "Best"}, "score": score, "length": 400, "boosts_per_hour": 1, **feed}
    return from_plain(values)


async def publish(node: RunningNode, given: Any) -> None:
    await node.node.db.run(partial(policy.publish, keyring=node.node.parts.keyring, given=given, actor=None))


async def compute(node: RunningNode) -> None:
    await job.compute(node.node.parts, {})


@asynccontextmanager
async def community(folder: Path, *people: str) -> AsyncIterator[RunningNode]:
    """A node with people who agree to be found, and a policy whose default feed is by likes alone."""
    async with cluster(folder, alpha=people) as (alpha,):
        await publish(alpha, document())
        yield alpha


async def test_everybody_has_the_default_feed_as_a_list(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben") as node:
        (first,) = await node.alice.get("/api/v1/lists")
        assert (first["title"], first["replies_policy"], first["exclusive"]) == ("Best", "list", False)
        assert await node.alice.get(f"/api/v1/lists/{first['id']}") == first
        assert await node.alice.get(f"/api/v1/lists/{first['id']}/accounts") == []
        assert await node.alice.get(f"{LIST}/{first['id']}") == []
        for method, path in (
            ("PUT", f"/api/v1/lists/{first['id']}"),
            ("POST", f"/api/v1/lists/{first['id']}/accounts"),
            ("DELETE", f"/api/v1/lists/{first['id']}/accounts"),
        ):
            status, body, _ = await node.alice.raw(method, path, json={"title": "x", "account_ids": ["1"]})
            assert status == 422 and "feed of the community" in body["error"], (method, path)
        # another one's
        for method, path in (
            ("GET", f"/api/v1/lists/{first['id']}"),
            ("DELETE", f"/api/v1/lists/{first['id']}"),
            ("GET", f"{LIST}/{first['id']}"),
        ):
            assert (await node.ben.raw(method, path))[0] == 404
        await node.alice.call("DELETE", f"/api/v1/lists/{first['id']}")
        assert await node.alice.get("/api/v1/lists") == []
        offered = {each["id"]: each for each in await node.alice.get("/api/v1/feeds")}
        assert offered["best"]["default"] and offered["best"]["list_id"] is None
        again = await node.alice.post("/api/v1/feeds/newest/subscribe")
        assert again == await node.alice.post("/api/v1/feeds/newest/subscribe")
        assert [each["id"] for each in await node.alice.get("/api/v1/lists")] == [again["id"]]
        assert (await node.alice.raw("POST", "/api/v1/feeds/nothing/subscribe"))[0] == 404


async def post(node: RunningNode, name: str, text: str, **more: Any) -> dict[str, Any]:
    found = await getattr(node, name).post("/api/v1/statuses", json={"status": text, **more})
    return dict(found)


async def test_the_group_of_a_feed_is_no_member(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben") as node:
        await node.alice.post("/api/v1/statuses", json={"status": "hello"})
        await compute(node)
        assert await node.alice.get("/api/v1/feeds")
        site = await node.alice.get("/api/v1/instance")
        assert (site["stats"]["user_count"], site["stats"]["status_count"]) == (2, 1)


async def test_a_feed_is_a_frozen_order_of_boosts_by_its_group(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben", "cleo") as node:
        low, high, none = [await post(node, "alice", text) for text in ("one like", "two likes", "no likes")]
        for name, liked in (("ben", high), ("cleo", high), ("cleo", low), ("alice", none)):
            await getattr(node, name).post(f"/api/v1/statuses/{liked['id']}/favourite")
        await post(node, "ben", "for followers", visibility="private")
        await compute(node)
        (feed,) = await node.ben.get("/api/v1/lists")
        status, page, headers = await node.ben.raw("GET", f"{LIST}/{feed['id']}")
        assert status == 200
        # one's own like does not count
        assert [each["reblog"]["content"] for each in page] == [
            "<p>two likes</p>",
            "<p>one like</p>",
            "<p>no likes</p>",
        ]
        assert all(each["account"]["group"] and each["account"]["acct"] == "feed_best" for each in page)
        ids = [int(each["id"]) for each in page]
        assert ids == sorted(ids, reverse=True)
        times = [each["created_at"] for each in page]
        assert times == sorted(times, reverse=True) and len(set(times)) == len(times)
        assert f"max_id={ids[-1]}" in headers["Link"] and f"min_id={ids[0]}" in headers["Link"]
        assert page[0]["favourited"] and page[0]["reblog"]["favourited"] and not page[1]["favourited"]
        assert await node.ben.get(f"{LIST}/{feed['id']}?max_id={ids[0]}&limit=1") == page[1:2]
        inner = page[0]["reblog"]["id"]
        assert await node.ben.get(f"{LIST}/{feed['id']}?max_id={inner}&limit=1") == page[1:2]
        assert await node.ben.get(f"{LIST}/{feed['id']}?min_id={ids[0]}") == []
        assert await node.ben.get(f"{LIST}/{feed['id']}?since_id={ids[0]}") == []
        # the same order is no new one, another is and stands above the old
        await compute(node)
        assert await node.ben.get(f"{LIST}/{feed['id']}?since_id={ids[0]}") == []
        for name in ("ben", "cleo"):
            await getattr(node, name).post(f"/api/v1/statuses/{none['id']}/favourite")
        await compute(node)
        newer = await node.ben.get(f"{LIST}/{feed['id']}?since_id={ids[0]}")
        assert [each["reblog"]["id"] for each in newer] == [none["id"], high["id"], low["id"]]
        # who is in the middle goes on in the order that they began
        rest = await node.ben.get(f"{LIST}/{feed['id']}?max_id={ids[0]}")
        assert [each["id"] for each in rest] == [each["id"] for each in page[1:]]


async def test_what_may_no_longer_be_seen_is_gone_from_a_frozen_order(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben", "cleo") as node:
        made = {name: await post(node, name, f"by {name}") for name in ("alice", "ben", "cleo")}
        gone = await post(node, "alice", "to be deleted")
        await compute(node)
        (feed,) = await node.ben.get("/api/v1/lists")
        path = f"{LIST}/{feed['id']}"

        async def shown() -> set[str]:
            return {each["reblog"]["id"] for each in await node.ben.get(path)}

        assert await shown() == {made["alice"]["id"], made["ben"]["id"], made["cleo"]["id"], gone["id"]}
        await node.alice.call("DELETE", f"/api/v1/statuses/{gone['id']}")
        assert gone["id"] not in await shown()
        await node.ben.post(f"/api/v1/accounts/{node.cleo.account_id}/mute")
        assert made["cleo"]["id"] not in await shown()
        await node.alice.post(f"/api/v1/accounts/{node.ben.account_id}/block")
        assert await shown() == {made["ben"]["id"]}
        await node.ben.post(
            "/api/v2/filters",
            json={
                "title": "x",
                "context": ["home"],
                "filter_action": "hide",
                "keywords_attributes": [{"keyword": "ben"}],
            },
        )
        (own,) = await node.ben.get(path)
        assert own["reblog"]["id"] == made["ben"]["id"], "one's own posts are not filtered"


async def test_only_those_who_agree_to_be_found_are_in_a_feed(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben", "cleo", "dora", "emil", "fay") as node:
        made = {name: await post(node, name, f"by {name}") for name in ("alice", "ben", "cleo", "dora", "emil", "fay")}
        change = node.__getattr__
        await change("ben").call("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": False})
        await change("cleo").call("PATCH", "/api/v1/accounts/update_credentials", json={"locked": True})
        await change("dora").call("PATCH", "/api/v1/accounts/update_credentials", json={"note": "hello #NoBot"})
        fields = {"fields_attributes": [{"name": "feeds", "value": "#NoBot, please"}]}
        await change("fay").call("PATCH", "/api/v1/accounts/update_credentials", json=fields)
        await node.alice.post(f"/api/v1/statuses/{made['emil']['id']}/reblog")
        await post(node, "emil", "quiet", visibility="unlisted")
        await compute(node)
        (feed,) = await node.alice.get("/api/v1/lists")
        found = {each["reblog"]["id"] for each in await node.alice.get(f"{LIST}/{feed['id']}")}
        assert found == {made["alice"]["id"], made["emil"]["id"]}
        # moved out of sight: at once
        await node.node.db.run(
            lambda unit: unit.run(accounts.change(int(node.emil.account_id), {"limited_at": unit.now}))
        )
        found = {each["reblog"]["id"] for each in await node.alice.get(f"{LIST}/{feed['id']}")}
        assert found == {made["alice"]["id"]}


async def test_one_feed_that_fails_stops_no_other(tmp_path: Path) -> None:
    async with community(tmp_path, "alice") as node:
        await post(node, "alice", "hello")
        best_row = await node.node.db.one(rows.by_name("best"))
        assert best_row is not None

        async def said(statement: str) -> None:
            await node.node.db.run(lambda unit: unit.run(Statement(text(statement), nothing)()))

        await said(
            f"CREATE TRIGGER broken BEFORE INSERT ON feed_snapshots WHEN NEW.feed_id = {best_row.id}"
            " BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
        await compute(node)
        newest = await node.alice.post("/api/v1/feeds/newest/subscribe")
        assert len(await node.alice.get(f"{LIST}/{newest['id']}")) == 1
        best = next(each for each in await node.alice.get("/api/v1/lists") if each["title"] == "Best")
        assert await node.alice.get(f"{LIST}/{best['id']}") == []
        await said("DROP TRIGGER broken")
        await compute(node)
        for none in ("0", "-0"):
            assert await node.alice.get(f"{LIST}/{best['id']}?limit={none}") == []
        assert len(await node.alice.get(f"{LIST}/{best['id']}")) == 1


async def test_who_blocks_the_group_of_a_feed_is_out_of_that_one(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben", "cleo") as node:
        made = {name: await post(node, name, f"by {name}") for name in ("alice", "ben")}
        await compute(node)
        best = await node.cleo.get("/api/v1/lists")
        other = await node.cleo.post("/api/v1/feeds/newest/subscribe")
        group = await node.ben.find("@feed_best@alpha.test")
        await node.ben.post(f"/api/v1/accounts/{group['id']}/block")
        await compute(node)
        both = {made["alice"]["id"], made["ben"]["id"]}
        for feed_id, wanted in ((best[0]["id"], {made["alice"]["id"]}), (other["id"], both)):
            assert {each["reblog"]["id"] for each in await node.cleo.get(f"{LIST}/{feed_id}")} == wanted
        # and back in
        await node.ben.post(f"/api/v1/accounts/{group['id']}/unblock")
        await compute(node)
        assert {each["reblog"]["id"] for each in await node.cleo.get(f"{LIST}/{best[0]['id']}")} == both


async def test_a_verb_on_a_place_is_about_the_post_in_it(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben") as node:
        made = await post(node, "alice", "hello")
        await compute(node)
        (feed,) = await node.ben.get("/api/v1/lists")
        (place,) = await node.ben.get(f"{LIST}/{feed['id']}")
        for verb, mark in (("favourite", "favourited"), ("bookmark", "bookmarked"), ("reblog", "reblogged")):
            answer = await node.ben.post(f"/api/v1/statuses/{place['id']}/{verb}")
            inner = answer["reblog"] or answer
            assert inner["id"] == made["id"] and inner[mark], verb
        for verb, mark in (("unfavourite", "favourited"), ("unbookmark", "bookmarked"), ("unreblog", "reblogged")):
            assert not (await node.ben.post(f"/api/v1/statuses/{place['id']}/{verb}"))[mark], verb
        assert (await node.ben.get(f"/api/v1/statuses/{place['id']}"))["id"] == made["id"]
        answer = await node.ben.post("/api/v1/statuses", json={"status": "re", "in_reply_to_id": place["id"]})
        assert answer["in_reply_to_id"] == made["id"]
        context = await node.ben.get(f"/api/v1/statuses/{place['id']}/context")
        assert [each["id"] for each in context["descendants"]] == [answer["id"]]
        assert (await node.ben.raw("DELETE", f"/api/v1/statuses/{place['id']}"))[0] == 404
        (batch,) = await node.ben.get(f"/api/v1/statuses?id[]={place['id']}&id[]={made['id']}&id[]=5")
        assert batch["id"] == made["id"]
        assert (await node.ben.get("/api/v1/statuses?id[]=5")) == []
        report = {"account_id": node.alice.account_id, "status_ids": [place["id"], made["id"]]}
        assert (await node.ben.post("/api/v1/reports", json=report))["status_ids"] == [made["id"]]
        report = {"account_id": node.ben.account_id, "status_ids": [place["id"]]}
        assert (await node.alice.raw("POST", "/api/v1/reports", json=report))[0] == 404, "not a post of ben's"
        await node.alice.post(f"/api/v1/accounts/{node.ben.account_id}/block")
        for method, path in (("GET", ""), ("POST", "/favourite"), ("GET", "/why"), ("GET", "/context")):
            assert (await node.ben.raw(method, f"/api/v1/statuses/{place['id']}{path}"))[0] == 404, path
        report = {"account_id": node.alice.account_id, "status_ids": [place["id"]]}
        assert (await node.ben.raw("POST", "/api/v1/reports", json=report))[0] == 404
        assert await node.ben.get(f"/api/v1/statuses?id[]={place['id']}") == []


async def test_ones_own_post_is_changed_and_deleted_by_its_place(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben") as node:
        made = await post(node, "alice", "hello")
        await compute(node)
        (feed,) = await node.alice.get("/api/v1/lists")
        (place,) = await node.alice.get(f"{LIST}/{feed['id']}")
        path = f"/api/v1/statuses/{place['id']}"
        changes = (
            ("PUT", path, {"status": "changed"}),
            ("PUT", f"{path}/interaction_policy", {"quote_approval_policy": "nobody"}),
            ("DELETE", path, {}),
        )
        for method, each, body in changes:
            assert (await node.ben.raw(method, each, json=body))[0] == 404, each
        for method, each, body in changes:
            answer = await node.alice.call(method, each, json=body)
            assert answer["id"] == made["id"], each
            assert answer.get("content", "<p>changed</p>") == "<p>changed</p>"
        assert answer["text"] == "changed" and answer["quote_approval"]["automatic"] == []
        assert (await node.alice.raw("GET", f"/api/v1/statuses/{made['id']}"))[0] == 404
        assert await node.alice.get(f"{LIST}/{feed['id']}") == []


async def test_a_place_is_explained(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben") as node:
        values = plain(await node.node.db.run(policy.in_force))
        values["feed"]["best"]["score"] = "2*likes_local - 3*boosts_people + (1 if has_media else 0.5)"
        values["feed"]["best"]["where"] = "not is_reply"
        await publish(node, from_plain(values))
        made = await post(node, "alice", "hello")
        await node.ben.post(f"/api/v1/statuses/{made['id']}/favourite")
        await compute(node)
        found = await node.ben.get(f"/api/v1/statuses/{made['id']}/why")
        assert (found["feed"]["id"], found["place"], found["score"]) == ("best", 1, 2.5)
        assert [(term["text"], term["value"]) for term in found["terms"]] == [
            ("2*likes_local", 2.0),
            ("3*boosts_people", 0.0),
            ("1 if has_media else 0.5", 0.5),
        ]
        assert found["where"] == "not is_reply" and found["signals"]["is_reply"] is False
        assert found["policy"]["version"] == 2 and found["policy"]["hash"].startswith("sha256:")
        (feed,) = await node.ben.get("/api/v1/lists")
        (place,) = await node.ben.get(f"{LIST}/{feed['id']}")
        assert await node.ben.get(f"/api/v1/statuses/{place['id']}/why") == found
        newest = await node.ben.get(f"/api/v1/statuses/{made['id']}/why?feed=newest")
        assert newest["feed"]["id"] == "newest"
        assert (await node.ben.raw("GET", f"/api/v1/statuses/{made['id']}/why?feed=nothing"))[0] == 404
        hidden = await post(node, "alice", "for me", visibility="private")
        assert (await node.ben.raw("GET", f"/api/v1/statuses/{hidden['id']}/why"))[0] == 404


async def test_three_hundred_posts_are_paged_while_new_ones_arrive(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben") as node:
        from fedserver.services import statuses
        from fedserver.services.statuses import Draft

        def write(unit: Any, number: int) -> None:
            statuses.publish(unit, node.alice.account_id, Draft(f"post {number}"))

        values = plain(await node.node.db.run(policy.in_force))
        # an order that has nothing to do with time
        values["feed"]["best"]["score"] = "((posted_s % 1000) * 1000 * 7919) % 1009"
        await publish(node, from_plain(values))
        for number in range(300):
            await node.node.db.run(partial(write, number=number))
        await compute(node)
        (feed,) = await node.ben.get("/api/v1/lists")
        row = await node.node.db.one(rows.by_name("best"))
        assert row is not None
        latest = await node.node.db.one(rows.latest_id(row.id))
        wanted = [str(one.status_id) for one in await node.node.db.all(rows.page(latest, Page(limit=1000)))]
        assert len(wanted) == 300 and wanted != sorted(wanted, reverse=True)
        seen: list[str] = []
        last = None
        while True:
            page = await node.ben.get(f"{LIST}/{feed['id']}?limit=20" + (f"&max_id={last}" if last else ""))
            if not page:
                break
            seen += [each["reblog"]["id"] for each in page]
            last = page[-1]["id"]
            await node.node.db.run(partial(write, number=1000 + len(seen)))
            await compute(node)
        assert seen == wanted


async def test_an_order_can_be_recomputed_from_what_is_kept(tmp_path: Path) -> None:
    from fedserver.db.queries import policy as policies
    from fedserver.domain.ranking.feed import rank
    from fedserver.domain.ranking.inputs import unpack

    async with community(tmp_path, "alice", "ben") as node:
        for number in range(5):
            made = await post(node, "alice", f"post {number} #tag{number % 2}")
            if number % 2:
                await node.ben.post(f"/api/v1/statuses/{made['id']}/favourite")
        await compute(node)
        db = node.node.db
        row = await db.one(rows.by_name("best"))
        assert row is not None
        latest = await db.one(rows.latest_id(row.id))
        snapshot, packed = await db.one(rows.snapshot(latest)), await db.one(rows.inputs(latest))
        assert snapshot is not None and packed is not None
        version = await db.one(policies.by_hash(snapshot.policy_hash))
        assert version is not None
        name, gathered = await asyncio.to_thread(unpack, packed)
        feed = policy.document_of(version).feed(name)
        assert feed is not None
        again = [(one.status_id, one.score) for one in rank(feed, gathered)]
        entries = await db.all(rows.page(latest, Page(limit=1000)))
        assert again == [(one.status_id, orjson.loads(one.reasons)["score"]) for one in entries]


async def test_the_community_chooses_what_apps_show_as_popular(tmp_path: Path) -> None:
    async with community(tmp_path, "alice", "ben") as node:
        made = [await post(node, "alice", text) for text in ("a", "bbb", "cc")]
        await compute(node)
        path = "/api/v1/trends/statuses"
        assert await node.ben.get(path) == []
        values = plain(await node.node.db.run(policy.in_force))
        values["community"]["trends"] = "newest"
        values["feed"]["newest"]["score"] = "text_length"
        await publish(node, from_plain(values))
        await compute(node)
        found = [each["id"] for each in await node.ben.get(path)]
        assert found == [made[1]["id"], made[2]["id"], made[0]["id"]]
        assert [each["id"] for each in await node.ben.get(f"{path}?limit=1&offset=1")] == [made[2]["id"]]
        await node.alice.call("DELETE", f"/api/v1/statuses/{made[1]['id']}")
        assert [each["id"] for each in await node.ben.get(path)] == found[1:]
        await node.ben.post(f"/api/v1/accounts/{node.alice.account_id}/mute")
        assert await node.ben.get(path) == []
