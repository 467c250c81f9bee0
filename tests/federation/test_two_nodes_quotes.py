"""Quotes between two nodes: asked for, stamped, refused, revoked (FEP-044f)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from node_support import Person, RunningNode, cluster

from fedserver.db.queries import statuses


async def arrived(person: Person, uri: str) -> Any:
    return await person.until("/api/v1/timelines/home", lambda rows: next((r for r in rows if r["uri"] == uri), None))


async def document(node: RunningNode, uri: str) -> tuple[int, Any]:
    path = "/" + uri.split("/", 3)[3]
    async with node.http.get(node.url + path, headers={"Accept": "application/activity+json"}) as answer:
        return answer.status, await answer.json(content_type=None)


async def found(person: Person, uri: str) -> Any:
    rows = await person.get("/api/v2/search", params={"q": uri, "resolve": "true", "type": "statuses"})
    return rows["statuses"][0]


async def quoted(person: Person, status_id: str, **more: Any) -> Any:
    return await person.post("/api/v1/statuses", json={"status": "look", "quoted_status_id": status_id, **more})


def state(wanted: str) -> Any:
    return lambda row: row if row["quote"] and row["quote"]["state"] == wanted else None


async def test_a_quote_is_asked_for_stamped_seen_by_a_third_node_and_revoked(tmp_path: Path) -> None:
    nodes = {"alpha": ("alice",), "beta": ("ben",), "gamma": ("carol",)}
    async with cluster(tmp_path, **nodes) as (alpha, beta, gamma):
        alice, ben, carol = alpha.alice, beta.ben, gamma.carol
        await ben.follow(alice)
        await carol.follow(ben)
        note = await alice.post("/api/v1/statuses", json={"status": "quote me"})
        assert note["quote_approval"] == {"automatic": ["public"], "manual": [], "current_user": "automatic"}
        seen = await arrived(ben, note["uri"])
        assert seen["quote_approval"] == {"automatic": ["public"], "manual": [], "current_user": "automatic"}

        post = await quoted(ben, seen["id"])
        assert post["quote"]["state"] == "pending" and post["quote"]["quoted_status"] is None
        assert post["content"].startswith('<p class="quote-inline">RE: <a href="http://alpha.test/@alice/')
        done = await ben.until(f"/api/v1/statuses/{post['id']}", state("accepted"))
        assert done["quote"]["quoted_status"]["id"] == seen["id"]
        told = await alice.until(
            "/api/v1/notifications", lambda rows: next((r for r in rows if r["type"] == "quote"), None)
        )
        assert told["status"]["uri"] == post["uri"] and told["status"]["quote"]["quoted_status"]["id"] == note["id"]
        assert (await alice.get(f"/api/v1/statuses/{note['id']}"))["quotes_count"] == 1
        assert [row["uri"] for row in await alice.get(f"/api/v1/statuses/{note['id']}/quotes")] == [post["uri"]]

        # the post carries the stamp, the stamp can be fetched, a third server has looked
        _, public = await document(beta, post["uri"])
        assert public["quote"] == public["quoteUri"] == public["_misskey_quote"] == note["uri"]
        status, stamp = await document(alpha, public["quoteAuthorization"])
        assert status == 200 and stamp["type"] == "QuoteAuthorization"
        assert (stamp["interactingObject"], stamp["interactionTarget"]) == (post["uri"], note["uri"])
        assert stamp["attributedTo"] == "http://alpha.test/users/alice"
        third = await arrived(carol, post["uri"])
        third = await carol.until(f"/api/v1/statuses/{third['id']}", state("accepted"))
        assert third["quote"]["quoted_status"]["uri"] == note["uri"]
        assert "quote me" in third["quote"]["quoted_status"]["content"]

        at_alpha = told["status"]["id"]
        revoked = await alice.post(f"/api/v1/statuses/{note['id']}/quotes/{at_alpha}/revoke")
        assert revoked["quote"] == {"state": "revoked", "quoted_status": None}
        assert (await document(alpha, public["quoteAuthorization"]))[0] == 404
        await ben.until(f"/api/v1/statuses/{post['id']}", state("revoked"))
        assert (await alice.get(f"/api/v1/statuses/{note['id']}"))["quotes_count"] == 0
        _, later = await document(beta, post["uri"])
        assert "quoteAuthorization" not in later
        again, _, _ = await alice.raw("POST", f"/api/v1/statuses/{note['id']}/quotes/{at_alpha}/revoke")
        assert again == 404


async def test_policies_are_kept_to_on_both_ends(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben", "bea")) as (alpha, beta):
        alice, ben, bea = alpha.alice, beta.ben, beta.bea
        await ben.follow(alice)
        closed = await alice.post("/api/v1/statuses", json={"status": "no", "quote_approval_policy": "nobody"})
        some = await alice.post("/api/v1/statuses", json={"status": "friends", "quote_approval_policy": "followers"})
        assert closed["quote_approval"]["current_user"] == "automatic"
        at_beta = await arrived(ben, closed["uri"])
        assert at_beta["quote_approval"] == {"automatic": [], "manual": [], "current_user": "denied"}
        code, words, _ = await ben.raw(
            "POST", "/api/v1/statuses", json={"status": "x", "quoted_status_id": at_beta["id"]}
        )
        assert (code, words["error"]) == (404, "The post you are trying to quote does not appear to exist.")

        friends = await arrived(ben, some["uri"])
        assert friends["quote_approval"]["automatic"] == ["followers"]
        assert friends["quote_approval"]["current_user"] == "automatic"
        assert (await bea.get(f"/api/v1/statuses/{friends['id']}"))["quote_approval"]["current_user"] == "denied"
        code, _, _ = await bea.raw("POST", "/api/v1/statuses", json={"status": "x", "quoted_status_id": friends["id"]})
        assert code == 404
        post = await quoted(ben, friends["id"])
        await ben.until(f"/api/v1/statuses/{post['id']}", state("accepted"))

        # ben's copy still says yes, alice's server says no
        open_one = await alice.post("/api/v1/statuses", json={"status": "at first"})
        copy = await arrived(ben, open_one["uri"])
        await alice.call(
            "PUT", f"/api/v1/statuses/{open_one['id']}/interaction_policy", json={"quote_approval_policy": "nobody"}
        )
        changed = await ben.until(
            f"/api/v1/statuses/{copy['id']}", lambda row: row if not row["quote_approval"]["automatic"] else None
        )
        assert changed["edited_at"] is None


async def test_a_request_that_is_not_allowed_is_rejected_by_the_other_server(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        await ben.follow(alice)
        note = await alice.post("/api/v1/statuses", json={"status": "changing my mind"})
        seen = await arrived(ben, note["uri"])
        # only alice's server knows of it
        await alpha.node.db.run(lambda unit: unit.run(statuses.change(int(note["id"]), {"quote_policy": 0})))
        post = await quoted(ben, seen["id"])
        await ben.until(f"/api/v1/statuses/{post['id']}", state("rejected"))
        assert (await alice.get(f"/api/v1/statuses/{note['id']}"))["quotes_count"] == 0
        assert not [r for r in await alice.get("/api/v1/notifications") if r["type"] == "quote"]


async def test_edits_and_deletions_of_what_is_quoted_arrive(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        await ben.follow(alice)
        note = await alice.post("/api/v1/statuses", json={"status": "first"})
        seen = await arrived(ben, note["uri"])
        post = await quoted(ben, seen["id"])
        await ben.until(f"/api/v1/statuses/{post['id']}", state("accepted"))
        await alice.call("PUT", f"/api/v1/statuses/{note['id']}", json={"status": "second"})
        told = await ben.until(
            "/api/v1/notifications", lambda rows: next((r for r in rows if r["type"] == "quoted_update"), None)
        )
        assert told["status"]["id"] == post["id"]
        assert "second" in told["status"]["quote"]["quoted_status"]["content"]
        await alice.call("DELETE", f"/api/v1/statuses/{note['id']}")
        gone = await ben.until(f"/api/v1/statuses/{post['id']}", state("deleted"))
        assert gone["quote"] == {"state": "deleted", "quoted_status": None}
