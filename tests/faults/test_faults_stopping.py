"""F06, F07 and F28: told to stop, stopped for a while, and short of processor time."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import time
from contextlib import AsyncExitStack

import aiohttp
import pytest
from durability_world import Stranger
from faults_world import Box, Boxes, peers, sinkhole, until


async def test_F06_orderly_stop(boxes: Boxes) -> None:
    """50 requests in hand, 20 streams open, 1,000 deliveries queued."""
    sinks = [sinkhole(f"sink{number}.test", readers=1) for number in range(25)]
    box = boxes(sinks)
    box.add_followers(sinks)
    # nobody listens at the sinks: all that is posted stays queued
    await box.start()
    for number in range(40):
        await box.posted(f"post {number}")
    # the Accepts of the followers stay as well
    assert box.rows("SELECT count(*) FROM deliveries") == [(1050,)]
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        token = box.made.alice.token
        streams = [
            await session.ws_connect(f"{box.url}/api/v1/streaming?stream=user&access_token={token}") for _ in range(20)
        ]
        requests = [asyncio.create_task(box.post(f"in hand {number}")) for number in range(50)]
        await asyncio.wait(requests, return_when=asyncio.FIRST_COMPLETED)
        assert box.process is not None
        began = time.monotonic()
        box.process.send_signal(signal.SIGTERM)
        codes = await asyncio.gather(*(_closing(stream) for stream in streams))
        answers = await asyncio.gather(*requests, return_exceptions=True)
        with pytest.raises(aiohttp.ClientError):
            await box.home()
        code = await asyncio.to_thread(box.process.wait, 30)
    assert code == 0, box.log[-3000:]
    assert time.monotonic() - began <= 12
    assert set(codes) == {1001}, codes
    taken = [
        f"in hand {n}"
        for n, answer in enumerate(answers)
        if not isinstance(answer, BaseException) and answer.status == 200
    ]
    assert taken, "no request was in hand: this proves nothing"
    stored = box.sources()
    assert set(taken) <= set(stored) and len(stored) == len(set(stored))
    assert box.rows("SELECT count(*) FROM deliveries") == [(25 * (len(stored) + 2),)]
    assert "Traceback" not in box.log, box.log[-3000:]
    # and all of it goes out once somebody listens
    async with peers(*sinks):
        _forgive(box)
        await box.start()
        await until(lambda: not box.rows("SELECT 1 FROM deliveries LIMIT 1"), 60)
        for sink in sinks:
            assert len(sink.arrived) == len(stored) + 2 == len(set(sink.arrived))
        assert await box.stop() == 0


def _forgive(box: Box) -> None:
    """The pauses of hosts that were away are over."""
    import sqlite3

    with sqlite3.connect(box.database) as connection:
        connection.execute("UPDATE hosts SET closed_until = 0")
        connection.execute("UPDATE lanes SET next_at = 0")


async def _closing(stream: aiohttp.ClientWebSocketResponse) -> int | None:
    while True:
        message = await stream.receive(timeout=15)
        if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING):
            return stream.close_code


@pytest.mark.slow
async def test_F07_stopped_for_a_while(boxes: Boxes) -> None:
    """SIGSTOP for 20 s in the middle of deliveries; five minutes differ only in leases, which the clock test covers."""
    sinks = [sinkhole(f"sink{number}.test", readers=1) for number in range(4)]
    far = sinkhole()
    stranger = Stranger(far)
    box = boxes([*sinks, far])
    box.add_followers(sinks)
    async with peers(*sinks, far), aiohttp.ClientSession() as session:
        await box.start()
        token = box.made.alice.token
        stream = await session.ws_connect(f"{box.url}/api/v1/streaming?stream=user&access_token={token}")
        posted = [await box.posted(f"post {number}") for number in range(10)]
        assert box.process is not None
        box.process.send_signal(signal.SIGSTOP)
        hanging = [asyncio.create_task(box.post(f"hanging {number}", seconds=60)) for number in range(5)]
        await asyncio.sleep(20)
        box.process.send_signal(signal.SIGCONT)
        for answer in await asyncio.gather(*hanging):
            assert answer.status in (200, 503), answer
        await box.ready(10)
        assert (await box.deliver(stranger, 1)).status == 202
        await until(lambda: not box.rows("SELECT 1 FROM deliveries LIMIT 1"), 30)
        # a pause of ours is not held against anybody
        assert box.rows("SELECT count(*) FROM hosts WHERE closed_until > 0") == [(0,)]
        for sink in sinks:
            heard = [about.rpartition("/")[2] for _, _, about in sink.arrived]
            assert set(posted) <= set(heard)
            assert len(heard) - len(set(heard)) <= 20, "a lease ran twice, beyond what was in hand"
        await box.posted("after")
        message = await stream.receive(timeout=10)
        assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        assert await box.stop() == 0


def _burn(until_s: float) -> None:
    while time.time() < until_s:
        pass


@pytest.mark.slow
async def test_F28_short_of_processor_time(boxes: Boxes) -> None:
    """Twice as many busy loops as cores, for a few seconds."""
    sinks = [sinkhole(f"sink{number}.test", readers=1) for number in range(5)]
    box = boxes(sinks)
    box.add_followers(sinks)
    async with peers(*sinks):
        await box.start()
        context = multiprocessing.get_context("spawn")
        over = time.time() + 9
        burners = [context.Process(target=_burn, args=(over,), daemon=True) for _ in range(4)]
        for burner in burners:
            burner.start()
        await asyncio.sleep(1)
        waits = []
        for number in range(20):
            await box.posted(f"post {number}")
            answer = await box.ask("GET", "/health")
            assert answer.status == 200
            waits.append(answer.seconds)
        for burner in burners:
            await asyncio.to_thread(burner.join, 20)
        # the middle one, because this machine may have other tests to run as well
        assert sorted(waits)[len(waits) // 2] < 1, waits
        await until(lambda: not box.rows("SELECT 1 FROM deliveries LIMIT 1"), 60)
        assert box.rows("SELECT count(*) FROM hosts WHERE closed_until > 0 OR failing_since IS NOT NULL") == [(0,)]
        assert await box.stop() == 0
