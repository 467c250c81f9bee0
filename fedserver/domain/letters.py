"""Mails as values: what is said to whom, and how it becomes a message (RFC 5322) whose headers nobody else writes."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import NamedTuple

from fedserver.domain.text.characters import contained, one_line, without_controls
from fedserver.kit.clock import to_datetime

MAX_SUBJECT = 200


class Letter(NamedTuple):
    """``to`` is a bare address, ``mark`` names the mail, the same at every try. Plain text: nothing to load."""

    to: str
    subject: str
    text: str
    mark: str


def message_of(letter: Letter, sender: str, domain: str, now: int) -> EmailMessage:
    """The message. Line breaks in what came from people end in no header. Raises ``ValueError`` on a bad address."""
    message = EmailMessage(policy=SMTP)
    name, bare = parseaddr(sender)
    message["From"] = _address(name, bare)
    message["To"] = _address("", letter.to)
    message["Subject"] = one_line(letter.subject)[:MAX_SUBJECT]
    message["Date"] = format_datetime(to_datetime(now))
    message["Message-ID"] = f"<{letter.mark}@{_host(domain)}>"
    # so that holiday answers do not come back (RFC 3834, 5)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(without_controls(contained(letter.text)).replace("\r\n", "\n").replace("\r", "\n"))
    return message


def _address(name: str, bare: str) -> Address:
    user, separator, domain = bare.rpartition("@")
    if not separator or not user or not domain or any(ord(c) < 33 or c in '<>()[],;:\\"' for c in bare):
        raise ValueError("not a mail address")
    return Address(one_line(name), user, domain)


def _host(domain: str) -> str:
    # a port is nothing that a Message-ID may carry
    return domain.partition(":")[0]
