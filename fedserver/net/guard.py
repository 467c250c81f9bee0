"""Which URL may be asked, and the last check, made on the socket itself.

A URL is judged in the very form in which aiohttp will use it: yarl has already mapped full-width digits,
ideographic full stops and upper case, so `http://①②⑦.⓪.⓪.①/` arrives here as 127.0.0.1. Names that
resolvers read as numbers (`0x7f.1`, `2130706433`) are no host names and are refused.
"""

from __future__ import annotations

import errno
import re
import socket
from collections import OrderedDict
from functools import lru_cache, partial
from ipaddress import ip_address
from typing import Any, Final

from yarl import URL

from fedserver.net.addresses import is_allowed
from fedserver.net.errors import FetchRefused
from fedserver.net.settings import NetSettings

MAX_URL: Final = 2048
# addresses that passed are remembered: the same inboxes are asked again and again
_KEPT: Final = 4096
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ud800-\udfff]")
_HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")
_REFUSED_TEXT: Final = "address refused by the guard"


class AddressRefused(OSError):
    """A socket to this address is not made. An OSError, so that the connector tries the next address."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, _REFUSED_TEXT)


def is_refusal(error: OSError) -> bool:
    """Whether a connector's error means that every address was refused, and not that the network failed.

    The connector merges several errors into one text and keeps the number only where all agree.
    """
    return error.errno == errno.EACCES and _REFUSED_TEXT in str(error)


class Guard:
    """The rules of `NetSettings` applied to URLs and addresses."""

    def __init__(self, settings: NetSettings) -> None:
        self._settings = settings
        self._ports = frozenset({80, 443}) | settings.allow_ports
        self._targets = {plain_host(name): split_target(text) for name, text in settings.hosts.items()}
        self._dialled = self._ports | {port for _, port in self._targets.values() if port is not None}
        self._own = [_split_own(text) for text in settings.own_hosts]
        self._passed: OrderedDict[str, URL] = OrderedDict()
        # the verdict depends on the address and the settings alone
        self._is_allowed = lru_cache(_KEPT)(partial(is_allowed, allow_networks=settings.allow_addresses))

    def check(self, text: str | URL) -> URL:
        """The URL to ask, without fragment; raises `FetchRefused`.

        Reasons: `url`, `scheme`, `userinfo`, `host`, `port`, `own_host`, `address`. The verdict depends on the text and
        the settings alone; where a name leads is judged anew with every socket.
        """
        raw = str(text)
        passed = self._passed.get(raw)
        if passed is not None:
            return passed
        url = self._judged(raw)
        self._passed[raw] = url
        if len(self._passed) > _KEPT:
            self._passed.popitem(last=False)
        return url

    def _judged(self, raw: str) -> URL:
        if len(raw) > MAX_URL or _FORBIDDEN.search(raw):
            raise FetchRefused("url")
        try:
            url = URL(raw).with_fragment(None)
            host, port = url.raw_host, url.port
        except ValueError as error:
            raise FetchRefused("url") from error
        if url.scheme not in ("https", "http") or (url.scheme == "http" and not self._settings.allow_http):
            raise FetchRefused("scheme")
        if url.raw_user is not None or url.raw_password is not None:
            raise FetchRefused("userinfo")
        if not host or port is None:
            raise FetchRefused("host")
        self._check_host(plain_host(host), port)
        return url

    def is_own(self, host: str, port: int) -> bool:
        """Whether a host and port are this node: with a trailing dot, in capitals and under `www.` too."""
        name = plain_host(host).removeprefix("www.")
        return any(name == own and (at is None or port in (at, 80, 443)) for own, at in self._own)

    def target(self, host: str) -> tuple[str, int | None] | None:
        """The address and port that the `hosts` table names for a host."""
        return self._targets.get(plain_host(host))

    def allows(self, address: str) -> bool:
        return self._is_allowed(address)

    def make_socket(self, addr_info: tuple[Any, ...]) -> socket.socket:
        """The connector's socket factory: `addr_info` is what `getaddrinfo` gives, the last part (address, port).

        This is the check that counts: it sees the address that is dialled, whatever name led here.
        """
        family, kind, protocol, _, sockaddr = addr_info
        if not self.allows(sockaddr[0]) or sockaddr[1] not in self._dialled:
            raise AddressRefused
        made = socket.socket(family=family, type=kind, proto=protocol)
        made.setblocking(False)
        return made

    def _check_host(self, host: str, port: int) -> None:
        if self.is_own(host, port):
            raise FetchRefused("own_host")
        target = self._targets.get(host)
        if port not in self._ports and (target is None or port != target[1]):
            raise FetchRefused("port")
        if target is not None:
            address: str | None = target[0]
        elif is_literal(host):
            address = host
        elif not _HOST.fullmatch(host) or _NUMBER.match(host.rpartition(".")[2]):
            raise FetchRefused("host")
        else:
            address = None
        if address is not None and not self.allows(address):
            raise FetchRefused("address")


def plain_host(host: str) -> str:
    """A host as it is compared: lower case, IDNA, no trailing dot; a mapped address as the IPv4 address."""
    if _HOST.fullmatch(host) and not host[-1].isdigit():
        # as most are: no address (those end in a digit or have a colon), and in the form in which it is compared
        return host
    try:
        address = ip_address(host.strip("[]"))
        return str(getattr(address, "ipv4_mapped", None) or address)
    except ValueError:
        pass
    try:
        built = URL.build(scheme="https", host=host.strip("[]")).raw_host or ""
    except ValueError:
        built = host
    return built.lower().rstrip(".")


def split_target(text: str) -> tuple[str, int | None]:
    """Reads `"ip"`, `"ip:port"`, `"[ip6]:port"`; raises ValueError naming what is wrong."""
    address, port = _split_port(text)
    if not is_literal(address):
        raise ValueError(f"not an IP address, or address and port: {text!r}")
    return address, port


def _split_own(text: str) -> tuple[str, int | None]:
    host, port = _split_port(text)
    return plain_host(host).removeprefix("www."), port


def _split_port(text: str) -> tuple[str, int | None]:
    if is_literal(text):
        return text, None
    host, colon, port = text.rpartition(":")
    if not colon:
        return text.strip("[]"), None
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"not a port: {text!r}")
    return host.strip("[]"), int(port)


@lru_cache(maxsize=256)
def is_literal(text: str) -> bool:
    """Whether a host is an IP address, without brackets."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
