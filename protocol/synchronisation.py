"""Followers collection synchronisation (FEP-8fcf): two servers compare who follows whom without sending the list.

A sender names its actor's followers collection in a header, with a digest of the followers that live on the receiving
server: the XOR of the SHA-256 of their ids, so that neither order nor anybody else's followers matter. Where the
receiver comes to another digest it asks for that part of the collection and mends the difference.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from protocol.activitystreams.urls import http_url, origin_of, same_origin
from protocol.errors import Malformed

HEADER: Final = "Collection-Synchronization"
_MAX_HEADER: Final = 4096
_PARAMETER = re.compile(r'\s*([A-Za-z]{1,32})\s*=\s*"([^"]{0,2048})"\s*(?:,|$)')
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Synchronisation:
    """The header: the followers collection, where the receiver's part of it is, and the digest of that part (hex)."""

    collection: str
    url: str
    digest: str


def digest(uris: Iterable[str]) -> str:
    """XOR of the SHA-256 digests of the ids, 64 hexadecimal digits; of nobody it is all zeros."""
    total = 0
    for uri in uris:
        total ^= int.from_bytes(hashlib.sha256(uri.encode()).digest(), "big")
    return f"{total:064x}"


def prefix_of(url: str) -> str:
    """What the ids of everybody on the server of `url` begin with: its origin and a slash. Raises `Malformed`."""
    origin = origin_of(url)
    return f"{origin.scheme}://{origin.host}/"


def write_header(value: Synchronisation) -> str:
    """The value of the header."""
    return f'collectionId="{value.collection}", url="{value.url}", digest="{value.digest}"'


def read_header(text: str, *, followers: str) -> Synchronisation:
    """Read a header of the actor whose collection is `followers`. Raises `Malformed`.

    The collection must be that one, and the address of the part on the same origin: a server speaks for its own.
    """
    if len(text) > _MAX_HEADER:
        raise Malformed("the header is too long", HEADER)
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        match = _PARAMETER.match(text, at)
        if match is None or match[1] in found:
            raise Malformed("not a list of named values", HEADER)
        found[match[1]] = match[2]
        at = match.end()
    url = http_url(found.get("url"))
    if found.get("collectionId") != followers:
        raise Malformed("another actor's collection", HEADER)
    if url is None or not same_origin(url, followers):
        raise Malformed("the partial collection lies elsewhere", HEADER)
    if _DIGEST.fullmatch(found.get("digest", "")) is None:
        raise Malformed("not a SHA-256 digest", HEADER)
    return Synchronisation(followers, url, found["digest"])
