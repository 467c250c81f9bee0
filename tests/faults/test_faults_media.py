"""F05 and F27: whatever happens to the process or to the child that reads a file, nothing is left lying about."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import time
from pathlib import Path

import aiohttp
import psutil
import pytest
from faults_world import Answer, Box, Boxes, until
from test_faults_storage import photo


async def _upload(box: Box, data: bytes) -> Answer:
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(data), filename="a.png", content_type="image/png")
    return await box.ask("POST", "/api/v2/media", data=form, seconds=60)


def large_photo() -> bytes:
    """A PNG that takes a while."""
    from PIL import Image

    made = io.BytesIO()
    Image.effect_noise((3000, 3000), 80).convert("RGB").save(made, "png", compress_level=1)
    return made.getvalue()


def _child(box: Box) -> psutil.Process | None:
    """The process that reads a file."""
    assert box.process is not None
    found = psutil.Process(box.process.pid).children()
    return found[0] if found else None


def _files(box: Box) -> list[Path]:
    """Blobs, and what is on its way to be one."""
    data = box.folder / "data"
    return [path for name in ("media", "tmp") for path in (data / name).rglob("*") if path.is_file()]


def _known(box: Box) -> set[str]:
    keys = box.rows("SELECT original_key, file_key, preview_key FROM media_attachments")
    return {key for row in keys for key in row if key}


async def _clean(box: Box) -> None:
    """Every file has a row and every row its files."""
    await until(lambda: {path.name for path in _files(box)} == _known(box), 30)


async def _sweep(box: Box) -> None:
    """Start as on the next day: what is old may go."""
    day = time.time() - 2 * 24 * 3600
    for path in _files(box):
        os.utime(path, (day, day))
    import sqlite3

    with sqlite3.connect(box.database) as connection:
        connection.execute("UPDATE jobs SET run_at = 0 WHERE name IN ('media.sweep_files', 'media.process')")
    await box.start()


@pytest.mark.slow
async def test_F05_server_killed_while_it_takes_files(boxes: Boxes) -> None:
    box = boxes()
    data, hit = large_photo(), 0
    for pause in (0.02, 0.1, 0.25, 0.5, 0.8, 1.2):
        await box.start()
        uploads = [asyncio.create_task(_upload(box, data)) for _ in range(2)]
        await asyncio.sleep(pause)
        box.kill()
        for ended in await asyncio.gather(*uploads, return_exceptions=True):
            assert isinstance(ended, (Answer, aiohttp.ClientError)), ended
            hit += isinstance(ended, aiohttp.ClientError)
    assert hit >= 3 and _files(box), "too few uploads were in hand: this proves nothing"
    # a blob whose row was never written: killed between the two
    stray = box.folder / "data" / "media" / "aa" / "bb"
    stray.mkdir(parents=True, exist_ok=True)
    (stray / f"aabb{'c' * 22}.png").write_bytes(b"nobody's")
    await _sweep(box)
    waiting = "SELECT count(*) FROM media_attachments WHERE state = 'processing'"
    await until(lambda: box.rows(waiting) == [(0,)], 90)
    await _clean(box)
    assert (await _upload(box, photo())).status == 200
    await _clean(box)
    box.whole()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV], ids=["kill -9", "SIGSEGV"])
async def test_F05_child_dies(boxes: Boxes, how: signal.Signals) -> None:
    box = boxes()
    await box.start()
    upload = asyncio.create_task(_upload(box, large_photo()))
    child = await _wait_child(box)
    child.send_signal(how)
    answer = await upload
    # the job tries once more; the second time it dies the file is to blame
    assert answer.status == 202, answer
    path = f"/api/v1/media/{answer.body['id']}"
    assert (await box.ask("GET", path)).status == 206
    assert await box.stop() == 0
    await _sweep(box)
    (await _wait_child(box)).send_signal(how)
    await until(lambda: box.rows("SELECT state FROM media_attachments") == [("failed",)])
    shown = await box.ask("GET", path)
    assert shown.status == 422 and "error" in shown.body
    await _clean(box)
    assert _files(box) == []
    assert (await _upload(box, photo())).status == 200


async def _wait_child(box: Box) -> psutil.Process:
    end = time.monotonic() + 20
    while (found := _child(box)) is None:
        assert time.monotonic() < end
        await asyncio.sleep(0.005)
    return found


def _bomb() -> bytes:
    """A small PNG that unpacks to 30,000 x 30,000 pixels."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    side = 30_000
    packer = zlib.compressobj(9)
    line = b"\0" * (side * 3 + 1)
    pixels = b"".join(packer.compress(line) for _ in range(200)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.slow
async def test_F27_media_bombs_under_memory_pressure(boxes: Boxes) -> None:
    """The child has an address space of its own limits; what it cannot hold is refused, and the server lives on."""
    box = boxes()
    await box.start()
    await box.posted("before")
    before = box.resident_bytes()
    answers = await asyncio.gather(*(_upload(box, _bomb()) for _ in range(4)))
    assert {answer.status for answer in answers} == {422}, answers
    big = asyncio.create_task(_upload(box, large_photo()))
    child = await _wait_child(box)
    # no room for anything more: what the kernel does to a child that is too greedy
    import resource

    resource.prlimit(child.pid, resource.RLIMIT_AS, (32 << 20, 32 << 20))
    assert (await big).status in (202, 422)
    await box.posted("after")
    assert (await _upload(box, photo())).status == 200
    assert box.resident_bytes() - before < 50 << 20
    assert await box.stop() == 0
