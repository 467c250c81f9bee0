"""The question for mail hosts, and answers: as a real name server writes them, cut short, in circles, of others."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable

import pytest

from fedserver.net.mailhosts import BadAnswer, answers, mail_hosts, name_servers, question


def _label(name: str) -> bytes:
    return b"".join(bytes((len(part),)) + part.encode() for part in name.split(".")) + b"\0"


def answer(asked: bytes, records: list[tuple[int, bytes]], *, flags: int = 0x8180, kind: int = 15) -> bytes:
    """What a server says to a question: records of (preference, encoded name)."""
    head = asked[:2] + struct.pack("!5H", flags, 1, len(records), 0, 0)
    body = b""
    for rank, name in records:
        data = struct.pack("!H", rank) + name
        # the name of the question, by a pointer
        body += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 300, len(data)) + data
    return head + asked[12:] + body


def test_hosts_come_in_their_order_whatever_way_they_are_written() -> None:
    asked = question("mail.test", 7)
    assert asked[12:23] == b"\x04mail\x04test\0"
    found = answer(asked, [(20, b"\x03mx2\xc0\x0c"), (10, _label("MX1.other.test")), (5, b"\0")])
    assert answers(found, 7) == ["mx1.other.test", "mx2.mail.test"]
    assert answers(answer(asked, [(1, b"\x01\x02\x03")], kind=1), 7) == []


def test_what_is_no_answer_is_refused() -> None:
    asked = question("mail.test", 7)
    good = answer(asked, [(10, _label("mx.test"))])
    for bad in (b"", good[:-4], answer(asked, [], flags=0x8183), answer(asked, [], flags=0x0100)):
        with pytest.raises(BadAnswer):
            answers(bad, 7)
    with pytest.raises(BadAnswer):
        answers(good, 8)
    place = len(answer(asked, [])) + 14
    circle = answer(asked, [(10, struct.pack("!H", 0xC000 | place))])
    with pytest.raises(BadAnswer):
        answers(circle, 7)


@pytest.mark.parametrize("name", ["", "a..b", "x" * 64 + ".test", "é.test", ".".join(["abcdefg"] * 40)])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises((ValueError, UnicodeEncodeError)):
        question(name, 1)


def test_the_system_says_whom_to_ask() -> None:
    assert name_servers("# x\nnameserver 192.0.2.1\nsearch here\nnameserver ::1\nnameserver\n") == ["192.0.2.1", "::1"]


async def _serving(say: Callable[[bytes], list[bytes]]) -> tuple[asyncio.DatagramTransport, tuple[str, int]]:
    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            for each in say(data):
                self.transport.sendto(each, addr)  # type: ignore[attr-defined]

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Server, local_addr=("127.0.0.1", 0))
    return transport, transport.get_extra_info("sockname")[:2]


async def test_a_server_is_asked_and_guesses_of_others_are_ignored() -> None:
    def say(data: bytes) -> list[bytes]:
        true = answer(data, [(10, _label("mx.big.test"))])
        return [b"noise", bytes((data[0] ^ 1,)) + true[1:], true]

    transport, at = await _serving(say)
    dead, nobody = await _serving(lambda data: [])
    dead.close()
    try:
        assert await mail_hosts("mail.test", [at]) == ("mx.big.test",)
        assert await mail_hosts("mail.test", [nobody, at]) == ("mx.big.test",)
        assert await mail_hosts("nöt.test", [at]) == ()
        assert await mail_hosts("mail.test", []) == ()
    finally:
        transport.close()
