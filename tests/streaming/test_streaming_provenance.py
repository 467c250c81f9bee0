"""What a reader hides or blurs does not come by a stream either."""

from __future__ import annotations

from pathlib import Path

from client_support import Person, client_node, png
from streaming_support import listen, settled


async def _post(person: Person, declared: str) -> str:
    made = await person.upload(png(), **({"provenance[declared]": declared} if declared else {}))
    return str((await person.publish("x", media_ids=[made.json["id"]]))["id"])


async def test_streams_keep_to_a_readers_wish(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        await bob.follow(alice)
        await bob.send(
            "PATCH", "/api/v1/preferences", data={"provenance[ai]": "hide", "provenance[unlabelled]": "blur"}
        )
        async with listen(api, bob.token, "user") as home, listen(api, alice.token, "public") as public:
            await settled(api, 2)
            hidden = await _post(alice, "generated")
            blurred = await _post(alice, "")
            first = await home.next()
            assert first["event"] == "update" and first["payload"]["id"] == blurred, first
            entry = first["payload"]["filtered"][0]
            assert (entry["filter"]["filter_action"], entry["keyword_matches"]) == ("blur", ["provenance:unlabelled"])
            # whoever has no such wish gets both, as they are
            for wanted in (hidden, blurred):
                event = await public.next()
                assert event["payload"]["id"] == wanted and event["payload"]["filtered"] == []
