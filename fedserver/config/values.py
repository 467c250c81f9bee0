"""One parser per kind of value: what TOML gives in, a checked Python value out.

A parser raises ``ValueError`` with a sentence that completes "<section>.<key>: ..."; ``load`` adds the place.
``bool`` is a subclass of ``int`` in Python, so each parser for numbers turns it away by itself.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from protocol.hosts import normalise_host

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
Parser = Callable[[object, Path], object]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_RATE = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,5})?([smhd])")
_SIZES = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_SIZE = re.compile(r"([0-9]{1,12}) ?([kmg]i?b|)", re.IGNORECASE)
_PORT = re.compile(r"[0-9]{1,5}")


class ConfigError(Exception):
    """The settings cannot be used. The text names the file (or the environment), the section and the key."""


class HostPort(NamedTuple):
    """Where to listen or to connect; ``host`` without brackets, ``port`` None where none was given."""

    host: str
    port: int | None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


class Rate(NamedTuple):
    """So many ``times`` in ``seconds``; 0 times stands for "no limit"."""

    times: int
    seconds: int

    @property
    def limited(self) -> bool:
        """Whether there is a limit at all."""
        return self.times > 0

    def __str__(self) -> str:
        if not self.limited:
            return "off"
        unit = next(name for name in "dhms" if self.seconds % _UNITS[name] == 0)
        span = self.seconds // _UNITS[unit]
        return f"{self.times}/{span if span > 1 else ''}{unit}"


def text(value: object, base: Path) -> str:
    """A text without control characters or space around it; not empty."""
    if not isinstance(value, str):
        raise ValueError(f"must be a text, not {_kind(value)}")
    if not value or value != value.strip() or any(ord(character) < 32 for character in value):
        raise ValueError("must be a text that is not empty, without control characters or space around it")
    return value


def boolean(value: object, base: Path) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {_kind(value)}")
    return value


def number(low: int, high: int = 2**53) -> Parser:
    """A whole number in ``low..high``."""

    def parse(value: object, base: Path) -> int:
        return _whole(value, low, high)

    return parse


def size(value: object, base: Path) -> int:
    """A number of bytes: a whole number, or a text such as "40 MB" (10**6) or "1 MiB" (2**20)."""
    if isinstance(value, str):
        match = _SIZE.fullmatch(value)
        if match is None:
            raise ValueError(f'must be a number of bytes or a text such as "40 MB", not {value!r}')
        return int(match[1]) * _SIZES[match[2].lower()]
    return _whole(value, 0, 2**53)


def choice(*names: str) -> Parser:
    """One of ``names``."""

    def parse(value: object, base: Path) -> str:
        if value not in names:
            raise ValueError(f"must be one of {', '.join(map(repr, names))}, not {value!r}")
        return str(value)

    return parse


def path(value: object, base: Path) -> Path:
    """A path; a relative one starts at the settings file."""
    return base / text(value, base)


def rate(value: object, base: Path) -> Rate:
    """ "300/5m" (count, then seconds, minutes, hours or days), or "off"."""
    if value == "off":
        return Rate(0, 1)
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f'must be a text such as "300/5m", or "off", not {value!r}')
    return Rate(int(match[1]), int(match[2] or "1") * _UNITS[match[3]])


def listen(value: object, base: Path) -> HostPort:
    """ "host:port", the host an address or a name."""
    where = split_port(text(value, base))
    if where.port is None or not where.host:
        raise ValueError(f'must be "host:port", not {value!r}')
    return where


def domain(value: object, base: Path) -> str:
    """A normalised host name, perhaps with a port."""
    where = split_port(text(value, base))
    return str(HostPort(_host(where.host), where.port))


def base_url(value: object, base: Path) -> str:
    """ "https://host" or "https://host:port": normalised, without the default port or a slash at the end."""
    parts = urlsplit(text(value, base))
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"must start with https:// or http://, not be {value!r}")
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be scheme, host and port alone: no path, query, fragment or user name")
    where = split_port(parts.netloc)
    port = None if where.port == {"http": 80, "https": 443}[parts.scheme] else where.port
    return f"{parts.scheme}://{HostPort(_host(where.host), port)}"


def database_url(value: object, base: Path) -> str:
    """ "sqlite:///path" (a relative one starts at the settings file) or "postgresql://..."."""
    url = text(value, base)
    scheme, separator, rest = url.partition("://")
    if scheme == "sqlite" and separator:
        if not rest.startswith("/") or rest in ("/", "/:memory:"):
            raise ValueError("must name a file: sqlite:///relative/path or sqlite:////absolute/path")
        return f"sqlite:///{base / rest[1:]}"
    if scheme in ("postgresql", "postgres") and rest:
        return f"postgresql://{rest}"
    raise ValueError("must start with sqlite:/// or postgresql://")


def mail_url(value: object, base: Path) -> str:
    """ "smtp://user:password@host:port" (STARTTLS where offered) or "smtps://..."."""
    url = text(value, base)
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("must be smtp://[user:password@]host[:port] or smtps://...")
    split_port(parts.netloc.rpartition("@")[2])
    return url


def mail_address(value: object, base: Path) -> str:
    """An address, or "Name <address>"."""
    address = text(value, base)
    bare = address.partition("<")[2].removesuffix(">") if address.endswith(">") else address
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", bare):
        raise ValueError(f"must be an e-mail address, not {address!r}")
    return address


def networks(value: object, base: Path) -> tuple[IPNetwork, ...]:
    """A list of CIDRs; a bare address stands for itself."""
    return tuple(_network(item) for item in _list(value))


def ports(value: object, base: Path) -> tuple[int, ...]:
    """A list of port numbers."""
    return tuple(_whole(item, 1, 65535) for item in _list(value))


def hosts(value: object, base: Path) -> dict[str, HostPort]:
    """A table of host name -> "ip" or "ip:port"; names are normalised and given once."""
    if not isinstance(value, dict):
        raise ValueError(f'must be a table of name = "ip" or "ip:port", not {_kind(value)}')
    found: dict[str, HostPort] = {}
    for name, target in value.items():
        where = _target(name, target)
        host = _host(name)
        if host in found:
            raise ValueError(f"names {host} twice")
        found[host] = where
    return found


def tags(value: object, base: Path) -> tuple[str, ...]:
    """A list of hashtags; a # before one is no part of it."""
    found = [text(item, base).removeprefix("#") for item in _list(value)]
    if any(not each or " " in each or len(each) > 100 for each in found):
        raise ValueError("must be a list of hashtags")
    return tuple(found)


