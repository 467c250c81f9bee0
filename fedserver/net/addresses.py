"""Which IP addresses a server may be sent to by a stranger. Pure.

`ipaddress.is_global` is not used: it calls IPv4-compatible and local NAT64 addresses global on Python 3.11, and
what it says changes between versions. The lists below come from the IANA special-purpose registries
(RFC 6890 and its updates) and are explicit.

An IPv6 address may carry an IPv4 address inside. Whoever reaches `64:ff9b::7f00:1` through a NAT64 gateway
reaches 127.0.0.1, so the address inside is judged too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_BLOCKED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link local, cloud metadata
        "172.16.0.0/12",
        "192.0.0.0/24",  # IETF assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_GLOBAL_V6 = IPv6Network("2000::/3")
_BLOCKED_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # IETF assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, deprecated by RFC 7526
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


def is_allowed(address: str | Address, allow_networks: Iterable[Network] = ()) -> bool:
    """Whether a connection to `address` may be made.

    `allow_networks` are exempt. An IPv4-mapped address (`::ffff:a.b.c.d`) counts as the IPv4 address, which
    is where the kernel sends it. Anything that is not an address is refused.
    """
    try:
        ip = ip_address(str(address).partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if any(ip.version == network.version and ip in network for network in allow_networks):
        return True
    if isinstance(ip, IPv4Address):
        return _public_v4(ip)
    if not all(_public_v4(inner) for inner in embedded_v4(ip)):
        return False
    if ip in _NAT64:
        return True  # the address inside was judged just above
    return ip in _GLOBAL_V6 and not any(ip in network for network in _BLOCKED_V6)


def embedded_v4(ip: IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 address carries (RFC 4291, 6052, 3056, 4380)."""
    number = int(ip)
    if ip.ipv4_mapped is not None:
        yield ip.ipv4_mapped
    elif number >> 32 == 0 or ip in _NAT64:
        yield IPv4Address(number & 0xFFFFFFFF)
    if ip.sixtofour is not None:
        yield ip.sixtofour
    if ip.teredo is not None:
        yield from ip.teredo


def _public_v4(ip: IPv4Address) -> bool:
    return not any(ip in network for network in _BLOCKED_V4)
