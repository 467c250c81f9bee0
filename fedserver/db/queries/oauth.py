"""OAuth applications, authorization codes and tokens. Secrets are looked up by their digest."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, update

from fedserver.db.statement import Query, Statement, columns, insert, nothing, number
from fedserver.db.tables import accounts, oauth_apps, oauth_codes, oauth_tokens, roles, users


class App(NamedTuple):
    """A row of ``oauth_apps``; ``redirect_uris`` is a JSON list, ``scopes`` is separated by spaces."""

    id: int
    client_id: str
    secret_hash: bytes
    name: str
    website: str | None
    redirect_uris: str
    scopes: str
    created_at: int


class Code(NamedTuple):
    """A row of ``oauth_codes``."""

    code_hash: bytes
    app_id: int
    user_id: int
    redirect_uri: str
    scopes: str
    challenge: str | None
    created_at: int
    expires_at: int
    used_at: int | None


class Grant(NamedTuple):
    """A token with all that decides what it may do; the user's columns are None for an app token."""

    id: int
    app_id: int | None
    user_id: int | None
    scopes: str
    created_at: int
    last_used_at: int | None
    expires_at: int | None
    revoked_at: int | None
    account_id: int | None
    role: str | None
    # of a composed role; None for a preset
    permissions: int | None
    position: int | None
    state: str | None
    locale: str | None
    valid_after: int | None
    username: str | None
    suspended_at: int | None
    deleted_at: int | None


class TokenItem(NamedTuple):
    """A token in the list of its user; ``app_id`` is None for a personal token."""

    id: int
    app_id: int | None
    name: str | None
    app_name: str | None
    website: str | None
    scopes: str
    created_at: int
    last_used_at: int | None
    expires_at: int | None


class TokenOwner(NamedTuple):
    """Whose token it is."""

    id: int
    app_id: int | None
    user_id: int | None
    revoked_at: int | None


_APP = columns(oauth_apps, App)
_app_by_id = Statement(select(*_APP).where(oauth_apps.c.id == bindparam("id")), App._make)
_app_by_client = Statement(select(*_APP).where(oauth_apps.c.client_id == bindparam("client_id")), App._make)
_code = Statement(
    select(*columns(oauth_codes, Code)).where(oauth_codes.c.code_hash == bindparam("code_hash")), Code._make
)
_GRANT = (
    oauth_tokens.c.id,
    oauth_tokens.c.app_id,
    oauth_tokens.c.user_id,
    oauth_tokens.c.scopes,
    oauth_tokens.c.created_at,
    oauth_tokens.c.last_used_at,
    oauth_tokens.c.expires_at,
    oauth_tokens.c.revoked_at,
    users.c.account_id,
    users.c.role,
    roles.c.permissions,
    roles.c.position,
    users.c.state,
    users.c.locale,
    users.c.valid_after,
    accounts.c.username,
    accounts.c.suspended_at,
    accounts.c.deleted_at,
)
_grant_by_hash = Statement(
    select(*_GRANT)
    .select_from(
        oauth_tokens.outerjoin(users, users.c.id == oauth_tokens.c.user_id)
        .outerjoin(accounts, accounts.c.id == users.c.account_id)
        .outerjoin(roles, roles.c.id == users.c.role_id)
    )
    .where(oauth_tokens.c.token_hash == bindparam("token_hash")),
    Grant._make,
)
_owner = Statement(
    select(*columns(oauth_tokens, TokenOwner)).where(oauth_tokens.c.token_hash == bindparam("token_hash")),
    TokenOwner._make,
)
_owner_by_id = Statement(
    select(*columns(oauth_tokens, TokenOwner)).where(oauth_tokens.c.id == bindparam("id")), TokenOwner._make
)
_tokens_of_user = Statement(
    select(
        oauth_tokens.c.id,
        oauth_tokens.c.app_id,
        oauth_tokens.c.name,
        oauth_apps.c.name,
        oauth_apps.c.website,
        oauth_tokens.c.scopes,
        oauth_tokens.c.created_at,
        oauth_tokens.c.last_used_at,
        oauth_tokens.c.expires_at,
    )
    .select_from(oauth_tokens.outerjoin(oauth_apps, oauth_apps.c.id == oauth_tokens.c.app_id))
    .where(oauth_tokens.c.user_id == bindparam("user_id"), oauth_tokens.c.revoked_at.is_(None))
    .order_by(oauth_tokens.c.id.desc())
    .limit(200),
    TokenItem._make,
)
_use_code = Statement(
    update(oauth_codes)
    .where(oauth_codes.c.code_hash == bindparam("hash__"), oauth_codes.c.used_at.is_(None))
    .values(used_at=bindparam("now__")),
    nothing,
)
_touch_token = Statement(
    update(oauth_tokens).where(oauth_tokens.c.id == bindparam("id__")).values(last_used_at=bindparam("now__")), nothing
)