def split_port(value: str) -> HostPort:
    """Take ``host``, ``host:port``, ``[v6]`` or ``[v6]:port`` apart; raises ``ValueError``."""
    bracketed = re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](?::(.*))?", value)
    if bracketed:
        host, port = bracketed[1], bracketed[2]
    else:
        host, separator, rest = value.partition(":")
        port = rest if separator else None
    if port is None:
        return HostPort(host, None)
    if not _PORT.fullmatch(port) or not 1 <= int(port) <= 65535:
        raise ValueError(f"has no valid port (1 to 65535) in {value!r}")
    return HostPort(host, int(port))


def _whole(value: object, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"must be a whole number, not {_kind(value)}")
    if not low <= value <= high:
        raise ValueError(f"must be from {low} to {high}, not {value}")
    return value


def _host(name: str) -> str:
    try:
        return normalise_host(f"[{name}]")[1:-1] if ":" in name else normalise_host(name)
    except ValueError as error:
        raise ValueError(f"{name!r} is not a host name ({error})") from error


@lru_cache(maxsize=64)
def _address(text: str) -> str:
    """An IP address in its usual spelling; raises ``ValueError``. A long table names few of them."""
    return str(ipaddress.ip_address(text))


def _target(name: str, target: object) -> HostPort:
    if not isinstance(target, str):
        raise ValueError(f'"{name}" must be an "ip" or "ip:port", not {_kind(target)}')
    try:
        return HostPort(_address(target), None)
    except ValueError:
        where = split_port(target)
    try:
        return HostPort(_address(where.host), where.port)
    except ValueError as error:
        raise ValueError(f'"{name}" must be an "ip" or "ip:port", not {target!r}') from error


def _network(item: object) -> IPNetwork:
    if not isinstance(item, str):
        raise ValueError(f"must be a list of networks as texts, not of {_kind(item)}")
    try:
        return ipaddress.ip_network(item)
    except ValueError as error:
        raise ValueError(f"holds {item!r}, which is no network ({error})") from error


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError(f"must be a list, not {_kind(value)}")
    return value


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a table"}
    return names.get(type(value), type(value).__name__)
