"""Policies towards other servers: which one meets a host, and how a name is shown that must not advertise a server.

A policy is for a domain and all below it; where several meet a host, the longest name decides, so that a part of a
large host can be treated otherwise than the rest. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeVar

T = TypeVar("T")

SUSPEND: Final = "suspend"
LIMIT: Final = "limit"
NONE: Final = "none"
ALLOW: Final = "allow"
# of a row; the mildest first. ``none``: only what the flags say; ``allow``: named where a node takes only named servers
SEVERITIES: Final = (ALLOW, NONE, LIMIT, SUSPEND)
# severity -> verb of the ledger ("none" says nothing to people who read the log)
VERB_OF: Final[Mapping[str, str]] = {SUSPEND: "suspend", LIMIT: "limit", NONE: "restrict", ALLOW: "allow"}


class Terms(NamedTuple):
    """What is decided about a domain. Flags: media are not taken, reports are not taken, nothing of it trends, the
    name is shown in part only."""

    severity: str
    reject_media: bool = False
    reject_reports: bool = False
    no_trends: bool = False
    obfuscate: bool = False
    public_comment: str = ""
    private_comment: str = ""


def suffixes(host: str) -> list[str]:
    """A host and its parents, the longest first; with its port and without."""
    name, _, port = host.rpartition(":")
    if not name or not port.isdigit():
        name = host
    labels = name.split(".")
    return list(dict.fromkeys([host, *(".".join(labels[at:]) for at in range(len(labels)))]))


def longest(host: str, policies: Mapping[str, T]) -> T | None:
    """What is said of the longest suffix of a host (with or without its port) that anything is said of."""
    if not policies:
        return None
    return next((policies[each] for each in suffixes(host) if each in policies), None)


def obfuscated(domain: str) -> str:
    """The name with the middle half of its letters as stars, as Mastodon 4.5 shows it: who knows it recognises it."""
    length = len(domain)
    seen = length // 4
    return "".join(
        "*" if seen < place < length - seen and letter != "." else letter for place, letter in enumerate(domain)
    )
