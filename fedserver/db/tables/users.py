"""People who log in here: users, web sessions, invites, one-time links."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Table

from fedserver.db.metadata import flag, key_column, metadata, number, ref, text, time

users = Table(
    "users",
    metadata,
    key_column(),
    ref("account_id", "accounts.id", unique=True),
    ref("community_id", "communities.id"),
    text("email", null=True, unique=True),
    text("password_hash", null=True),
    # a preset: owner | admin | moderator | user
    text("role", default="user"),
    # a role that an admin composed, beside which the preset is "user"
    ref("role_id", "roles.id", null=True, on_delete="SET NULL", index=True),
    # unconfirmed (the address) | pending (approval) | active | disabled
    text("state", default="active"),
    # 1: moderators have not decided yet; shows once the address is confirmed
    flag("unapproved"),
    # an address whose owner has not answered the mail: not unique, nobody signs in with it
    text("unconfirmed_email", null=True),
    # the application that made the account, which alone may ask for another mail
    number("app_id", None),
    text("reason", default=""),
    text("locale", default="en"),
    number("default_visibility"),
    flag("default_sensitive"),
    text("default_language", null=True),
    # preferences that only clients read: expand media, spoilers, autoplay
    text("preferences", default="{}"),
    number("invite_id", None),
    # the address from which the account was made
    text("sign_up_ip", default=""),
    time("created_at"),
    time("confirmed_at", null=True),
    time("last_active_at", null=True),
    # raised by a password change, a suspension or a revocation: everything issued before it is void
    time("valid_after"),
)

sessions = Table(
    "sessions",
    metadata,
    key_column(),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    ref("user_id", "users.id", index=True),
    text("csrf"),
    text("ip", default=""),
    text("user_agent", default=""),
    time("created_at"),
    time("last_used_at"),
)

invites = Table(
    "invites",
    metadata,
    key_column(),
    text("code", unique=True),
    ref("user_id", "users.id", null=True, index=True),
    number("uses"),
    number("max_uses", None),
    time("created_at"),
    time("expires_at", null=True),
)

one_time_links = Table(
    "one_time_links",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    ref("user_id", "users.id", index=True),
    # confirm | reset
    text("purpose"),
    text("email", null=True),
    time("created_at"),
    time("expires_at"),
)
