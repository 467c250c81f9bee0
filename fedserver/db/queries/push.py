"""Push subscriptions: one a token, and only as long as the token is valid."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, delete, func, or_, select

from fedserver.db.statement import Query, Statement, insert_new, nothing, number, update
from fedserver.db.tables import accounts, oauth_tokens, push_subscriptions, users


class Subscription(NamedTuple):
    """A row of ``push_subscriptions``, and the language of its user."""

    id: int
    token_id: int
    account_id: int
    endpoint: str
    p256dh: str
    auth: str
    standard: int
    alerts: str
    policy: str
    sealed_token: bytes | None
    locale: str


class Sealed(NamedTuple):
    """A subscription's id, its token's id, and the token as it is kept."""

    id: int
    token_id: int
    sealed_token: bytes


_s = push_subscriptions.c
_FIELDS = Subscription._fields[:-1]
_now: Any = bindparam("now")
_joined = (
    push_subscriptions.join(oauth_tokens, oauth_tokens.c.id == _s.token_id)
    .join(users, users.c.id == oauth_tokens.c.user_id)
    .join(accounts, accounts.c.id == _s.account_id)
)
# what the doors ask of a token (``edge.auth.check_grant``), so that a push dies with it
_valid = and_(
    oauth_tokens.c.revoked_at.is_(None),
    or_(oauth_tokens.c.expires_at.is_(None), oauth_tokens.c.expires_at > _now),
    oauth_tokens.c.created_at >= users.c.valid_after,
    users.c.state == "active",
    accounts.c.suspended_at.is_(None),
    accounts.c.deleted_at.is_(None),
)
_select = select(*[_s[name] for name in _FIELDS], users.c.locale).select_from(_joined)
_OF_ACCOUNT = Statement(_select.where(_s.account_id == bindparam("account_id"), _valid), Subscription._make)
_BY_ID = Statement(_select.where(_s.id == bindparam("id"), _valid), Subscription._make)
_OF_TOKEN = Statement(_select.where(_s.token_id == bindparam("token_id")), Subscription._make)
_DROP_OF_TOKEN = Statement(delete(push_subscriptions).where(_s.token_id == bindparam("token_id")), nothing)
_DROP = Statement(delete(push_subscriptions).where(_s.id == bindparam("id")), nothing)
_LAST = Statement(select(func.max(_s.id)), number)
_SEALED = Statement(select(_s.id, _s.token_id, _s.sealed_token).where(_s.sealed_token.is_not(None)), Sealed._make)


def of_account(account_id: int, now: int) -> Query[Subscription]:
    """Those that messages may be sent to."""
    return _OF_ACCOUNT(account_id=account_id, now=now)


def by_id(subscription_id: int, now: int) -> Query[Subscription]:
    """No row once its token is no longer valid."""
    return _BY_ID(id=subscription_id, now=now)


def of_token(token_id: int) -> Query[Subscription]:
    return _OF_TOKEN(token_id=token_id)


def add(values: dict[str, Any]) -> Query[Any]:
    return insert_new(push_subscriptions, values)


def change(subscription_id: int, values: dict[str, Any]) -> Query[None]:
    return update(push_subscriptions, "id", subscription_id, values)


def drop(subscription_id: int) -> Query[None]:
    return _DROP(id=subscription_id)


def drop_of_token(token_id: int) -> Query[None]:
    return _DROP_OF_TOKEN(token_id=token_id)


def last_id() -> Query[int]:
    """The highest id in use, 0 for none."""
    return _LAST()


def all_sealed() -> Query[Sealed]:
    """The sealed token of every subscription."""
    return _SEALED()
