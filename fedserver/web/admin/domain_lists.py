"""Lists of domains: those that are followed, one with what it would meet, entries to confirm."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import domain_lists as rows
from fedserver.db.unit import Unit
from fedserver.domain.moderation.lists import MAX_BYTES, ListError, read
from fedserver.edge.auth import check_form
from fedserver.edge.bodies import Upload
from fedserver.edge.call import Call
from fedserver.edge.domain_lists import begin, finish
from fedserver.edge.pages import go
from fedserver.kit.errors import Conflict, Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import domain_lists
from fedserver.web.admin.common import me, shell

HERE = "/admin/domains/lists"
# the file and the form around it
BODY = MAX_BYTES + (64 << 10)
_SHOWN = 500


async def listing(call: Call) -> StreamResponse:
    """All lists, and a form for one more."""
    return await _listing(call)


async def add(call: Call) -> StreamResponse:
    """Follow a list at an address, or take a file."""
    params = await check_form(call)
    address, upload = (params.text("uri") or "").strip(), params.file("file")
    try:
        if upload is None and not address.startswith(("https://", "http://")):
            raise Invalid(lazy("The address of a list begins with https://"))
        if upload is not None and address.startswith(("https://", "http://")):
            raise Invalid(lazy("A list has an address or a file, not both"))
        name = address or (upload.filename if upload is not None else "")
        settings = {
            "mode": params.text("mode") or "",
            "priority": params.number("priority", -1000, 1000, 0) or 0,
            "excludes": [each for each in (params.text("excludes") or "").split() if each][:1000],
            "drafts": params.flag("drafts"),
            "most_follows": params.number("most_follows", 0, 1_000_000, domain_lists.MOST_FOLLOWS) or 0,
        }
        list_id = await _keep(call, name, upload, settings)
    except (Invalid, Conflict) as failure:
        return await _listing(call, uri=address, error=failure.message)
    return go(call, f"{HERE}/{list_id}", flash="saved")


async def one(call: Call) -> StreamResponse:
    """A list: what it would meet, what waits, what it says."""
    list_id = call.id()

    def work(unit: Unit) -> dict[str, Any]:
        found = unit.get(rows.one(list_id))
        entries = [each for each in unit.all(rows.entries(list_id)) if not each.gone]
        return {
            "found": found,
            "excludes": orjson.loads(found.excludes),
            "projected": domain_lists.project(unit, list_id),
            "drafts": [each for each in entries if each.state == "draft"][:_SHOWN],
            "draft_count": sum(1 for each in entries if each.state == "draft"),
            "entries": entries[:_SHOWN],
            "count": len(entries),
            "refused": [each for each in entries if each.state == "refused"][:_SHOWN],
        }

    return await shell(
        call, "admin/domain_list.html", "domains", modes=domain_lists.MODES, **await call.parts.db.run(work)
    )


async def act(call: Call) -> StreamResponse:
    """Confirm or refuse entries, ask for the list again, follow it otherwise, or no longer."""
    params = await check_form(call)
    list_id, action, entry_id = call.id(), params.text("action") or "", params.id("entry")

    def work(unit: Unit) -> None:
        found, actor = unit.get(rows.one(list_id)), me(call, unit)
        if action in ("confirm", "refuse") and entry_id is not None:
            if unit.get(rows.entry(entry_id)).list_id != list_id:
                raise NotFound
            domain_lists.judge(unit, entry_id, actor, confirmed=action == "confirm")
        elif action == "confirm-all":
            domain_lists.confirm_all(unit, list_id, actor)
        elif action in ("fetch", "shrink") and found.remote:
            domain_lists.ask(unit, list_id, shrink=action == "shrink")
        elif action == "drop":
            domain_lists.unsubscribe(unit, list_id, actor)
        elif action == "save":
            domain_lists.subscribe(
                unit,
                found.uri,
                actor,
                mode=params.text("mode") or "",
                priority=params.number("priority", -1000, 1000, 0) or 0,
                excludes=(params.text("excludes") or "").split()[:1000],
                drafts=params.flag("drafts"),
                most_follows=params.number("most_follows", 0, 1_000_000, domain_lists.MOST_FOLLOWS) or 0,
                title=found.title,
            )
        else:
            raise Invalid

    await call.parts.db.run(work)
    return go(call, HERE if action == "drop" else f"{HERE}/{list_id}", flash="saved")


async def _keep(call: Call, name: str, upload: Upload | None, settings: dict[str, Any]) -> int:
    listed = None
    if upload is not None:
        data = await asyncio.to_thread(upload.path.read_bytes)
        try:
            listed = await asyncio.to_thread(read, data)
        except ListError as error:
            raise Invalid(str(error)) from error

    def work(unit: Unit) -> tuple[int, domain_lists.Taking | None]:
        list_id = domain_lists.subscribe(unit, name, me(call, unit), **settings)
        return list_id, begin(unit, list_id, listed) if listed is not None else None

    list_id, taking = await call.parts.db.run(work)
    if taking is not None:
        await finish(call.parts.db, taking)
    return list_id


async def _listing(call: Call, *, uri: str = "", error: str | None = None) -> Response:
    counts: dict[int, dict[str, int]] = {}
    for row in await call.parts.db.all(rows.counts()):
        counts.setdefault(row.list_id, {})[row.state] = row.number
    return await shell(
        call,
        "admin/domain_lists.html",
        "domains",
        status=200 if error is None else 422,
        lists=await call.parts.db.all(rows.lists()),
        counts=counts,
        modes=domain_lists.MODES,
        most_follows=domain_lists.MOST_FOLLOWS,
        uri=uri,
        error=error,
    )
