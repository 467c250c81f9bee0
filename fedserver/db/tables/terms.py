"""Terms of service as they stood: each text with the day from which it holds."""

from __future__ import annotations

from sqlalchemy import Index, Table

from fedserver.db.metadata import key_column, metadata, ref, text, time

terms_versions = Table(
    "terms_versions",
    metadata,
    key_column(),
    ref("community_id", "communities.id"),
    text("text"),
    # 2026-11-22
    text("effective_date"),
    time("created_at"),
    Index("uq_terms_versions_date", "community_id", "effective_date", unique=True),
)
