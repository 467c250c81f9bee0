"""Blocks of sign-ups for moderation apps: networks, mail providers, mailboxes; names (ours)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp.web import Response

from fedserver.api import admin_common as admin
from fedserver.api import common
from fedserver.db.queries import signup as rows
from fedserver.db.queries.signup import UsernameBlock
from fedserver.db.unit import Unit
from fedserver.domain.signup import canonical_digest
from fedserver.edge import barred, responses
from fedserver.edge.call import Call
from fedserver.edge.params import Params
from fedserver.kit.clock import to_iso
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.render.mastodon import admin as render
from fedserver.services import signup

_DAYS_MS = 7 * 24 * 3600 * 1000
_MOST_S = 100 * 365 * 24 * 3600


async def ips(call: Call) -> Response:
    """GET /api/v1/admin/ip_blocks"""
    return await _listed(call, "ip", render.ip_block)


async def ip(call: Call) -> Response:
    """GET /api/v1/admin/ip_blocks/{id}"""
    return responses.json(render.ip_block(await _one(call, "ip")))


async def add_ip(call: Call) -> Response:
    """POST /api/v1/admin/ip_blocks"""
    params = await call.params()
    text, severity = params.text("ip") or "0.0.0.0/32", params.text("severity") or ""
    comment, lasts, own = params.text("comment") or "", _lasts(params), call.client_ip

    def work(unit: Unit) -> int:
        me = admin.me(call, unit)
        return signup.block_ip(unit, text, severity, me, comment=comment, lasts_ms=lasts, own=own)

    made = await call.parts.db.run(work)
    await barred.changed(call.parts)
    return responses.json(render.ip_block(await _one(call, "ip", made)))


async def change_ip(call: Call) -> Response:
    """PUT /api/v1/admin/ip_blocks/{id}"""
    params, block_id = await call.params(), call.id()
    given = {"text": params.text("ip"), "severity": params.text("severity"), "comment": params.text("comment")}
    lasts, own = _lasts(params), call.client_ip
    await call.parts.db.run(
        lambda unit: signup.change_ip(unit, block_id, admin.me(call, unit), **given, lasts_ms=lasts, own=own)
    )
    await barred.changed(call.parts)
    return responses.json(render.ip_block(await _one(call, "ip")))


async def remove_ip(call: Call) -> Response:
    """DELETE /api/v1/admin/ip_blocks/{id}"""
    answer = await _remove(call, "ip")
    await barred.changed(call.parts)
    return answer


async def email_domains(call: Call) -> Response:
    """GET /api/v1/admin/email_domain_blocks"""
    cut = call.query.page(admin.PER_PAGE, admin.MOST)
    found = await call.parts.db.all(rows.page("email_domain", cut))
    ordered = found[::-1] if cut.ascending else found
    listed = await _with_history(call, ordered)
    return responses.paged(call, listed, [row.id for row in ordered])


async def email_domain(call: Call) -> Response:
    """GET /api/v1/admin/email_domain_blocks/{id}"""
    return responses.json((await _with_history(call, [await _one(call, "email_domain")]))[0])


async def add_email_domain(call: Call) -> Response:
    """POST /api/v1/admin/email_domain_blocks"""
    params = await call.params()
    text, waits = params.text("domain") or "", params.flag("allow_with_approval")
    made = await call.parts.db.run(
        lambda unit: signup.block_email_domain(unit, text, admin.me(call, unit), with_approval=waits)
    )
    return responses.json((await _with_history(call, [await _one(call, "email_domain", made)]))[0])


async def remove_email_domain(call: Call) -> Response:
    """DELETE /api/v1/admin/email_domain_blocks/{id}"""
    return await _remove(call, "email_domain")


async def mailboxes(call: Call) -> Response:
    """GET /api/v1/admin/canonical_email_blocks"""
    return await _listed(call, "canonical_email", render.canonical_email_block)


async def mailbox(call: Call) -> Response:
    """GET /api/v1/admin/canonical_email_blocks/{id}"""
    return responses.json(render.canonical_email_block(await _one(call, "canonical_email")))


async def test_mailbox(call: Call) -> Response:
    """POST /api/v1/admin/canonical_email_blocks/test: the blocks that an address meets."""
    email = (await call.params()).text("email") or ""
    if not email.strip():
        raise Invalid(lazy("Validation failed: E-mail can't be blank"))
    found = await call.parts.db.all(rows.canonical(canonical_digest(email)))
    return responses.json([render.canonical_email_block(row) for row in found])


async def add_mailbox(call: Call) -> Response:
    """POST /api/v1/admin/canonical_email_blocks: by an address, or by its digest."""
    params = await call.params()
    email, digest = params.text("email") or "", params.text("canonical_email_hash") or ""
    made = await call.parts.db.run(
        lambda unit: signup.block_mailbox(unit, admin.me(call, unit), email=email, digest=digest)
    )
    return responses.json(render.canonical_email_block(await _one(call, "canonical_email", made)))


async def remove_mailbox(call: Call) -> Response:
    """DELETE /api/v1/admin/canonical_email_blocks/{id}"""
    return await _remove(call, "canonical_email")


async def usernames(call: Call) -> Response:
    """GET /api/v1/admin/username_blocks (ours)."""
    return await _listed(call, "username", _username)


async def add_username(call: Call) -> Response:
    """POST /api/v1/admin/username_blocks (ours): ``username``, ``exact``, ``allow_with_approval``."""
    params = await call.params()
    text, exact, waits = params.text("username") or "", params.flag("exact"), params.flag("allow_with_approval")
    made = await call.parts.db.run(
        lambda unit: signup.block_username(unit, text, admin.me(call, unit), exact=exact, with_approval=waits)
    )
    return responses.json(_username(await _one(call, "username", made)))


async def remove_username(call: Call) -> Response:
    """DELETE /api/v1/admin/username_blocks/{id} (ours)."""
    return await _remove(call, "username")


def _username(row: UsernameBlock) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "username": row.username,
        "exact": bool(row.exact),
        "allow_with_approval": bool(row.allow_with_approval),
        "created_at": to_iso(row.created_at),
    }


async def _listed(call: Call, kind: str, entity: Callable[[Any], dict[str, Any]]) -> Response:
    cut = call.query.page(admin.PER_PAGE, admin.MOST)
    found = await call.parts.db.all(rows.page(kind, cut))
    ordered = found[::-1] if cut.ascending else found
    return responses.paged(call, [entity(row) for row in ordered], [row.id for row in ordered])


async def _with_history(call: Call, found: list[Any]) -> list[dict[str, Any]]:
    now = common.now(call)
    ids = [row.id for row in found]
    hits = await call.parts.db.all(rows.hits("email_domain", ids, now - _DAYS_MS)) if ids else []
    return [render.email_domain_block(row, hits, now) for row in found]


async def _one(call: Call, kind: str, block_id: int | None = None) -> Any:
    row = await call.parts.db.one(rows.one(kind, call.id() if block_id is None else block_id))
    if row is None:
        raise NotFound
    return row


async def _remove(call: Call, kind: str) -> Response:
    block_id = call.id()
    await call.parts.db.run(lambda unit: signup.unblock(unit, kind, block_id, admin.me(call, unit)))
    return responses.json({})


def _lasts(params: Params) -> int | None:
    seconds = params.number("expires_in", 1, _MOST_S)
    return seconds * 1000 if seconds is not None else None
