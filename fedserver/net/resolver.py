"""Where a name leads: the `hosts` table first, then the system's resolver in threads of its own.

Own threads, because a name server that does not answer holds a thread for seconds, and the loop's
shared pool also carries the database.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from fedserver.net.guard import AddressRefused, Guard

Lookup = Callable[[str, int], list[tuple[int, str]]]
"""(name, port) -> (address family, address) pairs; raises OSError. Blocking: it is called in a thread."""


def system_lookup(name: str, port: int) -> list[tuple[int, str]]:
    """The system's answer (hosts file, then DNS)."""
    found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [(int(family), _text(sockaddr)) for family, _, _, _, sockaddr in found]


class Resolver(AbstractResolver):
    """The connector's resolver. Leaves refused addresses out; if none is left, raises `AddressRefused`."""

    def __init__(self, guard: Guard, *, timeout: float, threads: int, lookup: Lookup = system_lookup) -> None:
        self._guard = guard
        self._timeout = timeout
        self._lookup = lookup
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        target = self._guard.target(host)
        if target is not None:
            address, mapped = target
            found = [(int(socket.AF_INET6 if ":" in address else socket.AF_INET), address)]
            port = port if mapped is None else mapped
        else:
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(self._timeout):
                found = await loop.run_in_executor(self._threads, self._lookup, host, port)
        kept = [pair for pair in found if self._guard.allows(pair[1])]
        if found and not kept:
            raise AddressRefused
        if not kept:
            raise OSError(None, "the name has no address")
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST)
            for kind, address in kept
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _text(sockaddr: tuple[Any, ...]) -> str:
    return str(sockaddr[0])
