"""Home timelines are written on arrival: who gets what, and how the rows go again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, delete, func, select, text

from fedserver.db.statement import Query, Statement, insert_new, nothing, scalar
from fedserver.db.tables import home_entries

# whom the author's exclusive lists keep it from: asked once, and nearly always nobody
_NOT_EXCLUSIVE = (
    " AND f.account_id NOT IN (SELECT l.account_id FROM list_accounts m JOIN lists l ON l.id = m.list_id"
    " WHERE m.account_id = :author_id AND l.exclusive = 1)"
)
# somebody whom the reader blocks or mutes is named in the post (Mastodon hides such posts from home)
_NAMES_HIDDEN = (
    " AND NOT EXISTS (SELECT 1 FROM mentions n JOIN blocks b ON b.target_id = n.account_id"
    " WHERE n.status_id = :status_id AND b.account_id = f.account_id)"
    " AND NOT EXISTS (SELECT 1 FROM mentions n JOIN mutes x ON x.target_id = n.account_id"
    " WHERE n.status_id = :status_id AND x.account_id = f.account_id AND (x.expires_at IS NULL OR x.expires_at > :now))"
)


# those who follow a tag of the post
_OF_TAGS = (
    " SELECT ft.account_id, :status_id FROM followed_tags ft JOIN status_tags st ON st.tag_id = ft.tag_id"
    " WHERE st.status_id = :status_id UNION"
)


def _fan_out(first: str, more: str) -> Statement[None]:
    return Statement(
        text(
            "INSERT INTO home_entries (account_id, status_id)"  # noqa: S608 - constants of this file
            f"{first} SELECT f.account_id, :status_id FROM follows f"
            " JOIN accounts a ON a.id = f.account_id AND a.domain = '' AND a.suspended_at IS NULL"
            " AND a.deleted_at IS NULL LEFT JOIN users u ON u.account_id = f.account_id"
            " WHERE f.target_id = :author_id AND f.state = 'accepted' AND f.local = 1 AND f.show_reblogs >= :is_boost"
            " AND (f.languages IS NULL OR f.languages LIKE CAST(:language AS TEXT))"
            " AND COALESCE(u.last_active_at, :active_since) >= :active_since"
            " AND (:reply_to = 0 OR :reply_to = :author_id OR :reply_to = f.account_id OR EXISTS"
            " (SELECT 1 FROM follows g WHERE g.account_id = f.account_id AND g.target_id = :reply_to"
            f" AND g.state = 'accepted')){_NOT_EXCLUSIVE}{more} ON CONFLICT DO NOTHING"
        ),
        nothing,
    )


# by whether the post names people, and whether it has tags that matter
_FAN_OUT = {
    (named, tagged): _fan_out(_OF_TAGS if tagged else "", _NAMES_HIDDEN if named else "")
    for named in (False, True)
    for tagged in (False, True)
}
_FAN_OUT_DIRECT = Statement(
    text(
        "INSERT INTO home_entries (account_id, status_id)"
        " SELECT n.account_id, :status_id FROM mentions n JOIN accounts a ON a.id = n.account_id AND a.domain = ''"
        " JOIN follows f ON f.account_id = n.account_id AND f.target_id = :author_id AND f.state = 'accepted'"
        " WHERE n.status_id = :status_id ON CONFLICT DO NOTHING"
    ),
    nothing,
)
_BACKFILL = Statement(
    text(
        "INSERT INTO home_entries (account_id, status_id)"
        " SELECT :account_id, s.id FROM statuses s LEFT JOIN follows f ON f.account_id = :account_id"
        " AND f.target_id = :target_id WHERE s.account_id = :target_id AND s.visibility < 3"
        " AND (s.in_reply_to_uri IS NULL OR s.in_reply_to_account_id = :target_id)"
        " AND (f.languages IS NULL OR s.language IS NULL OR f.languages LIKE :before || s.language || :after)"
        " AND NOT EXISTS (SELECT 1 FROM list_accounts m JOIN lists l ON l.id = m.list_id"
        " WHERE m.account_id = :target_id AND l.account_id = :account_id AND l.exclusive = 1)"
        " ORDER BY s.id DESC LIMIT :count ON CONFLICT DO NOTHING"
    ),
    nothing,
)
_DROP_AUTHOR = Statement(
    text(
        "DELETE FROM home_entries WHERE account_id = :account_id AND status_id IN"
        " (SELECT id FROM statuses WHERE account_id = :target_id)"
    ),
    nothing,
)
_TRIM = Statement(
    text(
        "DELETE FROM home_entries WHERE account_id = :account_id AND status_id <"
        " (SELECT status_id FROM home_entries WHERE account_id = :account_id"
        " ORDER BY status_id DESC LIMIT 1 OFFSET :keep)"
    ),
    nothing,
)
_LONG = Statement(
    select(home_entries.c.account_id).group_by(home_entries.c.account_id).having(func.count() > bindparam("keep")),
    scalar,
)
_HOLDERS = Statement(
    select(home_entries.c.account_id).where(home_entries.c.status_id == bindparam("status_id")), scalar
)
_DROP_HOME = Statement(delete(home_entries).where(home_entries.c.account_id == bindparam("account_id")), nothing)


def fan_out(
    status_id: int,
    author_id: int,
    now: int,
    *,
    boost: bool,
    reply_to: int | None,
    active_since: int = 0,
    names_people: bool = False,
    tagged: bool = False,
    language: str | None = None,
) -> Query[None]:
    """Home rows for the author's followers here who were here since ``active_since``; replies only for those who
    follow both. ``names_people``: the post mentions somebody, so those who hide one of them do not get it.
    ``language``: of the post, for those who want posts of some languages only; nothing is kept from them without it.
    ``tagged``: those who follow one of its tags get it as well, whomever they follow."""
    return _FAN_OUT[names_people, tagged](
        status_id=status_id,
        author_id=author_id,
        is_boost=int(boost),
        reply_to=reply_to or 0,
        active_since=active_since,
        language=language_mark(language),
        **({"now": now} if names_people else {}),
    )


def language_mark(language: str | None) -> str:
    """What the column ``languages`` of a follow must hold for a post in this language."""
    return f'%"{language}"%' if language is not None else "%"


def fan_out_direct(status_id: int, author_id: int) -> Query[None]:
    """Home rows for those who are named in a direct post and follow its author."""
    return _FAN_OUT_DIRECT(status_id=status_id, author_id=author_id)


def put(account_id: int, status_id: int) -> Query[Any]:
    return insert_new(home_entries, {"account_id": account_id, "status_id": status_id}, "status_id")


def backfill(account_id: int, target_id: int, count: int = 40) -> Query[None]:
    """The newest posts of an account that is followed from now on, unless an exclusive list has it."""
    return _BACKFILL(account_id=account_id, target_id=target_id, count=count, before='%"', after='"%')


def drop_author(account_id: int, target_id: int) -> Query[None]:
    return _DROP_AUTHOR(account_id=account_id, target_id=target_id)


def drop_home(account_id: int) -> Query[None]:
    return _DROP_HOME(account_id=account_id)


def long_homes(keep: int) -> Query[int]:
    """Accounts whose home has more rows than it keeps."""
    return _LONG(keep=keep)


def trim(account_id: int, keep: int) -> Query[None]:
    return _TRIM(account_id=account_id, keep=keep)


def holders(status_id: int) -> Query[int]:
    """Accounts in whose home the status stands."""
    return _HOLDERS(status_id=status_id)
