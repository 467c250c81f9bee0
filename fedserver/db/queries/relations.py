"""Follows, blocks, mutes, blocked domains."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, delete, func, literal, literal_column, or_, select, text

from fedserver.db.queries.accounts import Account
from fedserver.db.statement import Query, Statement, columns, insert_new, nothing, number, one_of, present, scalar
from fedserver.db.statement import update as update_row
from fedserver.db.tables import account_notes, accounts, blocks, domain_blocks, endorsements, follows, mutes
from fedserver.kit.paging import Page


class Follow(NamedTuple):
    """A row of ``follows``; ``state`` is requested or accepted."""

    id: int
    account_id: int
    target_id: int
    state: str
    uri: str | None
    show_reblogs: int
    notify: int
    created_at: int
    languages: str | None = None


class Block(NamedTuple):
    """A row of ``blocks``."""

    id: int
    account_id: int
    target_id: int
    uri: str | None


class Relation(NamedTuple):
    """Everything between a viewer and one account."""

    id: int
    following: str | None
    show_reblogs: int | None
    notify: int | None
    followed_by: str | None
    blocking: int | None
    blocked_by: int | None
    muting: int | None
    muting_notifications: int | None
    mute_expires_at: int | None
    domain_blocking: int | None
    endorsed: int | None
    note: str | None
    languages: str | None = None
    suspended_at: int | None = None


_FOLLOW = select(*columns(follows, Follow))
_PAIR = (follows.c.account_id == bindparam("account_id"), follows.c.target_id == bindparam("target_id"))
_FOLLOW_PAIR = Statement(_FOLLOW.where(*_PAIR), Follow._make)
_FOLLOW_URI = Statement(_FOLLOW.where(follows.c.uri == bindparam("uri")), Follow._make)
_FOLLOW_ID = Statement(_FOLLOW.where(follows.c.id == bindparam("id")), Follow._make)
_UNFOLLOW = Statement(delete(follows).where(*_PAIR), nothing)
_FOLLOWERS_OF = Statement(
    _FOLLOW.where(follows.c.target_id == bindparam("target_id")).order_by(follows.c.id), Follow._make
)
_FOLLOWS_OF = Statement(
    _FOLLOW.where(follows.c.account_id == bindparam("account_id")).order_by(follows.c.id), Follow._make
)
_IS_LOCAL_FOLLOWED = Statement(
    select(literal(1))
    .select_from(follows.join(accounts, accounts.c.id == follows.c.account_id))
    .where(follows.c.target_id == bindparam("target_id"), follows.c.state == "accepted", accounts.c.domain == "")
    .limit(1),
    scalar,
)

_BLOCK = select(*columns(blocks, Block))
_BLOCK_PAIR_WHERE = (blocks.c.account_id == bindparam("account_id"), blocks.c.target_id == bindparam("target_id"))
_BLOCK_PAIR = Statement(_BLOCK.where(*_BLOCK_PAIR_WHERE), Block._make)
_BLOCK_URI = Statement(_BLOCK.where(blocks.c.uri == bindparam("uri")), Block._make)
_UNBLOCK = Statement(delete(blocks).where(*_BLOCK_PAIR_WHERE), nothing)
_BLOCKED_EITHER = Statement(
    text(
        "SELECT 1 FROM blocks WHERE (account_id = :a AND target_id = :b)"
        " OR (account_id = :b AND target_id = :a) LIMIT 1"
    ),
    scalar,
)
_UNMUTE = Statement(
    delete(mutes).where(mutes.c.account_id == bindparam("account_id"), mutes.c.target_id == bindparam("target_id")),
    nothing,
)
_MUTED = Statement(
    select(mutes.c.notifications).where(
        mutes.c.account_id == bindparam("account_id"),
        mutes.c.target_id == bindparam("target_id"),
        (mutes.c.expires_at.is_(None)) | (mutes.c.expires_at > bindparam("now")),
    ),
    scalar,
)
_DROP_DOMAIN = Statement(
    delete(domain_blocks).where(
        domain_blocks.c.account_id == bindparam("account_id"), domain_blocks.c.domain == bindparam("domain")
    ),
    nothing,
)
_DOMAIN_BLOCKED = Statement(
    select(literal(1)).where(
        domain_blocks.c.account_id == bindparam("account_id"), domain_blocks.c.domain == bindparam("domain")
    ),
    scalar,
)
_FOLLOWS_OF_DOMAIN = Statement(
    text(
        "SELECT f.id, f.account_id, f.target_id, f.state, f.uri, f.show_reblogs, f.notify, f.created_at,"
        " f.languages FROM follows f"
        " JOIN accounts a ON a.id = f.account_id JOIN accounts t ON t.id = f.target_id"
        " WHERE (f.account_id = :account_id AND t.domain = :domain)"
        " OR (f.target_id = :account_id AND a.domain = :domain)"
    ),
    Follow._make,
)
_REQUEST_COUNT = Statement(
    select(func.count()).where(follows.c.target_id == bindparam("target_id"), follows.c.state == "requested"), number
)


def _relations() -> Statement[Relation]:
    mine = follows.alias("mine")
    theirs = follows.alias("theirs")
    my_block = blocks.alias("my_block")
    their_block = blocks.alias("their_block")
    me: Any = bindparam("viewer_id")
    joined = (
        accounts.outerjoin(mine, and_(mine.c.account_id == me, mine.c.target_id == accounts.c.id))
        .outerjoin(theirs, and_(theirs.c.target_id == me, theirs.c.account_id == accounts.c.id))
        .outerjoin(my_block, and_(my_block.c.account_id == me, my_block.c.target_id == accounts.c.id))
        .outerjoin(their_block, and_(their_block.c.target_id == me, their_block.c.account_id == accounts.c.id))
        .outerjoin(
            mutes,
            and_(
                mutes.c.account_id == me,
                mutes.c.target_id == accounts.c.id,
                (mutes.c.expires_at.is_(None)) | (mutes.c.expires_at > bindparam("now")),
            ),
        )
        .outerjoin(domain_blocks, and_(domain_blocks.c.account_id == me, domain_blocks.c.domain == accounts.c.domain))
        .outerjoin(endorsements, and_(endorsements.c.account_id == me, endorsements.c.target_id == accounts.c.id))
        .outerjoin(account_notes, and_(account_notes.c.account_id == me, account_notes.c.target_id == accounts.c.id))
    )
    element = (
        select(
            accounts.c.id,
            mine.c.state,
            mine.c.show_reblogs,
            mine.c.notify,
            theirs.c.state,
            my_block.c.id,
            their_block.c.id,
            mutes.c.id,
            mutes.c.notifications,
            mutes.c.expires_at,
            domain_blocks.c.id,
            endorsements.c.id,
            account_notes.c.comment,
            mine.c.languages,
            accounts.c.suspended_at,
        )
        .select_from(joined)
        .where(one_of(accounts.c.id, "ids"))
    )
    return Statement(element, Relation._make)


_RELATIONS = _relations()


class Listed(NamedTuple):
    """An account in a paged list, with the id to page by."""

    page_id: int
    account: Account


def _listed(row: Any) -> Listed:
    return Listed(row[0], Account._make(row[1:]))


def _list(table: Any, shown: Any, owner: Any, *where: Any) -> dict[bool, Statement[Listed]]:
    """Pages of the accounts on one side of a relation, newest first (True: oldest first, for ``min_id``)."""
    found = {}
    for ascending in (False, True):
        element = (
            select(table.c.id, *columns(accounts, Account))
            .select_from(table.join(accounts, accounts.c.id == shown))
            .where(
                owner == bindparam("owner"),
                table.c.id < bindparam("below"),
                table.c.id > bindparam("above"),
                accounts.c.suspended_at.is_(None),
                accounts.c.deleted_at.is_(None),
                *where,
            )
            .order_by(table.c.id if ascending else table.c.id.desc())
            .limit(bindparam("limit"))
        )
        found[ascending] = Statement(element, _listed)
    return found


_LISTS = {
    "followers": _list(follows, follows.c.account_id, follows.c.target_id, follows.c.state == "accepted"),
    "following": _list(follows, follows.c.target_id, follows.c.account_id, follows.c.state == "accepted"),
    "requests": _list(follows, follows.c.account_id, follows.c.target_id, follows.c.state == "requested"),
    "blocks": _list(blocks, blocks.c.target_id, blocks.c.account_id),
    "mutes": _list(
        mutes,
        mutes.c.target_id,
        mutes.c.account_id,
        (mutes.c.expires_at.is_(None)) | (mutes.c.expires_at > bindparam("now")),
    ),
}


def bounds(page: Page) -> dict[str, int]:
    """The two exclusive bounds and the limit of a page, as parameters."""
    return {
        "below": page.max_id if page.max_id is not None else (1 << 63) - 1,
        "above": page.above if page.above is not None else -1,
        "limit": page.limit,
    }


def listed(kind: str, owner_id: int, page: Page, now: int = 0) -> Query[Listed]:
    """A page of ``followers | following | requests | blocks | mutes`` of an account; mutes that are over at ``now`` are
    none."""
    return _LISTS[kind][page.ascending](owner=owner_id, now=now, **bounds(page))


def follow(account_id: int, target_id: int) -> Query[Follow]:
    return _FOLLOW_PAIR(account_id=account_id, target_id=target_id)


def follow_by_uri(uri: str) -> Query[Follow]:
    return _FOLLOW_URI(uri=uri)


def follow_by_id(follow_id: int) -> Query[Follow]:
    return _FOLLOW_ID(id=follow_id)


def followers_of(target_id: int) -> Query[Follow]:
    """Every follow of an account, requested ones too."""
    return _FOLLOWERS_OF(target_id=target_id)


def follows_of(account_id: int) -> Query[Follow]:
    return _FOLLOWS_OF(account_id=account_id)


def follows_with_domain(account_id: int, domain: str) -> Query[Follow]:
    """Follows in both directions between an account and a domain."""
    return _FOLLOWS_OF_DOMAIN(account_id=account_id, domain=domain)


def followed_here(target_id: int) -> Query[int]:
    """A row if anybody of this node follows the account."""
    return _IS_LOCAL_FOLLOWED(target_id=target_id)


def add_follow(values: dict[str, Any]) -> Query[Any]:
    return insert_new(follows, values)


def change_follow(follow_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(follows, "id", follow_id, values)


def drop_follow(account_id: int, target_id: int) -> Query[None]:
    return _UNFOLLOW(account_id=account_id, target_id=target_id)


def request_count(target_id: int) -> Query[int]:
    return _REQUEST_COUNT(target_id=target_id)


def block(account_id: int, target_id: int) -> Query[Block]:
    return _BLOCK_PAIR(account_id=account_id, target_id=target_id)


def block_by_uri(uri: str) -> Query[Block]:
    return _BLOCK_URI(uri=uri)


def add_block(values: dict[str, Any]) -> Query[Any]:
    return insert_new(blocks, values)


def drop_block(account_id: int, target_id: int) -> Query[None]:
    return _UNBLOCK(account_id=account_id, target_id=target_id)


def blocked_either_way(a: int, b: int) -> Query[int]:
    """A row if one of the two blocks the other."""
    return _BLOCKED_EITHER(a=a, b=b)


def add_mute(values: dict[str, Any]) -> Query[Any]:
    return insert_new(mutes, values)


def drop_mute(account_id: int, target_id: int) -> Query[None]:
    return _UNMUTE(account_id=account_id, target_id=target_id)


def muted(account_id: int, target_id: int, now: int) -> Query[int]:
    """A row (whether notifications are muted too) if the account mutes the target."""
    return _MUTED(account_id=account_id, target_id=target_id, now=now)


def add_domain_block(values: dict[str, Any]) -> Query[Any]:
    return insert_new(domain_blocks, values)


def drop_domain_block(account_id: int, domain: str) -> Query[None]:
    return _DROP_DOMAIN(account_id=account_id, domain=domain)


def domain_blocked(account_id: int, domain: str) -> Query[int]:
    return _DOMAIN_BLOCKED(account_id=account_id, domain=domain)


_DOMAIN_LIST = {
    ascending: Statement(
        select(domain_blocks.c.id, domain_blocks.c.domain)
        .where(
            domain_blocks.c.account_id == bindparam("owner"),
            domain_blocks.c.id < bindparam("below"),
            domain_blocks.c.id > bindparam("above"),
        )
        .order_by(domain_blocks.c.id if ascending else domain_blocks.c.id.desc())
        .limit(bindparam("limit")),
        tuple,
    )
    for ascending in (False, True)
}
_DOMAIN_PREVIEW = Statement(
    text(
        "SELECT (SELECT count(*) FROM follows f JOIN accounts t ON t.id = f.target_id"
        " WHERE f.account_id = :account_id AND f.state = 'accepted' AND t.domain = :domain),"
        " (SELECT count(*) FROM follows f JOIN accounts a ON a.id = f.account_id"
        " WHERE f.target_id = :account_id AND f.state = 'accepted' AND a.domain = :domain)"
    ),
    tuple,
)


def domain_list(account_id: int, page: Page) -> Query[Any]:
    """(id, domain) of the domains that an account blocks."""
    return _DOMAIN_LIST[page.ascending](owner=account_id, **bounds(page))


def domain_preview(account_id: int, domain: str) -> Query[Any]:
    """(followed there, followers there): the follows that end when the account blocks the domain."""
    return _DOMAIN_PREVIEW(account_id=account_id, domain=domain)


def relations(viewer_id: int, ids: list[int], now: int) -> Query[Relation]:
    """Everything between the viewer and each of the accounts."""
    return _RELATIONS(viewer_id=viewer_id, ids=ids, now=now)


# one for all statements: an alias of a table has a copy of each of its columns (46 here, 80 KiB)
_author = accounts.alias()


def not_hidden_from(
    viewer: Any, account_column: Any, now: Any, *, notifications: bool = False, domain: Any = None
) -> Any:
    """SQL: the viewer neither blocks nor mutes the account, is not blocked by it, and does not block its domain.

    ``notifications``: only those mutes count that keep notifications away, too. ``domain``: the column of the
    account's domain, where the statement reads the account anyway. Whether there is anything of a kind at all is looked
    up once a statement, before the accounts of its rows are looked for among it.
    """
    named = (domain,) if domain is not None else (_author.c.domain, _author.c.id == account_column)
    kind = (mutes.c.notifications == 1,) if notifications else ()
    return and_(
        _not_among(blocks.c.account_id == viewer, blocks.c.target_id == account_column),
        not_blocked_by(account_column, viewer),
        _not_among(
            mutes.c.account_id == viewer,
            mutes.c.target_id == account_column,
            (mutes.c.expires_at.is_(None)) | (mutes.c.expires_at > now),
            *kind,
        ),
        _not_among(domain_blocks.c.account_id == viewer, domain_blocks.c.domain == named[0], *named[1:]),
    )


def not_blocked_by(account_column: Any, viewer: Any) -> Any:
    """SQL: the account does not block the viewer."""
    return _not_among(blocks.c.target_id == viewer, blocks.c.account_id == account_column)


def _not_among(of_viewer: Any, *where: Any) -> Any:
    """SQL: of the viewer's rows there is none at all, or none like this."""
    first = select(literal_column("1")).where(of_viewer).limit(literal_column("1")).scalar_subquery()
    return or_(first.is_(None), ~present(of_viewer, *where))
