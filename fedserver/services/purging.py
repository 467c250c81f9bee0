"""Deleting what a suspended account left here, for good: the one act of moderation without an inverse."""

from __future__ import annotations

from fedserver.db.queries import accounts, users
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.kit.errors import Forbidden
from fedserver.kit.i18n import lazy
from fedserver.services import accounts as service
from fedserver.services import remote, roles, sessions
from fedserver.services.owners import keep_an_owner
from fedserver.services.reports import log_action


def purge(unit: Unit, account_id: int, moderator: Account | None) -> None:
    """Delete a suspended account with all it posted; its name stays taken. ``Forbidden`` for one that is not
    suspended, was deleted before, or stands above the moderator."""
    roles.check_above(unit, moderator, account_id, "delete_user_data")
    account = unit.get(accounts.by_id(account_id))
    if account.suspended_at is None or account.deleted_at is not None:
        raise Forbidden(lazy("This action is not allowed"))
    user = unit.one(users.by_account(account_id))
    if user is not None:
        keep_an_owner(unit, user)
        sessions.end_all(unit, user.id)
        unit.run(users.remove(user.id))
    if account.local:
        service.delete(unit, account_id)
    else:
        remote.remove_account(unit, account)
    log_action(unit, moderator, "account.delete", account.uri, account.acct)
