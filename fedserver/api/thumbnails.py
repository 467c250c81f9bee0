"""A small picture that somebody sends along with a film, a sound or a picture, instead of the one made here."""

from __future__ import annotations

import asyncio

from fedserver.api import processing
from fedserver.edge.bodies import Upload
from fedserver.edge.parts import Parts
from fedserver.kit.errors import Unavailable
from fedserver.media.errors import MediaError, MediaRefused
from fedserver.services import media as service


async def keep(parts: Parts, account_id: int, media_id: int, upload: Upload) -> None:
    """Clean it, make it small, put it in the place of what was there. ``Invalid`` for what is no picture."""
    if parts.media is None or parts.blobs is None:
        raise Unavailable(retry_after=60)
    try:
        if not (await asyncio.to_thread(parts.media.check, upload.path)).still:
            raise MediaRefused("type")
        made = await parts.media.preview(upload.path, parts.upload_dir)
    except MediaError as error:
        raise processing.refused(error) from error
    key = await parts.blobs.put(made.preview, "webp")
    values = {
        "preview_key": key,
        "preview_width": made.small_width,
        "preview_height": made.small_height,
        "blurhash": made.blurhash,
    }
    try:
        former = await parts.db.run(lambda unit: service.thumbnail(unit, account_id, media_id, values))
    except BaseException:
        await parts.blobs.delete(key)
        raise
    if former is not None:
        await parts.blobs.delete(former)
