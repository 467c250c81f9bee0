"""Who asks to join, as far as it can be told: mailboxes that are the same, names that look the same, networks. Pure."""

from __future__ import annotations

import hashlib
import ipaddress
import unicodedata
from collections.abc import Iterator
from typing import Final

SEVERITIES: Final = ("sign_up_requires_approval", "sign_up_block", "no_access")
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

# what stands for another letter in a small ASCII name, as Mastodon 4.5 has it, and the letters that look like it
_DIGITS: Final = str.maketrans("0123456789l|$@!", "oizeasgtbgiisai")
_PAIRS: Final = (("rn", "m"), ("vv", "w"))
# letters of other scripts that look like ASCII ones (Unicode TR 39), for blocks that are typed with them
_ALIKE: Final = str.maketrans("аеорсухіјѕһԁɡıαοντ", "aeopcyxijshdgiaovt")


def canonical(address: str) -> str:
    """A mailbox without what providers ignore (Mastodon 4.5): dots of its name, and what follows a plus sign."""
    name, _, domain = address.strip().lower().partition("@")
    return f"{name.replace('.', '').partition('+')[0]}@{domain}"


def canonical_digest(address: str) -> str:
    """SHA-256 of ``canonical``, in hexadecimal."""
    return hashlib.sha256(canonical(address).encode()).hexdigest()


def folded(name: str) -> str:
    """What a name looks like: ``Adm1n_``, ``аdmin`` and ``admin`` are one."""
    text = unicodedata.normalize("NFKD", name).casefold()
    text = "".join(char for char in text if unicodedata.category(char)[0] != "M")
    text = text.translate(_ALIKE).translate(_DIGITS)
    for pair, one in _PAIRS:
        text = text.replace(pair, one)
    return "".join(char for char in text if char.isalnum())


def suffixes(domain: str) -> Iterator[str]:
    """A domain and those above it, but for the topmost label."""
    labels = domain.lower().rstrip(".").split(".")
    for start in range(max(1, len(labels) - 1)):
        yield ".".join(labels[start:])


def network(text: str) -> IPNetwork:
    """A network in CIDR form; an address alone is one. ``ValueError`` for anything else."""
    return ipaddress.ip_network(text.strip(), strict=False)


def contains(networks: IPNetwork, address: str) -> bool:
    """Whether an address lies in a network; an IPv4 address that is written as IPv6 counts as itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.version == networks.version and found in networks
