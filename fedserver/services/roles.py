"""Roles: composing them, giving them, and who stands above whom."""

from __future__ import annotations

import re

import orjson

from fedserver.db.queries import accounts
from fedserver.db.queries import roles as rows
from fedserver.db.queries import users as user_rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.roles import Composed, Holder
from fedserver.db.unit import Unit
from fedserver.domain import roles
from fedserver.domain.roles import PRESETS, Role
from fedserver.domain.text.characters import one_line, plain
from fedserver.kit.errors import Forbidden, Invalid
from fedserver.kit.i18n import lazy
from fedserver.services.events import AccessRevoked
from fedserver.services.owners import keep_an_owner
from fedserver.services.reports import COMMUNITY, log_action

MAX_NAME = 40
_COLOR = re.compile(r"#[0-9a-f]{6}")


def role_of(holder: Holder) -> Role:
    """The role that counts."""
    if holder.role_id is None or holder.permissions is None:
        return PRESETS[holder.role]
    return Role(
        holder.role_id,
        holder.name or "",
        holder.permissions,
        holder.position or 0,
        holder.color or "",
        bool(holder.highlighted),
    )


def composed(row: Composed) -> Role:
    """A row as a role."""
    return Role(row.id, row.name, row.permissions, row.position, row.color, bool(row.highlighted))


def of_account(unit: Unit, account_id: int) -> Role:
    """The role of an account; that of everyone for accounts elsewhere."""
    holder = unit.one(rows.of_accounts([account_id]))
    return role_of(holder) if holder is not None else PRESETS["user"]


def above(actor: Role, other: Role) -> bool:
    """Whether somebody with the first role may act on somebody with the second."""
    return actor.preset == "owner" or actor.position > other.position


def check_above(unit: Unit, actor: Account | None, account_id: int, permission: str) -> None:
    """``Forbidden`` unless the actor (None: the command line) holds the permission and stands above the account."""
    if actor is None:
        return
    own = of_account(unit, actor.id)
    if not own.can(permission) or not above(own, of_account(unit, account_id)):
        raise Forbidden(lazy("This action is not allowed"))


def staff(unit: Unit, permission: str) -> list[Holder]:
    """Everybody who can sign in and holds a permission."""
    return [each for each in unit.all(rows.staff()) if role_of(each).can(permission)]


def save(
    unit: Unit,
    role_id: int | None,
    *,
    name: str,
    permissions: int,
    position: int,
    color: str = "",
    highlighted: bool = False,
    actor: Account | None,
) -> int:
    """Compose a role, or change one; its id. Nobody makes a role with what they lack, or that stands beside them."""
    own = of_account(unit, actor.id) if actor is not None else PRESETS["owner"]
    name, color = one_line(plain(name)).strip(), color.strip().lower()
    if not name or len(name) > MAX_NAME:
        raise Invalid(lazy("A role has a name of at most %(count)d characters", count=MAX_NAME))
    if color and not _COLOR.fullmatch(color):
        raise Invalid(lazy("A color is # and six digits (0-9, a-f)"))
    if permissions & ~roles.ALL or not roles.within(permissions, own.permissions):
        raise Forbidden(lazy("Nobody gives permissions that they do not have"))
    if not 0 <= position < own.position:
        raise Forbidden(lazy("A role stands below that of whoever makes it"))
    if role_id is not None and unit.get(rows.by_id(role_id)).position >= own.position:
        raise Forbidden(lazy("This action is not allowed"))
    values = {
        "name": name,
        "color": color,
        "position": position,
        "permissions": permissions,
        "highlighted": int(highlighted),
        "updated_at": unit.now,
    }
    if any(each.name.casefold() == name.casefold() and each.id != role_id for each in unit.all(rows.listed())):
        raise Invalid(lazy("There is a role of this name"))
    made = role_id if role_id is not None else unit.new_id()
    if role_id is None:
        unit.run(rows.add({"id": made, "community_id": COMMUNITY, "created_at": unit.now, **values}))
    else:
        unit.run(rows.change(made, values))
        unit.run(rows.set_rank(made, roles.rank_of(permissions)))
        role = composed(unit.get(rows.by_id(made)))
        for each in unit.all(rows.of_role(made)):
            _show(unit, each.account_id, role)
        _told(unit, unit.all(rows.of_role(made)))
    log_action(unit, actor, "role.save", f"role:{made}", f"{name}: {' '.join(roles.names(permissions))}")
    return made


def remove(unit: Unit, role_id: int, actor: Account | None) -> None:
    """Delete a composed role; who held it is a user like everyone."""
    role = unit.get(rows.by_id(role_id))
    own = of_account(unit, actor.id) if actor is not None else PRESETS["owner"]
    if role.position >= own.position:
        raise Forbidden(lazy("This action is not allowed"))
    holders = unit.all(rows.of_role(role_id))
    unit.run(rows.set_rank(role_id, "user"))
    unit.run(rows.drop(role_id))
    for each in holders:
        _show(unit, each.account_id, PRESETS["user"])
    _told(unit, holders)
    log_action(unit, actor, "role.remove", f"role:{role_id}", role.name)


def give(unit: Unit, user_id: int, role: str, actor: Account | None) -> None:
    """Give a role: the name of a preset, or the id of a composed one. ``Conflict`` when no owner would be left;
    ``Forbidden`` for a role that does not stand below the actor's, or for whoever stands above."""
    user = unit.get(user_rows.by_id(user_id))
    wanted = find(unit, role)
    if actor is not None:
        own = of_account(unit, actor.id)
        if not own.can("manage_roles") or not above(own, of_account(unit, user.account_id)):
            raise Forbidden(lazy("This action is not allowed"))
        if not above(own, wanted):
            raise Forbidden(lazy("This action is not allowed"))
    if wanted.preset != "owner":
        keep_an_owner(unit, user)
    values: dict[str, object] = {"role": wanted.preset or roles.rank_of(wanted.permissions)}
    unit.run(user_rows.change(user_id, {**values, "role_id": None if wanted.preset else wanted.id}))
    _show(unit, user.account_id, wanted)
    account = unit.get(accounts.by_id(user.account_id))
    unit.record(AccessRevoked(account.id))
    log_action(unit, actor, f"user.role.{wanted.preset or wanted.name}", account.uri, account.acct)


def find(unit: Unit, text: str) -> Role:
    """A role by the name of a preset or by an id as the API gives it. ``Invalid`` where there is none."""
    if text in PRESETS:
        return PRESETS[text]
    number = int(text) if text.lstrip("-").isascii() and text.lstrip("-").isdigit() and len(text) < 20 else 0
    if number in roles.BY_ID:
        return PRESETS[roles.BY_ID[number]]
    row = unit.one(rows.by_id(number))
    if row is None:
        raise Invalid(lazy("Unknown role"))
    return composed(row)


def _show(unit: Unit, account_id: int, role: Role) -> None:
    """What the profile says of the role: nothing, unless it is to be shown."""
    shown = {"id": str(role.id), "name": role.name, "color": role.color} if role.highlighted else None
    unit.run(accounts.change(account_id, {"badge": orjson.dumps(shown).decode() if shown else ""}))
    unit.run(accounts.changed(account_id))


def _told(unit: Unit, holders: list[Holder]) -> None:
    """What these people may do is looked up anew."""
    for each in holders:
        unit.record(AccessRevoked(each.account_id))
