"""Blocks, mutes, and whole servers hidden from oneself."""

from __future__ import annotations

from aiohttp.web import Response

from fedserver.api import common
from fedserver.db.queries import relations
from fedserver.db.unit import Unit
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy
from fedserver.render.mastodon.basics import iso
from fedserver.render.mastodon.renderer import join
from fedserver.services import blocks
from protocol.hosts import normalise_host

_MAX_SECONDS = 10 * 366 * 24 * 3600


async def block(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/block"""
    target_id, account_id = call.id(), call.me.account_id
    await call.parts.db.run(lambda unit: blocks.block(unit, *common.pair(unit, account_id, target_id)))
    return await common.show_relationship(call, target_id)


async def unblock(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/unblock"""
    target_id, account_id = call.id(), call.me.account_id
    await call.parts.db.run(lambda unit: blocks.unblock(unit, *common.pair(unit, account_id, target_id, undo=True)))
    return await common.show_relationship(call, target_id)


async def mute(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/mute"""
    params = await call.params()
    target_id, account_id = call.id(), call.me.account_id
    notifications = params.flag("notifications", True)
    seconds = params.number("duration", 0, _MAX_SECONDS, 0) or 0

    def work(unit: Unit) -> None:
        me, target = common.pair(unit, account_id, target_id)
        blocks.mute(unit, me, target, notifications=notifications, duration_s=seconds)

    await call.parts.db.run(work)
    return await common.show_relationship(call, target_id)


async def unmute(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/unmute"""
    target_id, account_id = call.id(), call.me.account_id
    await call.parts.db.run(lambda unit: blocks.unmute(unit, *common.pair(unit, account_id, target_id, undo=True)))
    return await common.show_relationship(call, target_id)


async def mutes(call: Call) -> Response:
    """GET /api/v1/mutes: MutedAccount. A mute whose time is over is no longer one."""
    page = call.query.page(40, 80)
    rows = await call.parts.db.all(relations.listed("mutes", call.me.account_id, page, common.now(call)))
    ordered = rows[::-1] if page.ascending else rows
    between = {row.id: row for row in await common.relations_of(call, [row.account.id for row in ordered])}
    bodies = await common.renderer(call).accounts_by_id(call.parts.db, [row.account.id for row in ordered])
    found = []
    for row in ordered:
        body, relation = bodies.get(row.account.id), between.get(row.account.id)
        if body is not None and relation is not None:
            until = iso(relation.mute_expires_at)
            found.append(body[:-1] + b',"mute_expires_at":' + (b'"%b"' % until.encode() if until else b"null") + b"}")
    return responses.raw_paged(call, join(found), [row.page_id for row in ordered])


async def domains(call: Call) -> Response:
    """GET /api/v1/domain_blocks"""
    page = call.query.page(100, 200)
    rows = await call.parts.db.all(relations.domain_list(call.me.account_id, page))
    ordered = rows[::-1] if page.ascending else rows
    return responses.paged(call, [row[1] for row in ordered], [row[0] for row in ordered])


async def preview_domain(call: Call) -> Response:
    """GET /api/v1/domain_blocks/preview: how many follows would end (Mastodon 4.3)."""
    try:
        domain = normalise_host(call.query.required("domain"))
    except ValueError as error:
        raise Invalid(lazy("Validation failed: Domain is not a valid domain name"), cause=error) from error
    found = await call.parts.db.one(relations.domain_preview(call.me.account_id, domain))
    following, followers = found or (0, 0)
    return responses.json({"following_count": following, "followers_count": followers})


async def block_domain(call: Call) -> Response:
    """POST /api/v1/domain_blocks"""
    domain, account_id = (await call.params()).required("domain"), call.me.account_id

    def work(unit: Unit) -> None:
        me, _ = common.pair(unit, account_id, account_id)
        blocks.block_domain(unit, me, domain)

    await call.parts.db.run(work)
    return responses.empty()


async def unblock_domain(call: Call) -> Response:
    """DELETE /api/v1/domain_blocks"""
    domain, account_id = (await call.params()).required("domain"), call.me.account_id

    def work(unit: Unit) -> None:
        me, _ = common.pair(unit, account_id, account_id)
        blocks.unblock_domain(unit, me, domain)

    await call.parts.db.run(work)
    return responses.empty()
