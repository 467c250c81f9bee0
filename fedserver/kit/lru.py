"""Caches that cannot grow past a number of bytes, and a way to do the same work once for many callers."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from fedserver.kit.clock import SYSTEM, Clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# What one entry costs beside its value: the key, the tuple, the two dictionary slots.
ENTRY_BYTES = 200


class CacheStats(NamedTuple):
    """Counters of one cache since it was made."""

    entries: int
    bytes: int
    hits: int
    misses: int
    evicted: int


class LruCache(Generic[K, V]):
    """Least recently used out first, bounded by bytes. Thread-safe.

    ``size(value)`` tells the bytes of a value; ``ENTRY_BYTES`` are added for each entry. A value larger than
    the whole cache is not kept. With ``ttl`` (seconds) an entry is also gone that long after it was put.
    """

    def __init__(
        self,
        max_bytes: int,
        size: Callable[[V], int],
        *,
        ttl: float | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        self._max_bytes = max_bytes
        self._size = size
        self._ttl = ttl
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[K, tuple[V, int, float]] = OrderedDict()
        self._bytes = self._hits = self._misses = self._evicted = 0

    def get(self, key: K) -> V | None:
        """The value, or None when it is absent or too old."""
        with self._lock:
            return self._find(key)

    def get_many(self, keys: Iterable[K]) -> dict[K, V]:
        """Those that are there and not too old."""
        with self._lock:
            if self._ttl is not None:
                return {key: value for key in keys if (value := self._find(key)) is not None}
            # pages of timelines ask for eighty at a time: no call for each
            entries, found = self._entries, {}
            for key in keys:
                entry = entries.get(key)
                if entry is None:
                    self._misses += 1
                else:
                    entries.move_to_end(key)
                    found[key] = entry[0]
            self._hits += len(found)
            return found

    def put(self, key: K, value: V, *, ttl: float | None = None) -> None:
        """Keep ``value``; ``ttl`` (seconds) overrides the cache's own, which must have one."""
        if ttl is not None and self._ttl is None:
            raise ValueError("this cache was made without a time to live")
        cost = self._size(value) + ENTRY_BYTES
        lifetime = self._ttl if ttl is None else ttl
        until = 0.0 if lifetime is None else self._clock.monotonic() + lifetime
        with self._lock:
            if key in self._entries:
                self._drop(key)
            if cost > self._max_bytes:
                return
            self._entries[key] = (value, cost, until)
            self._bytes += cost
            while self._bytes > self._max_bytes:
                self._drop(next(iter(self._entries)))
                self._evicted += 1

    def pop(self, key: K) -> V | None:
        """Forget ``key``; returns what was kept, however old."""
        with self._lock:
            return self._drop(key)

    def clear(self) -> None:
        """Forget everything; the counters stay."""
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def stats(self) -> CacheStats:
        """The counters, for the metrics."""
        with self._lock:
            return CacheStats(len(self._entries), self._bytes, self._hits, self._misses, self._evicted)

    def _find(self, key: K) -> V | None:
        entry = self._entries.get(key)
        if entry is None:
            self._misses += 1
            return None
        if self._ttl is not None and self._clock.monotonic() >= entry[2]:
            self._drop(key)
            self._misses += 1
            return None
        self._entries.move_to_end(key)
        self._hits += 1
        return entry[0]

    def _drop(self, key: K) -> V | None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return None
        self._bytes -= entry[1]
        return entry[0]


class Recent(Generic[K, V]):
    """Bounded by bytes as ``LruCache`` is, for what one thread looks up by dozens in every request.

    There is no lock and no order: two dictionaries, of which the younger takes what is put or found. When it has half
    of the bytes it becomes the elder, and the former elder is let go with all that nobody asked for meanwhile.
    """

    def __init__(self, max_bytes: int, size: Callable[[V], int]) -> None:
        self._half = max_bytes // 2
        self._size = size
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}
        self._bytes = 0

    def get_many(self, keys: Sequence[K]) -> list[V | None]:
        """The value of each key, None where there is none."""
        young = self._young
        found = [young.get(key) for key in keys]
        if None in found:
            for number, key in enumerate(keys):
                if found[number] is None and (value := self._old.get(key)) is not None:
                    found[number] = value
                    self.put(key, value)
        return found

    def get(self, key: K) -> V | None:
        """The value of one key, None where there is none."""
        found = self._young.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self.put(key, found)
        return found

    def put(self, key: K, value: V) -> None:
        """Keep ``value``."""
        cost = self._size(value) + ENTRY_BYTES
        if cost > self._half:
            return
        if self._bytes + cost > self._half:
            self._old, self._young, self._bytes = self._young, {}, 0
        self._young[key] = value
        self._bytes += cost

    def __len__(self) -> int:
        return len(self._young) + len(self._old)


class SingleFlight(Generic[K, V]):
    """Many tasks that want the same thing at once cause one call and share its result or its exception.

    Belongs to one event loop. A waiter that is cancelled leaves the work to the others; when the last one is
    gone the work is cancelled too. Nothing is remembered afterwards: that is a cache's part.
    """

    def __init__(self) -> None:
        self._flights: dict[K, _Flight[V]] = {}

    async def run(self, key: K, work: Callable[[], Awaitable[V]]) -> V:
        """The result of ``work()``, or of the call for ``key`` that is already under way."""
        flight = self._flights.get(key)
        if flight is None:
            flight = _Flight(asyncio.ensure_future(work()))
            self._flights[key] = flight
            flight.future.add_done_callback(lambda _: self._forget(key, flight))
        flight.waiters += 1
        try:
            return await asyncio.shield(flight.future)
        finally:
            flight.waiters -= 1
            if flight.waiters == 0 and not flight.future.done():
                # Forgotten before it is cancelled, so that a newcomer starts afresh.
                self._forget(key, flight)
                flight.future.cancel()

    def __len__(self) -> int:
        return len(self._flights)

    def _forget(self, key: K, flight: _Flight[V]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if flight.future.done() and not flight.future.cancelled():
            flight.future.exception()  # Marks it as seen: the waiters have their own copy.


class _Flight(Generic[V]):
    """A call under way and how many wait for it."""

    __slots__ = ("future", "waiters")

    def __init__(self, future: asyncio.Future[V]) -> None:
        self.future = future
        self.waiters = 0
