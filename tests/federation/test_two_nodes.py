"""Two nodes of ours: everything that people do to each other, seen on both ends."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
from node_support import Person, cluster
from PIL import Image


def png(colour: tuple[int, int, int] = (200, 30, 60)) -> bytes:
    out = BytesIO()
    Image.new("RGB", (320, 200), colour).save(out, "PNG")
    return out.getvalue()


async def upload(person: Person, description: str) -> str:
    form = aiohttp.FormData()
    form.add_field("file", png(), filename="robot.png", content_type="image/png")
    form.add_field("description", description)
    found = await person.post("/api/v2/media", data=form)
    return str(found["id"])


async def arrived(person: Person, uri: str) -> Any:
    return await person.until("/api/v1/timelines/home", lambda rows: next((r for r in rows if r["uri"] == uri), None))


async def notified(person: Person, kind: str) -> Any:
    return await person.until("/api/v1/notifications", lambda rows: next((r for r in rows if r["type"] == kind), None))


async def test_a_post_with_a_picture_travels_and_comes_back_with_answers(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        await ben.follow(alice)
        assert (await notified(alice, "follow"))["account"]["acct"] == "ben@beta.test"
        media_id = await upload(alice, "a red rectangle")
        note = await alice.post("/api/v1/statuses", json={"status": "look #Robots", "media_ids": [media_id]})
        seen = await arrived(ben, note["uri"])
        assert seen["account"]["acct"] == "alice@alpha.test"
        assert seen["media_attachments"][0]["description"] == "a red rectangle"
        assert seen["media_attachments"][0]["url"].startswith("http://beta.test/media/")
        assert [tag["name"] for tag in seen["tags"]] == ["robots"]

        reply = await ben.post(
            "/api/v1/statuses", json={"status": "@alice@alpha.test nice", "in_reply_to_id": seen["id"]}
        )
        await ben.post(f"/api/v1/statuses/{seen['id']}/favourite")
        await ben.post(f"/api/v1/statuses/{seen['id']}/reblog")
        mention = await notified(alice, "mention")
        assert mention["status"]["uri"] == reply["uri"]
        assert mention["status"]["in_reply_to_id"] == note["id"]
        await notified(alice, "favourite")
        await notified(alice, "reblog")
        counted = await alice.get(f"/api/v1/statuses/{note['id']}")
        assert (counted["replies_count"], counted["favourites_count"], counted["reblogs_count"]) == (1, 1, 1)
        context = await alice.get(f"/api/v1/statuses/{note['id']}/context")
        assert [one["uri"] for one in context["descendants"]] == [reply["uri"]]

        await ben.post(f"/api/v1/statuses/{seen['id']}/unfavourite")
        await ben.post(f"/api/v1/statuses/{seen['id']}/unreblog")
        await alice.until(
            f"/api/v1/statuses/{note['id']}",
            lambda row: (row["favourites_count"], row["reblogs_count"]) == (0, 0),
        )


async def test_edits_and_deletions_arrive(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        await ben.follow(alice)
        note = await alice.post("/api/v1/statuses", json={"status": "first words"})
        seen = await arrived(ben, note["uri"])
        await alice.call("PUT", f"/api/v1/statuses/{note['id']}", json={"status": "second words"})
        changed = await ben.until(
            f"/api/v1/statuses/{seen['id']}", lambda row: row if "second words" in row["content"] else None
        )
        assert changed["edited_at"]
        history = await ben.get(f"/api/v1/statuses/{seen['id']}/history")
        assert ["first" in one["content"] for one in history] == [True, False]
        await alice.call("DELETE", f"/api/v1/statuses/{note['id']}")
        await ben.until("/api/v1/timelines/home", lambda rows: all(r["uri"] != note["uri"] for r in rows))
        status, _, _ = await ben.raw("GET", f"/api/v1/statuses/{seen['id']}")
        assert status == 404
        async with alpha.http.get(
            alpha.url + note["uri"].removeprefix("http://alpha.test"), headers={"Accept": "application/activity+json"}
        ) as response:
            assert response.status == 410
            assert (await response.json(content_type=None))["type"] == "Tombstone"


async def test_a_locked_account_decides_and_a_followers_post_stays_among_followers(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben", "eve")) as (alpha, beta):
        alice, ben, eve = alpha.alice, beta.ben, beta.eve
        await alice.call("PATCH", "/api/v1/accounts/update_credentials", data={"locked": "true"})
        for person in (ben, eve):
            found = await person.find(alice.handle)
            relation = await person.post(f"/api/v1/accounts/{found['id']}/follow")
            assert relation["requested"] and not relation["following"]
        requests = await alice.until("/api/v1/follow_requests", lambda rows: rows if len(rows) == 2 else None)
        by_name = {row["acct"]: row["id"] for row in requests}
        await alice.post(f"/api/v1/follow_requests/{by_name['ben@beta.test']}/authorize")
        await alice.post(f"/api/v1/follow_requests/{by_name['eve@beta.test']}/reject")
        account = await ben.find(alice.handle)
        path = f"/api/v1/accounts/relationships?id[]={account['id']}"
        await ben.until(path, lambda rows: rows[0]["following"])
        await eve.until(path, lambda rows: not rows[0]["requested"] and not rows[0]["following"])
        note = await alice.post("/api/v1/statuses", json={"status": "among us", "visibility": "private"})
        seen = await arrived(ben, note["uri"])
        status, _, _ = await eve.raw("GET", f"/api/v1/statuses/{seen['id']}")
        assert status == 404
        status, _, _ = await ben.raw("POST", f"/api/v1/statuses/{seen['id']}/reblog")
        assert status in (404, 422)


async def test_a_block_ends_the_follow_and_hides(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        account = await ben.follow(alice)
        theirs = await alice.find(ben.handle)
        await alice.post(f"/api/v1/accounts/{theirs['id']}/block")
        relation = await ben.until(
            f"/api/v1/accounts/relationships?id[]={account['id']}",
            lambda rows: rows[0] if rows[0]["blocked_by"] else None,
        )
        assert not relation["following"]
        await alice.post(f"/api/v1/accounts/{theirs['id']}/unblock")
        await ben.until(f"/api/v1/accounts/relationships?id[]={account['id']}", lambda rows: not rows[0]["blocked_by"])


async def test_a_report_is_forwarded_without_the_reporters_name(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("olga", "alice"), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        account = await ben.follow(alice)
        note = await alice.post("/api/v1/statuses", json={"status": "something bad"})
        seen = await arrived(ben, note["uri"])
        await ben.post(
            "/api/v1/reports",
            json={"account_id": account["id"], "status_ids": [seen["id"]], "comment": "look", "forward": True},
        )
        found = await notified(alpha.olga, "admin.report")
        assert "ben" not in found["account"]["acct"]
        assert found["account"]["acct"].endswith("beta.test")


async def test_a_profile_change_and_a_deleted_account_arrive(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("olga", "alice"), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        account = await ben.follow(alice)
        form = aiohttp.FormData()
        form.add_field("display_name", "Alice of the Machines")
        form.add_field("note", "I paint with numbers")
        form.add_field("fields_attributes[0][name]", "Model")
        form.add_field("fields_attributes[0][value]", "cppn")
        form.add_field("avatar", png((0, 200, 0)), filename="a.png", content_type="image/png")
        await alice.call("PATCH", "/api/v1/accounts/update_credentials", data=form)
        changed = await ben.until(
            f"/api/v1/accounts/{account['id']}",
            lambda row: row if row["display_name"] == "Alice of the Machines" else None,
        )
        assert "numbers" in changed["note"]
        assert changed["fields"][0]["name"] == "Model"
        assert changed["avatar"].startswith("http://beta.test/media/")

        from fedserver.services import accounts

        await alpha.node.db.run(lambda unit: accounts.delete(unit, alice.account_id))
        await ben.until(f"/api/v1/accounts/{ben.account_id}", lambda row: row["following_count"] == 0)


async def test_a_post_written_before_the_follow_is_fetched(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        note = await alice.post("/api/v1/statuses", json={"status": "before you came"})
        account = await ben.follow(alice)
        rows = await ben.until(f"/api/v1/accounts/{account['id']}/statuses", lambda rows: rows)
        assert [row["uri"] for row in rows] == [note["uri"]]
        assert (await arrived(ben, note["uri"]))["id"] == rows[0]["id"]
