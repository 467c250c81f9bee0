"""OAuth 2 applications, codes and tokens. Secrets, codes and tokens are stored as SHA-256 digests only."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Table

from fedserver.db.metadata import key_column, metadata, ref, text, time

oauth_apps = Table(
    "oauth_apps",
    metadata,
    key_column(),
    text("client_id", unique=True),
    Column("secret_hash", LargeBinary, nullable=False),
    text("name"),
    text("website", null=True),
    text("redirect_uris", default="[]"),
    text("scopes", default="read"),
    time("created_at"),
)

oauth_codes = Table(
    "oauth_codes",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    ref("app_id", "oauth_apps.id", index=True),
    ref("user_id", "users.id", index=True),
    text("redirect_uri"),
    text("scopes"),
    text("challenge", null=True),
    time("created_at"),
    time("expires_at"),
    # kept after use, so that a second use revokes what the first one issued (RFC 6749, 4.1.2)
    time("used_at", null=True),
)

oauth_tokens = Table(
    "oauth_tokens",
    metadata,
    key_column(),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    ref("app_id", "oauth_apps.id", null=True, index=True),
    ref("user_id", "users.id", null=True, index=True),
    Column("code_hash", LargeBinary, nullable=True, index=True),
    # a personal token has a name and no application
    text("name", null=True),
    text("scopes"),
    time("created_at"),
    time("last_used_at", null=True),
    time("expires_at", null=True),
    time("revoked_at", null=True),
)
