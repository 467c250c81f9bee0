"""Uploads, and the files that come out."""

from __future__ import annotations

import asyncio
import errno
import io
import ipaddress
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from client_support import Api, client_node, png
from PIL import Image

from fedserver.api import processing
from fedserver.db.queries import moderation
from fedserver.db.unit import Unit
from fedserver.media.errors import MediaFailed
from fedserver.media.pipeline import Pipeline, Processed
from fedserver.media.settings import MediaSettings
from fedserver.media.store import FolderStore
from fedserver.net.client import Client
from fedserver.net.settings import NetSettings
from fedserver.services import moderation as moderation_service
from protocol.activitystreams.values import Media


def noise() -> bytes:
    """A picture of about 1,300 bytes that nothing makes smaller."""
    out = io.BytesIO()
    Image.frombytes("RGB", (20, 20), os.urandom(1200)).save(out, "PNG")
    return out.getvalue()


def blobs(folder: Path) -> int:
    """How many files the store and the folder of uploads hold."""
    return sum(1 for base in ("media", "tmp") for path in (folder / base).rglob("*") if path.is_file())


async def test_upload_describe_attach_and_serve(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        done = await alice.upload(png(1000, 500), description="a wall")
        assert done.status == 200
        medium = done.json
        assert medium["type"] == "image" and medium["description"] == "a wall" and medium["blurhash"]
        assert medium["meta"]["original"]["width"] == 1000 and medium["meta"]["small"]["width"] == 640
        path = f"/api/v1/media/{medium['id']}"
        assert (await alice.get(path)).json == medium
        changed = (await alice.send("PUT", path, data={"description": "a teal wall", "focus": "-1,0.5"})).json
        assert changed["description"] == "a teal wall" and changed["meta"]["focus"] == {"x": -1.0, "y": 0.5}
        for method in ("GET", "PUT", "DELETE"):
            assert (await bob.send(method, path)).status == 404
        assert (await bob.post("/api/v1/statuses", json={"status": "x", "media_ids": [medium["id"]]})).status == 422
        post = await alice.publish("", media_ids=[medium["id"]])
        assert post["media_attachments"] == [changed]
        assert (await alice.post("/api/v1/statuses", json={"media_ids": [medium["id"]]})).status == 422
        assert (await alice.send("DELETE", path)).status == 422

        file = await api.node.get(medium["url"].removeprefix(api.node.base))
        assert (file.status, file.headers["Content-Type"]) == (200, "image/png")
        assert file.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in file.headers["Content-Security-Policy"]
        assert file.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "immutable" in file.headers["Cache-Control"] and "Set-Cookie" not in file.headers
        small = await api.node.get(medium["preview_url"].removeprefix(api.node.base))
        assert small.headers["Content-Type"] == "image/webp"
        part = await api.node.get(medium["url"].removeprefix(api.node.base), headers={"Range": "bytes=0-7"})
        assert (part.status, part.body) == (206, file.body[:8])
        for wrong in (f"/media/{medium['id']}/guess/full", "/media/5/x/full", medium["url"] + "x"):
            assert (await api.node.get(wrong.removeprefix(api.node.base))).status == 404


async def test_deleting_to_write_anew_keeps_the_files(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        medium = (await alice.upload(png())).json
        post = await alice.publish("typo", media_ids=[medium["id"]])
        gone = (await alice.send("DELETE", f"/api/v1/statuses/{post['id']}")).json
        assert gone["media_attachments"][0]["id"] == medium["id"]
        again = await alice.publish("right", media_ids=[medium["id"]])
        assert [each["id"] for each in again["media_attachments"]] == [medium["id"]]
        await alice.send("DELETE", f"/api/v1/statuses/{again['id']}?delete_media=true")
        assert (await alice.get(f"/api/v1/media/{medium['id']}")).status == 404


async def test_editing_attachments(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        one, two = (await alice.upload(png())).json, (await alice.upload(png(20, 20))).json
        post = await alice.publish("two", media_ids=[one["id"], two["id"]])
        path = f"/api/v1/statuses/{post['id']}"
        kept = (await alice.send("PUT", path, json={"status": "still two"})).json
        assert [each["id"] for each in kept["media_attachments"]] == [one["id"], two["id"]]
        change = {
            "status": "one",
            "media_ids": [two["id"]],
            "media_attributes": [{"id": two["id"], "description": "d"}],
        }
        edited = (await alice.send("PUT", path, json=change)).json
        assert [(each["id"], each["description"]) for each in edited["media_attachments"]] == [(two["id"], "d")]
        history = (await api.node.get(f"{path}/history")).json
        assert [len(each["media_attachments"]) for each in history] == [2, 2, 1]
        other = await api.person("mallory")
        theirs = (await other.upload(png())).json
        bad = await alice.send("PUT", path, json={"status": "x", "media_ids": [theirs["id"]]})
        assert bad.status == 422 and (await alice.get(path)).json["content"] == "<p>one</p>"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "File content type is invalid"),
        (b'{"@context": "https://www.w3.org/ns/activitystreams"}', "File content type is invalid"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 200, "could not be read"),
        (b"", "File content type is invalid"),
    ],
)
async def test_what_cannot_be_used_leaves_nothing(tmp_path: Path, data: bytes, words: str) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        before = blobs(tmp_path)
        for path in ("/api/v2/media", "/api/v1/media"):
            answer = await alice.upload(data, path)
            assert answer.status == 422 and words in answer.json["error"], answer.text
        assert blobs(tmp_path) == before


