"""Accounts for moderation apps: finding them, acting on them, letting people in; notes about them (ours)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp.web import Response

from fedserver.api import admin_common as admin
from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import admin_accounts as rows
from fedserver.db.queries import people as people_rows
from fedserver.db.queries import users as user_rows
from fedserver.db.queries.users import User
from fedserver.db.unit import Unit
from fedserver.domain.roles import BY_ID
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.params import Params
from fedserver.kit.errors import Forbidden, Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.render.mastodon import admin as render
from fedserver.render.mastodon.renderer import join
from fedserver.services import actions, notes, purging, users
from fedserver.services.actions import Order

# type of an action -> verb of the ledger
VERBS = {
    "none": "warn",
    "sensitive": "force-sensitive",
    "disable": "disable",
    "silence": "limit",
    "suspend": "suspend",
}
_FLAGS = ("local", "remote", "active", "pending", "disabled", "silenced", "suspended", "sensitized", "staff")
_STATES = ("active", "pending", "disabled", "silenced", "suspended", "sensitized")


async def listing_v1(call: Call) -> Response:
    """GET /api/v1/admin/accounts: every condition is a flag of its own."""
    query = call.query
    return await _show(call, {**{name: True for name in _FLAGS if query.flag(name)}, **_valued(query)})


async def listing(call: Call) -> Response:
    """GET /api/v2/admin/accounts. What is not one of the words filters nothing, as Mastodon has it."""
    query = call.query
    filters = _valued(query)
    words = {"origin": ("local", "remote"), "status": _STATES, "permissions": ("staff",)}
    filters |= {word: True for name, known in words.items() if (word := query.text(name) or "") in known}
    if query.has("role_ids"):
        given = [text.strip() for text in query.texts("role_ids", 50)]
        numbers = [int(text) for text in given if text.lstrip("-").isdigit() and len(text) < 20]
        presets = [BY_ID[each] for each in numbers if each in BY_ID]
        filters["role"] = (presets, [each for each in numbers if each > 0 and each not in BY_ID])
    invited_by = query.id("invited_by")
    if invited_by is not None:
        filters["invited_by"] = invited_by
    return await _show(call, filters)


def _valued(query: Params) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("username", "display_name", "by_domain", "email", "ip"):
        text = (query.text(name) or "").strip()[:300]
        if text:
            found[name] = text.lower()
    if "username" in found:
        found["username"] = rows.like(found["username"].lstrip("@"))
    if "display_name" in found:
        found["display_name"] = rows.like(found["display_name"], anywhere=True)
    return found


async def _show(call: Call, filters: dict[str, Any]) -> Response:
    cut = call.query.page(admin.PER_PAGE, admin.MOST)
    ids = await call.parts.db.all(rows.page(filters, cut))
    ordered = ids[::-1] if cut.ascending else ids
    found = await admin.people(call, ordered)
    return responses.raw_paged(call, join(found[each] for each in ordered if each in found), ordered)


async def one(call: Call) -> Response:
    """GET /api/v1/admin/accounts/{id}"""
    return responses.raw_json(await admin.person(call, await _known(call)))


async def act(call: Call) -> Response:
    """POST /api/v1/admin/accounts/{id}/action. Its owner is always told why; an answer without words is a warning."""
    params, account_id = await call.params(), await _known(call)
    verb = VERBS.get(params.text("type") or "")
    if verb is None:
        raise Invalid(lazy("Record invalid"))
    order = Order(
        verb,
        text=(params.text("text") or "")[:2000],
        report_id=params.id("report_id"),
        preset_id=params.id("warning_preset_id"),
    )
    if order.report_id is not None and not call.me.can("manage_reports"):
        raise Forbidden(lazy("This action is not allowed"))
    await call.parts.db.run(lambda unit: actions.take(unit, account_id, order, admin.me(call, unit)))
    return responses.json({})


async def approve(call: Call) -> Response:
    """POST /api/v1/admin/accounts/{id}/approve"""
    user = await _waiting(call)
    await call.parts.db.run(lambda unit: users.approve(unit, user.id, admin.me(call, unit)))
    return responses.raw_json(await admin.person(call, user.account_id))


async def reject(call: Call) -> Response:
    """POST /api/v1/admin/accounts/{id}/reject: the account as it was, which is gone then."""
    user = await _waiting(call)
    body = await admin.person(call, user.account_id)
    await call.parts.db.run(lambda unit: users.reject(unit, user.id, admin.me(call, unit)))
    return responses.raw_json(body)


async def enable(call: Call) -> Response:
    """POST /api/v1/admin/accounts/{id}/enable"""
    return await _lift(call, "disable", local=True)


async def unsensitive(call: Call) -> Response:
    """POST /api/v1/admin/accounts/{id}/unsensitive"""
    return await _lift(call, "force-sensitive")


async def unsilence(call: Call) -> Response:
    """POST /api/v1/admin/accounts/{id}/unsilence"""
    return await _lift(call, "limit")


async def unsuspend(call: Call) -> Response:
    """POST /api/v1/admin/accounts/{id}/unsuspend"""
    account = await call.parts.db.one(account_rows.by_id(await _known(call)))
    if account is None or account.suspended_at is None or account.deleted_at is not None:
        raise Forbidden(lazy("This action is not allowed"))
    return await _lift(call, "suspend")


async def _lift(call: Call, verb: str, *, local: bool = False) -> Response:
    account_id = await _known(call)
    if local and await call.parts.db.one(user_rows.by_account(account_id)) is None:
        raise Forbidden(lazy("This action is not allowed"))
    await call.parts.db.run(lambda unit: actions.take_back(unit, account_id, verb, admin.me(call, unit)))
    return responses.raw_json(await admin.person(call, account_id))


async def remove(call: Call) -> Response:
    """DELETE /api/v1/admin/accounts/{id}: of a suspended account, for good."""
    account_id = await _known(call)
    body = await admin.person(call, account_id)
    await call.parts.db.run(lambda unit: purging.purge(unit, account_id, admin.me(call, unit)))
    return responses.raw_json(body)


async def show_notes(call: Call) -> Response:
    """GET /api/v1/admin/accounts/{id}/notes (ours)."""
    account_id = await _known(call)
    found = await call.parts.db.all(people_rows.notes_about("account", account_id))
    return responses.json([render.note(row) for row in found])


async def add_note(call: Call) -> Response:
    """POST /api/v1/admin/accounts/{id}/notes (ours)."""
    account_id, text = await _known(call), (await call.params()).text("text") or ""
    return await add_note_to(call, "account", account_id, text)


async def add_note_to(call: Call, target: str, target_id: int, text: str) -> Response:
    """Write a note down and answer it."""
    work: Callable[[Unit], int] = lambda unit: notes.add(unit, target, target_id, text, admin.me(call, unit))  # noqa: E731
    row = await call.parts.db.one(people_rows.note(await call.parts.db.run(work)))
    if row is None:
        raise NotFound
    return responses.json(render.note(row))


async def remove_note(call: Call) -> Response:
    """DELETE /api/v1/admin/notes/{id} (ours): one's own; another's where one manages roles."""
    note_id, others = call.id(), call.me.can("manage_roles")
    await call.parts.db.run(lambda unit: notes.remove(unit, note_id, admin.me(call, unit), others=others))
    return responses.json({})


async def trust(call: Call) -> Response:
    """POST /api/v1/admin/accounts/{id}/trust (ours): ``tier`` 0 to 3, or nothing: as age and posts say."""
    params, account_id = await call.params(), await _known(call)
    tier = params.number("tier", 0, 3)
    await call.parts.db.run(lambda unit: actions.pin_trust(unit, account_id, tier, admin.me(call, unit)))
    return responses.raw_json(await admin.person(call, account_id))


async def presets(call: Call) -> Response:
    """GET /api/v1/admin/warning_presets (ours): what ``warning_preset_id`` may be."""
    return responses.json([render.warning_preset(row) for row in await call.parts.db.all(people_rows.presets())])


async def _known(call: Call) -> int:
    """The id in the path, of somebody; not of the node's own actor."""
    account = await call.parts.db.one(account_rows.by_id(call.id()))
    if account is None or (account.local and account.actor_type == "Application"):
        raise NotFound
    return account.id


async def _waiting(call: Call) -> User:
    user = await call.parts.db.one(user_rows.by_account(await _known(call)))
    if user is None or user.state != "pending":
        raise Forbidden(lazy("This action is not allowed"))
    return user
