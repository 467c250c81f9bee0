"""F10 to F14: a disk that is full, fails, or is locked. Nothing is acknowledged that is not stored; reads go on."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from pathlib import Path

import aiohttp
import pytest
from durability_world import Stranger
from faults_world import Box, Boxes, Mounts, fill, inject, peers, sinkhole, until

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


def photo() -> bytes:
    """A small PNG."""
    import io

    from PIL import Image

    made = io.BytesIO()
    Image.effect_noise((320, 240), 60).save(made, "png")
    return made.getvalue()


async def upload(box: Box, data: bytes) -> int:
    """The status of an upload."""
    form = aiohttp.FormData()
    form.add_field("file", data, filename="a.png", content_type="image/png")
    return (await box.ask("POST", "/api/v2/media", data=form)).status


async def _refuses(box: Box, most: int = 60) -> list[str]:
    """Post until it is refused; what was acknowledged until then."""
    taken = []
    for number in range(most):
        answer = await box.post(f"before the end {number}")
        if answer.status != 200:
            assert answer.status in (503, 507), answer
            assert "error" in answer.body
            return taken
        taken.append(f"before the end {number}")
    raise AssertionError("it was never refused")


async def _judge(box: Box, taken: list[str], refused: list[str]) -> None:
    """What was acknowledged is there once, what was refused is not."""
    box.whole()
    stored = box.sources()
    assert sorted(set(stored)) == sorted(stored)
    assert set(taken) <= set(stored)
    assert not set(refused) & set(stored)


async def test_F10_disk_full_database(mounts: Mounts, boxes: Boxes) -> None:
    mounts.small(boxes.folder / "data", "size=16m")
    far = sinkhole()
    stranger = Stranger(far)
    box = boxes([far])
    async with peers(far):
        await box.start()
        assert (await box.deliver(stranger, 1)).status == 202
        await box.posted("first")
        ballast = fill(box.folder / "data")
        taken = ["first", *await _refuses(box)]
        assert (await box.deliver(stranger, 2)).status == 503
        for number in range(3):
            assert (await box.post(f"refused {number}")).status in (503, 507)
        assert (await box.home()).status == 200
        assert (await box.ask("GET", "/users/alice", token="")).status == 200
        await asyncio.sleep(2.1)
        assert (await box.ask("GET", "/health")).status == 503
        ballast.unlink()
        await box.ready(10)
        taken.append("there is room again")
        await box.posted(taken[-1])
        assert (await box.deliver(stranger, 2)).status == 202
        await _judge(box, taken, [f"refused {number}" for number in range(3)])
        # 202 says that it is stored; its effect may be a job's
        await until(lambda: box.rows("SELECT count(*) FROM statuses WHERE local = 0") == [(2,)], 20)
        assert await box.stop() == 0


async def test_F11_disk_full_media(mounts: Mounts, boxes: Boxes) -> None:
    mounts.small(boxes.folder / "data" / "media", "size=2m")
    box = boxes()
    await box.start()
    media = box.folder / "data" / "media"
    ballast = fill(media)
    assert await upload(box, photo()) == 507
    assert [path.name for path in media.rglob("*") if path.is_file()] == ["ballast"]
    assert box.rows("SELECT count(*) FROM media_attachments") == [(0,)]
    await box.posted("text goes on")
    ballast.unlink()
    assert await upload(box, photo()) in (200, 202)
    box.whole()


async def test_F12_fsync_error_ends_writing(boxes: Boxes) -> None:
    """One failed fsync is enough: what the system dropped is not there when the next fsync succeeds."""
    box = boxes()
    await box.start(inject("fdatasync:error=EIO:when=12..12", "fdatasync"))
    taken = await _refuses(box)
    assert taken
    for number in range(3):
        assert (await box.post(f"refused {number}")).status == 503
    assert (await box.home()).status == 200
    await asyncio.sleep(2.1)
    assert (await box.ask("GET", "/health")).status == 503
    assert "fsync failed" in box.log
    box.kill()
    await box.start()
    await box.posted("well again")
    await _judge(box, [*taken, "well again"], [f"refused {number}" for number in range(3)])


@pytest.mark.parametrize("error", ["ENOSPC", "EIO", "EROFS"])
async def test_F12_write_errors_are_never_acknowledged(boxes: Boxes, error: str) -> None:
    """Also F13's file system that becomes read-only under the node."""
    box = boxes()
    await box.start(inject(f"pwrite64:error={error}:when=60..90", "pwrite64"))
    taken = await _refuses(box)
    refused, since = [], len(taken)
    # every failed try uses up some of the faults: in the end it heals without a restart
    for number in range(40):
        text = f"after {number}"
        answer = await box.post(text)
        assert answer.status in (200, 503, 507), answer
        (taken if answer.status == 200 else refused).append(text)
        assert (await box.home()).status == 200
    assert len(taken) > since, "it did not heal"
    await _judge(box, taken, refused)


