"""Second factors: one-time codes, recovery codes, passkeys. Whether a sign-in may end is decided here.

Codes are single use: the step of a one-time code and a recovery code are spent by the statement that looks whether they
are still good. Wrong ones are counted per user, and nothing but a right one sets the count back: after ``TRIES`` in a
row, codes are refused for ``LOCK_MS``, then one try an hour is left to whoever has the password and nothing else.
"""

from __future__ import annotations

import base64
from enum import Enum
from typing import NamedTuple

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import factors as rows
from fedserver.db.queries import users as user_rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.factors import Challenge
from fedserver.db.unit import Unit
from fedserver.domain import otp, webauthn
from fedserver.kit.errors import Conflict, Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.kit.tokens import hash_token, new_token, random_bytes
from fedserver.services.events import AccountChanged
from fedserver.services.keyring import TOTP_PURPOSE, KeyRing
from fedserver.services.reports import log_action

TRIES = 10
LOCK_MS = 3600 * 1000
CODES = 10
# 80 bits: a plain digest is enough to keep them
_CODE_BYTES = 10
CHALLENGE_MS = 10 * 60 * 1000
MAX_PASSKEYS = 20
MAX_NAME = 60


class Verdict(Enum):
    """On a code that somebody typed."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"


class Setup(NamedTuple):
    """What an authenticator app is told; shown once."""

    secret: str
    address: str


def begin_totp(unit: Unit, keyring: KeyRing, user_id: int) -> Setup:
    """Make the secret, to be confirmed by a first code. ``Conflict`` when codes are set up already."""
    known = unit.one(rows.totp_of(user_id))
    if known is not None and known.confirmed_at is not None:
        raise Conflict(lazy("One-time codes are set up already"))
    unit.run(rows.drop_totp(user_id))
    secret = random_bytes(otp.SECRET_BYTES)
    sealed = keyring.seal_secret(rows.owner_of(user_id), TOTP_PURPOSE, secret)
    unit.run(rows.add_totp({"user_id": user_id, "sealed": sealed, "last_step": 0, "created_at": unit.now}))
    return _setup(unit, user_id, secret)


def waiting_totp(unit: Unit, keyring: KeyRing, user_id: int) -> Setup | None:
    """The secret that still waits for its first code."""
    known = unit.one(rows.totp_of(user_id))
    if known is None or known.confirmed_at is not None:
        return None
    return _setup(unit, user_id, keyring.open_secret(rows.owner_of(user_id), TOTP_PURPOSE, known.sealed))


def confirm_totp(unit: Unit, keyring: KeyRing, user_id: int, text: str) -> list[str]:
    """Take the first code; recovery codes, shown once ([] when there are some already). ``Invalid``: a wrong code."""
    known = unit.one(rows.totp_of(user_id))
    if known is None or known.confirmed_at is not None:
        raise Conflict()
    if not _totp_is_right(unit, keyring, user_id, text):
        raise Invalid(lazy("This code is not right. Is the clock of your device?"))
    unit.run(rows.change_totp(user_id, {"confirmed_at": unit.now}))
    unit.record(AccountChanged(user_id, "factor-changed", about="totp-on"))
    return [] if unit.one(rows.codes_left(user_id)) else _new_codes(unit, user_id)


def drop_totp(unit: Unit, user_id: int) -> None:
    """Remove one-time codes; the recovery codes go with the last factor."""
    known = unit.one(rows.totp_of(user_id))
    if known is None:
        raise NotFound()
    unit.run(rows.drop_totp(user_id))
    if known.confirmed_at is not None:
        unit.record(AccountChanged(user_id, "factor-changed", about="totp-off"))
    _tidy(unit, user_id)


def renew_codes(unit: Unit, user_id: int) -> list[str]:
    """New recovery codes, shown once; the old ones are void. ``Conflict`` without a second factor."""
    if unit.one(rows.has_any(user_id)) is None:
        raise Conflict()
    unit.record(AccountChanged(user_id, "factor-changed", about="recovery"))
    return _new_codes(unit, user_id)


def check_code(unit: Unit, keyring: KeyRing, user_id: int, text: str) -> Verdict:
    """Judge a one-time or recovery code, and spend it. Never raises for a wrong one: raising would undo the count."""
    unit.one(rows.first_failure(user_id))
    count = unit.get(rows.failures(user_id))
    if count.locked_until > unit.now:
        return Verdict.LOCKED
    known = unit.one(rows.totp_of(user_id))
    usable = known is not None and known.confirmed_at is not None
    if (usable and _totp_is_right(unit, keyring, user_id, text)) or _spend_recovery(unit, user_id, text):
        unit.run(rows.forget_failures(user_id))
        return Verdict.RIGHT
    failures = count.failures + 1
    values: dict[str, int] = {"failures": failures}
    if failures >= TRIES:
        values |= {"locked_until": unit.now + LOCK_MS, "told": 1}
        if not count.told:
            unit.record(AccountChanged(user_id, "factor-locked"))
    unit.run(rows.set_failures(user_id, values))
    return Verdict.LOCKED if failures >= TRIES else Verdict.WRONG


def challenge(unit: Unit, user_id: int | None, purpose: str, target: str = "/") -> str:
    """Begin something that ends with a second factor or a passkey; the text of its cookie."""
    token = new_token()
    row = Challenge(hash_token(token), user_id, purpose, random_bytes(32), target, unit.now, unit.now + CHALLENGE_MS)
    unit.run(rows.add_challenge(row))
    return token


def finish(unit: Unit, begun: Challenge) -> None:
    """Use a challenge up. ``Conflict`` when that was done already: an answer works once."""
    if not unit.run(rows.drop_challenge(begun.token_hash)):
        raise Conflict(lazy("This sign-in has expired. Please start again."))


def add_passkey(unit: Unit, user_id: int, name: str, key: webauthn.NewKey) -> list[str]:
    """Keep a passkey; recovery codes, shown once, when it is the first factor ([] otherwise)."""
    name = name.strip()[:MAX_NAME]
    if not name:
        raise Invalid(lazy("Please give the passkey a name"))
    known = unit.all(rows.passkeys_of(user_id))
    if len(known) >= MAX_PASSKEYS:
        raise Invalid(lazy("There are too many passkeys"))
    values = {"id": unit.new_id(), "user_id": user_id, "name": name, "created_at": unit.now, **key._asdict()}
    if not unit.made(rows.add_passkey(values)):
        raise Invalid(lazy("This passkey is in use already"))
    unit.record(AccountChanged(user_id, "factor-changed", about="passkey-on"))
    return [] if unit.one(rows.codes_left(user_id)) else _new_codes(unit, user_id)


def drop_passkey(unit: Unit, user_id: int, passkey_id: int) -> None:
    """Remove a passkey. ``NotFound`` when it is not theirs."""
    if not unit.run(rows.drop_passkey(passkey_id, user_id)):
        raise NotFound()
    unit.record(AccountChanged(user_id, "factor-changed", about="passkey-off"))
    _tidy(unit, user_id)


def used_passkey(unit: Unit, passkey_id: int, sign_count: int) -> None:
    """Note that a passkey signed."""
    unit.run(rows.change_passkey(passkey_id, {"sign_count": sign_count, "last_used_at": unit.now}))


def clear(unit: Unit, user_id: int, moderator: Account | None) -> None:
    """Remove every second factor of somebody who has lost them; the password alone signs in then."""
    user = unit.get(user_rows.by_id(user_id))
    unit.run(rows.drop_totp(user_id))
    unit.run(rows.drop_passkeys(user_id))
    unit.run(rows.drop_codes(user_id))
    unit.run(rows.forget_failures(user_id))
    unit.run(rows.drop_challenges(user_id))
    unit.record(AccountChanged(user_id, "factor-changed", about="cleared"))
    account = unit.get(account_rows.by_id(user.account_id))
    log_action(unit, moderator, "user.factors", account.uri, account.acct)


def _totp_is_right(unit: Unit, keyring: KeyRing, user_id: int, text: str) -> bool:
    known = unit.get(rows.totp_of(user_id))
    secret = keyring.open_secret(rows.owner_of(user_id), TOTP_PURPOSE, known.sealed)
    step = otp.matching_step(secret, text[:20], unit.now, known.last_step)
    return step is not None and unit.run(rows.spend_step(user_id, step)) > 0


def _spend_recovery(unit: Unit, user_id: int, text: str) -> bool:
    plain = "".join(text[:40].split()).replace("-", "").lower()
    return len(plain) == _CODE_BYTES * 8 // 5 and unit.run(rows.spend_code(user_id, hash_token(plain), unit.now)) > 0


def _new_codes(unit: Unit, user_id: int) -> list[str]:
    unit.run(rows.drop_codes(user_id))
    shown = []
    for _ in range(CODES):
        plain = base64.b32encode(random_bytes(_CODE_BYTES)).decode().lower()
        unit.run(rows.add_code({"id": unit.new_id(), "user_id": user_id, "code_hash": hash_token(plain)}))
        shown.append("-".join(plain[start : start + 4] for start in range(0, len(plain), 4)))
    return shown


def _tidy(unit: Unit, user_id: int) -> None:
    if unit.one(rows.has_any(user_id)) is None:
        unit.run(rows.drop_codes(user_id))
        unit.run(rows.forget_failures(user_id))


def _setup(unit: Unit, user_id: int, secret: bytes) -> Setup:
    user = unit.get(user_rows.by_id(user_id))
    name = unit.get(account_rows.by_id(user.account_id)).username
    account = f"{name}@{unit.site.domain}"
    return Setup(otp.secret_text(secret), otp.address(secret, issuer=unit.site.domain, account=account))
