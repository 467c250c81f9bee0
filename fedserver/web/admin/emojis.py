"""This node's own custom emoji: a list, a form for one more, out of the picker, away."""

from __future__ import annotations

from aiohttp.web import StreamResponse

from fedserver.db.queries import emojis as rows
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.edge.auth import check_form
from fedserver.edge.bodies import Upload
from fedserver.edge.call import Call
from fedserver.edge.pages import go
from fedserver.kit.errors import Invalid, Unavailable
from fedserver.kit.i18n import lazy
from fedserver.media.errors import MediaError
from fedserver.services import emojis
from fedserver.services.reports import log_action
from fedserver.web.admin.common import me, shell

HERE = "/admin/emojis"
# the picture and the form around it
BODY = emojis.MAX_BYTES + (64 << 10)
_MAX_CATEGORY = 60


async def listing(call: Call) -> StreamResponse:
    """All of them, by name, and the form."""
    return await _show(call)


async def add(call: Call) -> StreamResponse:
    """One more, or another picture for one that is there."""
    params = await check_form(call)
    shortcode = (params.text("shortcode") or "").strip().strip(":")
    category = " ".join((params.text("category") or "").split())[:_MAX_CATEGORY]
    try:
        emojis.check_shortcode(shortcode)
        upload = params.file("file")
        if upload is None:
            raise Invalid(lazy("Choose a picture"))
        await _keep(call, upload, shortcode, category)
    except Invalid as failure:
        return await _show(call, shortcode=shortcode, category=category, error=failure.message)
    return go(call, HERE, flash="emoji-added")


async def offer(call: Call) -> StreamResponse:
    """Into the picker of apps, or out of it."""
    params = await check_form(call)
    shortcode, visible = call.path["name"], params.flag("visible")

    def work(unit: Unit) -> None:
        emojis.offer_own(unit, shortcode, visible=visible)
        log_action(unit, me(call, unit), "emoji.offer" if visible else "emoji.hide", f":{shortcode}:")

    await call.parts.db.run(work)
    return go(call, HERE, flash="saved")


async def remove(call: Call) -> StreamResponse:
    """Nobody can use it any more."""
    await check_form(call)
    shortcode = call.path["name"]

    def work(unit: Unit) -> None:
        emojis.drop_own(unit, shortcode)
        log_action(unit, me(call, unit), "emoji.remove", f":{shortcode}:")

    await call.parts.db.run(work)
    return go(call, HERE, flash="emoji-removed")


async def _keep(call: Call, upload: Upload, shortcode: str, category: str) -> None:
    """Clean the picture, put it into the store, give it its name. What is not kept leaves no blob behind."""
    parts = call.parts
    if parts.media is None or parts.blobs is None:
        raise Unavailable(retry_after=60)
    if upload.size > emojis.MAX_BYTES:
        raise Invalid(lazy("The picture is larger than %(size)d KiB", size=emojis.MAX_BYTES // 1024))
    try:
        made = await parts.media.process(upload.path, parts.upload_dir)
    except MediaError as error:
        raise Invalid(lazy("This picture cannot be used"), cause=error) from error
    keys = [await parts.blobs.put(made.published, made.extension)]
    if made.preview is not None:
        keys.append(await parts.blobs.put(made.preview, "webp"))

    def work(unit: Unit) -> None:
        picture = emojis.picture_of(made, keys[0], keys[1] if len(keys) > 1 else None)
        emojis.keep_own(unit, shortcode, picture, category or None)
        log_action(unit, me(call, unit), "emoji.add", f":{shortcode}:")

    try:
        await parts.db.run(work)
    except BaseException:
        for key in keys:
            await parts.blobs.delete(key)
        raise


async def _show(call: Call, *, shortcode: str = "", category: str = "", error: str | None = None) -> StreamResponse:
    found = await call.parts.db.all(rows.of_domain())
    return await shell(
        call,
        "admin/emojis.html",
        "emojis",
        status=200 if error is None else 422,
        emojis=[(each.emoji, uris.media(call.parts.site, each.medium.id, each.medium.token)) for each in found],
        categories=sorted({each.emoji.category for each in found if each.emoji.category}),
        most=emojis.MAX_BYTES // 1024,
        shortcode=shortcode,
        category=category,
        error=error,
    )
