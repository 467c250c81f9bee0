"""Push from end to end: something happens on a second node, an app decrypts what its push service was handed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from node_support import Person, RunningNode, cluster, free_port
from webpush_receiver import App, Pushed, PushService, check_vapid, push_service

from fedserver.db.queries import jobs as job_rows
from fedserver.db.queries import users
from fedserver.jobs import push
from fedserver.services import ledger, moderation, sessions

PATH = "/api/v1/push/subscription"


@asynccontextmanager
async def two_nodes(folder: Path) -> AsyncIterator[tuple[RunningNode, RunningNode, PushService]]:
    port = free_port()
    people: dict[str, Any] = {"alpha": ("alice", "anna"), "beta": ("ben",)}
    async with push_service(port) as service, cluster(folder, extra_hosts={"push": port}, **people) as nodes:
        yield nodes[0], nodes[1], service


async def subscribe(person: Person, app: App, *, standard: bool = True, policy: str = "all", **alerts: bool) -> Any:
    keys = {"p256dh": app.p256dh, "auth": app.auth}
    given = {"endpoint": f"http://push.test/{person.name}", "keys": keys, "standard": standard}
    data = {"alerts": alerts or {"mention": True}, "policy": policy}
    return await person.post(PATH, json={"subscription": given, "data": data})


def read(app: App, pushed: Pushed) -> Any:
    return orjson.loads(app.open(pushed.body, pushed.headers))


@pytest.mark.parametrize("standard", [True, False], ids=["RFC 8291", "draft"])
async def test_a_mention_from_another_node_reaches_the_app(tmp_path: Path, standard: bool) -> None:
    async with two_nodes(tmp_path) as (alpha, beta, service):
        app = App()
        made = await subscribe(alpha.alice, app, standard=standard)
        await beta.ben.post(
            "/api/v1/statuses", json={"status": f"hello {alpha.alice.handle} <b>1 & 2</b> " + "long " * 60}
        )
        pushed = await service.next()
        told = read(app, pushed)
        note = (await alpha.alice.get("/api/v1/notifications"))[0]
        assert told["notification_id"] == int(note["id"]) and told["notification_type"] == "mention"
        assert told["access_token"] == alpha.alice.token
        assert told["title"] == "You were mentioned by ben" and told["preferred_locale"] == "en"
        assert told["icon"] == note["account"]["avatar_static"]
        assert told["body"].startswith("hello @alice") and "<b>1 & 2</b>" in told["body"]
        assert len(told["body"]) == 140 and told["body"].endswith("…")
        assert pushed.path == "/alice" and pushed.headers["TTL"] == "172800"
        assert pushed.headers["Urgency"] == "normal"
        assert pushed.headers["Content-Encoding"] == ("aes128gcm" if standard else "aesgcm")
        claims = check_vapid(pushed.headers, made["server_key"], "http://push.test", time.time())
        assert claims["sub"] == "http://alpha.test"
        # once, and nothing about what was not asked for
        status = note["status"]["id"]
        await alpha.alice.post(f"/api/v1/statuses/{status}/favourite")
        await beta.ben.follow(alpha.alice)
        await service.quiet()


async def test_whom_one_wants_to_hear_of(tmp_path: Path) -> None:
    async with two_nodes(tmp_path) as (alpha, _, service):
        alice, anna = alpha.alice, alpha.anna
        app = App()
        mine = (await alice.post("/api/v1/statuses", json={"status": "mine"}))["id"]

        async def again() -> None:
            await anna.post(f"/api/v1/statuses/{mine}/unfavourite")
            await anna.post(f"/api/v1/statuses/{mine}/favourite")

        for policy in ("none", "followed", "follower"):
            await subscribe(alice, app, policy=policy, favourite=True)
            await again()
            await service.quiet()
        await anna.follow(alice)
        await again()
        assert read(app, await service.next())["title"] == "anna favorited your post"
        await alice.call("PUT", PATH, json={"data": {"alerts": {"favourite": True}, "policy": "followed"}})
        await again()
        await service.quiet()
        await alice.follow(anna)
        await again()
        await service.next()
        # what the notification policy keeps back, and what a block takes away, is not pushed
        await alice.call("PUT", PATH, json={"data": {"alerts": {"favourite": True, "mention": True}}})
        await alice.call("PATCH", "/api/v2/notifications/policy", json={"for_not_followers": "filter"})
        await again()
        await service.quiet()


@pytest.mark.parametrize("status", [404, 410, 403])
async def test_a_subscription_that_is_over_is_removed(tmp_path: Path, status: int) -> None:
    async with two_nodes(tmp_path) as (alpha, _, service):
        await subscribe(alpha.alice, App())
        service.answers = [(status, {})]
        await alpha.anna.post("/api/v1/statuses", json={"status": "@alice one"})
        await service.next()
        for _ in range(100):
            if (await alpha.alice.raw("GET", PATH))[0] == 404:
                break
            await asyncio.sleep(0.05)
        assert (await alpha.alice.raw("GET", PATH))[0] == 404
        await alpha.anna.post("/api/v1/statuses", json={"status": "@alice two"})
        await service.quiet()


async def test_a_push_service_in_trouble_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "DELAYS_S", (0, 0, 0))
    async with two_nodes(tmp_path) as (alpha, _, service):
        app = App()
        await subscribe(alpha.alice, app)
        service.answers = [(503, {}), (500, {}), (201, {})]
        await alpha.anna.post("/api/v1/statuses", json={"status": "@alice one"})
        bodies = [(await service.next()).body for _ in range(3)]
        assert len(set(bodies)) == 3, "a fresh key and salt for every try"
        await service.quiet()
        # a service that asks for time gets it
        service.answers = [(429, {"Retry-After": "120"})]
        await alpha.anna.post("/api/v1/statuses", json={"status": "@alice two"})
        await service.next()
        await service.quiet()
        waiting = [row for row in await alpha.node.db.all(job_rows.waiting()) if row.name == "push.send"]
        assert [row.jobs for row in waiting] == [1]
        assert (await alpha.alice.raw("GET", PATH))[0] == 200


@pytest.mark.parametrize("how", ["revoked", "password", "suspended", "unsubscribed"])
async def test_nothing_is_pushed_once_the_token_is_void(tmp_path: Path, how: str) -> None:
    """AUTH-18"""
    async with two_nodes(tmp_path) as (alpha, _, service):
        anna, db = alpha.anna, alpha.node.db
        await subscribe(anna, App())
        if how == "revoked":
            await db.run(lambda unit: sessions.end_all(unit, anna.user_id))
        elif how == "password":
            await db.run(lambda unit: unit.run(users.change(anna.user_id, {"valid_after": unit.now + 1})))
        elif how == "suspended":
            await db.run(lambda unit: moderation.suspend(unit, anna.account_id, None))
        else:
            await anna.call("DELETE", PATH)
        await alpha.alice.post("/api/v1/statuses", json={"status": "@anna psst"})
        await service.quiet()


def test_what_an_answer_means() -> None:
    table = {
        push.Outcome.SENT: (200, 201, 202, 204),
        push.Outcome.GONE: (400, 401, 403, 404, 410),
        push.Outcome.RETRY: (408, 425, 429, 500, 502, 503),
        push.Outcome.DROPPED: (301, 302, 308, 413),
    }
    for outcome, statuses in table.items():
        assert {push.judge(status) for status in statuses} == {outcome}


async def test_why_something_was_decided_is_pushed(tmp_path: Path) -> None:
    async with two_nodes(tmp_path) as (alpha, _, service):
        app = App()
        await subscribe(alpha.anna, app, moderation_warning=True)

        def warn(unit: Any) -> Any:
            return moderation.act(unit, alpha.anna.account_id, "warn", None, reason="Say which model made it")

        decision = await alpha.node.db.run(warn)
        told = read(app, await service.next())
        assert told["notification_type"] == "moderation_warning"
        assert told["body"] == "An account was warned. Say which model made it"
        await alpha.node.db.run(lambda unit: ledger.undo(unit, decision.id, None, "A mistake"))
        assert "taken back: it no longer holds. A mistake" in read(app, await service.next())["body"]
