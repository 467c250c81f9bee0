"""Relays: servers that pass public posts on to everybody who asked for it."""

from __future__ import annotations

from sqlalchemy import Table

from fedserver.db.metadata import key_column, metadata, number, text, time

relays = Table(
    "relays",
    metadata,
    key_column(),
    text("inbox_url", unique=True),
    # inboxes.id of that address
    number("inbox_id"),
    # the actor that answered: who speaks for the relay from then on
    text("actor_uri", null=True, unique=True),
    text("follow_uri", unique=True),
    # pending | accepted | rejected
    text("state", default="pending"),
    time("created_at"),
)
