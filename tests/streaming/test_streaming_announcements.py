"""Announcements on open streams: everybody's own stream, and no other."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from client_support import client_node
from streaming_support import listen, settled

from fedserver.services import announcements

PATH = "/api/v1/announcements"


async def test_what_open_streams_hear(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        async with (
            listen(api, alice.token, "user") as mine,
            listen(api, bob.token, "user") as other,
            listen(api, bob.token, "public") as public,
            listen(api, bob.token, "user:notification") as notes,
        ):
            await settled(api, 4)
            made = await api.run(lambda unit: announcements.announce(unit, "tea at five", None))
            await mine.quiet()
            await api.run(lambda unit: announcements.publish(unit, made))
            for socket in (mine, other):
                event = await socket.next()
                assert event["event"] == "announcement" and event["stream"] == ["user"]
                assert event["payload"]["id"] == str(made) and "read" not in event["payload"]
            await alice.send("PUT", f"{PATH}/{made}/reactions/{quote('🍵')}")
            for socket in (mine, other):
                event = await socket.next()
                assert event["event"] == "announcement.reaction"
                assert event["payload"] == {"name": "🍵", "count": 1, "announcement_id": str(made)}
            await alice.send("DELETE", f"{PATH}/{made}/reactions/{quote('🍵')}")
            assert (await mine.next())["payload"]["count"] == 0
            await other.next()
            await api.run(lambda unit: announcements.withdraw(unit, made, None))
            await api.run(lambda unit: announcements.withdrawn(unit, made))
            for socket in (mine, other):
                event = await socket.next()
                assert (event["event"], event["payload"]) == ("announcement.delete", made)
            await public.quiet()
            await notes.quiet()
