"""What the node asks of others: documents, WebFinger, deliveries, files. Each is a few lines over `Client`.

Documents are returned as bytes: parsing is `protocol`'s. Who may speak for which id is the caller's
question; `final_url` is there to answer it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from fedserver.net.body import stream_capped
from fedserver.net.client import Client, Fetched, Signer, media_type
from fedserver.net.errors import FetchFailed, FetchInvalid

AS_PROFILE: Final = "https://www.w3.org/ns/activitystreams"
ACTIVITY_ACCEPT: Final = f'application/activity+json, application/ld+json; profile="{AS_PROFILE}"'
JSON_ACCEPT: Final = "application/json"
JRD_ACCEPT: Final = "application/jrd+json, application/json"


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that was fetched: its size in bytes and its SHA-256. `content_type` is only what the peer says."""

    final_url: str
    size: int
    sha256: bytes
    content_type: str


async def fetch_json(client: Client, url: str, *, signer: Signer | None = None) -> Fetched:
    """An ActivityPub document. The media type must be that of one (federation rule 9), so that an uploaded
    file cannot pass for an object; at most `max_json_bytes`.

    Raises `FetchRefused`, `FetchFailed`, `FetchStatus`, or `FetchInvalid` (`content_type`, `too_large`, ...).
    """
    return await client.get(
        url,
        accept=ACTIVITY_ACCEPT,
        max_bytes=client.settings.max_json_bytes,
        signer=signer,
        check=_must_be(is_activity_type),
    )


async def fetch_plain_json(client: Client, url: str, *, accept: str = JSON_ACCEPT) -> Fetched:
    """Any JSON document that is no ActivityPub object (NodeInfo, oEmbed): `application/json` or `+json`."""
    return await client.get(url, accept=accept, max_bytes=client.settings.max_json_bytes, check=_must_be(is_json_type))


async def fetch_webfinger(client: Client, host: str, resource: str) -> Fetched:
    """The WebFinger document (RFC 7033) for `resource` at `host` (which may carry a port).

    https first; http only where `allow_http` is set and https could not be reached.
    """
    tail = f"{host}/.well-known/webfinger?resource={quote(resource, safe=':@')}"
    try:
        return await fetch_plain_json(client, f"https://{tail}", accept=JRD_ACCEPT)
    except FetchFailed:
        if not client.settings.allow_http:
            raise
    return await fetch_plain_json(client, f"http://{tail}", accept=JRD_ACCEPT)


async def download(
    client: Client,
    url: str,
    target: Path,
    *,
    max_bytes: int,
    accept: str = "*/*",
    signer: Signer | None = None,
    total: float | None = None,
) -> Downloaded:
    """Streams a file to `target`, which must not exist. Whatever goes wrong, no partial file is left.

    Raises the errors of `fedserver.net.errors`, and OSError where the disk fails.
    """
    digest, size = hashlib.sha256(), 0
    file = await asyncio.to_thread(target.open, "xb")
    try:
        with file:
            async with client.stream(url, accept=accept, signer=signer, total=total) as (final, response):
                async for part in stream_capped(response, max_bytes):
                    digest.update(part)
                    size += len(part)
                    await asyncio.to_thread(file.write, part)
        return Downloaded(final, size, digest.digest(), media_type(response))
    except BaseException:
        _remove(target)
        raise


def is_activity_type(content_type: str) -> bool:
    """`application/activity+json`, or `application/ld+json` whose profile names ActivityStreams.

    The profile is a list separated by spaces (RFC 6906); `content_type` is in lower case.
    """
    essence, *parameters = (part.strip() for part in content_type.split(";"))
    if essence == "application/activity+json":
        return True
    if essence != "application/ld+json":
        return False
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "profile" and AS_PROFILE in value.strip().strip('"').split():
            return True
    return False


def is_json_type(content_type: str) -> bool:
    """`application/json` or any `application/...+json`."""
    essence = content_type.partition(";")[0].strip()
    return essence == "application/json" or (essence.startswith("application/") and essence.endswith("+json"))


def _remove(target: Path) -> None:
    """Not in a thread: it must also happen while the task is being cancelled."""
    target.unlink(missing_ok=True)


def _must_be(accepts: Callable[[str], bool]) -> Callable[[str], None]:
    def check(content_type: str) -> None:
        if not accepts(content_type):
            raise FetchInvalid("content_type")

    return check
