"""F01 and F41, the long ones: SOAK_ROUNDS (200) of kill -9, and load with faults for SOAK_MINUTES (30).

``make soak`` runs them.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from pathlib import Path

import aiohttp
import pytest
import test_kill
from durability_world import Stranger
from faults_world import Box, Boxes, peers, sinkhole, until

pytestmark = pytest.mark.soak

RATE = 50
FAULTY = 0.05
ROUNDS = int(os.environ.get("SOAK_ROUNDS") or 200)
MINUTES = float(os.environ.get("SOAK_MINUTES") or 30)


async def test_F01_two_hundred_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test of ``tests/durability``, ten times as long."""
    monkeypatch.setattr(test_kill, "ROUNDS", ROUNDS)
    monkeypatch.setattr(test_kill, "DRAIN_S", 600.0)
    await test_kill.test_nothing_acknowledged_is_lost_by_kill_9(tmp_path, 41)


class Load:
    """Clients that read, post, favourite and are wrong, and a stranger who writes."""

    def __init__(self, box: Box, stranger: Stranger, session: aiohttp.ClientSession) -> None:
        self.box, self.stranger, self.session = box, stranger, session
        self.rng = random.Random(41)
        self.posts: list[str] = []
        self.number = 0
        self.bad: list[tuple[str, int]] = []
        self.done = 0

    async def one(self) -> None:
        """One request."""
        chance, self.number = self.rng.random(), self.number + 1
        number = self.number
        if chance < FAULTY:
            await self._send("POST", "/inbox", {400, 401}, data=b"{" * 100, headers=_JSON)
        elif chance < 0.15:
            body, headers = self.stranger.signed(self.stranger.create(number))
            await self._send("POST", "/inbox", {202}, data=body, headers=headers)
        elif chance < 0.3:
            found = await self._send("POST", "/api/v1/statuses", {200}, json={"status": f"post {number}"})
            self.posts = [*self.posts[-200:], found["id"]]
        elif chance < 0.4 and self.posts:
            await self._send("POST", f"/api/v1/statuses/{self.rng.choice(self.posts)}/favourite", {200})
        elif chance < 0.7:
            await self._send("GET", "/api/v1/timelines/home?limit=20", {200})
        else:
            await self._send("GET", "/api/v1/timelines/public?limit=20", {200})

    async def _send(self, method: str, path: str, wanted: set[int], **more: object) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self.box.made.alice.token}", **more.pop("headers", {})}  # type: ignore[dict-item]
        async with self.session.request(method, self.box.url + path, headers=headers, **more) as response:  # type: ignore[arg-type]
            if response.status not in wanted:
                self.bad.append((path, response.status))
            self.done += 1
            found = await response.json(content_type=None) if method == "POST" and "statuses" in path else {}
            await response.read()
            return dict(found)


_JSON = {"Content-Type": "application/activity+json"}


async def test_F41_soak(boxes: Boxes) -> None:
    """50 requests a second, one in twenty wrong, some peers away: memory, files and WAL stay where they are."""
    far, sinks = sinkhole(), [sinkhole(f"sink{number}.test", readers=1) for number in range(4)]
    away = sinkhole("away.test", readers=1)
    stranger = Stranger(far)
    box = boxes([far, *sinks, away])
    box.add_followers([*sinks, away])
    wal = box.database.with_name("fedserver.db-wal")
    async with peers(far, *sinks), aiohttp.ClientSession() as session:
        await box.start()
        load = Load(box, stranger, session)
        end = time.monotonic() + MINUTES * 60
        memory: list[tuple[float, int]] = []
        files: list[int] = []
        tasks: set[asyncio.Task[None]] = set()
        next_look = 0.0
        while time.monotonic() < end:
            if len(tasks) < 40:
                task = asyncio.create_task(load.one())
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            if time.monotonic() >= next_look:
                next_look = time.monotonic() + 5
                memory.append((time.monotonic(), box.resident_bytes()))
                files.append(box.files_open())
                assert wal.stat().st_size <= 100 << 20
            await asyncio.sleep(1 / RATE)
        await asyncio.gather(*tasks)
        assert not load.bad, load.bad[:20]
        assert "Traceback" not in box.log, box.log[-3000:]
        # the last third only: caches have filled by then
        tail = memory[-max(3, len(memory) // 3) :]
        slope = (tail[-1][1] - tail[0][1]) / max(1.0, tail[-1][0] - tail[0][0]) * 60 / (1 << 20)
        print(f"{load.done} requests, {tail[-1][1] >> 20} MiB, {slope:.2f} MiB a minute, {files[-1]} files")
        if MINUTES >= 10:
            assert slope < 1, memory
        assert max(files[len(files) // 2 :]) <= max(files[: len(files) // 2]) + 20, files
        await until(lambda: all(len(sink.arrived) > 0 for sink in sinks))
        box.whole()
        assert await box.stop() == 0
