"""Second factors: one-time codes, recovery codes, passkeys, failures, and sign-ins half done."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, literal, select, update

from fedserver.db.statement import Query, Statement, columns, insert, insert_new, nothing, number
from fedserver.db.statement import update as update_row
from fedserver.db.tables import challenges, factor_failures, passkeys, recovery_codes, totp


class Totp(NamedTuple):
    """A row of ``totp``."""

    user_id: int
    sealed: bytes
    confirmed_at: int | None
    last_step: int
    created_at: int


class Passkey(NamedTuple):
    """A row of ``passkeys``; ``public_key`` is COSE."""

    id: int
    user_id: int
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    created_at: int
    last_used_at: int | None


class Challenge(NamedTuple):
    """A row of ``challenges``: ``purpose`` is sign-in or register; ``target`` is where to go afterwards."""

    token_hash: bytes
    user_id: int | None
    purpose: str
    challenge: bytes
    target: str
    created_at: int
    expires_at: int


class Failures(NamedTuple):
    """Wrong codes in a row; ``told``: the user knows of the lock."""

    failures: int
    locked_until: int
    told: int


_mine = totp.c.user_id == bindparam("user_id")
_totp = Statement(select(*columns(totp, Totp)).where(_mine), Totp._make)
_all_totp = Statement(select(*columns(totp, Totp)), Totp._make)
_drop_totp = Statement(totp.delete().where(_mine), nothing)
_spend_step = Statement(
    update(totp)
    .where(totp.c.user_id == bindparam("key__"), totp.c.last_step < bindparam("step__"))
    .values(last_step=bindparam("step__")),
    nothing,
)
_has_any = Statement(
    select(literal(1))
    .where(totp.c.user_id == bindparam("user_id"), totp.c.confirmed_at.is_not(None))
    .union_all(select(literal(1)).where(passkeys.c.user_id == bindparam("user_id")))
    .limit(1),
    number,
)
_codes_left = Statement(
    select(func.count())
    .select_from(recovery_codes)
    .where(recovery_codes.c.user_id == bindparam("user_id"), recovery_codes.c.used_at.is_(None)),
    number,
)
_spend_code = Statement(
    update(recovery_codes)
    .where(
        recovery_codes.c.code_hash == bindparam("hash__"),
        recovery_codes.c.user_id == bindparam("user__"),
        recovery_codes.c.used_at.is_(None),
    )
    .values(used_at=bindparam("now__")),
    nothing,
)
_drop_codes = Statement(recovery_codes.delete().where(recovery_codes.c.user_id == bindparam("user_id")), nothing)
_PASSKEY = columns(passkeys, Passkey)
_passkeys = Statement(
    select(*_PASSKEY).where(passkeys.c.user_id == bindparam("user_id")).order_by(passkeys.c.id), Passkey._make
)
_passkey = Statement(select(*_PASSKEY).where(passkeys.c.credential_id == bindparam("credential_id")), Passkey._make)
_drop_passkey = Statement(
    passkeys.delete().where(passkeys.c.id == bindparam("id"), passkeys.c.user_id == bindparam("user_id")), nothing
)
_drop_passkeys = Statement(passkeys.delete().where(passkeys.c.user_id == bindparam("user_id")), nothing)
_challenge = Statement(
    select(*columns(challenges, Challenge)).where(challenges.c.token_hash == bindparam("token_hash")), Challenge._make
)
_drop_challenge = Statement(challenges.delete().where(challenges.c.token_hash == bindparam("token_hash")), nothing)
_drop_challenges = Statement(challenges.delete().where(challenges.c.user_id == bindparam("user_id")), nothing)
_failures = Statement(
    select(*columns(factor_failures, Failures)).where(factor_failures.c.user_id == bindparam("user_id")),
    Failures._make,
)
_forget_failures = Statement(factor_failures.delete().where(factor_failures.c.user_id == bindparam("user_id")), nothing)


def owner_of(user_id: int) -> str:
    """Whose a sealed secret is, as its envelope says it."""
    return f"user:{user_id}"


def has_any(user_id: int) -> Query[int]:
    """A row when signing in asks for a second factor."""
    return _has_any(user_id=user_id)


def totp_of(user_id: int) -> Query[Totp]:
    """One-time codes of a user, set up or being set up."""
    return _totp(user_id=user_id)


def all_totp() -> Query[Totp]:
    """Everybody's, for a change of the master key."""
    return _all_totp()