async def test_F13_no_inodes(mounts: Mounts, boxes: Boxes) -> None:
    media = boxes.folder / "data" / "media"
    mounts.small(media, "size=8m,nr_inodes=40")
    box = boxes()
    await box.start()
    fillers = []
    try:
        for number in range(100):
            fillers.append(media / f"filler{number}")
            fillers[-1].touch()
    except OSError:
        fillers.pop()
    assert await upload(box, photo()) == 507
    assert all(path in fillers for path in media.rglob("*") if path.is_file())
    await box.posted("text goes on")
    for path in fillers:
        path.unlink()
    assert await upload(box, photo()) in (200, 202)


async def test_F13_no_inodes_database(mounts: Mounts, boxes: Boxes) -> None:
    """With its files there, the node goes on; without a place for a WAL it says why it does not start."""
    data = boxes.folder / "data"
    mounts.small(data, "size=32m,nr_inodes=60")
    box = boxes()
    await box.start()
    fillers = []
    try:
        for number in range(100):
            (data / f"filler{number}").touch()
            fillers.append(data / f"filler{number}")
    except OSError:
        pass
    taken = ["without inodes"]
    await box.posted(taken[0])
    assert await box.stop() == 0
    before = sorted(path.name for path in data.iterdir())
    # the WAL and its index went with the last connection, and their two inodes are taken here
    for number in range(3):
        try:
            (data / f"taken{number}").touch()
            fillers.append(data / f"taken{number}")
        except OSError:
            break
    code, said = box.refused()
    assert code and "Traceback" not in said and said.strip(), said
    for path in fillers:
        path.unlink()
    await box.start()
    await _judge(box, taken, [])
    assert before


async def test_F13_read_only_when_it_starts(mounts: Mounts, boxes: Boxes) -> None:
    data = boxes.folder / "data"
    mounts.small(data, "size=32m")
    box = boxes()
    _remount(data, "ro")
    code, said = box.refused()
    assert code and "Traceback" not in said
    assert "read-only" in said.lower() or "readonly" in said.lower(), said
    _remount(data, "rw")
    await box.start()
    await box.posted("writable")


def _remount(path: Path, how: str) -> None:
    import subprocess

    subprocess.run(["mount", "-o", f"remount,{how}", path], check=True)


async def test_F14_database_locked(boxes: Boxes) -> None:
    box = boxes()
    await box.start()
    await box.posted("before")
    other = sqlite3.connect(box.database, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    try:
        began = time.monotonic()
        answer = await box.post("refused")
        assert answer.status == 503, answer
        assert int(answer.headers["Retry-After"]) >= 1
        assert 4 <= time.monotonic() - began <= 12
        assert (await box.home()).status == 200
        # one that waits while the lock ends is answered as if nothing had been
        waiting = asyncio.create_task(box.post("waited"))
        await asyncio.sleep(1)
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert (await waiting).status == 200
    await box.posted("after")
    await _judge(box, ["before", "waited", "after"], ["refused"])
    assert os.path.exists(box.database)
