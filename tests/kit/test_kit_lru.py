from __future__ import annotations

import asyncio
import threading

import pytest

from fedserver.kit.clock import ManualClock
from fedserver.kit.lru import ENTRY_BYTES, LruCache, Recent, SingleFlight


def _cache(entries: int, **kwargs: object) -> LruCache[str, bytes]:
    return LruCache(entries * (ENTRY_BYTES + 100), len, **kwargs)  # type: ignore[arg-type]


def test_the_least_recently_used_goes_first() -> None:
    cache = _cache(3)
    for key in "abc":
        cache.put(key, b"x" * 100)
    assert cache.get("a") == b"x" * 100
    cache.put("d", b"x" * 100)
    assert cache.get("b") is None
    assert [key for key in "acd" if cache.get(key)] == ["a", "c", "d"]
    assert cache.stats().evicted == 1


def test_bytes_are_the_bound_not_entries() -> None:
    cache = _cache(3)
    cache.put("small", b"x")
    cache.put("huge", b"x" * 10_000)
    assert cache.get("huge") is None and cache.get("small") == b"x"
    cache.put("large", b"x" * (2 * ENTRY_BYTES + 290))
    assert cache.get("small") is None and len(cache) == 1
    cache.put("large", b"y")
    assert cache.stats().bytes == ENTRY_BYTES + 1
    assert cache.pop("large") == b"y" and cache.pop("large") is None
    assert cache.stats().bytes == 0


def test_an_old_value_does_not_survive_one_that_is_too_large() -> None:
    cache = _cache(1)
    cache.put("a", b"old")
    cache.put("a", b"x" * 10_000)
    assert cache.get("a") is None


def test_a_value_with_a_time_to_live_ends() -> None:
    clock = ManualClock()
    cache = _cache(5, ttl=10.0, clock=clock)
    cache.put("a", b"1")
    cache.put("b", b"2", ttl=60)
    clock.advance(9.9)
    assert cache.get("a") == b"1"
    clock.advance(0.2)
    assert cache.get("a") is None and cache.get("b") == b"2"
    assert cache.stats()[:4] == (1, ENTRY_BYTES + 1, 2, 1)
    with pytest.raises(ValueError):
        _cache(1).put("a", b"", ttl=1)


def test_the_books_stay_right_with_many_threads() -> None:
    cache = _cache(20)

    def work(seed: int) -> None:
        for turn in range(3000):
            key = str((turn * seed) % 50)
            if turn % 3:
                cache.put(key, b"x" * (turn % 100))
            elif cache.get(key) is None:
                cache.pop(key)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (3, 5, 7, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = [cache.pop(str(key)) for key in range(50)]
    assert any(kept)
    assert cache.stats().bytes == 0
    cache.put("a", b"1")
    cache.clear()
    assert cache.stats()[:2] == (0, 0)


async def test_many_callers_one_call() -> None:
    flight: SingleFlight[str, int] = SingleFlight()
    calls = 0

    async def work() -> int:
        nonlocal calls
        calls += 1
        await asyncio.sleep(0.01)
        return calls

    assert await asyncio.gather(*(flight.run("a", work) for _ in range(20))) == [1] * 20
    assert len(flight) == 0
    assert await flight.run("a", work) == 2


async def test_all_callers_share_the_failure_and_the_next_one_tries_again() -> None:
    flight: SingleFlight[str, int] = SingleFlight()

    async def broken() -> int:
        await asyncio.sleep(0)
        raise OSError("no")

    async def fine() -> int:
        return 1

    results = await asyncio.gather(*(flight.run("a", broken) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [OSError] * 3
    assert await flight.run("a", fine) == 1


async def test_a_cancelled_waiter_leaves_the_others_alone_and_the_last_one_ends_the_work() -> None:
    flight: SingleFlight[str, int] = SingleFlight()
    go, ended = asyncio.Event(), asyncio.Event()

    async def work() -> int:
        try:
            await go.wait()
        finally:
            ended.set()
        return 7

    first, second = (asyncio.ensure_future(flight.run("a", work)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    assert not ended.is_set()
    go.set()
    assert await second == 7

    go.clear()
    ended.clear()
    last = asyncio.ensure_future(flight.run("a", work))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    last.cancel()
    with pytest.raises(asyncio.CancelledError):
        await last
    await asyncio.wait_for(ended.wait(), 1)
    assert len(flight) == 0


def test_what_was_asked_for_lately_outlives_the_rest() -> None:
    cache: Recent[str, bytes] = Recent(6 * (ENTRY_BYTES + 100), len)
    for key in "abc":
        cache.put(key, key.encode() * 100)
    assert cache.get_many(["a", "z", "c"]) == [b"a" * 100, None, b"c" * 100]
    cache.put("d", b"d" * 100)
    # found among the elder ones, so it is young again
    assert cache.get_many(["a"]) == [b"a" * 100]
    for key in "ef":
        cache.put(key, key.encode() * 100)
    assert cache.get_many(["a", "b", "d", "f"]) == [b"a" * 100, None, b"d" * 100, b"f" * 100]


def test_recent_values_are_bounded_by_their_bytes() -> None:
    cache: Recent[int, bytes] = Recent(10 * (ENTRY_BYTES + 100), len)
    for number in range(1000):
        cache.put(number, b"x" * 100)
        assert len(cache) <= 10
    cache.put(-1, b"x" * 10_000)
    assert cache.get_many([-1, 999]) == [None, b"x" * 100]
