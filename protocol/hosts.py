"""The one function that decides how a host is written, so that two spellings of a host are never two hosts."""

from __future__ import annotations

import ipaddress
import re

import idna

from protocol.errors import Malformed

_MAX_HOST = 253
_PLAIN_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f/\\?#@%<>^|`{}\"']")


def normalise_host(text: str) -> str:
    """Return a host, with its port if one is given, in its only spelling. Raises `Malformed`.

    `Éxample.COM.:8443` becomes `xn--xample-9ua.com:8443`: IDNA 2008 with the UTS 46 mapping, lower case, no trailing
    dot. The port is kept as it is, because without a scheme there is no default to drop. IPv4 and bracketed IPv6
    addresses are kept in canonical form; other numbers that resolvers take for addresses (`127.1`, `0x7f.0.0.1`) and
    addresses in disguise (`①②⑦.⓪.⓪.①`) are refused, as are user names, paths, spaces and control characters.
    """
    if not text or len(text) > 4 * _MAX_HOST or _FORBIDDEN.search(text):
        raise Malformed("not a host")
    if text.startswith("["):
        return _ipv6(text)
    name, colon, port = text.partition(":")
    suffix = f":{_port(port)}" if colon else ""
    if name.endswith("."):
        name = name[:-1]
    return _name(name) + suffix


def split_port(host: str) -> tuple[str, int | None]:
    """Split a normalised host into the name (IPv6 in its brackets) and the port, None where there is none."""
    name, colon, port = host.rpartition(":")
    if colon and not port.endswith("]"):
        return name, int(port)
    return host, None


def _port(text: str) -> str:
    if not _PORT.fullmatch(text) or int(text) > 65535:
        raise Malformed("not a port")
    return text


def _ipv6(text: str) -> str:
    address, bracket, rest = text[1:].partition("]")
    if not bracket or (rest and not rest.startswith(":")):
        raise Malformed("not a host")
    try:
        canonical = f"[{ipaddress.IPv6Address(address).compressed}]"
    except ValueError as error:
        raise Malformed("not an IPv6 address") from error
    return f"{canonical}:{_port(rest[1:])}" if rest else canonical


def _name(name: str) -> str:
    lowered = name.lower() if name.isascii() else name
    labels = lowered.split(".")
    if not all(_PLAIN_LABEL.fullmatch(label) and label[2:4] != "--" for label in labels):
        labels = _idna(lowered).split(".")
    result = ".".join(labels)
    if len(result) > _MAX_HOST:
        raise Malformed("the host is too long")
    if _NUMERIC.fullmatch(labels[-1]):
        return _ipv4(name)
    return result


def _idna(name: str) -> str:
    try:
        result = idna.encode(name, uts46=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise Malformed("not a host name") from error
    if result.endswith("."):
        raise Malformed("the host has an empty label")
    return result


def _ipv4(name: str) -> str:
    """A name that ends in a number must be an IPv4 address in its usual form, typed in ASCII."""
    try:
        return str(ipaddress.IPv4Address(name))
    except ValueError as error:
        raise Malformed("not an IPv4 address") from error
