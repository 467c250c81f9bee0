"""A community is never left without somebody who may do everything."""

from __future__ import annotations

from fedserver.db.queries import users
from fedserver.db.queries.users import User
from fedserver.db.unit import Unit
from fedserver.kit.errors import Conflict
from fedserver.kit.i18n import lazy


def keep_an_owner(unit: Unit, user: User) -> None:
    """Raise ``Conflict`` when the community would be without an owner who can sign in if it lost this one."""
    if user.role == "owner" and not unit.one(users.other_owners(user.id)):
        raise Conflict(lazy("The community needs an owner, and this is the only owner: make somebody else one first"))
