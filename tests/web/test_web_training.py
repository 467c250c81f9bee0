"""The wish about training: headers, files, objects, robots.txt and a peer's copy change with the switch."""

from __future__ import annotations

import asyncio
import io
import time
from pathlib import Path
from typing import Any

import node_support
import orjson
import pytest
from access_support import Browser
from aiohttp import FormData
from node_support import Person, RunningNode
from PIL import Image

from fedserver.domain import usage
from fedserver.federation.context import of
from fedserver.federation.proven import proven

ACTIVITY = {"Accept": "application/activity+json"}


def picture(form: str) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((64, 64), 90).convert("RGB").save(out, form)
    return out.getvalue()


async def upload(person: Person, form: str = "JPEG") -> Any:
    data = FormData()
    data.add_field("file", io.BytesIO(picture(form)), filename="x", content_type=f"image/{form.lower()}")
    return await person.post("/api/v2/media", data=data)


async def get(node: RunningNode, url: str, **headers: str) -> tuple[int, Any, bytes]:
    path = "/" + url.partition("://")[2].partition("/")[2] if "://" in url else url
    async with node.http.get(node.url + path, headers={"Host": node.config.server.domain, **headers}) as answer:
        return answer.status, answer.headers, await answer.read()


async def post(person: Person, text: str = "look", **more: Any) -> Any:
    made = await upload(person)
    return await person.post("/api/v1/statuses", json={"status": text, "media_ids": [made["id"]], **more})


