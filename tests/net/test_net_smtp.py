"""TLS to the mail server: from the first byte and by STARTTLS; what is not proven gets neither mail nor password."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any

import pytest
from net_peers import Authority

from fedserver.net.smtp import Mailer, MailFailed, MailServer

NAME = "mail.test"
SECRET = "open sesame"


class Submission:
    """A submission server that keeps what it was told, and what of it came before there was TLS."""

    def __init__(self, context: ssl.SSLContext | None, *, offers: bool) -> None:
        self.context, self.offers = context, offers
        self.port = 0
        self.in_the_clear: list[str] = []
        self.letters: list[bytes] = []
        self.passwords: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.test ESMTP\r\n")
        while line := (await reader.readline()).decode().strip():
            safe = writer.get_extra_info("ssl_object") is not None
            if not safe:
                self.in_the_clear.append(line)
            verb = line.upper().split()[0]
            if verb == "EHLO":
                extensions = ["mail.test", "AUTH PLAIN"] + (["STARTTLS"] if self.offers and not safe else [])
                for number, each in enumerate(extensions, 1):
                    writer.write(f"250{' ' if number == len(extensions) else '-'}{each}\r\n".encode())
            elif verb == "STARTTLS":
                assert self.context is not None
                writer.write(b"220 go on\r\n")
                await writer.drain()
                await writer.start_tls(self.context)
            elif verb == "AUTH":
                self.passwords.append(base64.b64decode(line.split()[2]).decode().split("\0")[2])
                writer.write(b"235 welcome\r\n")
            elif verb == "DATA":
                writer.write(b"354 go on\r\n")
                self.letters.append(await reader.readuntil(b"\r\n.\r\n"))
                writer.write(b"250 taken\r\n")
            else:
                writer.write(b"221 bye\r\n" if verb == "QUIT" else b"250 ok\r\n")


@asynccontextmanager
async def submission(context: ssl.SSLContext | None, *, first: bool, offers: bool = True) -> AsyncIterator[Submission]:
    """``first``: TLS from the first byte. ``offers``: STARTTLS otherwise."""
    made = Submission(context, offers=offers)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=context if first else None)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


@pytest.fixture(autouse=True)
def _name_leads_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates of this very machine are not looked at, so the server needs a name."""
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest, **more: real("127.0.0.1" if host == NAME else host, *rest, **more)
    )


def mailer(server: Submission, authority: Authority | None, *, tls: bool, password: str | None = SECRET) -> Mailer:
    found = MailServer(NAME, server.port, tls, "node", password)
    return Mailer(found, hello="here.test", ca_file=authority.file if authority is not None else None, timeout_s=5)


def letter() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "node@here.test", "ann@example.org", "hello"
    made.set_content("a one-time link")
    return made


@pytest.mark.parametrize("first", [True, False])
async def test_mail_goes_over_tls(authority: Authority, first: bool) -> None:
    async with submission(authority.context(NAME), first=first) as server:
        await mailer(server, authority, tls=first).send(letter())
        assert len(server.letters) == 1 and server.passwords == [SECRET]
        assert [line.split()[0] for line in server.in_the_clear] == ([] if first else ["EHLO", "STARTTLS"])


async def test_tls_is_taken_where_it_is_offered_even_without_a_password(authority: Authority) -> None:
    async with submission(authority.context(NAME), first=False) as server:
        await mailer(server, authority, tls=False, password=None).send(letter())
        assert len(server.letters) == 1 and server.in_the_clear[-1] == "STARTTLS"


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("fault", ["name", "expired", "self-signed", "unknown authority"])
async def test_a_certificate_that_proves_nothing_gets_nothing(authority: Authority, first: bool, fault: str) -> None:
    contexts: dict[str, Any] = {"name": {"host": "other.test"}, "expired": {"age_days": 400}}
    options = {"host": NAME, "self_signed": fault == "self-signed", **contexts.get(fault, {})}
    context = authority.context(options.pop("host"), **options)
    async with submission(context, first=first) as server:
        trusted = None if fault == "unknown authority" else authority
        with pytest.raises(MailFailed):
            await mailer(server, trusted, tls=first).send(letter())
        assert not server.letters and not server.passwords
        assert not any("ann@example.org" in line or "AUTH" in line for line in server.in_the_clear)


async def test_a_password_is_not_said_where_starttls_is_missing() -> None:
    """Whoever sits between takes the offer out of the greeting."""
    async with submission(None, first=False, offers=False) as server:
        with pytest.raises(MailFailed):
            await mailer(server, None, tls=False).send(letter())
        assert not server.letters and not server.passwords
        assert not any("AUTH" in line for line in server.in_the_clear)


async def test_tls_that_is_expected_is_not_given_up(authority: Authority) -> None:
    """``smtps`` to a server that talks plainly."""
    async with submission(None, first=False) as server:
        with pytest.raises(MailFailed):
            await mailer(server, authority, tls=True).send(letter())
        assert not server.letters
