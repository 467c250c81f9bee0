"""Who may see a post: the one place that says it, as SQL for every statement that asks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, literal_column, or_

from fedserver.db.statement import present
from fedserver.db.tables import accounts, blocks, follows, mentions

# held: nobody but its author and moderators; what it was before stands in the ledger
PUBLIC, UNLISTED, FOLLOWERS, DIRECT, HELD = range(5)


def _literal(number: int) -> Any:
    """A number in the text. A parameter that is compared with what a partial index asks for makes SQLite prepare the
    statement anew each time it is run, which takes longer than a page of posts."""
    return literal_column(str(number))


# one for all statements: an alias of a table has a copy of each of its columns (46 here, 80 KiB)
_author = accounts.alias()


def visible_to(status: Any, viewer: Any) -> Any:
    """SQL: may the viewer (an account id, or NULL for nobody) see the status?

    The one place that says it: the author is neither suspended nor deleted and does not block the viewer, and the
    post is public or unlisted, or the viewer wrote it, is mentioned in it, or follows the author where it is for
    followers. What moderators hold is for its author alone. Boosts are as visible as what they boost (join and ask for
    both).
    """
    a = _author.c
    return and_(
        present(a.id == status.c.account_id, a.suspended_at.is_(None), a.deleted_at.is_(None)),
        ~present(blocks.c.account_id == status.c.account_id, blocks.c.target_id == viewer),
        meant_for(status, viewer),
    )


def meant_for(status: Any, viewer: Any) -> Any:
    """SQL: the part of ``visible_to`` that asks nothing about the author, for statements that have asked that."""
    return or_(
        status.c.visibility <= _literal(UNLISTED),
        status.c.account_id == viewer,
        and_(
            status.c.visibility <= _literal(DIRECT),
            present(mentions.c.status_id == status.c.id, mentions.c.account_id == viewer),
        ),
        and_(
            status.c.visibility == _literal(FOLLOWERS),
            present(
                follows.c.account_id == viewer,
                follows.c.target_id == status.c.account_id,
                follows.c.state == "accepted",
            ),
        ),
    )
