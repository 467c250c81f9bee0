"""Uploads: take, look at, describe, discard."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from aiohttp.web import Response

from fedserver.api import common, processing, thumbnails
from fedserver.api.declarations import declaration
from fedserver.api.statuses import focus_of
from fedserver.db.queries import media as rows
from fedserver.db.queries.media import Medium
from fedserver.db.unit import Unit
from fedserver.edge import responses
from fedserver.edge.bodies import Upload
from fedserver.edge.call import Call
from fedserver.edge.params import Params
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.media.errors import MediaError
from fedserver.render.mastodon import provenance as render
from fedserver.render.mastodon.media import attachment
from fedserver.services import media as service
from fedserver.services import provenance

# how long a request waits for its file: version 1 of the method knows no "not yet"
_WAIT_V1_S = 60.0
_WAIT_V2_S = 8.0
# what a form costs beside its files
_FORM = 1 << 20

log = logging.getLogger(__name__)


async def upload_v2(call: Call) -> Response:
    """POST /api/v2/media: 200 when the file is ready, 202 while it is processed."""
    row = await _take(call)
    if row.kind == "image":
        row = await finished(call, row, _WAIT_V2_S)
    return await _entity(call, row, 200 if row.state == "ready" else 202)


async def upload_v1(call: Call) -> Response:
    """POST /api/v1/media: waits for the file."""
    return await _entity(call, await finished(call, await _take(call), _WAIT_V1_S))


def allow(call: Call, files: int) -> None:
    """Let the body of this request be as large as its files may be, and a form around them."""
    call.route = replace(call.route, body=files + _FORM)


async def _take(call: Call) -> Medium:
    settings = call.parts.config.media
    allow(call, max(settings.max_image_bytes, settings.max_video_bytes) + settings.max_image_bytes)
    params = await call.params()
    upload = params.file("file")
    if upload is None:
        raise Invalid(lazy("Validation failed: File can't be blank"))
    focus, description = focus_of(params), params.text("description")
    row = await processing.store(
        call.parts, call.me.account_id, upload, description=description, focus=focus, declared=declaration(params)
    )
    await _thumbnail(call, params, row.id)
    return row


async def _thumbnail(call: Call, params: Params, media_id: int) -> None:
    upload = params.file("thumbnail")
    if upload is not None:
        await thumbnails.keep(call.parts, call.me.account_id, media_id, upload)


async def finished(call: Call, row: Medium, seconds: float) -> Medium:
    """The medium after processing, or as it is when that takes longer; it goes on then. ``Invalid`` if it fails."""
    work = asyncio.ensure_future(processing.process(call.parts, row.id))
    done, _ = await asyncio.wait({work}, timeout=seconds)
    if not done:
        common.in_background(call, work)
    else:
        try:
            work.result()
        except MediaError as error:
            # the job tries again
            log.warning("an upload was not processed", extra={"reason": error.reason})
    found = await call.parts.db.one(rows.by_id(row.id))
    if found is None:
        raise NotFound
    if found.state == "failed":
        raise processing.refused(MediaError(found.error or ""))
    return found


async def show(call: Call) -> Response:
    """GET /api/v1/media/{id}: 206 while it is processed, 422 when it cannot be used."""
    row = await _own(call)
    if row.state == "failed":
        raise processing.refused(MediaError(row.error or ""))
    return await _entity(call, row, 200 if row.state == "ready" else 206)


async def update(call: Call) -> Response:
    """PUT /api/v1/media/{id}: alternative text, focal point, small picture, and how it was made."""
    allow(call, call.parts.config.media.max_image_bytes)
    params = await call.params()
    media_id, account_id = call.id(), call.me.account_id
    focus, description = focus_of(params), params.text("description")
    declared = declaration(params)

    def work(unit: Unit) -> Medium:
        row = service.describe(unit, account_id, media_id, description=description, focus=focus)
        return row if declared is None else provenance.declare(unit, account_id, media_id, declared)

    row = await call.parts.db.run(work)
    await _thumbnail(call, params, media_id)
    return await _entity(call, row if params.file("thumbnail") is None else await _own(call))


async def delete(call: Call) -> Response:
    """DELETE /api/v1/media/{id}: an upload that no post has."""
    media_id, account_id = call.id(), call.me.account_id
    keys = await call.parts.db.run(lambda unit: service.discard(unit, account_id, media_id))
    for key in keys:
        await call.parts.blobs.delete(key)
    return responses.empty()


async def picture(call: Call, upload: Upload, role: str) -> int:
    """An avatar or a header, ready to be shown; its id."""
    row = await processing.store(call.parts, call.me.account_id, upload, role=role)
    row = await finished(call, row, _WAIT_V1_S)
    return row.id


async def _entity(call: Call, row: Medium, status: int = 200) -> Response:
    """MediaAttachment for its owner, with all that is known of how it was made."""
    found = await render.load(call.parts.db, (), [row])
    return responses.json(attachment(call.parts.site, row, found, own=True), status=status)


async def _own(call: Call) -> Medium:
    row = await call.parts.db.one(rows.by_id(call.id()))
    if row is None or not row.local or row.account_id != call.me.account_id:
        raise NotFound
    return row
