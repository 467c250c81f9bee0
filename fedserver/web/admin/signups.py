"""Blocks that newcomers and whole networks meet, and words of warnings that are used again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from aiohttp.web import StreamResponse

from fedserver.db.queries import people
from fedserver.db.queries import signup as rows
from fedserver.db.unit import Unit
from fedserver.edge import barred
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go
from fedserver.edge.params import Params
from fedserver.kit.errors import Failure, Invalid, NotFound
from fedserver.kit.i18n import gettext as _
from fedserver.kit.paging import Page
from fedserver.services import notes, signup
from fedserver.web.admin.common import me, shell, status_of

BLOCKS: Final = "/admin/blocks"
WARNINGS: Final = "/admin/warnings"
KINDS: Final = ("ip", "email_domain", "canonical_email", "username")
DAY_MS: Final = 24 * 3600 * 1000
MOST: Final = 200


async def show(call: Call) -> StreamResponse:
    """All lists, each with its form."""
    return await _show(call)


async def add(call: Call) -> StreamResponse:
    """Add to one of the lists."""
    params = await check_form(call)
    kind = params.text("kind") or ""
    try:
        await call.parts.db.run(lambda unit: _add(call, unit, kind, params))
    except Failure as failure:
        return await _show(call, failure=failure)
    if kind == "ip":
        await barred.changed(call.parts)
    return go(call, BLOCKS, flash="saved")


async def remove(call: Call) -> StreamResponse:
    """Take a block back."""
    params = await check_form(call)
    kind, block_id = params.text("kind") or "", call.id()
    if kind not in KINDS:
        raise NotFound()
    await call.parts.db.run(lambda unit: signup.unblock(unit, kind, block_id, me(call, unit)))
    await barred.changed(call.parts)
    return go(call, BLOCKS, flash="saved")


def _add(call: Call, unit: Unit, kind: str, params: Params) -> None:
    moderator, text = me(call, unit), params.text("text") or ""
    waits = params.flag("waits")
    if kind == "ip":
        days = params.number("days", 0, 3650)
        signup.block_ip(
            unit,
            text,
            params.text("severity") or "",
            moderator,
            comment=params.text("comment") or "",
            lasts_ms=days * DAY_MS if days else None,
            own=call.client_ip,
        )
    elif kind == "email_domain":
        signup.block_email_domain(unit, text, moderator, with_approval=waits)
    elif kind == "canonical_email":
        signup.block_mailbox(unit, moderator, email=text if "@" in text else "", digest=text)
    elif kind == "username":
        signup.block_username(unit, text, moderator, exact=params.flag("exact"), with_approval=waits)
    else:
        raise Invalid()


async def _show(call: Call, *, failure: Failure | None = None) -> StreamResponse:
    db = call.parts.db
    lists = {kind: await db.all(rows.page(kind, Page(limit=MOST))) for kind in KINDS}
    return await shell(
        call,
        "admin/blocks.html",
        "blocks",
        status=status_of(failure),
        lists=lists,
        severities=[
            ("sign_up_requires_approval", _("newcomers wait for approval")),
            ("sign_up_block", _("nobody can join")),
            ("no_access", _("no access at all")),
        ],
        error=failure.message if failure is not None else None,
    )


async def show_warnings(call: Call) -> StreamResponse:
    """Words of warnings."""
    return await _warnings(call)


async def save_warning(call: Call) -> StreamResponse:
    """Keep one, or change one."""
    params = await check_form(call)
    preset_id = call.id() if "id" in call.path else None
    title, text = params.text("title") or "", (params.text("text") or "").replace("\r\n", "\n")
    return await _kept(
        call, lambda unit: notes.save_preset(unit, preset_id, title=title, text=text, moderator=me(call, unit))
    )


async def remove_warning(call: Call) -> StreamResponse:
    """Forget one."""
    await check_form(call)
    preset_id = call.id()
    return await _kept(call, lambda unit: notes.remove_preset(unit, preset_id, me(call, unit)))


async def _kept(call: Call, work: Callable[[Unit], Any]) -> StreamResponse:
    try:
        await call.parts.db.run(work)
    except NotFound:
        raise
    except Failure as failure:
        return await _warnings(call, failure=failure)
    return go(call, WARNINGS, flash="saved")


async def _warnings(call: Call, *, failure: Failure | None = None) -> StreamResponse:
    return await shell(
        call,
        "admin/warnings.html",
        "warnings",
        status=status_of(failure),
        presets=await call.parts.db.all(people.presets()),
        longest=notes.MAX_NOTE,
        error=failure.message if failure is not None else None,
    )
