"""Invitations: made by people of the community, used at sign-up."""

from __future__ import annotations

from typing import NamedTuple

from fedserver.db.queries import communities, users
from fedserver.db.queries import invites as rows
from fedserver.db.queries.communities import Community
from fedserver.db.queries.invites import Invite
from fedserver.db.unit import Unit
from fedserver.domain.roles import PRESETS, Role
from fedserver.kit.errors import Forbidden, Invalid
from fedserver.kit.i18n import lazy
from fedserver.kit.tokens import new_token
from fedserver.services import roles

MAX_USES = 1000
MAX_DAYS = 365
MAX_OPEN = 50


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


def may(community: Community, role: Role) -> bool:
    """Whether the community lets people of this role invite others: by its rank, or because a composed role says so."""
    if community.registration == "closed":
        return False
    if not role.preset:
        return role.can("invite_users")
    return role.position >= PRESETS[community.invites_by].position


def create_as(unit: Unit, user_id: int, *, max_uses: int = 1, days: int = 7) -> NewInvite:
    """An invitation that a member makes. ``Forbidden`` where they may not; ``Invalid`` beyond ``MAX_OPEN``."""
    user = unit.get(users.by_id(user_id))
    if not may(unit.get(communities.by_id(user.community_id)), roles.of_account(unit, user.account_id)):
        raise Forbidden(lazy("Members of this community cannot invite others"))
    if sum(1 for each in unit.all(rows.of_user(user_id)) if each.usable(unit.now)) >= MAX_OPEN:
        raise Invalid(lazy("There are too many open invitations. Withdraw one that is not needed."))
    return create(unit, user_id, max_uses=max_uses, days=days)


def take(unit: Unit, code: str) -> Invite:
    """Use an invitation once. ``Invalid`` when it does not exist, has expired or is used up: one text for all."""
    found = unit.one(rows.by_code(code))
    if found is None or not found.usable(unit.now) or not unit.run(rows.use(found.id)):
        raise Invalid(lazy("This invitation is not valid any more"))
    return found


def withdraw(unit: Unit, invite_id: int, user_id: int | None = None) -> bool:
    """Delete an invitation, of ``user_id`` if that is given; whether there was one. Who joined with it stays."""
    return unit.run(rows.drop(invite_id) if user_id is None else rows.drop_own(invite_id, user_id)) > 0
