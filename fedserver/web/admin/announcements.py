"""What the community announces: a list, and a form for one more or for a change."""

from __future__ import annotations

from aiohttp.web import StreamResponse

from fedserver.db.queries import announcements as rows
from fedserver.db.queries.announcements import Announcement
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go
from fedserver.edge.params import Params
from fedserver.kit.clock import from_iso, to_iso
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import announcements
from fedserver.web.admin.common import me, shell

HERE = "/admin/announcements"


async def listing(call: Call) -> StreamResponse:
    """All of them, and an empty form."""
    return await _show(call)


async def one(call: Call) -> StreamResponse:
    """The form with an announcement in it."""
    return await _show(call, chosen=await _chosen(call))


async def create(call: Call) -> StreamResponse:
    """Announce."""
    params = await check_form(call)
    text = params.text("text") or ""
    try:
        starts_at, ends_at, all_day = _times(params)
        await call.parts.db.run(
            lambda unit: announcements.announce(
                unit, text, me(call, unit), starts_at=starts_at, ends_at=ends_at, all_day=all_day
            )
        )
    except Invalid as failure:
        return await _show(call, text=text, error=failure.message)
    return go(call, HERE, flash="announced")


async def save(call: Call) -> StreamResponse:
    """Change one."""
    params = await check_form(call)
    chosen, text = await _chosen(call), params.text("text") or ""
    try:
        starts_at, ends_at, all_day = _times(params)
        await call.parts.db.run(
            lambda unit: announcements.edit(
                unit, chosen.id, text, me(call, unit), starts_at=starts_at, ends_at=ends_at, all_day=all_day
            )
        )
    except Invalid as failure:
        return await _show(call, chosen=chosen, text=text, error=failure.message)
    return go(call, HERE, flash="announced")


async def remove(call: Call) -> StreamResponse:
    """Remove one."""
    await check_form(call)
    announcement_id = call.id()
    await call.parts.db.run(lambda unit: announcements.withdraw(unit, announcement_id, me(call, unit)))
    return go(call, HERE, flash="unannounced")


async def _chosen(call: Call) -> Announcement:
    found = await call.parts.db.one(rows.by_id(call.id()))
    if found is None:
        raise NotFound
    return found


def _times(params: Params) -> tuple[int | None, int | None, bool]:
    """Both times, in UTC as the form says."""
    try:
        starts_at, ends_at = (
            from_iso(text) if (text := params.text(name)) else None for name in ("starts_at", "ends_at")
        )
    except ValueError as error:
        raise Invalid(lazy("Validation failed: this is not a time"), cause=error) from error
    return starts_at, ends_at, params.flag("all_day")


async def _show(
    call: Call, *, chosen: Announcement | None = None, text: str | None = None, error: str | None = None
) -> StreamResponse:
    given = chosen.text if chosen is not None else ""
    return await shell(
        call,
        "admin/announcements.html",
        "announcements",
        status=200 if error is None else 422,
        announcements=await call.parts.db.all(rows.listing()),
        chosen=chosen,
        text=given if text is None else text,
        starts_at=_field(chosen.starts_at if chosen is not None else None),
        ends_at=_field(chosen.ends_at if chosen is not None else None),
        error=error,
    )


def _field(ms: int | None) -> str:
    """As a browser's field for a moment has it: to the minute, without a zone."""
    return "" if ms is None else to_iso(ms)[:16]
