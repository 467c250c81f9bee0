"""Who says how a medium was made, what its generator was told, what a post builds on, and what media look like."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table

from fedserver.db.metadata import Key, flag, key_column, metadata, number, ref, text, time

# One row a statement. A claim is never changed but to be revoked: the history of a medium is these rows.
provenance_claims = Table(
    "provenance_claims",
    metadata,
    key_column(),
    ref("media_id", "media_attachments.id", index=True),
    # see domain/provenance/claims.py for the words
    text("basis"),
    # an account of ours or of a peer who says so; else `by_name` (a host, the subject of a certificate)
    ref("account_id", "accounts.id", null=True, index=True),
    text("by_name", default=""),
    text("source_type", default=""),
    text("tool", default=""),
    text("tool_version", default=""),
    # JSON list of names
    text("models", default="[]"),
    text("integrity"),
    text("signature"),
    text("trust"),
    # JSON object
    text("evidence", default="{}"),
    time("created_at"),
    time("revoked_at", null=True),
)

media_provenance = Table(
    "media_provenance",
    metadata,
    Column(
        "media_id", Key, ForeignKey("media_attachments.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    # derived from the claims, kept for timelines and search: a word of domain/provenance/labels.py
    text("label", index=True),
    # JSON list of model names, in small letters, for search
    text("models", default="[]"),
    text("tool", default=""),
    # SPDX identifier or a URL, of the medium; '' where nothing was said
    text("license", default=""),
    # how the bytes at `url` came to be: original | stripped | signed (a derivative that this node signed) | remote
    text("serving", default="stripped"),
    # pending | read | unreadable | none
    text("reading", default="none"),
    # digest of the bytes that claims about bytes were checked on (multibase), where these are not the served ones
    text("checked_digest", null=True),
    # JSON of domain/provenance/recipes.py; null where nothing was found or said
    text("recipe", null=True),
    # 1: the author's program spoke of how it was made, if only to say nothing: hashtags and defaults do not
    flag("spoken"),
    flag("publish_prompt"),
    flag("publish_workflow"),
    # what another server said in words, JSON: shown as its claim, kept to tell a change
    text("remote", null=True),
    time("read_at", null=True),
)

# What a post says of its own text, and whether others may build on it
status_provenance = Table(
    "status_provenance",
    metadata,
    Column("status_id", Key, ForeignKey("statuses.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    # generated | assisted | not_ai | ''
    text("text_made", default=""),
    flag("no_remix"),
    # refuse | allow that models are trained with it; '' as its author has it
    text("training", default=""),
)

status_lineage = Table(
    "status_lineage",
    metadata,
    key_column(),
    ref("status_id", "statuses.id"),
    number("position"),
    # what it is based on: a post that is known here, or only an address
    ref("based_on_id", "statuses.id", null=True, on_delete="SET NULL", index=True),
    text("based_on_uri"),
    Index("uq_status_lineage", "status_id", "based_on_uri", unique=True),
)

media_hashes = Table(
    "media_hashes",
    metadata,
    Column(
        "media_id", Key, ForeignKey("media_attachments.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    # PDQ, 64 hexadecimal digits, of the smallest of the eight turned and mirrored pictures; quality 0 to 100
    text("pdq", index=True),
    number("quality"),
    # the first medium of the variations that this one belongs to
    number("group_id", None),
    Index("ix_media_hashes_group_id", "group_id"),
)
