"""Near-duplicates: found by how they look, one of each group in feeds that ask for it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import orjson
from client_support import Api, client_node
from PIL import Image, ImageDraw, ImageOps

from fedserver.db.queries import variations
from fedserver.jobs import variations as job
from fedserver.services.variations import JOB


def picture(seed: int) -> Image.Image:
    """Shapes that PDQ can tell apart."""
    made = Image.new("RGB", (256, 192), (seed * 37 % 255, 90, 140))
    draw = ImageDraw.Draw(made)
    for step in range(24):
        x, y = (step * seed * 53) % 240, (step * seed * 31 + step * 17) % 180
        draw.ellipse(
            (x, y, x + 20 + step * 2, y + 12 + step * 3), fill=((step * 40) % 255, (seed * 70) % 255, step * 9)
        )
    return made


def png_of(made: Image.Image) -> bytes:
    out = io.BytesIO()
    made.save(out, "PNG")
    return out.getvalue()


def jpeg_of(made: Image.Image) -> bytes:
    out = io.BytesIO()
    made.resize((200, 150)).save(out, "JPEG", quality=60)
    return out.getvalue()


async def settle(api: Api) -> None:
    """Run the jobs that compare pictures."""
    parts = api.node.parts

    def take(unit: Any) -> list[dict[str, Any]]:
        rows = unit._connection.execute(f"SELECT payload FROM jobs WHERE name = '{JOB}' ORDER BY id").fetchall()
        unit._connection.execute(f"DELETE FROM jobs WHERE name = '{JOB}'")
        return [orjson.loads(row[0]) for row in rows]

    for payload in await api.run(take):
        await job.group(parts, payload)


async def test_variations_collapse_where_a_feed_asks_for_it(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        one, two = picture(3), picture(7)
        files = [png_of(one), jpeg_of(one), png_of(ImageOps.mirror(one)), png_of(two)]
        posts = []
        for data in files:
            answer = await alice.upload(data)
            assert answer.status == 200, answer.text
            posts.append((await alice.publish("x #sea", media_ids=[answer.json["id"]]))["id"])
        posts.append((await alice.publish("words #sea"))["id"])
        await settle(api)
        looks = await api.node.parts.db.all(variations.groups_of_statuses([int(each) for each in posts]))
        assert {each.status_id for each in looks} == {int(each) for each in posts[:3]}
        assert len({each.group_id for each in looks}) == 1
        for path in ("timelines/public", "timelines/tag/sea", f"accounts/{alice.account_id}/statuses"):
            plain = (await bob.get(f"/api/v1/{path}")).json
            assert [each["id"] for each in plain] == posts[::-1] and "variations_count" not in plain[0]
            answer = await bob.get(f"/api/v1/{path}?collapse=variations")
            shown = [(each["id"], each["variations_count"]) for each in answer.json]
            assert shown == [(posts[4], 0), (posts[3], 0), (posts[2], 2)], path
            # the next page begins after all that was looked at
            assert f"max_id={posts[0]}" in answer.headers["Link"]
        assert (await bob.get("/api/v1/timelines/public?collapse=everything")).status == 422
        assert (await bob.get("/api/v1/timelines/public?collapse=variations&max_id=1")).json == []


async def test_a_private_variation_is_not_counted_and_a_deleted_one_groups_nothing(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        one = picture(5)
        first, second = (await alice.upload(png_of(one))).json["id"], (await alice.upload(jpeg_of(one))).json["id"]
        shown = (await alice.publish("x", media_ids=[first]))["id"]
        await alice.publish("mine", visibility="private", media_ids=[second])
        await settle(api)
        page = (await bob.get("/api/v1/timelines/public?collapse=variations")).json
        assert [(each["id"], each["variations_count"]) for each in page] == [(shown, 0)]
        # what is gone meanwhile is still in the index, but in no group
        other = picture(11)
        lost = (await alice.upload(png_of(other))).json["id"]
        await settle(api)
        await alice.send("DELETE", f"/api/v1/media/{lost}")
        kept = (await alice.upload(jpeg_of(other))).json["id"]
        post = (await alice.publish("y", media_ids=[kept]))["id"]
        await settle(api)
        assert await api.node.parts.db.all(variations.groups_of_statuses([int(post)])) == []
