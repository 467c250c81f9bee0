"""Timelines, one's own lists, notifications, markers, tags, search, reports."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from client_support import client_node, png

from fedserver.db.queries import accounts


def ids(answer: Any) -> list[str]:
    assert answer.status == 200, answer.text
    return [each["id"] for each in answer.json]


async def test_home_public_and_tags(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, eve = [await api.person(name) for name in ("alice", "bob", "eve")]
        far = await api.remote("carol")
        await bob.follow(alice)
        public = await alice.publish("public #Tea")
        unlisted = await alice.publish("unlisted #tea", visibility="unlisted")
        private = await alice.publish("private #tea", visibility="private")
        await alice.publish("@eve direct #tea", visibility="direct")
        medium = (await alice.upload(png())).json
        picture = await alice.publish("picture", media_ids=[medium["id"]])
        remote = str(await api.receive(far, 1))
        home = [picture["id"], private["id"], unlisted["id"], public["id"]]
        assert ids(await bob.get("/api/v1/timelines/home")) == home
        assert ids(await eve.get("/api/v1/timelines/home")) == []
        path = "/api/v1/timelines/public"
        assert set(ids(await api.node.get(path))) == {public["id"], picture["id"], remote}
        assert ids(await api.node.get(f"{path}?local=true")) == [picture["id"], public["id"]]
        assert ids(await api.node.get(f"{path}?remote=true")) == [remote]
        assert ids(await api.node.get(f"{path}?only_media=true")) == [picture["id"]]
        for tag in ("tea", "TEA", "%54ea"):
            assert ids(await api.node.get(f"/api/v1/timelines/tag/{tag}")) == [public["id"]]
        assert ids(await api.node.get("/api/v1/timelines/tag/tea?none[]=tea")) == []
        assert ids(await api.node.get("/api/v1/timelines/tag/coffee")) == []
        await bob.post(f"/api/v1/accounts/{alice.account_id}/mute")
        assert ids(await bob.get("/api/v1/timelines/home")) == []
        assert ids(await bob.get(f"{path}?local=true")) == []


async def test_paging_walks_everything_once_while_posts_arrive(tmp_path: Path) -> None:
    """ENUM-02, and the shape of ``Link``: next first, absolute, no comma inside."""
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        written = [(await alice.publish(f"post {number}"))["id"] for number in range(23)]
        path, seen = "/api/v1/timelines/public?limit=5&local=true", []
        while True:
            answer = await api.node.get(path)
            rows = ids(answer)
            if not rows:
                break
            seen += rows
            link = answer.headers["Link"]
            match = re.fullmatch(r'<([^,>]+)>; rel="next", <([^,>]+)>; rel="prev"', link)
            assert match and match[1].startswith(f"{api.node.base}/api/v1/timelines/public?")
            assert "limit=5" in match[1] and "local=true" in match[1] and f"max_id={rows[-1]}" in match[1]
            path = match[1].removeprefix(api.node.base)
            await alice.publish("meanwhile")
            await alice.send("DELETE", f"/api/v1/statuses/{rows[0]}")
        assert seen == written[::-1]


async def test_favourites_and_bookmarks_page_by_when_they_were_made(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        posts = [(await alice.publish(f"post {number}"))["id"] for number in range(3)]
        for status_id in (posts[2], posts[0], posts[1]):
            await bob.post(f"/api/v1/statuses/{status_id}/favourite")
            await bob.post(f"/api/v1/statuses/{status_id}/bookmark")
        for path in ("/api/v1/favourites", "/api/v1/bookmarks"):
            assert ids(await bob.get(path)) == [posts[1], posts[0], posts[2]]
            first = await bob.get(f"{path}?limit=1")
            following = first.headers["Link"].partition(">")[0].removeprefix("<" + api.node.base)
            assert ids(first) == [posts[1]] and ids(await bob.get(following)) == [posts[0]]
            assert ids(await alice.get(path)) == []


async def test_notifications(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, eve = [await api.person(name) for name in ("alice", "bob", "eve")]
        made = await alice.publish("post")
        await bob.post(f"/api/v1/statuses/{made['id']}/favourite")
        await bob.post(f"/api/v1/statuses/{made['id']}/reblog")
        await eve.publish("@alice hello")
        await eve.follow(alice)
        path = "/api/v1/notifications"

        async def types(query: str = "") -> list[str]:
            return [each["type"] for each in (await alice.get(path + query)).json]

        assert await types() == ["follow", "mention", "reblog", "favourite"]
        assert await types("?types[]=mention&types[]=follow") == ["follow", "mention"]
        assert await types("?exclude_types[]=mention") == ["follow", "reblog", "favourite"]
        assert await types(f"?account_id={bob.account_id}") == ["reblog", "favourite"]
        assert (await alice.get(f"{path}/unread_count")).json == {"count": 4}
        listed = (await alice.get(path)).json
        assert listed[3]["status"]["id"] == made["id"] and listed[3]["account"]["username"] == "bob"
        one = f"{path}/{listed[0]['id']}"
        assert (await alice.get(one)).json == listed[0]
        for who in (bob, eve):
            assert (await who.get(one)).status == 404
            assert (await who.post(f"{one}/dismiss")).status == 404
        marked = (await alice.post("/api/v1/markers", json={"notifications": {"last_read_id": listed[1]["id"]}})).json
        assert marked["notifications"]["last_read_id"] == listed[1]["id"] and marked["notifications"]["version"] == 1
        assert (await alice.get(f"{path}/unread_count")).json == {"count": 1}
        assert set((await alice.get("/api/v1/markers?timeline[]=home&timeline[]=notifications")).json) == {
            "notifications"
        }
        assert (await bob.get("/api/v1/markers?timeline[]=notifications")).json == {}
        assert (await alice.post(f"{one}/dismiss")).json == {}
        assert await types() == ["mention", "reblog", "favourite"]
        await alice.post(f"/api/v1/accounts/{eve.account_id}/block")
        assert await types() == ["reblog", "favourite"]
        assert (await alice.post(f"{path}/clear")).json == {}
        assert await types() == []


async def test_followed_tags(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        done = (await alice.post("/api/v1/tags/Tea/follow")).json
        assert (done["name"], done["following"], done["url"]) == ("tea", True, f"{api.node.base}/tags/tea")
        assert [each["name"] for each in (await alice.get("/api/v1/followed_tags")).json] == ["tea"]
        assert (await bob.get("/api/v1/tags/tea")).json["following"] is False
        assert "following" not in (await api.node.get("/api/v1/tags/tea")).json
        made = await bob.publish("I drink #tea")
        assert ids(await alice.get("/api/v1/timelines/home")) == [made["id"]]
        assert (await alice.post("/api/v1/tags/tea/unfollow")).json["following"] is False
        assert (await alice.get("/api/v1/followed_tags")).json == []
        assert (await alice.post("/api/v1/tags/%21/follow")).status == 404


async def test_search(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        far = await api.remote("carol")
        note = await api.receive(far, 7)
        made = await alice.publish("searched #teatime")
        private = await alice.publish("private", visibility="private")
        path = "/api/v2/search"
        found = (await bob.get(f"{path}?q=ali")).json
        assert [each["acct"] for each in found["accounts"]] == ["alice"] and found["statuses"] == []
        tags = (await bob.get(f"{path}?q=%23tea&type=hashtags")).json
        assert [each["name"] for each in tags["hashtags"]] == ["teatime"] and tags["accounts"] == []
        assert (await bob.get("/api/v1/search?q=tea")).json["hashtags"] == ["teatime"]
        for url, expected in ((made["uri"], made["id"]), (made["url"], made["id"]), (f"{far.uri}/notes/7", str(note))):
            answer = (await bob.get(f"{path}?q={url}")).json
            assert [each["id"] for each in answer["statuses"]] == [expected], url
        for url in (private["uri"], private["url"]):
            assert (await bob.get(f"{path}?q={url}")).json["statuses"] == []
            assert len((await alice.get(f"{path}?q={url}")).json["statuses"]) == 1
        profile = (await bob.get(f"{path}?q={api.node.base}/@alice")).json
        assert [each["acct"] for each in profile["accounts"]] == ["alice"]
        assert (await api.node.get(f"{path}?q=x&resolve=true")).status == 401
        assert (await bob.get(path)).status in (400, 422)
        assert (await bob.get(f"{path}?q=x&type=people")).status == 422


async def test_search_asks_elsewhere_only_when_told(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        far = await api.remote("carol")
        asked: list[str] = []

        class Resolver:
            """Knows one more post than the node."""

            async def resolve(self, text: str) -> tuple[str, int] | None:
                asked.append(text)
                return ("status", await api.receive(far, 9)) if text.endswith("/notes/9") else None

            async def resolve_handles(self, pairs: list[tuple[str, str]]) -> None:
                asked.extend("@".join(pair) for pair in pairs)
                await api.remote("dora", "other.test")

        api.node.parts.resolver = Resolver()
        url = f"{far.uri}/notes/9"
        assert (await alice.get(f"/api/v2/search?q={url}")).json["statuses"] == [] and asked == []
        found = (await alice.get(f"/api/v2/search?q={url}&resolve=true")).json
        assert [each["uri"] for each in found["statuses"]] == [url] and asked == [url]
        people = (await alice.get("/api/v2/search?q=@dora@other.test&resolve=true&type=accounts")).json
        assert [each["acct"] for each in people["accounts"]] == ["dora@other.test"]
        # our own addresses are never asked for
        asked.clear()
        await alice.get(f"/api/v2/search?q={api.node.base}/users/nobody&resolve=true")
        assert asked == []


async def test_reports(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, owner = await api.person("alice"), await api.person("bob"), await api.person("olga", role="owner")
        made = await alice.publish("bad")
        secret = await alice.publish("private", visibility="private")
        body = {"account_id": str(alice.account_id), "status_ids": [made["id"]], "comment": "rude", "category": "spam"}
        done = await bob.post("/api/v1/reports", json=body)
        assert done.status == 200 and done.json["status_ids"] == [made["id"]]
        assert done.json["target_account"]["username"] == "alice" and done.json["action_taken"] is False
        hidden = await bob.post("/api/v1/reports", json={**body, "status_ids": [secret["id"]]})
        assert (hidden.status, hidden.json) == (404, {"error": "Record not found"})
        assert (await bob.post("/api/v1/reports", json={"comment": "x"})).status == 404
        assert (await bob.post("/api/v1/reports", json={**body, "category": "x"})).status == 422
        notes = (await owner.get("/api/v1/notifications")).json
        assert [(note["type"], note["report"]["id"]) for note in notes] == [("admin.report", done.json["id"])]


async def test_what_is_empty_is_empty(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        for path in ("announcements", "custom_emojis", "lists", "filters", "featured_tags", "scheduled_statuses"):
            assert (await alice.get(f"/api/v1/{path}")).json == []
        assert (await alice.get("/api/v2/filters")).json == []
        assert (await alice.get(f"/api/v1/accounts/{alice.account_id}/lists")).json == []
        peers = (await alice.get("/api/v1/instance/peers")).json
        assert peers == []
        await api.remote("carol")
        assert (await alice.get("/api/v1/instance/peers")).json == ["there.test"]


async def test_a_mute_may_leave_notifications_alone_and_the_suspended_are_silent(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        path, mute = "/api/v1/notifications", f"/api/v1/accounts/{bob.account_id}/mute"
        await alice.post(mute, json={"notifications": False})
        await bob.publish("@alice hello")
        assert [each["type"] for each in (await alice.get(path)).json] == ["mention"]
        await alice.post(mute, json={"notifications": True})
        assert (await alice.get(path)).json == []
        await alice.post(f"/api/v1/accounts/{bob.account_id}/unmute")
        await bob.follow(alice)
        assert {each["type"] for each in (await alice.get(path)).json} == {"mention", "follow"}
        await api.run(lambda unit: unit.run(accounts.change(bob.account_id, {"suspended_at": unit.now})))
        assert (await alice.get(path)).json == []


async def test_an_edit_tells_only_those_whom_it_names_for_the_first_time(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, carol = [await api.person(name) for name in ("alice", "bob", "carol")]
        made = await bob.publish("@alice hello")
        await alice.post("/api/v1/notifications/clear")
        answer = await bob.send("PUT", f"/api/v1/statuses/{made['id']}", json={"status": "@alice @carol hello"})
        assert answer.status == 200
        assert (await alice.get("/api/v1/notifications")).json == []
        assert [each["type"] for each in (await carol.get("/api/v1/notifications")).json] == ["mention"]
