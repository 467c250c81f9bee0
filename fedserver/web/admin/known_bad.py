"""Known-bad media: the lists of hashes, and what was recognised. No picture is shown on these pages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import orjson
from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import known_bad as rows
from fedserver.db.unit import Unit
from fedserver.domain.moderation.hashes import CATEGORIES, KINDS, MAX_BYTES, NEAR, HashListError, Read, read
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy
from fedserver.services import known_bad
from fedserver.services.verbs.known_bad import TAKEN_DOWN
from fedserver.web.admin.common import me, shell

HERE = "/admin/known-bad"
# the file and the form around it
BODY = MAX_BYTES + (64 << 10)
PER_PAGE = 50
_CHUNK = 1000


async def listing(call: Call) -> StreamResponse:
    """What was recognised, newest first, and the lists."""
    return await _listing(call)


async def add(call: Call) -> StreamResponse:
    """Add the hashes of a file to a list."""
    params = await check_form(call)
    name, upload = (params.text("name") or "").strip()[:100], params.file("file")
    kind, category = params.text("kind") or "", params.text("category") or ""
    try:
        if upload is None or kind not in KINDS or category not in CATEGORIES:
            raise Invalid(lazy("Choose a file, a kind and a category"))
        distance = params.number("distance", 0, NEAR, NEAR) or 0
        try:
            found: Read = await asyncio.to_thread(
                lambda: read(upload.path.read_bytes(), kind=kind, category=category, distance=distance)
            )
        except HashListError as error:
            raise Invalid(str(error)) from error
        for start in range(0, len(found.entries), _CHUNK):
            await call.parts.db.run(_adding(call, name or upload.filename, found, start))
    except Invalid as failure:
        return await _listing(call, name=name, error=failure.message)
    return go(call, HERE, flash="saved")


async def drop(call: Call) -> StreamResponse:
    """Forget a list."""
    params = await check_form(call)
    name = params.text("name") or ""
    await call.parts.db.run(lambda unit: known_bad.drop_list(unit, name, me(call, unit)))
    return go(call, HERE, flash="saved")


async def judge(call: Call) -> StreamResponse:
    """Say whether a match is right."""
    params = await check_form(call)
    match_id, confirmed, because = call.id(), params.text("verdict") == "confirmed", params.text("because") or ""
    keys = await call.parts.db.run(
        lambda unit: known_bad.judge(unit, match_id, me(call, unit), confirmed=confirmed, because=because)
    )
    for key in keys:
        await call.parts.blobs.delete(key)
    return go(call, HERE, flash="saved")


def _adding(call: Call, name: str, found: Read, start: int) -> Callable[[Unit], int]:
    def work(unit: Unit) -> int:
        return known_bad.add_list(unit, name, found.entries[start : start + _CHUNK], me(call, unit))

    return work


async def _listing(call: Call, *, name: str = "", error: str | None = None) -> Response:
    cut = call.query.page(default=PER_PAGE, maximum=PER_PAGE)
    found = await call.parts.db.all(rows.matches(cut))
    return await shell(
        call,
        "admin/known_bad.html",
        "known-bad",
        status=200 if error is None else 422,
        matches=[(each, orjson.loads(each.about)) for each in found],
        older=found[-1].id if len(found) == PER_PAGE else None,
        lists=await call.parts.db.all(rows.lists()),
        banned=TAKEN_DOWN,
        kinds=KINDS,
        categories=CATEGORIES,
        near=NEAR,
        name=name,
        error=error,
    )
