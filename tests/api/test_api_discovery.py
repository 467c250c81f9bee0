"""Trends, suggestions, the directory, what profiles put in front, notes, timelines and their access, instance texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from client_support import client_node

from fedserver.jobs import trends as trend_job


async def test_what_is_popular(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        people = [await api.person(f"p{number}") for number in range(4)]
        hidden = [await api.person(f"h{number}", discoverable=0) for number in range(3)]
        for person in people:
            await person.publish("morning #coffee")
        for person in hidden:
            await person.publish("hush #hidden")
        post = await people[0].publish("everybody likes this")
        cold = await people[1].publish("nobody does")
        for person in people[1:]:
            await person.post(f"/api/v1/statuses/{post['id']}/favourite")
        assert (await api.node.get("/api/v1/trends/tags")).json == []
        await trend_job.compute(api.node.parts, {})
        for path in ("/api/v1/trends/tags", "/api/v1/trends"):
            tags = (await api.node.get(path)).json
            assert [each["name"] for each in tags] == ["coffee"]
            assert tags[0]["history"][0] == tags[0]["history"][0] | {"uses": "4", "accounts": "4"}
        posts = (await people[3].get("/api/v1/trends/statuses")).json
        assert [each["id"] for each in posts] == [post["id"]] and cold["id"] not in str(posts)
        await people[3].post(f"/api/v1/accounts/{people[0].account_id}/mute")
        assert (await people[3].get("/api/v1/trends/statuses")).json == []
        answer = await api.node.get("/api/v1/trends/tags?limit=1")
        assert 'rel="next"' in answer.headers["Link"] and "offset=1" in answer.headers["Link"]
        assert (await api.node.get("/api/v1/trends/tags?offset=1")).json == []
        assert (await api.node.get("/api/v1/trends/links")).json == []
        # again: the same lists, nothing doubled
        await trend_job.compute(api.node.parts, {})
        assert len((await api.node.get("/api/v1/trends/tags")).json) == 1


async def test_suggestions_and_their_dismissal(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        me, friend, other, shy = [await api.person(name) for name in ("mia", "friend", "other", "shy")]
        await api.run(lambda unit: unit.run(_change(shy.account_id, discoverable=0)))
        await me.follow(friend)
        await friend.follow(other)
        await friend.follow(shy)
        await trend_job.compute(api.node.parts, {})
        found = (await me.get("/api/v2/suggestions")).json
        assert [each["account"]["acct"] for each in found] == ["other"]
        assert found[0]["sources"] == ["friends_of_friends", "most_followed"] and found[0]["source"] == "global"
        assert [each["acct"] for each in (await me.get("/api/v1/suggestions")).json] == ["other"]
        assert (await me.send("DELETE", f"/api/v1/suggestions/{other.account_id}")).json == {}
        assert (await me.get("/api/v2/suggestions")).json == []
        assert (await me.send("DELETE", "/api/v1/suggestions/999")).status == 404
        assert (await api.node.get("/api/v2/suggestions")).status == 401


def _change(account_id: int, **values: Any) -> Any:
    from fedserver.db.queries import accounts

    return accounts.change(account_id, values)


async def test_the_directory(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        first, second = await api.person("first"), await api.person("second")
        await api.person("shy", discoverable=0)
        await second.publish()
        await first.publish()

        async def names(query: str) -> list[str]:
            return [each["acct"] for each in (await api.node.get(f"/api/v1/directory?{query}")).json]

        assert await names("order=active") == ["first", "second"]
        assert await names("order=new&local=true") == ["second", "first"]
        assert await names("order=new&limit=1&offset=1") == ["first"]
        assert (await api.node.get("/api/v1/directory?order=nonsense")).status == 422


async def test_familiar_followers(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        me, friend, hider, target = [await api.person(name) for name in ("mia", "friend", "hider", "target")]
        await api.run(lambda unit: unit.run(_change(hider.account_id, hide_collections=1)))
        for person in (friend, hider):
            await me.follow(person)
            await person.follow(target)
        path = f"/api/v1/accounts/familiar_followers?id[]={target.account_id}&id[]={me.account_id}"
        found = (await me.get(path)).json
        assert [each["id"] for each in found] == [str(target.account_id), str(me.account_id)]
        # Mastodon.py sends the ids in the body of the GET
        again = await me.get("/api/v1/accounts/familiar_followers", json={"id": [str(target.account_id)]})
        assert [each["id"] for each in again.json] == [str(target.account_id)]
        assert [each["acct"] for each in found[0]["accounts"]] == ["friend"] and found[1]["accounts"] == []
        assert (await api.node.get(path)).status == 401


async def test_endorsements_and_notes(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        me, other = await api.person("mia"), await api.person("other")
        base = f"/api/v1/accounts/{other.account_id}"
        refused = await me.post(f"{base}/endorse")
        assert refused.status == 422 and "following" in refused.json["error"]
        await me.follow(other)
        for verb, undo in (("endorse", "unendorse"), ("pin", "unpin")):
            assert (await me.post(f"{base}/{verb}")).json["endorsed"] is True
            assert [each["acct"] for each in (await me.get("/api/v1/endorsements")).json] == ["other"]
            listed = await api.node.get(f"/api/v1/accounts/{me.account_id}/endorsements")
            assert [each["acct"] for each in listed.json] == ["other"]
            assert (await me.post(f"{base}/{undo}")).json["endorsed"] is False
            assert (await me.get("/api/v1/endorsements")).json == []
        await me.post(f"{base}/endorse")
        await me.post(f"{base}/unfollow")
        assert (await me.get("/api/v1/endorsements")).json == []
        assert (await me.post(f"{base}/note", json={"comment": "met in Rome"})).json["note"] == "met in Rome"
        theirs = await other.get(f"/api/v1/accounts/relationships?id[]={me.account_id}")
        assert theirs.json[0]["note"] == ""
        assert (await me.post(f"{base}/note", json={"comment": "x" * 2001})).status == 422
        assert (await me.post(f"{base}/note", json={})).json["note"] == ""
        assert (await me.post("/api/v1/accounts/999/note", json={"comment": "x"})).status == 404


async def test_featured_tags(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        me, other = await api.person("mia"), await api.person("other")
        post = await me.publish("one #Tea")
        await me.publish("two #tea and #milk")
        names = [each["name"] for each in (await me.get("/api/v1/featured_tags/suggestions")).json]
        assert names == ["tea", "milk"]
        made = (await me.post("/api/v1/featured_tags", json={"name": "#Tea"})).json
        assert made["name"] == "Tea" and made["statuses_count"] == "2" and made["last_status_at"]
        assert made["url"].endswith("/@mia/tagged/tea")
        assert (await me.post("/api/v1/featured_tags", json={"name": "tea"})).json["id"] == made["id"]
        await me.publish("three #tea")
        await me.send("DELETE", f"/api/v1/statuses/{post['id']}")
        listed = (await api.node.get(f"/api/v1/accounts/{me.account_id}/featured_tags")).json
        assert [(each["name"], each["statuses_count"]) for each in listed] == [("Tea", "2")]
        assert (await me.get("/api/v1/tags/tea")).json["featuring"] is True
        assert (await other.send("DELETE", f"/api/v1/featured_tags/{made['id']}")).status == 404
        assert (await me.send("DELETE", f"/api/v1/featured_tags/{made['id']}")).json == {}
        assert (await me.get("/api/v1/featured_tags")).json == []
        assert (await me.post("/api/v1/tags/milk/feature")).json["featuring"] is True
        assert (await me.post("/api/v1/tags/milk/unfeature")).json["featuring"] is False
        for wrong in ("!!", "two words", "tea!", "123"):
            assert (await me.post("/api/v1/featured_tags", json={"name": wrong})).status == 422, wrong
        for wrong in ("two%20words", "tea!", "123"):
            assert (await me.get(f"/api/v1/tags/{wrong}")).status == 404, wrong
            assert (await me.post(f"/api/v1/tags/{wrong}/follow")).status == 404, wrong
        for number in range(10):
            assert (await me.post("/api/v1/featured_tags", json={"name": f"t{number}"})).status == 200
        assert (await me.post("/api/v1/featured_tags", json={"name": "eleventh"})).status == 422


async def test_tag_timelines_with_any_all_and_none(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        me = await api.person("mia")
        both = await me.publish("#red #blue")
        red = await me.publish("#red")
        blue = await me.publish("#blue")
        green = await me.publish("#green #red", visibility="unlisted")
        remote = str(await api.receive(await api.remote("far"), 1))

        async def ids(query: str) -> list[str]:
            answer = await api.node.get(f"/api/v1/timelines/tag/{query}")
            return [each["id"] for each in answer.json]

        assert await ids("red") == [red["id"], both["id"]]
        assert await ids("red?any[]=blue") == [blue["id"], red["id"], both["id"]]
        assert await ids("red?all[]=blue") == [both["id"]]
        assert await ids("red?none[]=blue") == [red["id"]]
        assert await ids("red?any[]=blue&limit=1") == [blue["id"]]
        assert await ids(f"red?any[]=blue&max_id={blue['id']}") == [red["id"], both["id"]]
        assert await ids("red?remote=true") == [] and green["id"] not in await ids("green") and remote
        posts = await me.get(f"/api/v1/accounts/{me.account_id}/statuses?tagged=Blue")
        assert [each["id"] for each in posts.json] == [blue["id"], both["id"]]


async def test_access_to_timelines_is_a_setting(tmp_path: Path) -> None:
    access = {
        "local_timeline": "authenticated",
        "remote_timeline": "disabled",
        "local_tags": "disabled",
        "trends": False,
    }
    async with client_node(tmp_path, config={"access": access}) as api:
        me = await api.person("mia")
        await me.publish("#red")
        path = "/api/v1/timelines/public"
        refused = await api.node.get(f"{path}?local=true")
        assert refused.status == 422 and refused.json["error"] == "This method requires an authenticated user"
        assert len((await me.get(f"{path}?local=true")).json) == 1
        assert (await me.get(f"{path}?remote=true")).status == 404
        assert len((await me.get(path)).json) == 1
        assert (await me.get("/api/v1/timelines/tag/red?local=true")).status == 404
        told = (await api.node.get("/api/v2/instance")).json["configuration"]["timelines_access"]
        assert told["live_feeds"] == {"local": "authenticated", "remote": "disabled"}
        await trend_job.compute(api.node.parts, {})
        assert (await api.node.get("/api/v1/trends/statuses")).json == []


async def test_what_the_node_tells_of_itself(tmp_path: Path) -> None:
    async with client_node(tmp_path, config={"access": {"activity": True, "domain_blocks": "users"}}) as api:
        from fedserver.services import communities, moderation

        me = await api.person("mia", role="owner")
        await me.publish()
        change = communities.CommunityChange(
            description="Long <b>words</b>", privacy="We keep\n\nlittle", terms="Be kind"
        )

        def work(unit: Any) -> None:
            communities.update(unit, change, None)
            moderation.block_domain(unit, "bad.example", None, severity="suspend", public_comment="spam")

        await api.run(work)
        description = (await api.node.get("/api/v1/instance/extended_description")).json
        assert description["content"] == "<p>Long &lt;b&gt;words&lt;/b&gt;</p>"
        assert (await api.node.get("/api/v1/instance/privacy_policy")).json["content"] == "<p>We keep</p><p>little</p>"
        terms = (await api.node.get("/api/v1/instance/terms_of_service")).json
        assert terms["content"] == "<p>Be kind</p>" and terms["effective"] is True and terms["succeeded_by"] is None
        again = await api.node.get(f"/api/v1/instance/terms_of_service/{terms['effective_date']}")
        assert again.json == terms
        assert (await api.node.get("/api/v1/instance/terms_of_service/1999-01-01")).status == 404
        weeks = (await api.node.get("/api/v1/instance/activity")).json
        assert len(weeks) == 12 and weeks[0]["statuses"] == "1" and weeks[0]["registrations"] == "1"
        assert (await api.node.get("/api/v1/instance/domain_blocks")).status == 401
        blocks = (await me.get("/api/v1/instance/domain_blocks")).json
        assert (
            blocks[0]["domain"] == "bad.example"
            and blocks[0]["severity"] == "suspend"
            and len(blocks[0]["digest"]) == 64
        )
        assert {"code": "fr", "name": "French"} in (await api.node.get("/api/v1/instance/languages")).json
        assert (await api.node.get("/api/v1/custom_emojis")).json == []


async def test_the_profile_entity(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        me = await api.person("mia")
        shown = (await me.get("/api/v1/profile")).json
        assert shown["avatar"] is None and shown["show_media"] is True and shown["featured_tags"] == []
        for method in ("PATCH", "PUT"):
            body = {
                "note": f"by {method}",
                "show_media": False,
                "attribution_domains": ["https://News.example/x"],
                "indexable": True,
            }
            changed = await me.send(method, "/api/v1/profile", json=body)
            assert changed.status == 200, changed.text
            assert changed.json["note"] == f"by {method}" and changed.json["show_media"] is False
            assert changed.json["attribution_domains"] == ["news.example"] and changed.json["indexable"] is True
        source = (await me.get("/api/v1/accounts/verify_credentials")).json["source"]
        assert source["attribution_domains"] == ["news.example"]
        assert (await me.send("PATCH", "/api/v1/profile", json={"attribution_domains": ["no host"]})).status == 422
        most = api.node.parts.site.limits.display_name
        long = await me.send("PATCH", "/api/v1/profile", json={"display_name": "x" * (most + 1)})
        words = f"Validation failed: Display name is too long (maximum is {most} characters)"
        assert (long.status, long.json["error"]) == (422, words)
        assert (await api.node.get("/api/v1/profile")).status == 401
        reader = await api.person("reader", scopes="read")
        assert (await reader.send("PATCH", "/api/v1/profile", json={"note": "x"})).status == 403
