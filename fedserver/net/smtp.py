"""Handing mail to the submission server that the settings name (RFC 5321, 6409; TLS by RFC 3207 and RFC 8314).

Certificates are checked, and a password is never sent in the clear, unless the server is this very machine. When the
server is down or hangs, mails fail at once for ``PAUSE_S`` seconds, so that jobs of other kinds are not held up by
a queue of mails that each wait for the time limit.
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib

from fedserver.kit import metrics
from fedserver.kit.clock import SYSTEM, Clock

TIMEOUT_S = 15.0
PAUSE_S = 30.0
PARALLEL = 2
_PORTS = {"smtp": 587, "smtps": 465}


class MailFailed(Exception):
    """The mail was not taken now; trying again makes sense."""


class MailRefused(Exception):
    """The mail server will never take this mail (5xx for the recipient or the message)."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail goes. ``tls``: from the first byte; otherwise STARTTLS, demanded as soon as there is a password."""

    host: str
    port: int
    tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def near(self) -> bool:
        """Whether it is this machine, where neither a certificate nor an eavesdropper is to be expected."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def server_of(url: str) -> MailServer:
    """The server of a ``[mail] url``, which the settings have checked already."""
    parts = urlsplit(url)
    return MailServer(
        host=parts.hostname or "",
        port=parts.port or _PORTS[parts.scheme],
        tls=parts.scheme == "smtps",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


class Mailer:
    """Sends messages, a few at a time. ``timeout_s`` holds for the whole of one."""

    def __init__(
        self,
        server: MailServer,
        *,
        hello: str,
        ca_file: Path | None = None,
        timeout_s: float = TIMEOUT_S,
        clock: Clock = SYSTEM,
    ) -> None:
        self._server = server
        self._hello = hello.partition(":")[0]
        self._ca_file = ca_file
        self._timeout_s = timeout_s
        self._clock = clock
        self._few = asyncio.Semaphore(PARALLEL)
        self._down_until = 0.0
        self._context: ssl.SSLContext | None = None

    async def send(self, message: EmailMessage) -> None:
        """Hand one message over. Raises ``MailFailed`` or ``MailRefused``."""
        async with self._few:
            if self._clock.monotonic() < self._down_until:
                raise MailFailed("the mail server did not answer a moment ago")
            try:
                async with asyncio.timeout(self._timeout_s):
                    await self._hand_over(message)
            except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
                # the answer names the recipient: it goes into no log
                raise self._refused(error) from None
            except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
                self._down_until = self._clock.monotonic() + PAUSE_S
                metrics.count("fedserver_mails_total", result="failed")
                raise MailFailed(f"{type(error).__name__}: {_told(error)}") from error
        metrics.count("fedserver_mails_total", result="sent")

    async def _hand_over(self, message: EmailMessage) -> None:
        server = self._server
        secret = server.password is not None
        await aiosmtplib.send(
            message,
            hostname=server.host,
            port=server.port,
            username=server.user if secret else None,
            password=server.password if secret else None,
            use_tls=server.tls,
            # None takes STARTTLS where it is offered, True insists
            start_tls=False if server.tls else (None if server.near or not secret else True),
            tls_context=self._tls(),
            local_hostname=self._hello,
            timeout=self._timeout_s,
        )

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            context = ssl.create_default_context()
            if self._ca_file is not None:
                context.load_verify_locations(self._ca_file)
            if self._server.near:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            self._context = context
        return self._context

    @staticmethod
    def _refused(error: Exception) -> Exception:
        """5xx is for ever, 4xx is for now (RFC 5321, 4.2.1)."""
        codes = (
            [each.code for each in error.recipients]
            if isinstance(error, aiosmtplib.SMTPRecipientsRefused)
            else [getattr(error, "code", 0)]
        )
        for_ever = bool(codes) and all(code >= 500 for code in codes)
        metrics.count("fedserver_mails_total", result="refused" if for_ever else "failed")
        kind = MailRefused if for_ever else MailFailed
        return kind(f"the mail server answered {codes[0] if codes else 0}")


def _told(error: BaseException) -> str:
    """What may stand in a log or a job's row: the server's own words could hold the address."""
    return str(getattr(error, "code", "") or error.__class__.__name__)
