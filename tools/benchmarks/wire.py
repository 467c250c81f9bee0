"""The load: ready-made HTTP/1.1 requests over kept-alive connections, with next to no cost on this side."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple


class Answers(NamedTuple):
    """What came back: how often each status, seconds each request took, the last body."""

    statuses: Counter[int]
    seconds: list[float]
    body: bytes

    def all_are(self, *statuses: int) -> None:
        """Raise ``RuntimeError`` unless every answer had one of these statuses."""
        if set(self.statuses) - set(statuses):
            raise RuntimeError(f"the node answered {dict(self.statuses)}: {self.body[:300]!r}")


def request(method: str, path: str, headers: Sequence[tuple[str, str]], body: bytes = b"") -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    if body or method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def run(port: int, requests: Sequence[bytes], connections: int = 1) -> Answers:
    """Send all of them, each connection one after the other; returns when all are answered."""
    return asyncio.run(_run(port, requests, connections))


async def _run(port: int, requests: Sequence[bytes], connections: int) -> Answers:
    answers = Answers(Counter(), [], b"")
    waiting = iter(requests)
    last = await asyncio.gather(*(_connection(port, waiting, answers) for _ in range(min(connections, len(requests)))))
    return answers._replace(body=next((body for body in last if body), b""))


async def _connection(port: int, waiting: object, answers: Answers) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    body = b""
    for each in waiting:  # type: ignore[attr-defined]  # shared: each connection takes the next one
        began = time.perf_counter()
        writer.write(each)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_length(head))
        answers.seconds.append(time.perf_counter() - began)
        answers.statuses[int(head[9:12])] += 1
    writer.close()
    return body


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
