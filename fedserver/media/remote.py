"""Files of peers: fetched within caps, judged by content, kept only as a preview.

The download itself is passed in (`fedserver.net.fetch.download` with its client bound): this package and
`net` stand on the same floor and do not know each other.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, Protocol

from fedserver.media.errors import MediaError
from fedserver.media.pipeline import Pipeline, Processed, digest_of


class Download(Protocol):
    """Fetches a URL into a new file of at most `max_bytes`; leaves nothing behind when it fails."""

    def __call__(self, url: str, target: Path, *, max_bytes: int) -> Awaitable[Any]: ...


async def fetch_remote(
    download: Download, pipeline: Pipeline, url: str, folder: Path, *, max_bytes: int | None = None
) -> Processed:
    """Fetches a peer's file into `folder` and makes its preview.

    `published` of the result is the file as the peer sent it (its digest can be compared with what the
    object says); the caller keeps or removes it, and `preview`. Raises the errors of the download,
    `MediaRefused` and `MediaFailed` (with the digest); then no file is left.
    """
    settings = pipeline.settings
    target = folder / f"{secrets.token_hex(16)}.remote"
    await download(url, target, max_bytes=max_bytes or max(settings.max_image_bytes, settings.max_video_bytes))
    try:
        return await pipeline.preview(target, folder)
    except BaseException as error:
        if isinstance(error, MediaError):
            error.digest = await asyncio.to_thread(digest_of, target)
        await asyncio.shield(asyncio.to_thread(target.unlink, missing_ok=True))
        raise
