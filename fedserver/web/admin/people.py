"""Accounts: who is here, who asks to join, suspending, reset links, roles."""

from __future__ import annotations

from aiohttp.web import StreamResponse

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import audit
from fedserver.db.queries import factors as factor_rows
from fedserver.db.queries import users as user_rows
from fedserver.db.unit import Unit
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go
from fedserver.kit.errors import Forbidden, Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import factors, ledger, moderation, roles, users
from fedserver.web import views
from fedserver.web.admin.common import NEWEST, me, note_of, shell

PER_PAGE = 100


async def listing(call: Call) -> StreamResponse:
    """The people of this community, the newest first; ``q`` finds accounts of other servers, too."""
    text = (call.query.text("q") or "").strip().lstrip("@").lower()[:200]
    below = call.query.id("max_id") or NEWEST
    people = await call.parts.db.all(user_rows.listing(below, PER_PAGE))
    found = await call.parts.db.all(account_rows.by_prefix(text, 40)) if text else []
    return await shell(
        call,
        "admin/people.html",
        "people",
        people=people,
        query=text,
        found=found,
        older=people[-1].id if len(people) == PER_PAGE else None,
    )


async def one(call: Call) -> StreamResponse:
    """An account with what can be done about it."""
    return await _show(call)


async def act(call: Call) -> StreamResponse:
    """Suspend, limit, disable, give a role, make a reset link."""
    params = await check_form(call)
    account_id, action = call.id(), params.text("action") or ""
    target = await call.parts.db.one(user_rows.by_account(account_id))
    _check_rank(call, target)
    reason = (params.text("reason") or "")[: ledger.MAX_REASON]
    if action == "reset" and target is not None:
        user_id = target.id
        token = await call.parts.db.run(lambda unit: users.issue_reset(unit, user_id, me(call, unit)))
        return await _show(call, link=call.url(f"/reset/{token}"))
    role = params.text("role") or ""
    if action == "role":
        _check_role(call, role)
    flash = {"suspend": "suspended", "unsuspend": "unsuspended", "factors": "factors-cleared"}.get(action, "saved")
    await call.parts.db.run(lambda unit: _apply(call, unit, account_id, target, action, role or reason))
    return go(call, f"/admin/people/{account_id}", flash=flash)


async def registrations(call: Call) -> StreamResponse:
    """Who waits for approval."""
    waiting = await call.parts.db.all(user_rows.listing(NEWEST, PER_PAGE, pending=True))
    return await shell(call, "admin/registrations.html", "registrations", people=waiting)


async def decide(call: Call) -> StreamResponse:
    """Approve or reject."""
    params = await check_form(call)
    user_id, approve = call.id(), params.text("action") == "approve"
    verb = users.approve if approve else users.reject
    await call.parts.db.run(lambda unit: verb(unit, user_id, me(call, unit)))
    return go(call, "/admin/registrations", flash="approved" if approve else "rejected")


async def log(call: Call) -> StreamResponse:
    """What was decided, by whom."""
    entries = await call.parts.db.all(audit.latest(call.query.id("max_id") or NEWEST, PER_PAGE))
    return await shell(
        call,
        "admin/log.html",
        "log",
        entries=[(entry, note_of(entry)) for entry in entries],
        older=entries[-1].id if len(entries) == PER_PAGE else None,
    )


async def _show(call: Call, *, link: str | None = None) -> StreamResponse:
    account = await call.parts.db.one(account_rows.by_id(call.id()))
    if account is None:
        raise NotFound()
    user = await call.parts.db.one(user_rows.by_account(account.id))
    entries = [(entry, note_of(entry)) for entry in await call.parts.db.all(audit.about(account.uri))]
    suspended = next((note for entry, note in entries if entry.action == "account.suspend"), "")
    return await shell(
        call,
        "admin/person.html",
        "people",
        account=account,
        user=user,
        view=(await views.authors(call.parts, [account]))[account.id],
        entries=entries,
        # an entry without a reason names the account
        suspension=suspended if suspended != account.acct else "",
        factors=user is not None and await call.parts.db.one(factor_rows.has_any(user.id)) is not None,
        roles=[(role, role) for role in users.ROLES if call.me.role == "owner" or users.ROLES.index(role) < _rank(call.me.role)],
        link=link,
        may_act=user is None or _rank(user.role) < _rank(call.me.role) or call.me.role == "owner",
    )


def _apply(call: Call, unit: Unit, account_id: int, target: user_rows.User | None, action: str, word: str) -> None:
    """``word``: the role, or the reason."""
    actor = me(call, unit)
    if action == "suspend":
        if account_id == actor.id:
            raise Invalid(lazy("You cannot suspend yourself"))
        moderation.suspend(unit, account_id, actor, reason=word)
    elif action == "unsuspend":
        moderation.unsuspend(unit, account_id, actor)
    elif action in ("limit", "unlimit"):
        moderation.limit(unit, account_id, actor, limited=action == "limit")
    elif target is not None and action == "disable":
        moderation.act(unit, account_id, "disable", actor, reason=word)
    elif target is not None and action == "enable":
        moderation.lift(unit, account_id, "disable", actor)
    elif target is not None and action == "role":
        roles.give(unit, target.id, word, actor)
    elif target is not None and action == "factors":
        factors.clear(unit, target.id, actor)
    else:
        raise Invalid()


def _rank(role: str) -> int:
    return users.ROLES.index(role)


def _check_rank(call: Call, target: user_rows.User | None) -> None:
    """Nobody acts on a person of their own rank or above; the owner on everybody."""
    if target is not None and call.me.role != "owner" and _rank(target.role) >= _rank(call.me.role):
        raise Forbidden()


def _check_role(call: Call, role: str) -> None:
    """Nobody gives a role that is not below their own; the owner gives every one."""
    if role not in users.ROLES or not call.me.may("admin"):
        raise Forbidden()
    if call.me.role != "owner" and _rank(role) >= _rank(call.me.role):
        raise Forbidden()
