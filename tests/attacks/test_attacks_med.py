"""MED: files that people upload and that peers link to."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import os
import re
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import aiohttp
import node_support
import pytest
from aiohttp import web
from attack_people import User, change, newcomer, path_of, png
from attack_world import BASE, World
from PIL import Image

from fedserver.jobs.table import HANDLERS
from fedserver.media.store import new_name

# the media tests make the files
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "media"))
import media_files

WORLD = {"settings": {"media": {"quota_per_account": "2 MB"}}}
NOTE = {
    "@context": "https://www.w3.org/ns/activitystreams",
    "type": "Note",
    "id": f"{BASE}/media/x",
    "attributedTo": f"{BASE}/users/alice",
    "content": "forged",
}


def blobs(world: World) -> set[Path]:
    return {path for path in world.config.media.dir.rglob("*") if path.is_file()}


def leftovers(world: World) -> list[Path]:
    """What lies in the folder of uploads in progress."""
    folder = world.node.parts.upload_dir
    return list(folder.iterdir()) if folder.is_dir() else []


async def refused(
    world: World, user: User, data: bytes, name: str = "x.png", statuses: tuple[int, ...] = (415, 422)
) -> str:
    """The upload is refused and nothing of it stays."""
    before = blobs(world)
    answer = await user.upload(data, name=name)
    assert answer.status in statuses, (answer.status, answer.text)
    await world.settled()
    assert blobs(world) == before and leftovers(world) == []
    return str(answer.json["error"])


def gif_of(frames: int, side: int = 3000) -> bytes:
    """Empty frames, each a few bytes long."""
    head = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + bytes(6)
    frame = (
        b"\x21\xf9\x04\x00\x01\x00\x00\x00"
        + b"\x2c"
        + struct.pack("<HHHHB", 0, 0, side, side, 0)
        + b"\x02\x02\x44\x01\x00"
    )
    return head + frame * frames + b"\x3b"


async def test_MED_01_a_bomb_is_refused_before_it_is_decoded(world: World) -> None:
    user = await newcomer(world)
    data = media_files.png_bomb(12_000)
    assert len(data) < 200_000
    loop = asyncio.get_running_loop()
    began = loop.time()
    await refused(world, user, data)
    assert loop.time() - began < 3
    wide = data[:16] + struct.pack(">II", 2**31 - 1, 2**31 - 1) + data[24:]
    await refused(world, user, wide)


async def test_MED_03_frames_and_rates_are_capped(world: World) -> None:
    user = await newcomer(world)
    await refused(world, user, gif_of(1000), "x.gif")
    one = Image.new("RGB", (64, 64))
    for kind in ("PNG", "WEBP"):
        # one at a time: what this process makes is no growth of the node in it
        many = (Image.new("RGB", (64, 64), (n % 256, n // 256, 0)) for n in range(1500))
        out = io.BytesIO()
        one.save(out, kind, save_all=True, append_images=many, duration=1)
        answer = await user.upload(out.getvalue())
        assert answer.status in (200, 202, 422), answer.text
        if answer.status != 422:
            # then it is no longer than it was let be
            await world.until(lambda: world.count("media_attachments", "state = 'processing'") == 0)
    film = media_files.film("mp4", pictures=200, rate=1000, side=64)
    answer = await user.upload(film, name="x.mp4", kind="video/mp4")
    assert answer.status in (200, 202, 422)
    await world.until(lambda: world.count("media_attachments", "state = 'processing'") == 0, 20)
    rates = [row[0] for row in world.query("SELECT frame_rate FROM media_attachments WHERE frame_rate IS NOT NULL")]
    assert all(rate <= 120_000 for rate in rates), rates


async def test_MED_04_drawings_that_run_are_not_taken(world: World) -> None:
    user = await newcomer(world)
    svg = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>x</script></svg>'
    for data in (
        svg,
        svg[21:],
        b"\xef\xbb\xbf" + svg,
        gzip.compress(svg),
        b"<!DOCTYPE svg>" + svg[21:],
        b" " * 600 + svg,
    ):
        for name in ("x.svg", "x.png", "x.svgz"):
            await refused(world, user, data, name)
    assert world.count("media_attachments", "mime LIKE '%svg%'") == 0


async def test_MED_05_what_hangs_on_a_picture_is_gone(world: World) -> None:
    user = await newcomer(world)
    script = b"<script>alert(1)</script>"
    jpeg = media_files.saved(Image.new("RGB", (30, 30)), "JPEG")
    gif = media_files.saved(Image.new("P", (30, 30)), "GIF")
    polyglots = (
        jpeg + b"PK\x03\x04" + script,
        gif[:-1] + b"\x21\xfe" + bytes([len(script)]) + script + b"\x00\x3b" + script,
        png() + script + b"%PDF-1.4",
        jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(script) + 2) + script + jpeg[2:],
    )
    for data in polyglots:
        answer = await user.upload(data)
        assert answer.status == 200, answer.text
        for url in (answer.json["url"], answer.json["preview_url"]):
            served = await world.get(path_of(url))
            assert served.status == 200 and served.headers["Content-Type"].startswith("image/")
            assert script not in served.body and b"PK\x03\x04" not in served.body and b"%PDF" not in served.body
            assert "sandbox" in served.headers["Content-Security-Policy"]
    await refused(world, user, b"%PDF-1.4\n" + jpeg)


async def test_MED_06_an_upload_is_never_an_activity(world: World) -> None:
    user = await newcomer(world)
    text = json.dumps(NOTE).encode()
    for name in ("note.json", "note.txt", "note.png", "note.jsonld"):
        await refused(world, user, text, name)
    packed = png()[:-12] + _text_chunk(text) + png()[-12:]
    answer = await user.upload(packed + text)
    assert answer.status == 200
    for url in (answer.json["url"], answer.json["preview_url"]):
        for accept in (
            "application/activity+json",
            'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        ):
            served = await world.get(path_of(url), headers={"Accept": accept})
            assert served.headers["Content-Type"].startswith("image/")
            assert b"activitystreams" not in served.body


def _text_chunk(text: bytes) -> bytes:
    body = b"Comment\0" + text
    return struct.pack(">I", len(body)) + b"tEXt" + body + struct.pack(">I", zlib.crc32(b"tEXt" + body))


async def test_MED_07_only_the_listed_formats_whatever_the_name(world: World) -> None:
    user = await newcomer(world)
    picture = Image.new("RGB", (20, 20))
    for kind in ("EPS", "PDF", "TIFF", "ICO", "PCX", "TGA", "BMP", "PPM", "JPEG2000", "SGI", "DDS"):
        for name in ("x.jpg", f"x.{kind.lower()}"):
            await refused(world, user, media_files.saved(picture, kind), name)
    for data in (
        b"8BPS\0\1" + bytes(200),
        b"push graphic-context\nviewbox 0 0 1 1\n",
        b"<?xml version='1.0'?><image/>",
    ):
        await refused(world, user, data, "x.jpg")


async def test_MED_08_playlists_open_nothing(world: World) -> None:
    user = await newcomer(world)
    port = world.canary.port
    hits, dialled = world.canary.hits, len(world.strangers())
    playlists = (
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        f"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:{port}/x.ts\n#EXT-X-ENDLIST\n".encode(),
        b"ffconcat version 1.0\nfile '/etc/passwd'\n",
        b"subfile,,start,0,end,100,,:/etc/passwd",
        f"<MPD><BaseURL>http://127.0.0.1:{port}/</BaseURL></MPD>".encode(),
    )
    for data in playlists:
        for name in ("x.mp4", "x.m3u8", "x.jpg"):
            await refused(world, user, data, name)
        await refused(world, user, data.ljust(4096, b"\n"), "x.mp4")
    assert world.canary.hits == hits and len(world.strangers()) == dialled


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "mp4"])
async def test_MED_10_nothing_private_in_any_copy(world: World, kind: str) -> None:
    user = await newcomer(world)
    secret = media_files.SECRET
    if kind == "mp4":
        data = media_files.film("mp4", pictures=10)
        answer = await user.upload(data, "/api/v1/media", name="x.mp4", kind="video/mp4")
    else:
        out = io.BytesIO()
        options: dict[str, Any] = {"exif": media_files.private_exif(), "xmp": b"<x:xmpmeta>" + secret + b"</x:xmpmeta>"}
        if kind == "PNG":
            options = {"exif": media_files.private_exif()}
        media_files.gradient().save(out, kind, **options)
        data = out.getvalue()
        if kind == "PNG":
            data = data[:-12] + _text_chunk(secret) + data[-12:]
        answer = await user.upload(data)
    assert secret in data and answer.status == 200, answer.text
    medium = answer.json
    for url in (medium["url"], medium["preview_url"]):
        if url is None:
            continue
        body = (await world.get(path_of(url))).body
        assert secret not in body and b"+52.5200" not in body and b"Exif" not in body, url
    post = await user.publish("look", media_ids=[medium["id"]])
    for path in (f"/users/{user.name}/statuses/{post['id']}", f"/@{user.name}/{post['id']}"):
        for accept in ("application/activity+json", "text/html"):
            assert secret.decode() not in (await world.get(path, headers={"Accept": accept})).text


async def test_MED_12_the_server_names_its_files(world: World) -> None:
    user = await newcomer(world)
    root = world.config.media.dir.resolve()
    before = blobs(world)
    names = (
        "../../../app/x.py",
        "a\u0000.png",
        "CON",
        "x" * 2000 + ".png",
        "x.png/../../y",
        "..%2f..%2fz",
        "/etc/x",
        "x.php",
        "",
    )
    for number, name in enumerate(names):
        boundary = b"boundaryboundary"
        raw_name = name.encode().replace(b"\0", b"%00")
        body = b"--" + boundary + b'\r\nContent-Disposition: form-data; name="file"; filename="' + raw_name
        body += b'"\r\nContent-Type: image/png\r\n\r\n' + png(20 + number) + b"\r\n--" + boundary + b"--\r\n"
        kind = f"multipart/form-data; boundary={boundary.decode()}"
        answer = await user.post("/api/v2/media", data=io.BytesIO(body), headers={"Content-Type": kind})
        assert answer.status in (200, 400, 422), (name[:40], answer.status, answer.text)
        if answer.status == 200:
            assert re.fullmatch(r"/media/\d+/[A-Za-z0-9_-]+/full", path_of(answer.json["url"])), answer.json["url"]
    made = blobs(world) - before
    assert made
    for path in made:
        assert root in path.resolve().parents and re.fullmatch(r"[A-Za-z0-9_-]+\.(png|webp|jpg)", path.name), path
    assert not (world.config.server.data_dir.parent / "app").exists()


async def test_MED_14_a_peers_file_is_held_to_its_limits(world: World) -> None:
    user = await newcomer(world)
    author = world.good.actor("med14")

    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "image/png"})
        await response.prepare(request)
        try:
            for _ in range(200):
                await response.write(bytes(1 << 20))
        except ConnectionError:
            pass
        return response

    flips = [0]

    async def flipping(request: web.BaseRequest) -> web.StreamResponse:
        flips[0] += 1
        return web.Response(body=b"<script>alert(1)</script>", headers={"Content-Type": "image/png"})

    world.good.pages |= {"/endless.png": endless, "/flip.png": flipping, "/lie.png": ("text/html", png())}
    names = ("endless", "flip", "lie")
    attached = [{"type": "Image", "mediaType": "image/png", "url": f"https://good.test/{name}.png"} for name in names]
    note = author.note(
        "med14", attachment=attached, content=f"<p>@{user.name}</p>", tag=[{"type": "Mention", "href": user.uri}]
    )
    note["cc"].append(user.uri)
    assert (await world.deliver(author, author.create(note))).status == 202
    await world.settled()
    before = blobs(world)
    rows = world.query(
        "SELECT id, token, remote_url FROM media_attachments WHERE remote_url LIKE '%good.test%' ORDER BY id"
    )
    assert len(rows) == 3
    loop = asyncio.get_running_loop()
    for number, token, url in rows:
        began = loop.time()
        answer = await world.get(f"/media/{number}/{token}/full")
        assert loop.time() - began < 10
        if url.endswith("lie.png"):
            # what it is, not what it is called, decides
            assert answer.status == 404 or answer.headers["Content-Type"] == "image/png"
        else:
            assert answer.status == 404, url
        for _ in range(3):
            await world.get(f"/media/{number}/{token}/full")
    assert flips[0] == 1
    assert leftovers(world) == [] and len(blobs(world) - before) <= 2


async def test_MED_16_uploads_are_bounded_and_swept(world: World) -> None:
    user = await newcomer(world)
    noise = Image.effect_noise((500, 500), 200)
    # the quota is used up: that is said with 507, as for a full disk
    world.allowed.add(507)
    statuses = []
    for _ in range(12):
        statuses.append((await user.upload(media_files.saved(noise, "PNG"))).status)
    assert statuses[0] == 200 and statuses[-1] == 507, statuses
    kept = world.query("SELECT sum(size) FROM media_attachments WHERE account_id = ?", user.account_id)[0][0]
    assert kept <= 2.5 * 1024 * 1024
    # abandoned: after their day they go, with their files
    await world.settled()
    old = 48 * 3600 * 1000
    change(world, "UPDATE media_attachments SET created_at = created_at - ? WHERE account_id = ?", old, user.account_id)
    before = blobs(world)
    await HANDLERS["media.sweep"](world.node.parts, {})
    assert world.count("media_attachments", "account_id = ?", user.account_id) == 0
    await world.settled()
    assert len(blobs(world)) < len(before)


async def test_MED_17_only_ones_own_free_and_finished_uploads(world: World) -> None:
    alice, mallory = await newcomer(world), await newcomer(world)
    free, used, gone, private = [(await alice.upload(png(20 + n))).json["id"] for n in range(4)]
    await alice.publish("uses it", media_ids=[used])
    await alice.publish("for nobody", media_ids=[private], visibility="direct")
    assert (await alice.send("DELETE", f"/api/v1/media/{gone}")).status == 200
    posts = world.count("statuses")
    for user, wrong in ((mallory, (free, used, gone, private)), (alice, (used, gone, private, "1", free[:-1]))):
        for medium in wrong:
            answer = await user.post("/api/v1/statuses", json={"status": "x", "media_ids": [medium]})
            assert answer.status == 422, (user.name, medium)
    twice = await alice.post("/api/v1/statuses", json={"status": "x", "media_ids": [free, free]})
    assert twice.status == 422 or len(twice.json["media_attachments"]) == 1
    own = await mallory.publish("an own post")
    edit = await mallory.send("PUT", f"/api/v1/statuses/{own['id']}", json={"status": "x", "media_ids": [free]})
    assert edit.status == 422
    assert world.count("statuses") - posts <= 2


async def test_MED_19_addresses_cannot_be_guessed_and_end_with_the_post(world: World) -> None:
    alice = await newcomer(world)
    medium = (await alice.upload(png())).json
    post = await alice.publish("for nobody", media_ids=[medium["id"]], visibility="direct")
    path = path_of(medium["url"])
    number, secret = path.split("/")[2:4]
    assert len(secret) >= 22
    for other in (
        f"/media/{int(number) + 1}/{secret}/full",
        f"/media/{number}/{secret[:-1]}/full",
        f"/media/{number}/{secret}x/full",
        f"/media/{number}//full",
        f"/media/{number}/{secret.swapcase()}/full",
        f"/media/{number}/{secret}/original",
        f"/media/{number}/{secret}",
        f"/media/{number}",
        "/media/",
        "/media",
    ):
        assert (await world.get(other)).status == 404, other
    assert (await world.get(path)).status == 200
    assert (await alice.send("DELETE", f"/api/v1/statuses/{post['id']}?delete_media=true")).status == 200
    await world.settled()
    await world.until(lambda: world.count("media_attachments", "id = ?", int(number)) == 0)
    assert (await world.get(path)).status == 404


async def test_MED_22_what_was_in_hand_when_it_died_is_cleaned(tmp_path: Path) -> None:
    """Half files and blobs without a row (kill -9 itself and full disks: tests/durability, tests/api)."""
    async with node_support.cluster(tmp_path, alpha=("alice",)) as (alpha,):
        form = aiohttp.FormData()
        form.add_field("file", io.BytesIO(png()), filename="x.png")
        kept = await alpha.alice.post("/api/v2/media", data=form)
        parts = alpha.node.parts
        half, cut = parts.upload_dir / "upload-left-by-the-dead", parts.blobs.temp / "half"
        orphan = parts.blobs._path(new_name("png"))
        for path in (half, cut, orphan):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x" * 1000)
            os.utime(path, (1, 1))
        await alpha.stop()
        await alpha.start()
        assert not half.exists() and not cut.exists()
        await HANDLERS["media.sweep_files"](alpha.node.parts, {})
        assert not orphan.exists()
        assert (await alpha.alice.get(f"/api/v1/media/{kept['id']}"))["url"] == kept["url"]
        assert list(alpha.node.parts.upload_dir.iterdir()) == []
