"""Accounts, relations and the own profile."""

from __future__ import annotations

from pathlib import Path

from aiohttp import FormData
from client_support import client_node, png

from fedserver.db.queries import accounts, users
from fedserver.db.unit import Unit


async def test_show_lookup_search_and_batch(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        far = await api.remote("alice", "there.test")
        shown = await api.node.get(f"/api/v1/accounts/{alice.account_id}")
        assert shown.json["acct"] == "alice"
        for acct, expected in (("alice", "alice"), ("@alice@there.test", "alice@there.test"), ("ALICE", "alice")):
            assert (await api.node.get(f"/api/v1/accounts/lookup?acct={acct}")).json["acct"] == expected
        assert (await api.node.get("/api/v1/accounts/lookup?acct=nobody")).status == 404
        assert (await api.node.get("/api/v1/accounts/lookup?acct=%25")).status == 404
        found = (await bob.get("/api/v1/accounts/search?q=al")).json
        assert [each["acct"] for each in found] == ["alice", "alice@there.test"]
        assert (await bob.get("/api/v1/accounts/search?q=%25")).json == []
        batch = (await api.node.get(f"/api/v1/accounts?id[]={far.id}&id[]={alice.account_id}&id[]=7")).json
        assert [each["acct"] for each in batch] == ["alice@there.test", "alice"]


async def test_who_is_not_there_for_others(tmp_path: Path) -> None:
    """ENUM-06: waiting, deleted, and the node's own actor: all alike."""
    async with client_node(tmp_path) as api:
        waiting, gone, bob = [await api.person(name) for name in ("waiting", "gone", "bob")]
        actor = (await api.node.parts.db.one(accounts.by_handle("instance.actor"))).id

        def work(unit: Unit) -> None:
            unit.run(users.change(waiting.user_id, {"state": "pending"}))
            unit.run(accounts.change(gone.account_id, {"deleted_at": unit.now}))

        await api.run(work)
        never = await bob.get("/api/v1/accounts/5")
        for account_id in (waiting.account_id, gone.account_id, actor):
            for tail in ("", "/statuses", "/followers", "/following", "/featured_tags"):
                answer = await bob.get(f"/api/v1/accounts/{account_id}{tail}")
                assert (answer.status, answer.body) == (never.status, never.body), (account_id, tail)
        for name in ("waiting", "gone", "instance.actor"):
            assert (await bob.get(f"/api/v1/accounts/lookup?acct={name}")).status == 404
            assert (await bob.get(f"/api/v1/accounts/search?q={name}")).json == []
        assert (await bob.post(f"/api/v1/accounts/{actor}/follow")).status == 404


async def test_relationships_with_suspended_accounts_are_told_where_they_are_asked_for(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        bob, away = await api.person("bob"), await api.person("away")
        await bob.follow(away)
        await api.run(lambda unit: unit.run(accounts.change(away.account_id, {"suspended_at": unit.now})))
        path = f"/api/v1/accounts/relationships?id[]={away.account_id}"
        assert (await bob.get(path)).json == []
        (told,) = (await bob.get(f"{path}&with_suspended=true")).json
        assert told["following"] and told["id"] == str(away.account_id)


async def test_follow_and_back(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        path = f"/api/v1/accounts/{alice.account_id}"
        done = (await bob.post(f"{path}/follow", json={"reblogs": False, "notify": True})).json
        assert (done["following"], done["showing_reblogs"], done["notifying"]) == (True, False, True)
        assert [each["username"] for each in (await api.node.get(f"{path}/followers")).json] == ["bob"]
        following = (await api.node.get(f"/api/v1/accounts/{bob.account_id}/following")).json
        assert [each["username"] for each in following] == ["alice"]
        relation = (await alice.get(f"/api/v1/accounts/relationships?id[]={bob.account_id}&id[]=9")).json
        assert [(each["followed_by"], each["following"]) for each in relation] == [(True, False)]
        removed = (await alice.post(f"/api/v1/accounts/{bob.account_id}/remove_from_followers")).json
        assert removed["followed_by"] is False
        assert (await bob.post(f"{path}/follow")).json["following"] is True
        assert (await bob.post(f"{path}/unfollow")).json["following"] is False
        assert (await bob.post(f"/api/v1/accounts/{bob.account_id}/follow")).status == 403
        assert (await bob.post("/api/v1/accounts/5/follow")).status == 404


async def test_follow_requests(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, eve = [await api.person(name) for name in ("alice", "bob", "eve")]
        await alice.send("PATCH", "/api/v1/accounts/update_credentials", json={"locked": True})
        for who in (bob, eve):
            assert (await who.post(f"/api/v1/accounts/{alice.account_id}/follow")).json["requested"] is True
        waiting = (await alice.get("/api/v1/follow_requests")).json
        assert {each["username"] for each in waiting} == {"bob", "eve"}
        own = (await alice.get("/api/v1/accounts/verify_credentials")).json
        assert own["source"]["follow_requests_count"] == 2
        yes = (await alice.post(f"/api/v1/follow_requests/{bob.account_id}/authorize")).json
        assert yes["followed_by"] is True
        no = (await alice.post(f"/api/v1/follow_requests/{eve.account_id}/reject")).json
        assert no["followed_by"] is False
        assert (await alice.get("/api/v1/follow_requests")).json == []
        assert (await alice.post(f"/api/v1/follow_requests/{eve.account_id}/authorize")).status == 404


async def test_blocks_mutes_and_domains(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        far = await api.remote("carol", "there.test")
        path = f"/api/v1/accounts/{bob.account_id}"
        await bob.follow(alice)
        blocked = (await alice.post(f"{path}/block")).json
        assert (blocked["blocking"], blocked["followed_by"]) == (True, False)
        assert [each["username"] for each in (await alice.get("/api/v1/blocks")).json] == ["bob"]
        assert (await bob.get("/api/v1/blocks")).json == []
        assert (await bob.post(f"/api/v1/accounts/{alice.account_id}/follow")).status == 403
        assert (await bob.get(f"/api/v1/accounts/{alice.account_id}/followers")).json == []
        assert (await alice.post(f"{path}/unblock")).json["blocking"] is False
        muted = (await alice.post(f"{path}/mute", data={"duration": "3600", "notifications": "false"})).json
        assert (muted["muting"], muted["muting_notifications"]) == (True, False)
        listed = (await alice.get("/api/v1/mutes")).json
        assert listed[0]["username"] == "bob" and listed[0]["mute_expires_at"].endswith("Z")
        assert (await alice.post(f"{path}/unmute")).json["muting"] is False
        assert (await alice.post("/api/v1/domain_blocks", data={"domain": "There.Test"})).json == {}
        assert (await alice.get("/api/v1/domain_blocks")).json == ["there.test"]
        relation = (await alice.get(f"/api/v1/accounts/relationships?id={far.id}")).json
        assert relation[0]["domain_blocking"] is True
        assert (await alice.send("DELETE", "/api/v1/domain_blocks", data={"domain": "there.test"})).json == {}
        assert (await alice.get("/api/v1/domain_blocks")).json == []
        assert (await alice.post("/api/v1/domain_blocks", data={"domain": "no domain"})).status == 422


async def test_update_credentials(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        path = "/api/v1/accounts/update_credentials"
        form = FormData()
        for name, value in (
            ("display_name", "Alice"),
            ("note", "I like #tea"),
            ("locked", "true"),
            ("fields_attributes[0][name]", "home"),
            ("fields_attributes[0][value]", "https://alice.example"),
            ("fields_attributes[1][name]", "cat"),
            ("fields_attributes[1][value]", "yes"),
            ("source[privacy]", "private"),
            ("source[sensitive]", "1"),
            ("source[language]", "fr"),
        ):
            form.add_field(name, value)
        form.add_field("avatar", png(80, 80), filename="a.png", content_type="image/png")
        done = await alice.send("PATCH", path, data=form)
        assert done.status == 200, done.text
        shown = done.json
        assert shown["display_name"] == "Alice" and "/tags/tea" in shown["note"]
        assert [each["name"] for each in shown["fields"]] == ["home", "cat"]
        assert 'rel="nofollow noopener me"' in shown["fields"][0]["value"]
        assert shown["source"]["fields"][0]["value"] == "https://alice.example"
        assert (shown["source"]["privacy"], shown["source"]["sensitive"], shown["source"]["language"]) == (
            "private",
            True,
            "fr",
        )
        picture = await api.node.get(shown["avatar"].removeprefix(api.node.base))
        assert (picture.status, picture.headers["Content-Type"]) == (200, "image/png")
        post = await alice.publish("with defaults")
        assert (post["visibility"], post["sensitive"], post["language"]) == ("private", True, "fr")
        preferences = (await alice.get("/api/v1/preferences")).json
        assert preferences["posting:default:visibility"] == "private"
        # JSON, and only what is sent changes
        again = (await alice.send("PATCH", path, json={"fields_attributes": {"0": {"name": "a", "value": "b"}}})).json
        assert [each["name"] for each in again["fields"]] == ["a"] and again["display_name"] == "Alice"
        removed = (await alice.send("DELETE", "/api/v1/profile/avatar")).json
        assert removed["avatar"] == f"{api.node.base}/static/avatar.png"
        assert (await api.node.get(shown["avatar"].removeprefix(api.node.base))).status == 404
        for bad in (
            {"display_name": "x" * 1000},
            {"source": {"privacy": "nobody"}},
            {"fields_attributes": [{"name": str(n), "value": "v"} for n in range(60)]},
        ):
            assert (await alice.send("PATCH", path, json=bad)).status == 422, bad
        wrong = FormData()
        wrong.add_field("avatar", b"not a picture", filename="a.png", content_type="image/png")
        assert (await alice.send("PATCH", path, data=wrong)).status == 422


async def test_an_accounts_posts(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        plain = await alice.publish("plain #tea")
        reply = await alice.publish("reply", in_reply_to_id=(await bob.publish("q"))["id"])
        medium = (await alice.upload(png())).json
        picture = await alice.publish("picture", media_ids=[medium["id"]])
        private = await alice.publish("private", visibility="private")
        path = f"/api/v1/accounts/{alice.account_id}/statuses"

        async def ids(who: object, query: str) -> list[str]:
            return [each["id"] for each in (await who.get(f"{path}?{query}")).json]  # type: ignore[attr-defined]

        everything = [private["id"], picture["id"], reply["id"], plain["id"]]
        assert await ids(alice, "") == everything
        assert await ids(bob, "") == everything[1:]
        assert await ids(api.node, "exclude_replies=true") == [picture["id"], plain["id"]]
        assert await ids(api.node, "only_media=1") == [picture["id"]]
        assert await ids(api.node, "tagged=Tea") == [plain["id"]]
        assert await ids(api.node, f"limit=1&max_id={picture['id']}") == [reply["id"]]
        assert await ids(api.node, f"limit=1&min_id={plain['id']}") == [reply["id"]]
