"""Roles: the presets, those that an admin composed, and the form for one."""

from __future__ import annotations

from typing import Any

from aiohttp.web import StreamResponse

from fedserver.db.queries import roles as rows
from fedserver.domain import roles as domain
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go
from fedserver.kit.errors import Failure, NotFound
from fedserver.services import roles
from fedserver.web.admin.common import me, shell, status_of
from fedserver.web.admin.words import permissions

HERE = "/admin/roles"


async def listing(call: Call) -> StreamResponse:
    """All roles, the highest first, and the form for a new one."""
    return await _show(call)


async def one(call: Call) -> StreamResponse:
    """The form of a composed role."""
    return await _show(call, call.id())


async def save(call: Call) -> StreamResponse:
    """Compose one, or change one."""
    params = await check_form(call)
    role_id = call.id() if "id" in call.path else None
    given = {
        "name": params.text("name") or "",
        "position": params.number("position", 0, domain.TOP, 1) or 0,
        "color": (params.text("color") or "") if params.flag("colored") else "",
        "highlighted": params.flag("highlighted"),
        "permissions": domain.bits(name for name in params.texts("permissions", 50) if name in domain.PERMISSIONS),
    }
    values: dict[str, Any] = dict(given)
    try:
        await call.parts.db.run(lambda unit: roles.save(unit, role_id, actor=me(call, unit), **values))
    except NotFound:
        raise
    except Failure as failure:
        return await _show(call, role_id, values=values, failure=failure)
    return go(call, HERE, flash="saved")


async def remove(call: Call) -> StreamResponse:
    """Delete a composed role."""
    await check_form(call)
    role_id = call.id()
    await call.parts.db.run(lambda unit: roles.remove(unit, role_id, me(call, unit)))
    return go(call, HERE, flash="saved")


async def _show(
    call: Call, role_id: int | None = None, *, values: dict[str, Any] | None = None, failure: Failure | None = None
) -> StreamResponse:
    made = await call.parts.db.all(rows.listed())
    row = next((each for each in made if each.id == role_id), None)
    if role_id is not None and row is None:
        raise NotFound()
    known = sorted([*domain.PRESETS.values(), *map(roles.composed, made)], key=lambda role: -role.position)
    empty = {"name": "", "position": 1, "permissions": 0, "color": "", "highlighted": 0}
    shown: dict[str, Any] = values or (row._asdict() if row is not None else empty)
    words = permissions()
    own = call.me.permissions
    return await shell(
        call,
        "admin/roles.html",
        "roles",
        status=status_of(failure),
        known=[(role, [words[name][0] for name in domain.names(role.permissions)]) for role in known],
        row=row,
        values=shown,
        permissions=[
            (name, *words[name], bool(int(shown["permissions"]) & bit), domain.within(bit, own))
            for name, bit in domain.PERMISSIONS.items()
            if name != "administrator" or own & bit
        ],
        position=call.me.position,
        error=failure.message if failure is not None else None,
    )
