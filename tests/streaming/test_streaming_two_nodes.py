"""From another node to an open stream: mentions, groups, what the policy keeps back, announcements by command."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from node_support import Person, cluster

from fedserver.services import announcements


class Line:
    """An open WebSocket of somebody."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws

    async def next(self, wanted: str, seconds: float = 10.0) -> Any:
        """The payload of the next event of this name; others are passed over."""
        async with asyncio.timeout(seconds):
            while True:
                message = await self._ws.receive()
                assert message.type is aiohttp.WSMsgType.TEXT, message
                found = orjson.loads(message.data)
                if found.get("event") == wanted:
                    return orjson.loads(found["payload"])


@asynccontextmanager
async def line(person: Person, stream: str) -> AsyncIterator[Line]:
    url = person.node.url.replace("http", "ws", 1)
    async with person.node.http.ws_connect(f"{url}/api/v1/streaming?access_token={person.token}&stream={stream}") as ws:
        # a subscription is acted upon in order: what comes after the answer to nonsense comes to a listener
        await ws.send_str("[]")
        assert "error" in orjson.loads((await ws.receive(5)).data)
        yield Line(ws)


async def test_what_happens_elsewhere_is_heard_here(tmp_path: Path) -> None:
    people: dict[str, Any] = {"alpha": ("alice",), "beta": ("ben", "bea")}
    async with cluster(tmp_path, **people) as (alpha, beta):
        alice = alpha.alice
        async with line(alice, "user:notification") as notes, line(alice, "user") as home:
            for author in (beta.ben, beta.bea):
                await author.follow(alice)
                note = await notes.next("notification")
                assert note["type"] == "follow" and note["account"]["acct"] == f"{author.name}@beta.test"
            group = (await alice.get("/api/v2/notifications"))["notification_groups"][0]
            assert note["group_key"] == group["group_key"] and group["notifications_count"] == 2
            # ben is filtered from now on: nothing is heard, a request waits
            await alice.call("PATCH", "/api/v2/notifications/policy", json={"for_not_following": "filter"})
            await beta.ben.post("/api/v1/statuses", json={"status": f"hello {alice.handle}"})
            (request,) = await alice.until("/api/v1/notifications/requests", lambda rows: rows)
            assert request["account"]["acct"] == "ben@beta.test" and "hello" in request["last_status"]["content"]
            await alice.post(f"/api/v1/notifications/requests/{request['id']}/accept")
            assert await notes.next("notifications_merged") == 1
            assert await home.next("notifications_merged") == 1
            assert (await alice.get("/api/v1/notifications"))[0]["type"] == "mention"
            # from now on he is heard
            await beta.ben.post("/api/v1/statuses", json={"status": f"again {alice.handle}"})
            note = await notes.next("notification")
            assert (note["type"], note["account"]["username"]) == ("mention", "ben")


async def test_an_announcement_reaches_everybody_who_is_here(tmp_path: Path) -> None:
    people: dict[str, Any] = {"alpha": ("alice", "anna")}
    async with (
        cluster(tmp_path, **people) as (alpha,),
        line(alpha.alice, "user") as one,
        line(alpha.anna, "user") as two,
    ):
        db = alpha.node.db
        made = await db.run(lambda unit: announcements.announce(unit, "tea at five", None))
        for listener in (one, two):
            assert (await listener.next("announcement"))["content"] == "<p>tea at five</p>"
        assert (await alpha.anna.get("/api/v1/announcements"))[0]["id"] == str(made)
        await db.run(lambda unit: announcements.edit(unit, made, "tea at six", None))
        assert (await one.next("announcement"))["content"] == "<p>tea at six</p>"
        await db.run(lambda unit: announcements.withdraw(unit, made, None))
        assert await two.next("announcement.delete") == made
        assert await alpha.anna.get("/api/v1/announcements") == []
