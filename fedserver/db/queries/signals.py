"""What people did with posts: a row of counts a post, kept up one by one, and made anew from the verbs' own rows.

Both ways say the same: a person counts once for each verb; authors do not count for their own posts, nor do groups
(what they boost they boost because people did), nor who is suspended or deleted; of answers only those that the public
sees. Who counts at all is for the caller of the first way to say, and for ``people`` below of the second.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import and_, bindparam, case, delete, distinct, func, insert, literal_column, select, text, union

from fedserver.db.statement import Query, Statement, nothing, one_of, scalar
from fedserver.db.tables import accounts, favourites, post_signals, statuses
from fedserver.domain.ranking.rows import Counts, Like

NOT_PEOPLE: Final = ("Group", "Application")
MOST_LIKES: Final = 200_000


_FAVOURITE = "SELECT 1 FROM favourites WHERE account_id = :person AND status_id = :id"
# what moderators hold (visibility 4) is nobody's deed until it is released
_BOOST = "SELECT 1 FROM statuses b WHERE b.account_id = :person AND b.reblog_of_id = :id AND b.visibility <= 3"
_ANSWER = "SELECT 1 FROM statuses r WHERE r.in_reply_to_id = :id AND r.account_id = :person AND r.visibility <= 1"


def _one(verb: str, *others: str, again: str = "") -> Statement[None]:
    """Count one person more or less. ``again``: by which the person counts for this verb anyhow; ``others``: at all."""
    at_all = " OR ".join(f"EXISTS ({other})" for other in others)
    first = f" AND NOT EXISTS ({again})" if again else ""
    return Statement(
        text(
            f"INSERT INTO post_signals (status_id, {verb}_local, {verb}_remote, people)"  # noqa: S608 - ours
            f" SELECT :id, :here, :there, CASE WHEN {at_all} THEN 0 ELSE :by END"
            f" FROM statuses WHERE id = :id{first}"
            f" ON CONFLICT (status_id) DO UPDATE SET {verb}_local = post_signals.{verb}_local + excluded.{verb}_local,"
            f" {verb}_remote = post_signals.{verb}_remote + excluded.{verb}_remote,"
            " people = post_signals.people + excluded.people"
        ),
        nothing,
    )


_LIKES = _one("likes", _BOOST, _ANSWER)
_BOOSTS = _one("boosts", _FAVOURITE, _ANSWER)
_REPLIES = _one("replies", _FAVOURITE, _BOOST, again=f"{_ANSWER} AND r.id <> :answer")

people: Any = and_(
    accounts.c.suspended_at.is_(None),
    accounts.c.deleted_at.is_(None),
    *(accounts.c.actor_type != kind for kind in NOT_PEOPLE),
)
_post = statuses.alias("post")


def _did(kind: int, table: Any, column: Any, *where: Any) -> Any:
    """(what, post, person, whether the person is of this node)."""
    person = table.c.account_id
    return (
        select(
            literal_column(str(kind)).label("kind"),
            column.label("status_id"),
            person.label("account_id"),
            case((accounts.c.domain == "", 1), else_=0).label("here"),
        )
        .select_from(table.join(accounts, accounts.c.id == person).join(_post, _post.c.id == column))
        .where(one_of(column, "ids"), people, person != _post.c.account_id, *where)
    )


_s = statuses.c
_done = union(
    _did(0, favourites, favourites.c.status_id),
    _did(1, statuses, _s.reblog_of_id, _s.visibility <= 3),
    _did(2, statuses, _s.in_reply_to_id, _s.visibility <= 1),
).subquery("done")


def _number(kind: int, here: int) -> Any:
    return func.sum(case((and_(_done.c.kind == kind, _done.c.here == here), 1), else_=0))


_REBUILD = Statement(
    insert(post_signals).from_select(
        list(Counts._fields),
        select(
            _done.c.status_id,
            *(_number(kind, here) for kind in (0, 1, 2) for here in (1, 0)),
            func.count(distinct(_done.c.account_id)),
        ).group_by(_done.c.status_id),
        include_defaults=False,
    ),
    nothing,
)
_p = post_signals.c
_CLEAR = Statement(delete(post_signals).where(one_of(_p.status_id, "ids")), nothing)
_counts = select(*(_p[name] for name in Counts._fields))
_OF = Statement(_counts.where(one_of(_p.status_id, "ids")), Counts._make)
_SINCE = Statement(_counts.where(_p.status_id >= bindparam("low")), Counts._make)
_f = favourites.c
_likes = (
    select(_f.status_id, _f.account_id)
    .select_from(favourites.join(accounts, accounts.c.id == _f.account_id))
    .where(people)
    .order_by(_f.status_id.desc())
    .limit(MOST_LIKES)
)
_LIKES_OF = Statement(_likes.where(one_of(_f.status_id, "ids")), Like._make)
_LIKES_SINCE = Statement(_likes.where(_f.status_id >= bindparam("low")), Like._make)
_POSTS: Statement[int] = Statement(
    select(_s.id).where(_s.id > bindparam("after"), _s.reblog_of_id.is_(None)).order_by(_s.id).limit(bindparam("most")),
    scalar,
)
_after: Any = bindparam("after")
_TOUCHED: Statement[int] = Statement(
    union(
        *(
            select(column.label("id")).where(one_of(table.c.account_id, "people"), column > _after)
            for table, column in (
                (favourites, favourites.c.status_id),
                (statuses, _s.reblog_of_id),
                (statuses, _s.in_reply_to_id),
            )
        )
    )
    .order_by("id")
    .limit(bindparam("most")),
    scalar,
)


def liked(status_id: int, person: int, *, local: int, by: int) -> Query[None]:
    """Somebody likes a post (``by`` 1), or no longer (-1). After the row of the favourite came or went."""
    return _LIKES(id=status_id, person=person, here=by * local, there=by * (1 - local), by=by)


def boosted(status_id: int, person: int, *, local: int, by: int) -> Query[None]:
    """Somebody boosts a post, or no longer. After the row of the boost came or went."""
    return _BOOSTS(id=status_id, person=person, here=by * local, there=by * (1 - local), by=by)


def answered(status_id: int, person: int, answer_id: int, *, local: int, by: int) -> Query[None]:
    """Somebody answers a post in public, or took this answer back. After the row of the answer came or went."""
    return _REPLIES(id=status_id, person=person, answer=answer_id, here=by * local, there=by * (1 - local), by=by)


def clear(ids: list[int]) -> Query[None]:
    """Forget the counts of posts."""
    return _CLEAR(ids=ids)


def rebuild(ids: list[int]) -> Query[None]:
    """Count posts anew, whose counts were cleared."""
    return _REBUILD(ids=ids)


def of(ids: list[int]) -> Query[Counts]:
    """What was counted of posts."""
    return _OF(ids=ids)


def since(low: int) -> Query[Counts]:
    """What was counted of posts since an id."""
    return _SINCE(low=low)


def likes_of(ids: list[int]) -> Query[Like]:
    """Who likes posts, authors their own too: what groups of people that usually like different things are found by."""
    return _LIKES_OF(ids=ids)


def likes_since(low: int) -> Query[Like]:
    """The same of posts since an id, those of the newest first."""
    return _LIKES_SINCE(low=low)


def posts(after: int, most: int) -> Query[int]:
    """Ids of posts above one, in order; no boosts."""
    return _POSTS(after=after, most=most)


def touched(people: list[int], after: int, most: int) -> Query[int]:
    """Ids of posts above one, in order, that any of these accounts liked, boosted or answered."""
    return _TOUCHED(people=people, after=after, most=most)
