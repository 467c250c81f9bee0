"""Quotes and their policies through the client API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from client_support import AS_PUBLIC, Api, Person, client_node

from fedserver.db.queries import quotes
from protocol.activitystreams.values import InteractionPolicy, Permission

MISSING = "The post you are trying to quote does not appear to exist."
OPEN = InteractionPolicy(can_quote=Permission((AS_PUBLIC,)))


async def refused(person: Person, **body: Any) -> tuple[int, str]:
    answer = await person.post("/api/v1/statuses", json={"status": "q", **body})
    return answer.status, answer.json.get("error", "")


async def test_a_quote_here_counts_at_once(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        made = await alice.publish("quote me")
        assert (made["quote"], made["quotes_count"]) == (None, 0)
        post = await bob.publish("look", quoted_status_id=made["id"])
        assert post["quote"]["state"] == "accepted" and post["quote"]["quoted_status"]["id"] == made["id"]
        assert post["quote"]["quoted_status"]["account"]["username"] == "alice"
        assert post["content"] == (
            f'<p class="quote-inline">RE: <a href="{made["url"]}" rel="nofollow noopener noreferrer"'
            f' target="_blank">{made["url"]}</a></p><p>look</p>'
        )
        assert (await bob.get(f"/api/v1/statuses/{post['id']}/source")).json["text"] == "look"
        # a text of one's own is not needed, and a link that is there is not written twice
        bare = await bob.publish("", quoted_status_id=made["id"])
        assert bare["quote"]["state"] == "accepted"
        linked = await bob.publish(f"see {made['url']}", quoted_status_id=made["id"])
        assert "quote-inline" not in linked["content"]
        note = (await alice.get("/api/v1/notifications")).json
        assert {each["type"] for each in note} == {"quote"} and note[0]["status"]["account"]["username"] == "bob"
        # a quote of a quote is shallow
        nested = await alice.publish("and I", quoted_status_id=post["id"])
        inner = nested["quote"]["quoted_status"]["quote"]
        assert inner == {"state": "accepted", "quoted_status_id": made["id"]}
        path = f"/api/v1/statuses/{made['id']}"
        assert (await alice.get(path)).json["quotes_count"] == 3
        listed = await alice.get(f"{path}/quotes?limit=2")
        assert [each["id"] for each in listed.json] == [linked["id"], bare["id"]]
        assert f"max_id={bare['id']}" in listed.headers["Link"]
        rest = (await alice.get(f"{path}/quotes?max_id={bare['id']}")).json
        assert [each["id"] for each in rest] == [post["id"]]
        assert (await api.node.get(f"{path}/quotes")).status == 401
        await bob.send("DELETE", f"/api/v1/statuses/{bare['id']}")
        assert (await alice.get(path)).json["quotes_count"] == 2
        edited = (await bob.send("PUT", f"/api/v1/statuses/{post['id']}", json={"status": "new words"})).json
        assert "quote-inline" in edited["content"] and edited["quote"]["state"] == "accepted"
        history = (await bob.get(f"/api/v1/statuses/{post['id']}/history")).json
        assert [each["quote"]["quoted_status"]["id"] for each in history] == [made["id"]] * 2
        assert [each["quote"] for each in (await bob.get(f"{path}/history")).json] == [None]
        # who does not see what is quoted does not see it in the history either
        cay = await api.person("cay")
        await alice.post(f"/api/v1/accounts/{cay.account_id}/block")
        hidden = (await cay.get(f"/api/v1/statuses/{post['id']}/history")).json
        assert [each["quote"] for each in hidden] == [{"state": "unauthorized", "quoted_status": None}] * 2


async def test_who_may_quote_what(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, carol = await api.person("alice"), await api.person("bob"), await api.person("carol")
        await bob.follow(alice)
        private = await alice.publish("for followers", visibility="private")
        direct = await alice.publish("@bob for you", visibility="direct")
        closed = await alice.publish("no", quote_approval_policy="nobody")
        friends = await alice.publish("friends", quote_approval_policy="followers")
        for post in (private, direct, closed):
            assert await refused(bob, quoted_status_id=post["id"]) == (404, MISSING)
        assert await refused(carol, quoted_status_id=friends["id"]) == (404, MISSING)
        assert await refused(carol, quoted_status_id="1") == (404, MISSING)
        assert (await bob.publish("q", quoted_status_id=friends["id"]))["quote"]["state"] == "accepted"
        assert await refused(alice, quoted_status_id=direct["id"]) == (404, MISSING)
        # one's own post for followers stays with them
        own = await alice.publish("more", quoted_status_id=private["id"], visibility="public")
        assert (own["visibility"], own["quote"]["state"]) == ("private", "accepted")
        # a boost's id stands for what it boosts, whose policy counts (CVE-2025-62605)
        boost = (await bob.post(f"/api/v1/statuses/{closed['id']}/reblog")).json
        assert await refused(carol, quoted_status_id=boost["id"]) == (404, MISSING)
        open_one = await alice.publish("yes")
        again = (await bob.post(f"/api/v1/statuses/{open_one['id']}/reblog")).json
        through = await carol.publish("q", quoted_status_id=again["id"])
        assert through["quote"]["quoted_status"]["id"] == open_one["id"]
        code, words = await refused(carol, quoted_status_id=open_one["id"], visibility="direct")
        assert (code, words) == (422, "Cannot quote a non-mentioned user in a Private Mention post.")
        assert (await refused(carol, status="@alice psst", quoted_status_id=open_one["id"], visibility="direct"))[
            0
        ] == 200
        await alice.post(f"/api/v1/accounts/{carol.account_id}/block")
        assert await refused(carol, quoted_status_id=open_one["id"]) == (404, MISSING)
        assert (await refused(alice, quote_approval_policy="friends"))[0] == 422


async def test_policies_are_shown_changed_and_preferred(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        made = await alice.publish("hello")
        path = f"/api/v1/statuses/{made['id']}"

        async def approval(person: Person) -> dict[str, Any]:
            found: dict[str, Any] = (await person.get(path)).json["quote_approval"]
            return found

        assert await approval(bob) == {"automatic": ["public"], "manual": [], "current_user": "automatic"}
        assert (await api.node.get(path)).json["quote_approval"]["current_user"] == "denied"
        changed = await alice.send("PUT", f"{path}/interaction_policy", json={"quote_approval_policy": "followers"})
        assert changed.json["quote_approval"]["automatic"] == ["followers"] and changed.json["edited_at"] is None
        assert (await approval(bob))["current_user"] == "denied"
        await bob.follow(alice)
        assert (await approval(bob))["current_user"] == "automatic"
        assert (
            await bob.send("PUT", f"{path}/interaction_policy", json={"quote_approval_policy": "public"})
        ).status == 404
        for body in ({}, {"quote_approval_policy": "x"}):
            assert (await alice.send("PUT", f"{path}/interaction_policy", json=body)).status == 422
        private = await alice.publish("p", visibility="private", quote_approval_policy="public")
        assert private["quote_approval"] == {"automatic": [], "manual": [], "current_user": "automatic"}
        source = {"source": {"quote_policy": "nobody"}}
        account = (await alice.send("PATCH", "/api/v1/accounts/update_credentials", json=source)).json
        assert account["source"]["quote_policy"] == "nobody"
        assert (await alice.get("/api/v1/preferences")).json["posting:default:quote_policy"] == "nobody"
        assert (await alice.publish("by default"))["quote_approval"]["automatic"] == []
        assert (await alice.publish("but", quote_approval_policy="public"))["quote_approval"]["automatic"] == ["public"]


async def test_revoking(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        made = await alice.publish("quote me")
        post = await bob.publish("look", quoted_status_id=made["id"])
        other = await bob.publish("nothing")
        path = f"/api/v1/statuses/{made['id']}/quotes/{post['id']}/revoke"
        assert (await bob.post(path)).status == 403
        for wrong in (other["id"], made["id"], "1"):
            assert (await alice.post(f"/api/v1/statuses/{made['id']}/quotes/{wrong}/revoke")).status == 404
        done = (await alice.post(path)).json
        assert (done["id"], done["quote"]) == (post["id"], {"state": "revoked", "quoted_status": None})
        assert (await bob.get(f"/api/v1/statuses/{made['id']}")).json["quotes_count"] == 0
        assert (await alice.post(path)).status == 404


async def test_the_state_hangs_on_who_reads(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, carol = await api.person("alice"), await api.person("bob"), await api.person("carol")
        rae = await api.remote("rae")
        theirs = await api.receive(rae, 1, policy=OPEN)
        made = await alice.publish("quote me")
        post = await bob.publish("look", quoted_status_id=made["id"])
        path = f"/api/v1/statuses/{post['id']}"

        async def seen(person: Person, where: str = path) -> tuple[str, bool]:
            quote = (await person.get(where)).json["quote"]
            return quote["state"], quote["quoted_status"] is not None

        for verb, wanted in (("block", "blocked_account"), ("mute", "muted_account")):
            await carol.post(f"/api/v1/accounts/{alice.account_id}/{verb}")
            assert await seen(carol) == (wanted, True)
            await carol.post(f"/api/v1/accounts/{alice.account_id}/un{verb}")
        assert await seen(carol) == ("accepted", True)
        await alice.post(f"/api/v1/accounts/{carol.account_id}/block")
        assert await seen(carol) == ("unauthorized", False)
        assert await seen(bob) == ("accepted", True)
        # quotes of other servers wait for them
        waiting = await bob.publish("look there", quoted_status_id=theirs)
        assert waiting["quote"] == {"state": "pending", "quoted_status": None}
        row = (await api.node.parts.db.all(quotes.of_statuses([int(waiting["id"])])))[0]
        assert row.request_uri is not None and row.stamp_uri is None
        await alice.send("DELETE", f"/api/v1/statuses/{made['id']}")
        assert await seen(bob) == ("deleted", False)


@pytest.mark.parametrize(
    ("verb", "path"),
    [("can_like", "favourite"), ("can_announce", "reblog"), ("can_reply", "")],
    ids=lambda value: value,
)
async def test_limits_of_other_servers_are_respected(tmp_path: Path, verb: str, path: str) -> None:
    async with client_node(tmp_path) as api:
        alice, rae = await api.person("alice"), await api.remote("rae")

        async def act(status_id: int) -> int:
            if path:
                return (await alice.post(f"/api/v1/statuses/{status_id}/{path}")).status
            body = {"status": "re", "in_reply_to_id": str(status_id)}
            return (await alice.post("/api/v1/statuses", json=body)).status

        def limits(automatic: tuple[str, ...], manual: tuple[str, ...] = ()) -> InteractionPolicy:
            return InteractionPolicy(**{verb: Permission(automatic, manual)})

        assert await act(await api.receive(rae, 1, policy=limits((rae.uri,)))) == 403
        assert await act(await api.receive(rae, 2, policy=limits((), (AS_PUBLIC,)))) == 200
        assert await act(await api.receive(rae, 3, policy=limits((AS_PUBLIC,)))) == 200
        assert await act(await api.receive(rae, 4)) == 200


async def test_quotes_on_a_page_of_a_timeline(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        await _page(api)


async def _page(api: Api) -> None:
    alice, bob = await api.person("alice"), await api.person("bob")
    made = await alice.publish("quote me", poll={"options": ["a", "b"], "expires_in": 600})
    post = await bob.publish("look", quoted_status_id=made["id"])
    await bob.post(f"/api/v1/polls/{made['id']}/votes", json={"choices": [1]})
    boost = (await alice.post(f"/api/v1/statuses/{post['id']}/reblog")).json
    assert boost["reblog"]["quote"]["quoted_status"]["poll"]["own_votes"] == []
    home = (await bob.get("/api/v1/timelines/home")).json
    assert home[0]["quote"]["quoted_status"]["poll"]["own_votes"] == [1]
    public = (await api.node.get("/api/v1/timelines/public")).json
    assert "own_votes" not in public[0]["quote"]["quoted_status"]["poll"]
