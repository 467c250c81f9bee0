"""Users: rows, look-ups, lists for moderators, one-time links."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, or_, select

from fedserver.db.statement import Query, Statement, columns, insert, insert_new, nothing
from fedserver.db.statement import number as as_number
from fedserver.db.statement import update as update_row
from fedserver.db.tables import accounts, one_time_links, users

# newer than every id: where a list starts
NEWEST = (1 << 63) - 1


class User(NamedTuple):
    """A row of ``users``; times in ms, ``preferences`` is a JSON object."""

    id: int
    account_id: int
    community_id: int
    email: str | None
    password_hash: str | None
    role: str
    # a composed role; the preset beside it is "user"
    role_id: int | None
    state: str
    unapproved: int
    unconfirmed_email: str | None
    app_id: int | None
    reason: str
    locale: str
    default_visibility: int
    default_sensitive: int
    default_language: str | None
    preferences: str
    invite_id: int | None
    sign_up_ip: str
    created_at: int
    confirmed_at: int | None
    last_active_at: int | None
    valid_after: int


class Listed(NamedTuple):
    """A user as moderators see it in a list."""

    id: int
    account_id: int
    username: str
    email: str | None
    role: str
    state: str
    reason: str
    created_at: int
    last_active_at: int | None
    suspended_at: int | None


class Link(NamedTuple):
    """A one-time link; ``purpose`` is confirm or reset."""

    token_hash: bytes
    user_id: int
    purpose: str
    email: str | None
    created_at: int
    expires_at: int


_USER = columns(users, User)
_by_id = Statement(select(*_USER).where(users.c.id == bindparam("id")), User._make)
_by_account = Statement(select(*_USER).where(users.c.account_id == bindparam("account_id")), User._make)
_by_login = Statement(
    select(*_USER)
    .select_from(users.join(accounts, accounts.c.id == users.c.account_id))
    .where(or_(users.c.email == bindparam("email"), accounts.c.handle_key == bindparam("key")))
    # a name is unique to its owner, an e-mail address only claimed: the name wins
    .order_by((accounts.c.handle_key == bindparam("key")).desc())
    .limit(1),
    User._make,
)
_LISTED = (
    users.c.id,
    users.c.account_id,
    accounts.c.username,
    users.c.email,
    users.c.role,
    users.c.state,
    users.c.reason,
    users.c.created_at,
    users.c.last_active_at,
    accounts.c.suspended_at,
)
_listing = (
    select(*_LISTED)
    .select_from(users.join(accounts, accounts.c.id == users.c.account_id))
    .where(accounts.c.deleted_at.is_(None), users.c.id < bindparam("below"))
    .order_by(users.c.id.desc())
    .limit(bindparam("n"))
)
_list = Statement(_listing, Listed._make)
_pending = Statement(_listing.where(users.c.state == "pending"), Listed._make)
_count_pending = Statement(select(func.count()).select_from(users).where(users.c.state == "pending"), as_number)
_delete = Statement(users.delete().where(users.c.id == bindparam("id")), nothing)
_count_role = Statement(
    select(func.count()).select_from(users).where(users.c.role == bindparam("role"), users.c.state == "active"),
    as_number,
)
_other_owners = Statement(
    select(func.count())
    .select_from(users.join(accounts, accounts.c.id == users.c.account_id))
    .where(
        users.c.role == "owner",
        users.c.state == "active",
        accounts.c.suspended_at.is_(None),
        accounts.c.deleted_at.is_(None),
        users.c.id != bindparam("id"),
    ),
    as_number,
)
_moderators = Statement(
    select(users.c.id)
    .select_from(users.join(accounts, accounts.c.id == users.c.account_id))
    .where(users.c.role != "user", users.c.state == "active", accounts.c.suspended_at.is_(None)),
    as_number,
)
_link = Statement(
    select(*columns(one_time_links, Link)).where(one_time_links.c.token_hash == bindparam("token_hash")), Link._make
)
_drop_links = Statement(one_time_links.delete().where(one_time_links.c.user_id == bindparam("user_id")), nothing)
_drop_links_of = Statement(
    one_time_links.delete().where(
        one_time_links.c.user_id == bindparam("user_id"), one_time_links.c.purpose == bindparam("purpose")
    ),
    nothing,
)


def by_id(user_id: int) -> Query[User]:
    """A user."""
    return _by_id(id=user_id)


def by_account(account_id: int) -> Query[User]:
    """The user of a local account; none for the instance actor and for remote accounts."""
    return _by_account(account_id=account_id)


def by_login(text: str, key: str) -> Query[User]:
    """Who signs in as ``text``: ``key`` is what ``accounts.handle_key`` makes of it as a name."""
    return _by_login(email=text.strip().lower(), key=key)


def add(values: dict[str, Any]) -> Query[Any]:
    """Insert a user unless the account or the address has one."""
    return insert_new(users, values)


def change(user_id: int, values: dict[str, Any]) -> Query[None]:
    """Change columns of a user."""
    return update_row(users, "id", user_id, values)


def remove(user_id: int) -> Query[None]:
    """Delete a user with all that hangs on it; the account stays."""
    return _delete(id=user_id)


def listing(below: int = NEWEST, n: int = 100, *, pending: bool = False) -> Query[Listed]:
    """Users with their accounts, the newest first."""
    return (_pending if pending else _list)(below=below, n=n)


def count_pending() -> Query[int]:
    """How many wait for approval."""
    return _count_pending()


def count_role(role: str) -> Query[int]:
    """How many active users have a role."""
    return _count_role(role=role)


def other_owners(user_id: int) -> Query[int]:
    """How many owners but this one can sign in."""
    return _other_owners(id=user_id)


def moderators() -> Query[int]:
    """The ids of the users who moderate."""
    return _moderators()


def link(token_hash: bytes) -> Query[Link]:
    """A one-time link."""
    return _link(token_hash=token_hash)


def add_link(row: Link) -> Query[None]:
    """Insert a one-time link."""
    return insert(one_time_links, row._asdict())


def drop_links(user_id: int) -> Query[None]:
    """Make every link of a user void."""
    return _drop_links(user_id=user_id)


def drop_links_of(user_id: int, purpose: str) -> Query[None]:
    """Make the links of one purpose void."""
    return _drop_links_of(user_id=user_id, purpose=purpose)
