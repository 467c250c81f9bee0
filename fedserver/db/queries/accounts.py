"""Accounts: rows, look-ups, counters, keys."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from sqlalchemy import bindparam, exists, func, or_, select, text, update

from fedserver.db.statement import Query, Statement, columns, insert_new, nothing, one_of, scalar
from fedserver.db.statement import update as update_row
from fedserver.db.tables import account_keys, accounts, follows, inboxes, users


class Account(NamedTuple):
    """A row of ``accounts``. ``domain`` is '' for accounts of this node; times are in ms."""

    id: int
    username: str
    domain: str
    uri: str
    url: str | None
    actor_type: str
    display_name: str
    note: str
    note_source: str
    fields: str
    emojis: str
    avatar_id: int | None
    header_id: int | None
    locked: int
    bot: int
    # the id of the actor who answers for an automated account, '' where nobody is named
    operator: str
    discoverable: int
    indexable: int
    hide_collections: int
    inbox: str
    shared_inbox: str | None
    outbox: str | None
    followers_uri: str | None
    following_uri: str | None
    featured_uri: str | None
    featured_tags_uri: str | None
    attribution_domains: str
    inbox_id: int | None
    also_known_as: str
    moved_to_id: int | None
    created_at: int
    updated_at: int
    fetched_at: int | None
    suspended_at: int | None
    limited_at: int | None
    # moderators: media are sensitive whatever a post says; the tier of trust, None where age and posts say it
    sensitized_at: int | None
    trust: int | None
    # JSON of the role that the profile shows, or ''
    badge: str
    deleted_at: int | None
    statuses_count: int
    followers_count: int
    following_count: int
    last_status_at: int | None
    training: str
    version: int

    @property
    def local(self) -> bool:
        """Whether the account lives on this node."""
        return not self.domain

    @property
    def active(self) -> bool:
        """Neither suspended nor deleted."""
        return self.suspended_at is None and self.deleted_at is None

    @property
    def acct(self) -> str:
        """``name`` here, ``name@host`` elsewhere."""
        return f"{self.username}@{self.domain}" if self.domain else self.username


class AccountKey(NamedTuple):
    """A row of ``account_keys``; ``public`` is SPKI PEM (RSA) or Multikey (Ed25519), ``sealed`` the private part."""

    id: int
    account_id: int
    uri: str
    algorithm: str
    public: str
    sealed: bytes | None
    created_at: int
    retired_at: int | None
    expires_at: int | None


_ACCOUNT = columns(accounts, Account)
_select = select(*_ACCOUNT)
_BY_ID = Statement(_select.where(accounts.c.id == bindparam("id")), Account._make)
_BY_URI = Statement(_select.where(accounts.c.uri == bindparam("uri")), Account._make)
_BY_HANDLE = Statement(_select.where(accounts.c.handle_key == bindparam("key")), Account._make)
# an account whose user was not let in yet: to others it is not there
_WAITS = exists().where(
    users.c.account_id == accounts.c.id, or_(users.c.state == "pending", users.c.state == "unconfirmed")
)
_LOCAL_NAME = Statement(_select.where(accounts.c.handle_key == bindparam("key"), ~_WAITS), Account._make)
_BY_IDS = Statement(_select.where(one_of(accounts.c.id, "ids")), Account._make)
_VERSIONS = Statement(
    select(accounts.c.id, accounts.c.version).where(one_of(accounts.c.id, "ids")),
    cast(Any, tuple),
    packed=2,
)
_BY_URIS = Statement(
    _select.where(one_of(accounts.c.uri, "uris"), or_(accounts.c.domain != "", ~_WAITS)), Account._make
)
_BY_HANDLES = Statement(
    _select.where(one_of(accounts.c.handle_key, "keys"), or_(accounts.c.domain != "", ~_WAITS)), Account._make
)
_COUNT = Statement(
    update(accounts)
    .where(accounts.c.id == bindparam("key__"))
    .values(
        statuses_count=accounts.c.statuses_count + bindparam("d_statuses"),
        followers_count=accounts.c.followers_count + bindparam("d_followers"),
        following_count=accounts.c.following_count + bindparam("d_following"),
        version=accounts.c.version + 1,
    ),
    nothing,
)
_POSTED = Statement(
    update(accounts)
    .where(accounts.c.id == bindparam("key__"))
    .values(
        statuses_count=accounts.c.statuses_count + 1,
        last_status_at=func.coalesce(bindparam("at"), accounts.c.last_status_at),
        version=accounts.c.version + 1,
    ),
    nothing,
)
_CHANGED = Statement(
    update(accounts).where(accounts.c.id == bindparam("key__")).values(version=accounts.c.version + 1), nothing
)
_PREFIX = Statement(
    _select.where(
        accounts.c.handle_key >= bindparam("low"),
        accounts.c.handle_key < bindparam("high"),
        accounts.c.suspended_at.is_(None),
        accounts.c.deleted_at.is_(None),
    )
    .order_by(accounts.c.handle_key)
    .limit(bindparam("limit")),
    Account._make,
)
# neither the node's own actor nor the groups of its feeds
_PEOPLE = (accounts.c.actor_type != "Application", accounts.c.actor_type != "Group")
_LOCAL_COUNTS = Statement(
    select(func.count(), func.coalesce(func.sum(accounts.c.statuses_count), 0)).where(
        accounts.c.domain == "",
        accounts.c.deleted_at.is_(None),
        accounts.c.suspended_at.is_(None),
        *_PEOPLE,
        ~_WAITS,
    ),
    tuple,
)
_OF_INBOX = Statement(
    select(accounts.c.id)
    .where(accounts.c.inbox_id == bindparam("inbox_id"), accounts.c.deleted_at.is_(None))
    .order_by(accounts.c.fetched_at, accounts.c.id)
    .limit(bindparam("most")),
    scalar,
)
_ACTIVE_LOCAL = Statement(
    select(func.count()).where(
        accounts.c.domain == "",
        accounts.c.last_status_at >= bindparam("since"),
        accounts.c.deleted_at.is_(None),
        *_PEOPLE,
    ),
    scalar,
)
_DOMAINS = Statement(
    select(accounts.c.domain).where(accounts.c.domain != "").group_by(accounts.c.domain).order_by(accounts.c.domain),
    scalar,
)
_OF_DOMAIN = Statement(_select.where(accounts.c.domain == bindparam("domain")), Account._make)
_LOCAL = Statement(
    _select.where(accounts.c.domain == "", accounts.c.actor_type != "Application").order_by(accounts.c.id),
    Account._make,
)
_KEY = columns(account_keys, AccountKey)
_KEY_BY_URI = Statement(select(*_KEY).where(account_keys.c.uri == bindparam("uri")), AccountKey._make)
_KEYS_OF = Statement(
    select(*_KEY).where(account_keys.c.account_id == bindparam("account_id")).order_by(account_keys.c.id),
    AccountKey._make,
)
_ALL_SEALED = Statement(
    select(*_KEY).where(account_keys.c.sealed.is_not(None)).order_by(account_keys.c.id), AccountKey._make
)
_INBOX_URL = Statement(select(inboxes.c.url).where(inboxes.c.id == bindparam("id")), scalar)
_FORGET_REMOTE_KEYS = Statement(
    text("DELETE FROM account_keys WHERE account_id = :account_id AND sealed IS NULL"), nothing
)


_WATCHERS = Statement(
    select(follows.c.account_id)
    .select_from(follows.join(accounts, accounts.c.id == follows.c.account_id))
    .where(
        follows.c.target_id == bindparam("target_id"),
        follows.c.state == "accepted",
        follows.c.local == 1,
        follows.c.notify == 1,
        accounts.c.domain == "",
    ),
    scalar,
)
_MODERATORS = Statement(
    _select.join(users, users.c.account_id == accounts.c.id).where(
        users.c.role != "user", users.c.state == "active", accounts.c.suspended_at.is_(None)
    ),
    Account._make,
)
_REMOTE_INBOXES = Statement(
    select(accounts.c.inbox_id)
    .where(accounts.c.domain != "", accounts.c.inbox_id.is_not(None), accounts.c.deleted_at.is_(None))
    .distinct(),
    scalar,
)


def handle_key(username: str, domain: str) -> str:
    """What look-ups compare: lower case; '' as the domain of local accounts."""
    return f"{username.lower()}@{domain}"


def by_id(account_id: int) -> Query[Account]:
    return _BY_ID(id=account_id)


def by_uri(uri: str) -> Query[Account]:
    return _BY_URI(uri=uri)


def by_handle(username: str, domain: str = "") -> Query[Account]:
    return _BY_HANDLE(key=handle_key(username, domain))


def local_by_name(username: str) -> Query[Account]:
    """An account of this node that others may know of: not that of somebody who still waits for approval."""
    return _LOCAL_NAME(key=handle_key(username, ""))


def by_ids(ids: list[int]) -> Query[Account]:
    return _BY_IDS(ids=ids)


def versions(ids: list[int]) -> Query[tuple[int, int]]:
    """(id, version) of each."""
    return _VERSIONS(ids=ids)


def by_uris(uris: list[str]) -> Query[Account]:
    """Without accounts of this node whose user was not let in yet."""
    return _BY_URIS(uris=uris)


def by_handles(keys: list[str]) -> Query[Account]:
    """``keys``: results of ``handle_key``. Without accounts of this node whose user was not let in yet."""
    return _BY_HANDLES(keys=keys)


def by_prefix(text: str, limit: int) -> Query[Account]:
    """Accounts whose handle begins with the text (lower case, literal)."""
    low = text.lower()
    return _PREFIX(low=low, high=low + "\U0010ffff", limit=limit)


def of_domain(domain: str) -> Query[Account]:
    return _OF_DOMAIN(domain=domain)


def of_inbox(inbox_id: int, limit: int) -> Query[int]:
    """Ids of accounts that are reached through an inbox, those first that were not looked up for longest."""
    return _OF_INBOX(inbox_id=inbox_id, most=limit)


def local() -> Query[Account]:
    return _LOCAL()


def local_counts() -> Query[Any]:
    """(people, posts) of this node."""
    return _LOCAL_COUNTS()


def active_local(since: int) -> Query[int]:
    """How many people of this node posted since a time."""
    return _ACTIVE_LOCAL(since=since)


def known_domains() -> Query[str]:
    return _DOMAINS()


def add(values: dict[str, Any]) -> Query[Any]:
    """A new account; returns its id only if neither uri nor handle was taken."""
    return insert_new(accounts, values)


def change(account_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(accounts, "id", account_id, values)


def changed(account_id: int) -> Query[None]:
    """Rendered copies of the account are stale from now on."""
    return _CHANGED(key__=account_id)


def count(account_id: int, *, statuses: int = 0, followers: int = 0, following: int = 0) -> Query[None]:
    """Add to the counters."""
    return _COUNT(key__=account_id, d_statuses=statuses, d_followers=followers, d_following=following)


def posted(account_id: int, at: int | None) -> Query[None]:
    """One status more; ``at`` None leaves the time of the last one."""
    return _POSTED(key__=account_id, at=at)


def key_by_uri(uri: str) -> Query[AccountKey]:
    return _KEY_BY_URI(uri=uri)


def keys_of(account_id: int) -> Query[AccountKey]:
    return _KEYS_OF(account_id=account_id)


def all_sealed_keys() -> Query[AccountKey]:
    return _ALL_SEALED()


def add_key(values: dict[str, Any]) -> Query[Any]:
    return insert_new(account_keys, values)


def change_key(key_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(account_keys, "id", key_id, values)


def forget_remote_keys(account_id: int) -> Query[None]:
    return _FORGET_REMOTE_KEYS(account_id=account_id)


def inbox_url(inbox_id: int) -> Query[str]:
    return _INBOX_URL(id=inbox_id)


def watchers(target_id: int) -> Query[int]:
    """Accounts of this node that asked to hear of every post of the target."""
    return _WATCHERS(target_id=target_id)


def remote_inbox_ids() -> Query[int]:
    """Every inbox that an account known here takes deliveries at."""
    return _REMOTE_INBOXES()


def moderators() -> Query[Account]:
    """Accounts of everybody who moderates this node."""
    return _MODERATORS()
