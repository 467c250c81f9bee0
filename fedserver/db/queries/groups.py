"""Groups of other servers (FEP-1b12) as the threads that they passed on know them."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from fedserver.db.statement import Query, Statement, scalar
from fedserver.db.tables import accounts, statuses

_INBOXES: Statement[int] = Statement(
    select(accounts.c.inbox_id)
    .select_from(statuses.join(accounts, accounts.c.id == statuses.c.account_id))
    .where(
        statuses.c.reblog_of_id == bindparam("root_id"),
        accounts.c.actor_type == "Group",
        accounts.c.domain != "",
        accounts.c.inbox_id.is_not(None),
    )
    .limit(5),
    scalar,
)


def inboxes_of_thread(root_id: int) -> Query[int]:
    """The inboxes of the groups that boosted the post at the head of a thread."""
    return _INBOXES(root_id=root_id)
