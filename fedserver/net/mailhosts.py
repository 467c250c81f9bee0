"""Which hosts take the mail of a domain: one question (MX, RFC 1035) to the system's name servers.

The platform's resolver knows addresses only, so the question is written and the answer read here. It is advice for
sign-ups, not for delivery: whatever goes wrong counts as "not known".
"""

from __future__ import annotations

import asyncio
import secrets
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final

PORT: Final = 53
TIMEOUT_S: Final = 2.0
MAX_HOSTS: Final = 10
_MX, _IN = 15, 1
_MAX_POINTERS = 20


class BadAnswer(ValueError):
    """Not an answer to the question."""


def question(domain: str, number: int) -> bytes:
    """The message that asks for MX records; ``number`` has 16 bits. ``ValueError`` for a name that is none."""
    labels = domain.encode("ascii").rstrip(b".").split(b".")
    if not all(0 < len(label) < 64 for label in labels) or len(domain) > 253:
        raise ValueError("not a name")
    name = b"".join(bytes((len(label),)) + label for label in labels) + b"\0"
    return struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + name + struct.pack("!2H", _MX, _IN)


def answers(message: bytes, number: int) -> list[str]:
    """The hosts of an answer, the preferred ones first. ``BadAnswer`` for what answers something else."""
    try:
        found, flags, questions, count, _, _ = struct.unpack_from("!6H", message)
        if found != number or not flags & 0x8000 or flags & 0xF:
            raise BadAnswer("not an answer")
        at = 12
        for _each in range(questions):
            at = _name(message, at)[1] + 4
        hosts: list[tuple[int, str]] = []
        for _each in range(min(count, 50)):
            at = _name(message, at)[1]
            kind, _class, _ttl, length = struct.unpack_from("!HHIH", message, at)
            at += 10
            if kind == _MX:
                (rank,) = struct.unpack_from("!H", message, at)
                hosts.append((rank, _name(message, at + 2)[0]))
            at += length
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise BadAnswer("cut short") from error
    return [host for _, host in sorted(hosts) if host][:MAX_HOSTS]


def _name(message: bytes, at: int) -> tuple[str, int]:
    """A name and where what follows begins; names may point to earlier ones (RFC 1035, 4.1.4)."""
    labels: list[str] = []
    end = 0
    for _each in range(128 + _MAX_POINTERS):
        length = message[at]
        if length & 0xC0 == 0xC0:
            end = end or at + 2
            at = ((length & 0x3F) << 8) | message[at + 1]
        elif length == 0:
            return ".".join(labels).lower(), end or at + 1
        else:
            labels.append(message[at + 1 : at + 1 + length].decode("ascii"))
            at += 1 + length
    raise BadAnswer("a name that points in a circle")


def name_servers(text: str) -> list[str]:
    """The servers of a ``resolv.conf``."""
    lines = (line.split() for line in text.splitlines())
    return [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]


def system_servers() -> list[tuple[str, int]]:
    """Whom the system asks."""
    try:
        return [(host, PORT) for host in name_servers(Path("/etc/resolv.conf").read_text("utf-8", "replace"))][:2]
    except OSError:
        return []


async def mail_hosts(domain: str, servers: Sequence[tuple[str, int]] | None = None) -> tuple[str, ...]:
    """The hosts that take a domain's mail; none where that cannot be found out within ``TIMEOUT_S`` a server."""
    number = secrets.randbits(16)
    try:
        message = question(domain, number)
    except ValueError:
        return ()
    for server in system_servers() if servers is None else servers:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return tuple(await _ask(server, message, number))
        except (OSError, TimeoutError, BadAnswer):
            continue
    return ()


async def _ask(server: tuple[str, int], message: bytes, number: int) -> list[str]:
    heard: asyncio.Queue[bytes] = asyncio.Queue(16)

    class Line(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:
            if not heard.full():
                heard.put_nowait(data)

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Line, remote_addr=server)
    try:
        transport.sendto(message)
        while True:
            try:
                return answers(await heard.get(), number)
            except BadAnswer:
                # somebody else's guess: the real one may still come
                continue
    finally:
        transport.close()
