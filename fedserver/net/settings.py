"""What the outgoing client must be told. The composition root fills it from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class NetSettings:
    """Settings of the guarded client; times in seconds, sizes in bytes.

    `own_hosts` holds the names of this node: `"host"` is refused on every port, `"host:port"` on that port and
    on 80 and 443. `hosts` maps a name to `"ip"` or `"ip:port"`: where to connect instead of asking the DNS.
    """

    user_agent: str
    own_hosts: frozenset[str] = frozenset()
    allow_http: bool = False
    allow_addresses: tuple[Network, ...] = ()
    allow_ports: frozenset[int] = frozenset()
    hosts: Mapping[str, str] = field(default_factory=dict)
    ca_file: Path | None = None
    connect_timeout: float = 5.0
    total_timeout: float = 30.0
    max_json_bytes: int = 1024 * 1024
    max_redirects: int = 3
    connections: int = 200
    connections_per_host: int = 6
    keep_alive: float = 60.0
    dns_threads: int = 8
