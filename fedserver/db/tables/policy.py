"""A community's policy documents, each version kept, and those of other communities that it takes into account."""

from __future__ import annotations

from sqlalchemy import Index, Table

from fedserver.db.metadata import key_column, metadata, number, partial, ref, text, time

policy_versions = Table(
    "policy_versions",
    metadata,
    key_column(),
    ref("community_id", "communities.id"),
    number("version"),
    # sha256:... of the canonical form, and of the version (or the other community's document) that it came from
    text("hash"),
    text("parent", null=True),
    # the canonical values as JSON, and as the TOML that people read
    text("document"),
    text("source"),
    # the ActivityPub object with the proof of the community's key, JSON: published as it is
    text("signed"),
    # why, in the words of whoever changed it
    text("note", default=""),
    # null when the command line did it
    number("actor_id", None),
    time("created_at"),
    # null: signed, and not in force
    time("enacted_at", null=True),
    Index("uq_policy_versions_hash", "community_id", "hash", unique=True),
    # only one version of a number is ever in force
    partial("uq_policy_versions_enacted", "community_id", "version", where="enacted_at IS NOT NULL", unique=True),
)

policy_subscriptions = Table(
    "policy_subscriptions",
    metadata,
    key_column(),
    ref("community_id", "communities.id"),
    # the address that was given; what answers there bears its own
    text("uri"),
    # advise | shadow | enforce
    text("mode"),
    # where two disagree the higher one holds
    number("priority"),
    # JSON list of the ids of rules and norms that are not taken over
    text("excludes", default="[]"),
    # who signs it: fixed by the first answer
    text("actor_uri", null=True),
    text("name", default=""),
    number("version"),
    text("hash", default=""),
    # the canonical values as JSON; null until it was fetched, and again once its community took it back
    text("document", null=True),
    # waiting | fetched | failed | retracted
    text("state", default="waiting"),
    text("problem", default=""),
    time("created_at"),
    time("fetched_at", null=True),
    Index("uq_policy_subscriptions_uri", "community_id", "uri", unique=True),
)
