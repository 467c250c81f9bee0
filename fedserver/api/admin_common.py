"""What the methods for moderation apps share: accounts with what staff may see of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from fedserver.api import common
from fedserver.db.queries import accounts, roles
from fedserver.db.queries import admin_accounts as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.edge.call import Call
from fedserver.kit.errors import NotFound
from fedserver.render.mastodon import admin as render
from fedserver.render.mastodon.admin import Person
from fedserver.services import access
from fedserver.services.roles import role_of

PER_PAGE, MOST = 100, 200


def me(call: Call, unit: Unit) -> Account:
    """The moderator."""
    return access.account(unit, call.me.account_id)


async def people(call: Call, ids: Iterable[int]) -> dict[int, bytes]:
    """Admin::Account by id."""
    wanted = list(dict.fromkeys(ids))
    found = await call.parts.db.all(accounts.by_ids(wanted)) if wanted else []
    bodies = await common.renderer(call).accounts_by_id(call.parts.db, wanted)
    local = [row.id for row in found if row.local]
    users = {row.account_id: row for row in await call.parts.db.all(rows.users_of(local))} if local else {}
    user_ids = [row.id for row in users.values()]
    held = {row.account_id: role_of(row) for row in await call.parts.db.all(roles.of_accounts(local))} if local else {}
    seen = defaultdict(list)
    for each in await call.parts.db.all(rows.seen(user_ids)) if user_ids else []:
        seen[each.user_id].append(each)
    invited = await call.parts.db.all(rows.invited(user_ids)) if user_ids else []
    inviters = {each.user_id: each.account_id for each in invited}
    made = {}
    for row in found:
        user = users.get(row.id)
        key = user.id if user is not None else 0
        person = Person(
            row, bodies.get(row.id, b"null"), user, held.get(row.id), tuple(seen[key][:10]), inviters.get(key)
        )
        made[row.id] = render.account(person)
    return made


async def person(call: Call, account_id: int) -> bytes:
    """One Admin::Account; ``NotFound`` where there is none."""
    found = await people(call, [account_id])
    if account_id not in found:
        raise NotFound
    return found[account_id]
