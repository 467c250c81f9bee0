"""What every handler does: find the viewer, read rows, answer with rendered entities."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Iterable, Sequence
from typing import Any

from aiohttp.web import Response

from fedserver.db.queries import accounts, places, preferences, relations, timelines
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.relations import Listed, Relation
from fedserver.db.queries.shown import Shown
from fedserver.db.unit import Unit
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import NotFound
from fedserver.kit.paging import Page
from fedserver.render.mastodon import small
from fedserver.render.mastodon.renderer import Reader, Renderer, join, renderer_of
from fedserver.services import access

log = logging.getLogger(__name__)


def renderer(call: Call) -> Renderer:
    """The renderer of this process."""
    return renderer_of(call.parts.extra, call.parts.site)


def viewer_id(call: Call) -> int | None:
    """The account of the viewer, None for visitors."""
    return call.viewer.account_id if call.viewer is not None else None


def now(call: Call) -> int:
    """The wall clock (ms)."""
    return call.parts.clock.now_ms()


async def show_statuses(call: Call, rows: Sequence[Shown], page: Page) -> Response:
    """A page of Status with its links. Rows come as the database gave them."""
    ordered = rows[::-1] if page.ascending else rows
    body = await renderer(call).page(call.parts.db, ordered, viewer_id(call))
    # the links name the ends
    return responses.raw_paged(call, body, [row.page_id for row in (*ordered[:1], *ordered[-1:])])


async def show_accounts(call: Call, rows: Sequence[Listed], page: Page) -> Response:
    """A page of Account with its links; who blocks the viewer is not in it."""
    ordered = rows[::-1] if page.ascending else rows
    kept = await without_hidden(call, [row.account for row in ordered])
    bodies = await renderer(call).accounts(call.parts.db, kept)
    return responses.raw_paged(call, join(bodies), [row.page_id for row in ordered])


async def without_hidden(call: Call, rows: Sequence[Account]) -> list[Account]:
    """Without accounts that block the viewer, that wait for approval, and without the node's own actor."""
    local = [row.id for row in rows if row.local]
    waiting = set(await call.parts.db.all(preferences.waiting(local))) if local else set()
    found = [row for row in rows if row.id not in waiting and not _own_actor(row)]
    if call.viewer is None or not found:
        return found
    between = {row.id: row for row in await relations_of(call, [row.id for row in found])}
    return [row for row in found if row.id == call.viewer.account_id or between[row.id].blocked_by is None]


async def show_status(call: Call, status_id: int, reader: Reader | None = None) -> Response:
    """One Status; ``NotFound`` unless the viewer may see it. ``reader``: in place of the database."""
    return responses.raw_json(await status_body(call, status_id, reader))


async def status_body(call: Call, status_id: int, reader: Reader | None = None) -> bytes:
    """The bytes of one Status."""
    db = reader or call.parts.db
    rows = await db.all(timelines.by_ids(viewer_id(call), [status_id]))
    if not rows and (inner := await call.parts.db.one(places.inner(status_id, viewer_id(call)))) is not None:
        # a feed's boost, which is no row: what it boosts
        rows = await call.parts.db.all(timelines.by_ids(viewer_id(call), [inner]))
    found = await renderer(call).statuses(db, rows, viewer_id(call), asked=True)
    if not found:
        raise NotFound
    return found[0]


async def account_body(call: Call, row: Account) -> bytes:
    """The bytes of one Account; ``NotFound`` for a damaged one."""
    found = await renderer(call).accounts(call.parts.db, [row])
    if not found:
        raise NotFound
    return found[0]


async def relations_of(call: Call, ids: Iterable[int]) -> list[Relation]:
    """Everything between the viewer and the accounts, in their order."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return []
    rows = await call.parts.db.all(relations.relations(call.me.account_id, wanted, now(call)))
    by_id = {row.id: row for row in rows}
    return [by_id[each] for each in wanted if each in by_id]


async def show_relationship(call: Call, account_id: int) -> Response:
    """One Relationship."""
    found = await relations_of(call, [account_id])
    if not found:
        raise NotFound
    return responses.json(small.relationship(found[0]))


async def known_account(call: Call, account_id: int) -> Account:
    """An account that others may know of; a suspended one too, which is shown without its contents."""
    row = await call.parts.db.one(accounts.by_id(account_id))
    return await check_known(call, row)


async def check_known(call: Call, row: Account | None) -> Account:
    """``NotFound`` for accounts that are missing, deleted, waiting for approval, or the node's own actor."""
    if row is None or row.deleted_at is not None or _own_actor(row):
        raise NotFound
    if row.local and await call.parts.db.one(preferences.waiting([row.id])) is not None:
        raise NotFound
    return row


def pair(unit: Unit, account_id: int, target_id: int, *, undo: bool = False) -> tuple[Account, Account]:
    """Who acts, and on whom. What is undone may concern an account that is suspended by now."""
    me = access.account(unit, account_id)
    target = unit.get(accounts.by_id(target_id)) if undo else access.account(unit, target_id)
    if _own_actor(target):
        raise NotFound
    return me, target


def _own_actor(row: Account) -> bool:
    return row.local and row.actor_type == "Application"


def in_background(call: Call, work: Any) -> None:
    """Let something go on after the answer; its failure is logged."""
    if not inspect.isawaitable(work):
        return

    async def run() -> None:
        try:
            await work
        except Exception:
            log.exception("work after an answer failed")

    tasks: set[asyncio.Task[None]] = call.parts.extra.setdefault("api_tasks", set())
    task = asyncio.create_task(run())
    tasks.add(task)
    task.add_done_callback(tasks.discard)
