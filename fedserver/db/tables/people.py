"""What moderators keep about people: roles that an admin composes, notes, texts of warnings that are used again."""

from __future__ import annotations

from sqlalchemy import Index, Table

from fedserver.db.metadata import flag, key_column, metadata, number, ref, text, time

# beside the four presets of ``domain/roles.py``, which are no rows
roles = Table(
    "roles",
    metadata,
    key_column(),
    ref("community_id", "communities.id"),
    text("name"),
    # "#rrggbb", or '' for none
    text("color", default=""),
    # who stands higher may give it and act on its holders
    number("position"),
    # bits of Mastodon's role permissions
    number("permissions"),
    # whether profiles show it
    flag("highlighted"),
    time("created_at"),
    time("updated_at"),
    Index("uq_roles_name", "community_id", "name", unique=True),
)

moderator_notes = Table(
    "moderator_notes",
    metadata,
    key_column(),
    # account | report, and its row's id
    text("target"),
    number("target_id"),
    ref("author_id", "accounts.id", null=True, on_delete="SET NULL", index=True),
    text("text"),
    time("created_at"),
    Index("ix_moderator_notes_target", "target", "target_id", "id"),
)

warning_presets = Table(
    "warning_presets",
    metadata,
    key_column(),
    ref("community_id", "communities.id", index=True),
    text("title", default=""),
    text("text"),
    time("created_at"),
    time("updated_at"),
)
