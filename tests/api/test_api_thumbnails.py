"""Small pictures that come with an upload, or later, instead of the one that is made here."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from aiohttp import FormData
from client_support import Api, Person, client_node, png
from PIL import Image

from fedserver.api import processing


def form(**files: bytes) -> FormData:
    made = FormData()
    for name, data in files.items():
        made.add_field(name, io.BytesIO(data), filename=f"{name}.bin", content_type="application/octet-stream")
    return made


def stored(folder: Path) -> int:
    return sum(1 for base in ("media", "tmp") for path in (folder / base).rglob("*") if path.is_file())


async def colour(api: Api, medium: dict[str, Any]) -> tuple[int, ...]:
    answer = await api.node.get(medium["preview_url"].removeprefix(api.node.base))
    assert answer.status == 200 and answer.headers["Content-Type"] == "image/webp"
    with Image.open(io.BytesIO(answer.body)) as picture:
        return tuple(picture.convert("RGB").getpixel((2, 2)))  # type: ignore[arg-type]


def red(pixel: tuple[int, ...]) -> bool:
    return pixel[0] > 200 and pixel[1] < 60 and pixel[2] < 60


async def send(person: Person, data: FormData, path: str = "/api/v2/media") -> dict[str, Any]:
    answer = await person.post(path, data=data)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


async def test_a_thumbnail_comes_with_the_file_or_later(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        plain = await send(alice, form(file=png(900, 300)))
        assert not red(await colour(api, plain))
        count = stored(tmp_path)
        own = await send(alice, form(file=png(900, 300), thumbnail=png(80, 80, "red")))
        assert red(await colour(api, own)) and own["meta"]["small"]["width"] == 80 and own["blurhash"]
        assert own["meta"]["original"]["width"] == 900 and own["blurhash"] != plain["blurhash"]
        assert stored(tmp_path) == 2 * count, "nothing is left of the one that was made here"
        # the job that comes second changes nothing
        await processing.process(api.node.parts, int(own["id"]))
        assert red(await colour(api, own))
        path = f"/api/v1/media/{plain['id']}"
        changed = await alice.send("PUT", path, data=form(thumbnail=png(80, 80, "red")))
        assert changed.status == 200 and red(await colour(api, changed.json))
        assert changed.json["description"] == plain["description"]
        assert stored(tmp_path) == 2 * count, "nor of the one that was there"
        # of somebody else, no picture, not a file at all
        assert (await bob.send("PUT", path, data=form(thumbnail=png()))).status == 404
        for wrong in (b"no picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>"):
            assert (await alice.send("PUT", path, data=form(thumbnail=wrong))).status == 422
            assert (await alice.post("/api/v2/media", data=form(file=png(), thumbnail=wrong))).status == 422
        assert (await alice.send("PUT", path, json={"thumbnail": "red"})).status == 200
        assert red(await colour(api, changed.json))
