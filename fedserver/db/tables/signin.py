"""Second factors: one-time codes (RFC 6238), recovery codes, passkeys (WebAuthn), and sign-ins half done."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Table

from fedserver.db.metadata import flag, key_column, metadata, number, ref, text, time

# One row a user who has set up, or is setting up, one-time codes.
totp = Table(
    "totp",
    metadata,
    ref("user_id", "users.id", primary_key=True),
    # the shared secret, sealed with the master key
    Column("sealed", LargeBinary, nullable=False),
    # null while the first code has not been shown
    time("confirmed_at", null=True),
    # the 30-second step of the last code that was taken: a code works once
    number("last_step"),
    time("created_at"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    key_column(),
    ref("user_id", "users.id", index=True),
    Column("code_hash", LargeBinary, nullable=False, unique=True),
    time("used_at", null=True),
)

passkeys = Table(
    "passkeys",
    metadata,
    key_column(),
    ref("user_id", "users.id", index=True),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    # COSE (RFC 9052)
    Column("public_key", LargeBinary, nullable=False),
    number("sign_count"),
    text("name"),
    time("created_at"),
    time("last_used_at", null=True),
)

# What the browser holds a cookie for between two steps: the password was right and the second factor is missing
# (``user_id`` set), a passkey is to say who it is (null), or a signed-in user registers one.
challenges = Table(
    "challenges",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    ref("user_id", "users.id", null=True, index=True),
    # sign-in | register
    text("purpose"),
    Column("challenge", LargeBinary, nullable=False),
    text("target", default="/"),
    time("created_at"),
    time("expires_at"),
)

# Wrong second factors in a row: whoever knows the password must not get to try all codes.
factor_failures = Table(
    "factor_failures",
    metadata,
    ref("user_id", "users.id", primary_key=True),
    number("failures"),
    time("locked_until"),
    flag("told"),
)
