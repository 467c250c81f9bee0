"""What people did with posts, counted as it happens: what feeds are ranked by."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table

from fedserver.db.metadata import Key, metadata, number

# People, each once for a verb, without the post's author, groups, and whoever is suspended or deleted. No row: nobody.
# The counters of ``statuses`` say something else: what apps show, whoever did it
post_signals = Table(
    "post_signals",
    metadata,
    Column("status_id", Key, ForeignKey("statuses.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    # of this node, and of others
    number("likes_local"),
    number("likes_remote"),
    number("boosts_local"),
    number("boosts_remote"),
    number("replies_local"),
    number("replies_remote"),
    # who did any of these, each once
    number("people"),
)
