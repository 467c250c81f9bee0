"""Cards of links: one for each address, shared by every post that links there."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint, Table

from fedserver.db.metadata import key_column, metadata, number, ref, text, time

cards = Table(
    "cards",
    metadata,
    key_column(),
    text("url", unique=True),
    # waiting | ready | none: nothing to show (yet), a card, a page that has none
    text("state", default="waiting"),
    # link | photo | video
    text("kind", default="link"),
    text("title", default=""),
    text("description", default=""),
    text("language", null=True),
    text("author_name", default=""),
    text("author_url", default=""),
    # the account that the page names as its author, if that account names the page's host
    number("author_account_id", None),
    text("provider_name", default=""),
    text("provider_url", default=""),
    # media_attachments.id of our copy of the picture
    number("image_id", None),
    text("image_description", default=""),
    time("published_at", null=True),
    time("created_at"),
    time("fetched_at", null=True),
)

status_cards = Table(
    "status_cards",
    metadata,
    ref("status_id", "statuses.id"),
    ref("card_id", "cards.id"),
    # of the post: who shares a link how often is counted by account
    ref("account_id", "accounts.id"),
    PrimaryKeyConstraint("status_id"),
    Index("ix_status_cards_card_id", "card_id", "status_id"),
    Index("ix_status_cards_account_id", "account_id"),
    sqlite_with_rowid=False,
)