async def test_limits(tmp_path: Path) -> None:
    config = {"media": {"quota_per_account": "3 KB", "max_image_bytes": "2 KB", "max_video_bytes": "2 KB"}}
    settings = MediaSettings(max_image_bytes=2000, max_video_bytes=2000)
    async with client_node(tmp_path, config=config, media=Pipeline(settings)) as api:
        alice = await api.person("alice")
        assert (await alice.upload(png() + b"\0" * 3000)).status == 422
        assert (await alice.upload(b"\0" * (3 << 20))).status == 413
        assert (await alice.upload(png(), description="x" * 20_000)).status == 422
        assert (await alice.upload(png(), focus="2,0")).status == 422
        assert (await alice.post("/api/v2/media", data={"file": "text"})).status == 422
        assert (await alice.post("/api/v2/media")).status == 422
        assert blobs(tmp_path) == 0
        statuses = [(await alice.upload(noise())).status for _ in range(4)]
        assert statuses == [200, 200, 507, 507], statuses


async def test_an_upload_whose_process_died_is_finished_by_its_job(tmp_path: Path) -> None:
    class Dying(Pipeline):
        """A pipeline whose first child is killed."""

        deaths = 1

        async def process(self, source: Path, folder: Path, **more: Any) -> Processed:
            if self.deaths:
                self.deaths -= 1
                raise MediaFailed("crashed")
            return await super().process(source, folder, **more)

    async with client_node(tmp_path, media=Dying(MediaSettings())) as api:
        alice = await api.person("alice")
        answer = await alice.upload(png())
        assert answer.status == 202 and answer.json["url"] is None
        media_id = int(answer.json["id"])
        assert (await alice.get(f"/api/v1/media/{media_id}")).status == 206
        body = {"status": "x", "media_ids": [str(media_id)]}
        assert "not finished processing" in (await alice.post("/api/v1/statuses", json=body)).json["error"]
        await asyncio.gather(*(processing.process(api.node.parts, media_id) for _ in range(3)))
        assert (await alice.get(f"/api/v1/media/{media_id}")).status == 200
        # the original, one published file and one preview: whoever came second left nothing
        assert blobs(tmp_path) == 3


async def test_a_full_disk_is_said(tmp_path: Path) -> None:
    class Full(FolderStore):
        """A store on a disk without room."""

        async def put(self, source: Path, extension: str) -> str:
            raise OSError(errno.ENOSPC, "No space left on device")

    async with client_node(tmp_path, blobs=Full(tmp_path / "full", None)) as api:
        alice = await api.person("alice")
        assert (await alice.upload(png())).status == 507
        assert blobs(tmp_path) == 0


