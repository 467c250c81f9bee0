"""Media that nobody may show here, by their hashes alone, and what was recognised by them."""

from __future__ import annotations

from sqlalchemy import Index, Table

from fedserver.db.metadata import key_column, metadata, number, partial, text, time

bad_hashes = Table(
    "bad_hashes",
    metadata,
    key_column(),
    # sha256 | pdq; 64 hexadecimal digits both
    text("kind"),
    text("value"),
    # minors | intimate | extremism | copyright | other
    text("category"),
    # where it is from: the name that an admin gave to a file, or 'take-down'
    text("list"),
    # a note of the list, for moderators
    text("note", default=""),
    # pdq: how many bits of 256 may differ
    number("distance", 31),
    # the ban that added it; it goes when the ban is undone
    number("decision_id", None),
    time("created_at"),
    Index("uq_bad_hashes_value", "kind", "value", "list", unique=True),
    Index("ix_bad_hashes_list", "list", "id"),
    partial("ix_bad_hashes_decision", "decision_id", where="decision_id IS NOT NULL"),
)

# What is kept as evidence. The file itself is not: a row outlives the medium, the post and the hash.
bad_matches = Table(
    "bad_matches",
    metadata,
    key_column(),
    number("hash_id", None),
    text("kind"),
    # of the list, and of the file; how many bits of a PDQ hash differ
    text("value"),
    text("found"),
    number("distance"),
    text("category"),
    text("list"),
    number("media_id", None),
    number("status_id", None),
    number("account_id", None),
    # the post or the file at its server, and who posted it
    text("uri", default=""),
    text("acct", default=""),
    # JSON: type, bytes, width, height, digest of the file
    text("about", default="{}"),
    # the decision that withholds it; null for an upload that was refused
    number("decision_id", None),
    time("created_at"),
    # confirmed | mistaken; '' until a moderator says which
    text("verdict", default=""),
    number("decided_by", None),
    time("decided_at", null=True),
    Index("ix_bad_matches_media", "media_id"),
    Index("ix_bad_matches_status", "status_id"),
    partial("ix_bad_matches_open", "id", where="verdict = ''"),
)