def add_totp(values: dict[str, Any]) -> Query[None]:
    """Insert a row."""
    return insert(totp, values)


def change_totp(user_id: int, values: dict[str, Any]) -> Query[None]:
    """Change columns."""
    return update_row(totp, "user_id", user_id, values)


def spend_step(user_id: int, step: int) -> Query[None]:
    """Note that the code of a step was taken; touches no row when it, or a later one, was taken before."""
    return _spend_step(key__=user_id, step__=step)


def drop_totp(user_id: int) -> Query[None]:
    """Remove one-time codes."""
    return _drop_totp(user_id=user_id)


def codes_left(user_id: int) -> Query[int]:
    """How many recovery codes are unused."""
    return _codes_left(user_id=user_id)


def add_code(values: dict[str, Any]) -> Query[None]:
    """Insert a recovery code."""
    return insert(recovery_codes, values)


def spend_code(user_id: int, code_hash: bytes, now: int) -> Query[None]:
    """Use a recovery code; touches a row only the first time."""
    return _spend_code(user__=user_id, hash__=code_hash, now__=now)


def drop_codes(user_id: int) -> Query[None]:
    """Remove every recovery code of a user."""
    return _drop_codes(user_id=user_id)


def passkeys_of(user_id: int) -> Query[Passkey]:
    """The passkeys of a user, oldest first."""
    return _passkeys(user_id=user_id)


def passkey(credential_id: bytes) -> Query[Passkey]:
    """A passkey by what the authenticator calls it."""
    return _passkey(credential_id=credential_id)


def add_passkey(values: dict[str, Any]) -> Query[Any]:
    """Insert a passkey unless its credential is known."""
    return insert_new(passkeys, values)


def change_passkey(passkey_id: int, values: dict[str, Any]) -> Query[None]:
    """Change columns."""
    return update_row(passkeys, "id", passkey_id, values)


def drop_passkey(passkey_id: int, user_id: int) -> Query[None]:
    """Remove a passkey of a user."""
    return _drop_passkey(id=passkey_id, user_id=user_id)


def drop_passkeys(user_id: int) -> Query[None]:
    """Remove every passkey of a user."""
    return _drop_passkeys(user_id=user_id)


def challenge(token_hash: bytes) -> Query[Challenge]:
    """A challenge by the digest of its cookie."""
    return _challenge(token_hash=token_hash)


def add_challenge(row: Challenge) -> Query[None]:
    """Insert a challenge."""
    return insert(challenges, row._asdict())


def drop_challenge(token_hash: bytes) -> Query[None]:
    """Use a challenge up; touches a row only the first time."""
    return _drop_challenge(token_hash=token_hash)


def drop_challenges(user_id: int) -> Query[None]:
    """Void what a user has half done."""
    return _drop_challenges(user_id=user_id)


def failures(user_id: int) -> Query[Failures]:
    """Wrong codes in a row; no row without any."""
    return _failures(user_id=user_id)


def first_failure(user_id: int) -> Query[Any]:
    """The row that counts them, unless it is there."""
    return insert_new(factor_failures, {"user_id": user_id, "failures": 0, "locked_until": 0}, returning="user_id")


def set_failures(user_id: int, values: dict[str, Any]) -> Query[None]:
    """Change the count."""
    return update_row(factor_failures, "user_id", user_id, values)


def forget_failures(user_id: int) -> Query[None]:
    """Start again after a right code."""
    return _forget_failures(user_id=user_id)
