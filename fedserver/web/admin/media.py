"""The file of a medium as a moderator has to see it, withheld or not. Every look is a line of the audit log."""

from __future__ import annotations

from aiohttp.web import FileResponse, StreamResponse

from fedserver.db.queries import media as rows
from fedserver.db.unit import Unit
from fedserver.edge.call import Call
from fedserver.kit.errors import NotFound
from fedserver.services.reports import log_action
from fedserver.web.admin.common import me

_HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Content-Disposition": "inline",
}


async def file(call: Call) -> StreamResponse:
    """``small``: the preview; ``full``: what was published."""
    row = await call.parts.db.one(rows.by_id(call.id()))
    small = call.path["kind"] == "small"
    if row is None or call.path["kind"] not in ("small", "full"):
        raise NotFound
    key = row.preview_key if small and row.preview_key is not None else row.file_key
    if key is None:
        raise NotFound
    kind = "image/webp" if key == row.preview_key else row.mime
    if kind.partition("/")[0] not in ("image", "video", "audio"):
        kind = "application/octet-stream"

    def work(unit: Unit) -> None:
        log_action(unit, me(call, unit), "media.view", f"media:{row.id}")

    await call.parts.db.run(work)
    headers = {**_HEADERS, "Content-Type": kind}
    path = call.parts.blobs.local_path(key)
    if path is not None:
        return FileResponse(path, headers=headers)
    response = StreamResponse(headers=headers)
    await response.prepare(call.request)
    async for piece in call.parts.blobs.stream(key):
        await response.write(piece)
    await response.write_eof()
    return response
