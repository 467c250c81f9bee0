"""What rules count by: the words of recent posts, and how often each rule held."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table

from fedserver.db.metadata import Key, metadata, number, ref, text

# kept for a day, and only while a rule asks for copies
post_prints = Table(
    "post_prints",
    metadata,
    Column("status_id", Key, primary_key=True, autoincrement=False),
    # the same for the same words: ``domain/moderation/facts.print_of``
    number("words"),
    Index("ix_post_prints_words", "words", "status_id"),
)

# what a rule did or would have done, a row a day: also of what was never stored
rule_counts = Table(
    "rule_counts",
    metadata,
    ref("community_id", "communities.id"),
    text("rule_id"),
    text("policy_hash"),
    # enforce | shadow, and what it does: a rule is tried before it acts
    text("mode"),
    text("verb"),
    # days since the start of 1970
    number("day"),
    number("hits"),
    PrimaryKeyConstraint("community_id", "rule_id", "policy_hash", "mode", "verb", "day"),
    sqlite_with_rowid=False,
)