@asynccontextmanager
async def peer(files: dict[str, bytes]) -> AsyncIterator[tuple[str, list[str]]]:
    """A server on loopback that serves files and notes what was asked for."""
    asked: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        asked.append(request.path)
        await asyncio.sleep(0.05)
        if request.path not in files:
            raise web.HTTPNotFound
        return web.Response(body=files[request.path], content_type="image/png")

    app = web.Application()
    app.router.add_get("/{tail:.*}", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


def network(base: str) -> NetSettings:
    return NetSettings(
        user_agent="test",
        own_hosts=frozenset(),
        allow_http=True,
        allow_addresses=(ipaddress.ip_network("127.0.0.0/8"),),
        allow_ports=frozenset({int(base.rpartition(":")[2])}),
    )


async def remote_file(api: Api, url: str) -> dict[str, str]:
    """A remote post with one picture; the attachment as clients see it."""
    author = await api.remote("carol")
    picture = Media(type="Image", url=url, media_type="image/png", description="far")
    status_id = await api.receive(author, len(url), attachments=(picture,))
    found: dict[str, str] = (await api.node.get(f"/api/v1/statuses/{status_id}")).json["media_attachments"][0]
    return found


async def test_remote_files_are_fetched_once_when_somebody_looks(tmp_path: Path) -> None:
    async with (
        peer({"/a.png": png(800, 400)}) as (base, asked),
        Client(network(base)) as net,
        client_node(tmp_path, net=net) as api,
    ):
        medium = await remote_file(api, f"{base}/a.png")
        assert asked == []
        paths = [medium[name].removeprefix(api.node.base) for name in ("url", "preview_url")]
        answers = await asyncio.gather(*(api.node.get(path) for path in paths * 5))
        assert [answer.status for answer in answers] == [200] * 10 and asked == ["/a.png"]
        assert answers[0].headers["Content-Type"] == "image/png" and answers[1].headers["Content-Type"] == "image/webp"
        status = await api.node.get("/api/v1/timelines/public")
        meta = status.json[0]["media_attachments"][0]["meta"]
        assert meta["original"]["width"] == 800 and meta["small"]["width"] == 640
        assert status.json[0]["media_attachments"][0]["description"] == "far"


async def test_remote_files_that_fail_are_not_asked_for_again(tmp_path: Path) -> None:
    async with (
        peer({"/page.png": b"<html>not a picture</html>"}) as (base, asked),
        Client(network(base)) as net,
        client_node(tmp_path, net=net) as api,
    ):
        for name in ("missing.png", "page.png"):
            medium = await remote_file(api, f"{base}/{name}")
            asked.clear()
            for _ in range(3):
                assert (await api.node.get(medium["url"].removeprefix(api.node.base))).status == 404
            assert asked == [f"/{name}"]
        assert blobs(tmp_path) == 0


async def test_files_of_those_who_are_shut_out(tmp_path: Path) -> None:
    async with (
        peer({"/a.png": png()}) as (base, _),
        Client(network(base)) as net,
        client_node(tmp_path, net=net) as api,
    ):
        alice = await api.person("alice")
        own = (await alice.upload(png())).json["url"].removeprefix(api.node.base)
        far = (await remote_file(api, f"{base}/a.png"))["url"].removeprefix(api.node.base)
        assert (await api.node.get(own)).status == (await api.node.get(far)).status == 200
        await api.run(lambda unit: moderation_service.suspend(unit, alice.account_id, None))
        assert (await api.node.get(own)).status == 404

        def policy(unit: Unit) -> None:
            values = {"id": unit.new_id(), "community_id": 1, "domain": "there.test", "severity": "limit"}
            unit.made(moderation.add_policy({**values, "reject_media": 1, "created_at": unit.now}))

        await api.run(policy)
        assert (await api.node.get(far)).status == 404
