"""Invitations: made by people of the community, used at sign-up."""

from __future__ import annotations

from typing import NamedTuple

from fedserver.db.queries import invites as rows
from fedserver.db.queries.invites import Invite
from fedserver.db.unit import Unit
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy
from fedserver.kit.tokens import new_token

MAX_USES = 1000
MAX_DAYS = 365


class NewInvite(NamedTuple):
    """``code`` is the secret part of the link."""

    id: int
    code: str


def create(unit: Unit, user_id: int | None, *, max_uses: int | None = 1, days: int | None = 7) -> NewInvite:
    """An invitation for ``max_uses`` people within ``days`` (None: no limit)."""
    if max_uses is not None and not 1 <= max_uses <= MAX_USES:
        raise Invalid(lazy("An invitation can be used 1 to %(count)d times", count=MAX_USES))
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise Invalid(lazy("An invitation lasts 1 to %(count)d days", count=MAX_DAYS))
    made = NewInvite(unit.new_id(), new_token(16))
    unit.run(
        rows.add(
            {
                "id": made.id,
                "code": made.code,
                "user_id": user_id,
                "max_uses": max_uses,
                "created_at": unit.now,
                "expires_at": None if days is None else unit.now + days * 86_400_000,
            }
        )
    )
    return made


def take(unit: Unit, code: str) -> Invite:
    """Use an invitation once. ``Invalid`` when it does not exist, has expired or is used up: one text for all."""
    found = unit.one(rows.by_code(code))
    if found is None or not found.usable(unit.now) or not unit.run(rows.use(found.id)):
        raise Invalid(lazy("This invitation is not valid any more"))
    return found


def withdraw(unit: Unit, invite_id: int) -> bool:
    """Delete an invitation; whether there was one. Who joined with it stays."""
    return unit.run(rows.drop(invite_id)) > 0
