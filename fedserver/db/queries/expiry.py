"""Which posts of other servers nobody here has touched. ``services/expiry.py`` says what that means to people.

Read in windows of ids, so that a long past full of kept posts holds nobody up.
"""

from __future__ import annotations

from sqlalchemy import select, text

from fedserver.db.queries.statuses import Status
from fedserver.db.statement import Query, Statement, columns, number, one_of, scalar
from fedserver.db.tables.statuses import statuses

# (table, which of its rows are about the post s, the column of a person who counts if they live here)
_TOUCHES = (
    # follows first: in most databases they decide
    ("follows", "t.target_id = s.account_id", "account_id"),
    ("favourites", "t.status_id = s.id", "account_id"),
    ("bookmarks", "t.status_id = s.id", "account_id"),
    ("statuses", "t.reblog_of_id = s.id", "account_id"),
    ("statuses", "t.in_reply_to_id = s.id", "account_id"),
    ("statuses", "t.id = s.in_reply_to_id", "account_id"),
    ("statuses", "t.id = s.reblog_of_id", "account_id"),
    ("mentions", "t.status_id = s.id", "account_id"),
    ("poll_votes", "t.status_id = s.id", "account_id"),
    ("quotes", "t.status_id = s.id", "quoted_account_id"),
    ("quotes", "t.quoted_status_id = s.id", None),
    ("report_statuses", "t.status_id = s.id", None),
    ("notifications", "t.status_id = s.id", "account_id"),
    ("filter_statuses", "t.status_id = s.id", None),
)


def _exists(table: str, about: str, person: str | None) -> str:
    here = f" JOIN accounts here ON here.id = t.{person} AND here.domain = ''" if person else ""
    return f"EXISTS (SELECT 1 FROM {table} t{here} WHERE {about})"  # noqa: S608 - constants of this file


# boosted by somebody whom somebody here follows
_BOOSTED = (
    "EXISTS (SELECT 1 FROM statuses b JOIN follows t ON t.target_id = b.account_id"
    " JOIN accounts here ON here.id = t.account_id AND here.domain = '' WHERE b.reblog_of_id = s.id)"
)
_UNTOUCHED = " AND ".join(
    [
        # what is not public could not be fetched again
        "s.local = 0 AND s.visibility <= 1 AND s.pinned_at IS NULL",
        *(f"NOT {_exists(*touch)}" for touch in _TOUCHES),
        f"NOT {_BOOSTED}",
    ]
)
_WINDOW = Statement(
    text(
        "SELECT max(id) FROM (SELECT id FROM statuses WHERE id > :above AND id < :below ORDER BY id LIMIT :n) AS part"
    ),
    scalar,
)
_CANDIDATES = Statement(
    text(f"SELECT s.id FROM statuses s WHERE s.id > :above AND s.id <= :last AND {_UNTOUCHED} ORDER BY s.id"),  # noqa: S608
    number,
)
_s = statuses.alias("s")
_STILL = Statement(
    select(*columns(_s, Status)).where(one_of(_s.c.id, "ids"), text(_UNTOUCHED)),
    Status._make,
)


def window(above: int, below: int, n: int) -> Query[int | None]:
    """The last id of the next ``n`` posts after ``above`` and before ``below``; None at the end."""
    return _WINDOW(above=above, below=below, n=n)


def candidates(above: int, last: int) -> Query[int]:
    """Ids of the untouched posts of other servers after ``above``, up to ``last``."""
    return _CANDIDATES(above=above, last=last)


def still_untouched(ids: list[int]) -> Query[Status]:
    """Those of the posts that nobody has touched until now."""
    return _STILL(ids=ids)
