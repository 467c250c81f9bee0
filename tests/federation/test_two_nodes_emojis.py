"""A node's own emoji: typed here, shown here and on another node, in posts and in profiles."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

from node_support import Person, RunningNode, cluster
from PIL import Image

from fedserver.cli.emojis import picture_from
from fedserver.services import emojis


async def give(node: RunningNode, shortcode: str, folder: Path, colour: str = "red") -> None:
    path = folder / f"{shortcode}.png"
    Image.new("RGB", (40, 40), colour).save(path)
    picture = await asyncio.to_thread(picture_from, node.node.config, path)
    await node.node.db.run(partial(emojis.keep_own, shortcode=shortcode, picture=picture, category="ours"))


async def fetched(node: RunningNode, url: str, **headers: str) -> tuple[int, str, Any]:
    async with node.http.get(node.url + "/" + url.split("/", 3)[3], headers=headers) as answer:
        json = "json" in answer.content_type
        return answer.status, answer.content_type, await (answer.json(content_type=None) if json else answer.read())


def names(row: Any) -> list[str]:
    return [each["shortcode"] for each in row["emojis"]]


async def arrived(person: Person, uri: str) -> Any:
    return await person.until("/api/v1/timelines/home", lambda rows: next((r for r in rows if r["uri"] == uri), None))


async def test_an_emoji_is_shown_on_both_nodes_in_posts_polls_and_profiles(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        await give(alpha, "blob", tmp_path)
        await give(alpha, "wave", tmp_path, "green")
        picker = await alice.get("/api/v1/custom_emojis")
        assert [(each["shortcode"], each["category"], each["visible_in_picker"]) for each in picker] == [
            ("blob", "ours", True),
            ("wave", "ours", True),
        ]
        for key in ("url", "static_url"):
            status, kind, _ = await fetched(alpha, picker[0][key])
            assert status == 200 and kind.startswith("image/")
        await ben.follow(alice)

        note = await alice.post("/api/v1/statuses", json={"status": "a :blob: and x:wave: and :nothing:"})
        assert names(note) == ["blob"]
        seen = await arrived(ben, note["uri"])
        assert names(seen) == ["blob"]
        assert seen["emojis"][0]["url"].startswith("http://beta.test/media/")
        assert (await fetched(beta, seen["emojis"][0]["url"]))[0] == 200

        edited = {"status": "only :wave:", "spoiler_text": ":blob: inside"}
        changed = await alice.call("PUT", f"/api/v1/statuses/{note['id']}", json=edited)
        assert names(changed) == ["wave", "blob"]
        await ben.until(f"/api/v1/statuses/{seen['id']}", lambda row: names(row) == ["wave", "blob"])

        asked = {"status": "which?", "poll": {"options": [":blob:", "none"], "expires_in": 600}}
        poll = await alice.post("/api/v1/statuses", json=asked)
        assert names(poll["poll"]) == ["blob"]
        assert names((await arrived(ben, poll["uri"]))["poll"]) == ["blob"]

        profile = {"display_name": "Alice :blob:", "fields_attributes": [{"name": "mood", "value": ":wave:"}]}
        me = await alice.call("PATCH", "/api/v1/accounts/update_credentials", json=profile)
        assert names(me) == ["blob", "wave"]
        there = await ben.find("@alice@alpha.test")
        await ben.until(f"/api/v1/accounts/{there['id']}", lambda row: names(row) == ["blob", "wave"])
        me = await alice.call("PATCH", "/api/v1/accounts/update_credentials", json={"display_name": "Alice"})
        assert names(me) == ["wave"]


async def test_the_document_of_an_emoji_and_what_stays_when_it_is_removed(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",)) as (alpha,):
        await give(alpha, "blob", tmp_path)
        note = await alpha.alice.post("/api/v1/statuses", json={"status": ":blob:"})
        accept = {"Accept": "application/activity+json"}
        _, _, post = await fetched(alpha, note["uri"], **accept)
        (tag,) = [each for each in post["tag"] if each["type"] == "Emoji"]
        assert tag["name"] == ":blob:" and tag["icon"]["url"] == note["emojis"][0]["url"]
        assert tag["id"] == "http://alpha.test/emojis/blob"
        status, _, document = await fetched(alpha, tag["id"], **accept)
        assert status == 200 and document["icon"] == tag["icon"]
        for wrong in ("nothing", "blob2", ":blob:"):
            assert (await fetched(alpha, f"http://alpha.test/emojis/{wrong}", **accept))[0] == 404

        await alpha.node.db.run(partial(emojis.drop_own, shortcode="blob"))
        assert (await fetched(alpha, tag["id"], **accept))[0] == 404
        assert await alpha.alice.get("/api/v1/custom_emojis") == []
        assert names(await alpha.alice.get(f"/api/v1/statuses/{note['id']}")) == ["blob"]
        assert (await fetched(alpha, note["emojis"][0]["url"]))[0] == 200
        assert names(await alpha.alice.post("/api/v1/statuses", json={"status": ":blob: again"})) == []
