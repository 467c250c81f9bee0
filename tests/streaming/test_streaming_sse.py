"""Server-sent events."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import orjson
from client_support import Person, client_node
from streaming_support import settled

from fedserver.services import sessions


async def read_event(response: aiohttp.ClientResponse) -> tuple[str, str]:
    """The next event: its name and its data."""
    found: dict[str, str] = {}
    while True:
        line = (await asyncio.wait_for(response.content.readline(), 5)).decode().rstrip("\n")
        if line.startswith(":"):
            continue
        if not line and found:
            return found["event"], found["data"]
        name, _, value = line.partition(": ")
        found[name] = value


async def test_events_headers_and_end(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        await bob.follow(alice)
        url = f"{api.node.base}/api/v1/streaming/user"
        async with api.node.http.get(url, headers={"Authorization": f"Bearer {bob.token}"}) as response:
            assert response.status == 200 and response.headers["Content-Type"] == "text/event-stream"
            assert "no-store" in response.headers["Cache-Control"]
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            await settled(api, 1)
            made = await alice.publish("hello")
            name, data = await read_event(response)
            assert name == "update" and orjson.loads(data)["id"] == made["id"]
            await alice.send("DELETE", f"/api/v1/statuses/{made['id']}")
            assert await read_event(response) == ("delete", made["id"])
            await api.run(lambda unit: sessions.end_all(unit, bob.user_id))
            rest = await asyncio.wait_for(response.content.read(), 5)
            assert b"event:" not in rest
        await settled(api, 0)


async def test_every_path(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        health = await api.node.get("/api/v1/streaming/health")
        assert (health.status, health.text) == (200, "OK")
        for path in (
            "user",
            "user/notification",
            "public",
            "public?only_media=true",
            "public/local",
            "public/remote",
            "hashtag?tag=tea",
            "hashtag/local?tag=tea",
            "direct",
        ):
            await _opens(alice, path)
        for path in ("hashtag", "list?list=1", "nonsense"):
            assert (await alice.get(f"/api/v1/streaming/{path}")).status == 404
        assert (await alice.get("/api/v1/streaming")).status == 404


async def _opens(who: Person, path: str) -> None:
    base = who.api.node.base
    sign = "&" if "?" in path else "?"
    async with who.api.node.http.get(f"{base}/api/v1/streaming/{path}{sign}access_token={who.token}") as response:
        assert response.status == 200, path
        assert (await asyncio.wait_for(response.content.readline(), 5)).startswith(b":")


async def test_scopes(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        posts = await api.node.token(alice.user_id, "read:statuses")
        notes = await api.node.token(alice.user_id, "read:notifications")
        for path, wrong in (("user", notes), ("public", notes), ("user/notification", posts)):
            answer = await api.node.get(f"/api/v1/streaming/{path}", token=wrong)
            assert answer.status == 403, path
