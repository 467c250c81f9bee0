"""What was shown to readers who wanted that kept."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, func, select, text

from fedserver.db.statement import Query, Statement, nothing, number
from fedserver.db.tables import seen_posts

_s = seen_posts.c
_ADD = Statement(
    text(
        "INSERT INTO seen_posts (account_id, status_id, seen_at) SELECT :account_id, s.id, :seen_at FROM statuses s"
        " JOIN users u ON u.account_id = :account_id WHERE s.id = :status_id"
        " AND u.preferences LIKE '%\"remember_seen\":true%' ON CONFLICT DO NOTHING"
    ),
    nothing,
)
_COUNT = Statement(select(func.count()).where(_s.account_id == bindparam("account_id")), number)
_FORGET = Statement(delete(seen_posts).where(_s.account_id == bindparam("account_id")), nothing)
_SWEEP = Statement(delete(seen_posts).where(_s.seen_at < bindparam("before")), nothing)


def add(account_id: int, status_id: int, seen_at: int) -> Query[None]:
    """Keep that a post was shown, where the reader still wants that and the post is still there."""
    return _ADD(account_id=account_id, status_id=status_id, seen_at=seen_at)


def count(account_id: int) -> Query[int]:
    """How many posts are kept for a reader."""
    return _COUNT(account_id=account_id)


def forget(account_id: int) -> Query[None]:
    """Delete everything that is kept for a reader."""
    return _FORGET(account_id=account_id)


def sweep(before: int) -> Query[None]:
    """Delete what was shown before a time."""
    return _SWEEP(before=before)
