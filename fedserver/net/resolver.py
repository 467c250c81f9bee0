"""Where a name leads: the `hosts` table first, then the system's resolver in threads of its own.

Own threads, because a name server that does not answer holds a thread for seconds, and the loop's
shared pool also carries the database.
"""

from __future__ import annotations

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

from fedserver.net.guard import AddressRefused, Guard

Lookup = Callable[[str, int], list[tuple[int, str]]]
"""(name, port) -> (address family, address) pairs; raises OSError. Blocking: it is called in a thread."""

AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]
"""As ``getaddrinfo`` gives it."""

KEPT_S: Final = 60.0
_KEPT: Final = 4096


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
        self._known: OrderedDict[tuple[str, int], tuple[float, list[AddressInfo]]] = OrderedDict()
        self._asked: dict[tuple[str, int], asyncio.Task[list[ResolveResult]]] = {}

    async def addresses(self, host: str, port: int) -> list[AddressInfo]:
        """Where ``resolve`` leads, remembered for ``KEPT_S``; whoever asks for the same name meanwhile waits along.

        What is remembered is judged again with each socket.
        """
        key, loop = (host, port), asyncio.get_running_loop()
        known = self._known.get(key)
        if known is not None and known[0] > loop.time():
            return known[1]
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = loop.create_task(self.resolve(host, port))
            task.add_done_callback(lambda done: self._answered(key, done))
        found = await asyncio.shield(task)
        return [address_info(each["host"], each["port"]) for each in found]

    def _answered(self, key: tuple[str, int], task: asyncio.Task[list[ResolveResult]]) -> None:
        del self._asked[key]
        # looked at here too: whoever asked may be gone
        if task.cancelled() or task.exception() is not None:
            return
        until = asyncio.get_running_loop().time() + KEPT_S
        self._known[key] = until, [address_info(each["host"], each["port"]) for each in task.result()]
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)

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


def address_info(address: str, port: int) -> AddressInfo:
    """An address as sockets are made of it."""
    if ":" in address:
        return int(socket.AF_INET6), int(socket.SOCK_STREAM), socket.IPPROTO_TCP, "", (address, port, 0, 0)
    return int(socket.AF_INET), int(socket.SOCK_STREAM), socket.IPPROTO_TCP, "", (address, port)


def _text(sockaddr: tuple[Any, ...]) -> str:
    return str(sockaddr[0])
