"""SIG-36: a node that asks for a signature on every fetch of an ActivityPub document."""

from __future__ import annotations

from attack_peers import ACTIVITY, newcomer
from attack_world import BASE, World

from fedserver.services import moderation

WORLD = {"settings": {"federation": {"authorized_fetch": True}}}


async def test_SIG_36_secure_mode(world: World) -> None:
    note = str((await world.alice.post("/api/v1/statuses", json={"status": "hello"}))["uri"]).removeprefix(BASE)
    paths = [
        "/users/alice",
        "/users/alice/outbox",
        "/users/alice/outbox?page=true",
        "/users/alice/followers",
        "/users/alice/following",
        "/users/alice/collections/featured",
        "/users/alice/collections/tags",
        note,
        f"{note}/activity",
        f"{note}/replies",
        f"{note}/likes",
        f"{note}/shares",
    ]
    reader, blocked = newcomer(world.good), newcomer(world.evil)
    await world.node.db.run(lambda unit: moderation.block_domain(unit, "evil.test", None))
    await world.settled()
    for path in paths:
        asked = world.outbound()
        assert (await world.get(path, headers={"Accept": ACTIVITY})).status in (401, 403), path
        headers = world.signed(blocked, b"", path, method="GET")
        assert (await world.get(path, headers=headers)).status in (401, 403), path
        assert world.outbound() == asked
        forged = world.signed(newcomer(world.good, key="another"), b"", "/users/bob", method="GET")
        assert (await world.get(path, headers=forged)).status in (401, 403), path
        answer = await world.get(path, headers=world.signed(reader, b"", path, method="GET"))
        assert answer.status == 200, (path, answer.text)
        assert "no-store" in answer.headers["Cache-Control"] or "private" in answer.headers["Cache-Control"], path