_touch_user = Statement(
    update(users).where(users.c.id == bindparam("id__")).values(last_active_at=bindparam("now__")), nothing
)


def _revoke(condition: Any) -> Statement[None]:
    return Statement(
        update(oauth_tokens)
        .where(condition, oauth_tokens.c.revoked_at.is_(None))
        .values(revoked_at=bindparam("now__")),
        nothing,
    )


_revoke_token = _revoke(oauth_tokens.c.id == bindparam("key__"))
_revoke_user = _revoke(oauth_tokens.c.user_id == bindparam("key__"))
_revoke_app = Statement(
    update(oauth_tokens)
    .where(
        oauth_tokens.c.user_id == bindparam("user__"),
        oauth_tokens.c.app_id == bindparam("app__"),
        oauth_tokens.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("now__")),
    nothing,
)
_delete_app_codes = Statement(
    oauth_codes.delete().where(
        oauth_codes.c.user_id == bindparam("user_id"),
        oauth_codes.c.app_id == bindparam("app_id"),
        oauth_codes.c.used_at.is_(None),
    ),
    nothing,
)
_revoke_code = _revoke(oauth_tokens.c.code_hash == bindparam("key__"))
_delete_codes = Statement(oauth_codes.delete().where(oauth_codes.c.user_id == bindparam("user_id")), nothing)
_active_users = Statement(
    select(func.count()).select_from(users).where(users.c.last_active_at > bindparam("since")), number
)


def app_by_id(app_id: int) -> Query[App]:
    """An application."""
    return _app_by_id(id=app_id)


def app_by_client(client_id: str) -> Query[App]:
    """An application by its public name."""
    return _app_by_client(client_id=client_id)


def make_app(app: App) -> Query[None]:
    """Insert an application."""
    return insert(oauth_apps, app._asdict())


def code(code_hash: bytes) -> Query[Code]:
    """An authorization code, used ones included."""
    return _code(code_hash=code_hash)


def make_code(row: Code) -> Query[None]:
    """Insert a code."""
    return insert(oauth_codes, row._asdict())


def use_code(code_hash: bytes, now: int) -> Query[None]:
    """Mark a code as used; touches a row only the first time."""
    return _use_code(hash__=code_hash, now__=now)


def make_token(values: dict[str, Any]) -> Query[None]:
    """Insert a token: ``id, token_hash, app_id, user_id, code_hash, name, scopes, created_at, expires_at``."""
    return insert(oauth_tokens, values)


def grant_by_hash(token_hash: bytes) -> Query[Grant]:
    """A token with its user, whatever its state: the caller judges it."""
    return _grant_by_hash(token_hash=token_hash)


def token_owner(token_hash: bytes) -> Query[TokenOwner]:
    """Whose token it is."""
    return _owner(token_hash=token_hash)


def token_owner_by_id(token_id: int) -> Query[TokenOwner]:
    """Whose token it is, by id."""
    return _owner_by_id(id=token_id)


def tokens_of_user(user_id: int) -> Query[TokenItem]:
    """The valid tokens of a user, newest first, at most 200."""
    return _tokens_of_user(user_id=user_id)


def touch_token(token_id: int, now: int) -> Query[None]:
    """Note that a token was used."""
    return _touch_token(id__=token_id, now__=now)


def touch_user(user_id: int, now: int) -> Query[None]:
    """Note that a user was here."""
    return _touch_user(id__=user_id, now__=now)


def revoke_token(token_id: int, now: int) -> Query[None]:
    """Revoke one token."""
    return _revoke_token(key__=token_id, now__=now)


def revoke_of_user(user_id: int, now: int) -> Query[None]:
    """Revoke every token of a user."""
    return _revoke_user(key__=user_id, now__=now)


def revoke_of_code(code_hash: bytes, now: int) -> Query[None]:
    """Revoke what was issued for a code."""
    return _revoke_code(key__=code_hash, now__=now)


def revoke_of_app(user_id: int, app_id: int, now: int) -> Query[None]:
    """Revoke what an application has of a user."""
    return _revoke_app(user__=user_id, app__=app_id, now__=now)


def delete_codes_of_app(user_id: int, app_id: int) -> Query[None]:
    """Forget the unused codes of a user for an application."""
    return _delete_app_codes(user_id=user_id, app_id=app_id)


def delete_codes(user_id: int) -> Query[None]:
    """Forget the codes of a user."""
    return _delete_codes(user_id=user_id)


def active_users(since: int) -> Query[int]:
    """How many users were here since a time (ms)."""
    return _active_users(since=since)
