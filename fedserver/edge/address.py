"""From which address a request came: the socket's, unless a trusted proxy says another one."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

# more hops than any real chain of proxies has
_MAX_HOPS = 10


def client_address(peer: str | None, forwarded_for: Sequence[str], trusted: Sequence[IPNetwork]) -> str:
    """The address of the client.

    ``forwarded_for``: the X-Forwarded-For lines. They are read from the right, as long as the address that added
    the entry is trusted; what stands further left may be invented. '' when the socket has no address.
    """
    address = parse_address(peer or "")
    if address is None or not (forwarded_for and trusted):
        return _direct(peer or "")
    entries = [entry for line in forwarded_for[-_MAX_HOPS:] for entry in line[-500:].split(",")][-_MAX_HOPS:]
    while entries and is_trusted(address, trusted):
        earlier = parse_address(entries.pop())
        if earlier is None:
            break
        address = earlier
    return str(address)


@lru_cache(maxsize=4096)
def _direct(peer: str) -> str:
    """Of a client without a proxy; the same ones ask over and over."""
    address = parse_address(peer)
    return "" if address is None else str(address)


def is_trusted(address: IPAddress, trusted: Sequence[IPNetwork]) -> bool:
    """Whether one of the networks holds the address."""
    return any(address.version == network.version and address in network for network in trusted)


@lru_cache(maxsize=4096)
def parse_address(text: str) -> IPAddress | None:
    """An address, mapped IPv4 unwrapped; None for anything else. Takes ``[v6]`` and ``v4:port`` too."""
    text = text.strip().split("%", 1)[0]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


@lru_cache(maxsize=4096)
def limit_key(address: str) -> str:
    """What rate limits count by: an IPv4 address, or the /64 of an IPv6 one (a household has the whole /64)."""
    parsed = parse_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
