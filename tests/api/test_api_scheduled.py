"""Posts for later, and threads that are filled meanwhile, through the client API."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from client_support import Api, Person, client_node, png

from fedserver.db.queries import jobs, media, scheduled
from fedserver.db.unit import Unit
from fedserver.jobqueue.enqueue import enqueue
from fedserver.jobs import polls as job
from fedserver.kit.clock import now_ms, to_iso
from fedserver.services import scheduled as service
from fedserver.services.statuses import Draft

HOUR = 3_600_000


async def later(person: Person, *, ms: int = HOUR, **body: Any) -> dict[str, Any]:
    given = {"status": "later", "scheduled_at": to_iso(now_ms() + ms), **body}
    answer = await person.post("/api/v1/statuses", json=given)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


async def due(api: Api, scheduled_id: str) -> None:
    """Let its time come."""

    def work(unit: Unit) -> None:
        unit.run(scheduled.change(int(scheduled_id), {"scheduled_at": unit.now - 1}))

    await api.run(work)


async def run(api: Api, scheduled_id: str) -> None:
    await job.publish(api.node.parts, {"scheduled_id": int(scheduled_id)})


async def own_posts(person: Person) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await person.get(f"/api/v1/accounts/{person.account_id}/statuses")).json
    return rows


async def test_kept_shown_moved_and_cancelled(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        poll = {"options": ["a", "b"], "expires_in": 600, "multiple": True}
        made = await later(alice, poll=poll, visibility="unlisted", spoiler_text="cw", language="de")
        assert set(made) == {"id", "scheduled_at", "params", "media_attachments"}
        params = made["params"]
        assert (params["text"], params["visibility"], params["spoiler_text"]) == ("later", "unlisted", "cw")
        assert params["poll"] == {**poll, "hide_totals": False} and params["media_ids"] is None
        assert (params["in_reply_to_id"], params["scheduled_at"], params["quote_approval_policy"]) == (
            None,
            None,
            "public",
        )
        path = f"/api/v1/scheduled_statuses/{made['id']}"
        assert (await alice.get(path)).json == made and await own_posts(alice) == []
        second = await later(alice)
        listed = await alice.get("/api/v1/scheduled_statuses?limit=1")
        assert [each["id"] for each in listed.json] == [second["id"]] and "max_id" in listed.headers["Link"]
        for method in ("GET", "PUT", "DELETE"):
            assert (await bob.send(method, path, json={"scheduled_at": to_iso(now_ms() + HOUR)})).status == 404
        assert (await bob.get("/api/v1/scheduled_statuses")).json == []
        moved = (await alice.send("PUT", path, json={"scheduled_at": to_iso(now_ms() + 2 * HOUR)})).json
        assert moved["scheduled_at"] > made["scheduled_at"] and moved["params"] == params
        soon = await alice.send("PUT", path, json={"scheduled_at": to_iso(now_ms() + 60_000)})
        words = "Validation failed: Scheduled at The scheduled date must be in the future"
        assert (soon.status, soon.json["error"]) == (422, words)
        gone = await alice.send("DELETE", path)
        assert (gone.status, gone.json) == (200, {})
        assert (await alice.get(path)).status == 404
        await run(api, made["id"])
        assert await own_posts(alice) == []


async def test_published_once_with_media_and_poll(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        media_id = (await alice.upload(png())).json["id"]
        made = await later(alice, media_ids=[media_id])
        assert [each["id"] for each in made["media_attachments"]] == [media_id]
        assert made["params"]["media_ids"] == [media_id]
        # what is kept for later can go nowhere else, and is not swept
        taken = await alice.post("/api/v1/statuses", json={"status": "now", "media_ids": [media_id]})
        assert taken.status == 422
        assert await api.node.parts.db.all(media.unattached(now_ms() + HOUR)) == []
        asked = await later(alice, poll={"options": ["a", "b"], "expires_in": 600})
        await run(api, made["id"])
        assert await own_posts(alice) == []
        await due(api, made["id"])
        await due(api, asked["id"])
        for scheduled_id in (made["id"], asked["id"]):
            for _ in range(3):
                await run(api, scheduled_id)
        question, picture = await own_posts(alice)
        assert picture["media_attachments"][0]["id"] == media_id and question["poll"]["expired"] is False
        assert (await alice.get("/api/v1/scheduled_statuses")).json == []


async def test_refusals_and_what_is_dropped(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        words = "Validation failed: Scheduled at The scheduled date must be in the future"
        for body, status, text in (
            ({"scheduled_at": to_iso(now_ms() + 60_000)}, 422, words),
            ({"scheduled_at": "soon"}, 422, "Validation failed: Scheduled at is invalid"),
            ({"scheduled_at": to_iso(now_ms() + HOUR), "status": ""}, 422, "Validation failed: Text can't be blank"),
            (
                {"scheduled_at": to_iso(now_ms() + HOUR), "in_reply_to_id": "1"},
                404,
                "The post you are trying to reply to does not appear to exist.",
            ),
            (
                {"scheduled_at": to_iso(now_ms() + HOUR), "quoted_status_id": "1"},
                404,
                "The post you are trying to quote does not appear to exist.",
            ),
        ):
            answer = await alice.post("/api/v1/statuses", json={"status": "x", **body})
            assert (answer.status, answer.json["error"]) == (status, text)
        # a time that has passed is now
        past = await alice.post("/api/v1/statuses", json={"status": "x", "scheduled_at": to_iso(now_ms() - HOUR)})
        assert past.json["content"] == "<p>x</p>"
        parent = await bob.publish("parent")
        answer = await later(alice, in_reply_to_id=parent["id"])
        await bob.send("DELETE", f"/api/v1/statuses/{parent['id']}")
        await due(api, answer["id"])
        await run(api, answer["id"])
        assert [each["id"] for each in await own_posts(alice)] == [past.json["id"]]
        assert (await alice.get("/api/v1/scheduled_statuses")).json == []


async def test_limits_and_idempotency(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        body = {"status": "once", "scheduled_at": to_iso(now_ms() + 3 * 24 * HOUR)}
        headers = {"Idempotency-Key": "k"}
        first, second = [(await alice.post("/api/v1/statuses", json=body, headers=headers)).json for _ in range(2)]
        assert first == second
        at = now_ms() + 3 * 24 * HOUR

        def fill(unit: Unit) -> None:
            for _ in range(24):
                service.schedule(unit, alice.account_id, Draft("x"), at)

        await api.run(fill)
        full = await alice.post("/api/v1/statuses", json={**body, "status": "one more"})
        assert full.json["error"] == "Validation failed: You have exceeded the limit of 25 scheduled posts for today"


async def test_a_thread_from_elsewhere_tells_that_it_is_being_filled(tmp_path: Path) -> None:
    filled: list[int] = []

    async def fill(api: Api, status_id: int) -> None:
        filled.append(status_id)
        key = f"remote.fill_thread:{status_id}"
        await api.run(lambda unit: enqueue(unit, "remote.fill_thread", {"status_id": status_id}, once=key))

    async with client_node(tmp_path) as api:
        api.node.parts.fill_thread = partial(fill, api)
        alice, rae = await api.person("alice"), await api.remote("rae")
        own = await alice.publish("mine")
        status_id = await api.receive(rae, 1)
        assert "Mastodon-Async-Refresh" not in (await alice.get(f"/api/v1/statuses/{own['id']}/context")).headers
        visitor = await api.node.get(f"/api/v1/statuses/{status_id}/context")
        assert "Mastodon-Async-Refresh" not in visitor.headers and filled == []
        header = (await alice.get(f"/api/v1/statuses/{status_id}/context")).headers["Mastodon-Async-Refresh"]
        assert header == f'id="{status_id}-0", retry=5, result_count=0' and filled == [status_id]
        for base in ("/api/v1_alpha", "/api/v1"):
            found = (await alice.get(f"{base}/async_refreshes/{status_id}-0")).json
            assert found == {
                "async_refresh": {"id": f"{status_id}-0", "status": "running", "result_count": 0},
            }
        await api.receive(rae, 2, in_reply_to=f"{rae.uri}/notes/1")
        key = f"remote.fill_thread:{status_id}"
        await api.run(lambda unit: unit.run(jobs.forget_keys([key])))
        done = (await alice.get(f"/api/v1_alpha/async_refreshes/{status_id}-0")).json["async_refresh"]
        assert (done["status"], done["result_count"]) == ("finished", 1)
        hidden = await api.receive(rae, 3, to=(), cc=())
        for wrong in ("x", "1-0", f"{hidden}-0", f"{status_id}", "-", f"{status_id}-{'9' * 30}"):
            assert (await alice.get(f"/api/v1_alpha/async_refreshes/{wrong}")).status == 404
        assert (await api.node.get(f"/api/v1_alpha/async_refreshes/{status_id}-0")).status == 401
