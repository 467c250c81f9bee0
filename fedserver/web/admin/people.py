"""Accounts: who is here, what was decided about them, acting on them; who asks to join; the log."""

from __future__ import annotations

from typing import Any, Final

from aiohttp.web import StreamResponse

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import admin_accounts as rows
from fedserver.db.queries import audit, ledger, moderation
from fedserver.db.queries import factors as factor_rows
from fedserver.db.queries import people as people_rows
from fedserver.db.queries import roles as role_rows
from fedserver.db.queries import users as user_rows
from fedserver.db.unit import Unit
from fedserver.domain.roles import PRESETS, Role
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go
from fedserver.edge.params import Params
from fedserver.kit.errors import Failure, Forbidden, Invalid, NotFound
from fedserver.kit.paging import Page
from fedserver.services import actions, factors, notes, purging, roles, signup, users
from fedserver.services.actions import ACCOUNT_VERBS, Order
from fedserver.web import views
from fedserver.web.admin.common import NEWEST, me, note_of, shell, status_of
from fedserver.web.admin.words import account_verbs, standing, tiers
from fedserver.web.decision_views import views_of
from fedserver.web.viewer import role_of_viewer

PER_PAGE: Final = 100
SHOWN: Final = 30
# what a button takes back -> the verb that stands
LIFTS: Final = {
    "unsuspend": "suspend",
    "unlimit": "limit",
    "enable": "disable",
    "unsensitive": "force-sensitive",
}
_FLASHES: Final = {"suspend": "suspended", "unsuspend": "unsuspended", "factors": "factors-cleared"}


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
    """Decide about it or take a decision back; say how well it is known; give a role; a reset link; a note."""
    params = await check_form(call)
    account_id, action = call.id(), params.text("action") or ""
    target = await call.parts.db.one(user_rows.by_account(account_id))
    if action == "reset" and target is not None:
        user_id = target.id

        def reset(unit: Unit) -> str:
            roles.check_above(unit, me(call, unit), account_id, "manage_user_access")
            return users.issue_reset(unit, user_id, me(call, unit))

        return await _show(call, link=call.url(f"/reset/{await call.parts.db.run(reset)}"))
    try:
        await call.parts.db.run(lambda unit: _apply(call, unit, account_id, target, action, params))
    except (NotFound, Forbidden):
        raise
    except Failure as failure:
        return await _show(call, failure=failure)
    return go(call, f"/admin/people/{account_id}", flash=_FLASHES.get(action, "saved"))


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


async def _show(call: Call, *, link: str | None = None, failure: Failure | None = None) -> StreamResponse:
    db, account_id = call.parts.db, call.id()
    account = await db.one(account_rows.by_id(account_id))
    if account is None:
        raise NotFound()
    user = await db.one(user_rows.by_account(account.id))
    holder = await db.one(role_rows.of_accounts([account.id]))
    role = roles.role_of(holder) if holder is not None else PRESETS["user"]
    mine = await role_of_viewer(call)
    history = await db.all(ledger.of_account(account.id, Page(limit=200)))
    strikes = actions.strikes(history, account.id)
    held = {each.verb for each in history if each.standing and each.target == "account"}
    return await shell(
        call,
        "admin/person.html",
        "people",
        status=status_of(failure),
        account=account,
        user=user,
        role=role,
        view=(await views.authors(call.parts, [account]))[account.id],
        held=[
            (verb, standing().get(verb, verb), back)
            for back, verb in LIFTS.items()
            if verb in _holds(account, user, held)
        ],
        verbs=[pair for pair in account_verbs() if user is not None or pair[0] != "disable"],
        presets=await db.all(people_rows.presets()),
        strikes=await views_of(call.parts, strikes[:SHOWN]),
        strike_count=len(strikes),
        notes=await db.all(people_rows.notes_about("account", account.id)),
        reports=[]
        if account.id == call.me.account_id
        else (await db.all(moderation.reports_about(account.id)))[:SHOWN],
        entries=[(entry, note_of(entry)) for entry in await db.all(audit.about(account.uri))],
        seen=await db.all(rows.seen([user.id])) if user is not None else [],
        factors=user is not None and await db.one(factor_rows.has_any(user.id)) is not None,
        roles=await _givable(call, mine),
        held_role=str(role.id),
        tiers=tiers(),
        link=link,
        may_act=roles.above(mine, role) and account.actor_type != "Application",
        error=failure.message if failure is not None else None,
    )


def _holds(account: Any, user: Any, held: set[str]) -> set[str]:
    """What holds, whoever said so: a decision about the account, or about its server."""
    columns = {"suspend": account.suspended_at, "limit": account.limited_at, "force-sensitive": account.sensitized_at}
    found = {verb for verb, since in columns.items() if since is not None}
    return found | (held & {"disable"}) | ({"disable"} if user is not None and user.state == "disabled" else set())


async def _givable(call: Call, mine: Role) -> list[tuple[str, str]]:
    """The roles that the viewer may give, the lowest first."""
    if not call.me.can("manage_roles"):
        return []
    made = [roles.composed(row) for row in await call.parts.db.all(role_rows.listed())]
    known = sorted([*PRESETS.values(), *made], key=lambda role: role.position)
    return [(str(role.id), role.name or role.preset) for role in known if roles.above(mine, role)]


def _apply(call: Call, unit: Unit, account_id: int, target: user_rows.User | None, action: str, params: Params) -> None:
    moderator = me(call, unit)
    text = (params.text("reason") or "").replace("\r\n", "\n")[:2000]
    if action in ACCOUNT_VERBS or action == "decide":
        verb = params.text("verb") or "" if action == "decide" else action
        days, preset = params.number("days", 0, 3650), params.id("preset")
        lasts = days * actions.DAY_MS if days else None
        note = params.text("note") or ""
        order = Order(verb, text=text, note=note, preset_id=preset or None, lasts_ms=lasts)
        actions.take(unit, account_id, order, moderator)
    elif action in LIFTS:
        actions.take_back(unit, account_id, LIFTS[action], moderator, text)
    elif action == "note":
        notes.add(unit, "account", account_id, params.text("note") or "", moderator)
    elif action == "trust":
        tier = params.number("tier", 0, 3)
        actions.pin_trust(unit, account_id, tier, moderator)
    elif action == "delete":
        purging.purge(unit, account_id, moderator)
    elif target is not None and action == "role":
        roles.give(unit, target.id, params.text("role") or "", moderator)
    elif target is not None and action == "factors":
        roles.check_above(unit, moderator, account_id, "manage_user_access")
        factors.clear(unit, target.id, moderator)
    elif target is not None and action == "block-mailbox":
        roles.check_above(unit, moderator, account_id, "manage_blocks")
        signup.block_mailbox_of(unit, account_id, moderator)
    else:
        raise Invalid()
