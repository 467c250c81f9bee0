"""Announcements: who sees them, reading, reactions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from client_support import Api, Person, client_node, png

from fedserver.db.queries import announcements as rows
from fedserver.db.queries import emojis, media
from fedserver.db.unit import Unit
from fedserver.kit.errors import Invalid, NotFound
from fedserver.services import announcements
from fedserver.services.events import AnnouncementPublished

PATH = "/api/v1/announcements"
DAY = 24 * 3600 * 1000
LIKE = f"reactions/{quote('👍')}"


async def announce(api: Api, text: str = "hello", **more: Any) -> int:
    """Written and published, as the job does it."""

    def work(unit: Unit) -> int:
        made = announcements.announce(unit, text, None, **more)
        announcements.publish(unit, made)
        return made

    return await api.run(work)


def own_emoji(unit: Unit, shortcode: str, media_id: int) -> None:
    """An emoji of this node."""
    times = {"created_at": unit.now, "updated_at": unit.now}
    assert unit.made(emojis.add({"id": unit.new_id(), "shortcode": shortcode, "media_id": media_id, **times}))


async def listed(person: Person) -> list[dict[str, Any]]:
    answer = await person.get(PATH)
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.json
    return found


async def test_an_announcement_with_all_it_names(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        post = await alice.publish("the post")
        private = await alice.publish("not for all", visibility="private")
        text = f"Dear @alice,\n\nread {post['uri']} and {private['uri']} about #Tea & <b>"
        made = await announce(api, text)
        found = (await listed(alice))[0]
        assert found["id"] == str(made) and found["read"] is False
        assert found["content"].startswith("<p>Dear <span") and "&amp; &lt;b&gt;" in found["content"]
        assert [each["username"] for each in found["mentions"]] == ["alice"]
        assert set(found["mentions"][0]) == {"id", "username", "url", "acct"}
        assert [each["name"] for each in found["tags"]] == ["tea"]
        assert [each["id"] for each in found["statuses"]] == [post["id"]]
        assert (found["starts_at"], found["ends_at"], found["all_day"]) == (None, None, False)
        assert found["emojis"] == [] and found["reactions"] == []
        assert (await api.node.get(PATH)).status == 401
        assert (await alice.post(f"{PATH}/{made}/dismiss")).json == {}
        assert (await listed(alice))[0]["read"] is True
        assert (await listed(await api.person("bob")))[0]["read"] is False


async def test_only_what_is_published_and_not_over(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        now = api.node.parts.clock.now_ms()
        over = await announce(api, "over", starts_at=now - 3 * DAY, ends_at=now - 2 * DAY)
        today = await announce(api, "whole day", starts_at=now - DAY // 2, ends_at=now - DAY // 2, all_day=True)
        coming = await announce(api, "coming", starts_at=now + DAY, ends_at=now + 2 * DAY)
        waiting = await announce(api, "waiting", publish_at=now + DAY)
        assert [int(each["id"]) for each in await listed(alice)] == [today, coming]
        for hidden in (waiting, 17):
            for method, tail in (("POST", "dismiss"), ("PUT", LIKE), ("DELETE", LIKE)):
                assert (await alice.send(method, f"{PATH}/{hidden}/{tail}")).status == 404, (hidden, tail)
        assert over not in (today, coming)
        await api.run(lambda unit: announcements.edit(unit, coming, "changed", None))
        assert (await listed(alice))[-1]["content"] == "<p>changed</p>"
        await api.run(lambda unit: announcements.withdraw(unit, coming, None))
        assert [int(each["id"]) for each in await listed(alice)] == [today]


async def test_reactions(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        medium = (await alice.upload(png())).json
        await api.run(lambda unit: own_emoji(unit, "blobcat", int(medium["id"])))
        made = await announce(api, "look: :blobcat: :nocat:")
        assert [each["shortcode"] for each in (await listed(alice))[0]["emojis"]] == ["blobcat"]

        def path(name: str) -> str:
            return f"{PATH}/{made}/reactions/{quote(name)}"

        for person, name in ((alice, "👍"), (bob, "👍"), (bob, "blobcat"), (bob, "blobcat"), (alice, "❤️")):
            assert (await person.send("PUT", path(name))).json == {}
        first, second, third = (await listed(alice))[0]["reactions"]
        assert first == {"name": "👍", "count": 2, "me": True}
        assert (second["name"], second["count"], second["me"]) == ("blobcat", 1, False)
        assert second["url"].startswith("http") and second["static_url"].startswith("http")
        assert third == {"name": "❤️", "count": 1, "me": True}
        for name in ("x", "nocat", "👍👍", " ", "a👍", "👍" * 30):
            answer = await alice.send("PUT", path(name))
            assert answer.status == 422, name
            assert answer.json["error"] == "Validation failed: Name is not a recognized emoji"
        for name in ("😀", "🎉", "🇩🇪", "👩🏽‍🚀", "1️⃣"):
            assert (await alice.send("PUT", path(name))).status == 200, name
        full = await alice.send("PUT", path("🍵"))
        assert (full.status, full.json["error"]) == (422, "Validation failed: Limit of different reactions reached")
        # one that is there already is always open
        assert (await bob.send("PUT", path("😀"))).status == 200
        assert (await alice.send("DELETE", path("👍"))).json == {}
        assert (await alice.send("DELETE", path("👍"))).status == 404
        assert (await listed(alice))[0]["reactions"][0] == {"name": "👍", "count": 1, "me": False}
        # an emoji whose picture is gone is left out, and nothing breaks
        await api.run(lambda unit: unit.run(media.change(int(medium["id"]), {"state": "failed"})))
        assert len((await listed(alice))[0]["reactions"]) >= 7


@pytest.mark.parametrize(
    "wrong",
    [
        lambda unit: announcements.announce(unit, "  \n ", None),
        lambda unit: announcements.announce(unit, "x" * 10_001, None),
        lambda unit: announcements.announce(unit, "x", None, ends_at=5),
        lambda unit: announcements.announce(unit, "x", None, starts_at=6, ends_at=5),
        lambda unit: announcements.edit(unit, 17, "x", None),
        lambda unit: announcements.withdraw(unit, 17, None),
    ],
)
async def test_what_is_no_announcement(tmp_path: Path, wrong: Callable[[Unit], object]) -> None:
    async with client_node(tmp_path) as api:
        with pytest.raises((Invalid, NotFound)):
            await api.run(wrong)
        assert await api.node.parts.db.all(rows.listing()) == []


async def test_publishing_twice_or_after_it_is_gone_harms_nothing(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        made = await announce(api)

        def again(unit: Unit) -> list[Any]:
            announcements.publish(unit, made)
            announcements.publish(unit, 17)
            return list(unit.events)

        before = (await api.node.parts.db.all(rows.by_id(made)))[0].published_at
        assert await api.run(again) == [AnnouncementPublished(made)]
        assert (await api.node.parts.db.all(rows.by_id(made)))[0].published_at == before