async def test_the_switch_changes_what_everybody_sees(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann",), beta=("ben",)) as (alpha, beta):
        await beta.ben.follow(alpha.ann)
        note = await post(alpha.ann)
        seen = await beta.ben.until("/api/v1/timelines/home", lambda rows: rows[0] if rows else None)
        # by default the node asks for everybody
        for url, kind in ((note["url"], {}), (note["uri"], ACTIVITY), (note["media_attachments"][0]["url"], {})):
            _, headers, body = await get(alpha, url, **kind)
            if kind:
                value = orjson.loads(body)
                assert value["aiUsage"] == "train-ai=n" and value["xRobotsTag"] == ["noai", "noimageai"]
                assert value["attachment"][0]["aiUsage"] == "train-ai=n"
                await proven(of(beta.node.parts), value, value["id"], value["attributedTo"])
            else:
                assert headers["Content-Usage"] == "train-ai=n" and "noimageai" in headers["X-Robots-Tag"], url
                assert headers["tdm-reservation"] == "1"
        _, _, actor = await get(alpha, "/users/ann", **ACTIVITY)
        assert orjson.loads(actor)["aiUsage"] == "train-ai=n"
        # the copy at the other server says so too
        _, headers, _ = await get(beta, seen["media_attachments"][0]["url"])
        assert headers["Content-Usage"] == "train-ai=n"

        await alpha.ann.call("PATCH", "/api/v1/accounts/update_credentials", json={"source": {"training": "allow"}})
        _, headers, _ = await get(alpha, note["media_attachments"][0]["url"])
        assert headers["Content-Usage"] == "train-ai=y" and "tdm-reservation" not in headers
        _, _, body = await get(alpha, note["uri"], **ACTIVITY)
        value = orjson.loads(body)
        assert value["aiUsage"] == "train-ai=y" and "xRobotsTag" not in value
        await proven(of(beta.node.parts), value, value["id"], value["attributedTo"])

        # and the copy, by an Update
        end = time.monotonic() + 20
        while (await get(beta, seen["media_attachments"][0]["url"]))[1].get("Content-Usage") != "train-ai=y":
            assert time.monotonic() < end, "the other server was not told"
            await asyncio.sleep(0.1)
        # it is no edit that people hear of
        assert (await beta.ben.get(f"/api/v1/statuses/{seen['id']}"))["edited_at"] is None


async def test_a_post_may_say_otherwise(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann",), beta=("ben",)) as (alpha, beta):
        await beta.ben.follow(alpha.ann)
        note = await post(alpha.ann, provenance={"training": "allow"})
        assert note["provenance"]["training"] == "allow"
        assert (await get(alpha, note["media_attachments"][0]["url"]))[1]["Content-Usage"] == "train-ai=y"
        seen = await beta.ben.until("/api/v1/timelines/home", lambda rows: rows[0] if rows else None)
        assert seen["provenance"]["training"] == "allow"
        assert (await get(beta, seen["media_attachments"][0]["url"]))[1]["Content-Usage"] == "train-ai=y"
        status, body, _ = await alpha.ann.raw(
            "POST", "/api/v1/statuses", json={"status": "x", "provenance": {"training": "sell"}}
        )
        assert status == 422 and "Training" in body["error"]
        status, _, _ = await alpha.ann.raw(
            "PATCH", "/api/v1/accounts/update_credentials", json={"source": {"training": "sell"}}
        )
        assert status == 422


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
async def test_new_files_say_it_themselves(tmp_path: Path, form: str) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann",)) as (alpha,):
        made = await upload(alpha.ann, form)
        _, _, body = await get(alpha, made["url"])
        assert usage.DATA_MINING.encode() in body
        with Image.open(io.BytesIO(body)) as shown:
            shown.load()
            assert shown.format == form and shown.size == (64, 64)
        found = await alpha.node.parts.media.inspect(_file(tmp_path, body))
        assert found.wishes == "DMI-PROHIBITED-AIMLTRAINING" and not found.private
        _, _, small = await get(alpha, made["preview_url"])
        assert usage.DATA_MINING.encode() in small
        await alpha.ann.call("PATCH", "/api/v1/accounts/update_credentials", json={"source": {"training": "allow"}})
        made = await upload(alpha.ann, form)
        for url in (made["url"], made["preview_url"]):
            assert b"DataMining" not in (await get(alpha, url))[2]


def _file(folder: Path, body: bytes) -> Path:
    path = folder / "served"
    path.write_bytes(body)
    return path


async def test_crawlers_are_asked_and_where_wanted_refused(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        robots = (await get(alpha, "/robots.txt"))[2].decode()
        assert "User-agent: GPTBot\n" in robots and robots.index("GPTBot") < robots.index("Disallow: /\n")
        assert "User-agent: *\nContent-Usage: train-ai=n\nDisallow: /api/" in robots
        assert orjson.loads((await get(alpha, "/.well-known/tdmrep.json"))[2]) == [
            {"location": "/", "tdm-reservation": 1}
        ]
        gpt = {"User-Agent": "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)"}
        assert (await get(alpha, "/@ann", **gpt))[0] == 200
        owner, ben = Browser(alpha), Browser(alpha)
        await ben.signed_in("ben@alpha.test")
        csrf = (await ben.go("/settings/training")).csrf
        form = {"crawlers": "GPTBot\nSome Crawler", "refuse_crawlers": "1"}
        assert (await ben.submit("/admin/crawlers", form, csrf=csrf)).status in (403, 404)
        await owner.signed_in("ann@alpha.test")
        page = (await owner.go("/admin/community")).text
        assert "ClaudeBot" in page
        assert (await owner.submit("/admin/crawlers", {**form, "crawlers": "a<b"})).status in (400, 422)
        await owner.go("/admin/community")
        assert (await owner.submit("/admin/crawlers", form)).status == 303
        note = await post(alpha.ann)
        for path in ("/@ann", note["media_attachments"][0]["url"], note["url"], "/"):
            assert (await get(alpha, path, **gpt))[0] == 403, path
            assert (await get(alpha, path, **{"User-Agent": "Mozilla/5.0 GPTBotanist"}))[0] == 200, path
        assert (await get(alpha, "/@ann", **{"User-Agent": "some crawler/2"}))[0] == 403
        assert (await get(alpha, "/@ann", **{"User-Agent": "ClaudeBot"}))[0] == 200
        for path in ("/robots.txt", "/.well-known/tdmrep.json"):
            assert (await get(alpha, path, **gpt))[0] == 200, path
        robots = (await get(alpha, "/robots.txt"))[2].decode()
        assert "User-agent: Some Crawler\n" in robots and "ClaudeBot" not in robots


async def test_the_page_says_what_a_crawler_sees(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann",)) as (alpha,):
        ann = await Browser(alpha).signed_in("ann@alpha.test")
        page = (await ann.go("/settings/training")).text
        assert "Content-Usage: train-ai=n" in page and "It is a request" in page and "GPTBot" in page
        assert (await ann.submit("/settings/training", {"training": "sell"})).status == 422
        assert (await ann.submit("/settings/training", {"training": "allow"}, csrf="x")).status == 403
        await ann.go("/settings/training")
        assert (await ann.submit("/settings/training", {"training": "allow"})).status == 303
        page = (await ann.go("/settings/training")).text
        assert "Content-Usage: train-ai=y" in page and "tdm-reservation" not in page
        assert (await alpha.ann.get("/api/v1/accounts/verify_credentials"))["source"]["training"] == "allow"
