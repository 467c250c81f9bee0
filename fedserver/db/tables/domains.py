"""Lists of domains that are subscribed to, their entries, and the follows that a suspended domain ended."""

from __future__ import annotations

from sqlalchemy import Index, Table

from fedserver.db.metadata import flag, key_column, metadata, number, partial, ref, text, time

domain_lists = Table(
    "domain_lists",
    metadata,
    key_column(),
    ref("community_id", "communities.id"),
    # the address, or the name that was given to a file
    text("uri"),
    text("title", default=""),
    # advise | shadow | enforce
    text("mode"),
    # where lists disagree the higher one holds
    number("priority"),
    # JSON list of the domains that are not taken over
    text("excludes", default="[]"),
    # new entries wait until somebody confirms them
    flag("drafts"),
    # more follows than this end only once somebody confirms it
    number("most_follows", 0),
    # take the next answer, however much shorter it is
    flag("shrink"),
    text("etag", default=""),
    # waiting | fetched | failed | dropped
    text("state", default="waiting"),
    text("problem", default=""),
    time("created_at"),
    time("fetched_at", null=True),
    Index("uq_domain_lists_uri", "community_id", "uri", unique=True),
)

domain_list_entries = Table(
    "domain_list_entries",
    metadata,
    key_column(),
    ref("list_id", "domain_lists.id"),
    text("domain"),
    text("severity"),
    flag("reject_media"),
    flag("reject_reports"),
    flag("obfuscate"),
    text("public_comment", default=""),
    # draft | confirmed | refused
    text("state"),
    # why it is a draft: new | follows | changed
    text("waits_for", default=""),
    # gone from the list: what it decided is undone, then the row goes
    flag("gone"),
    # what follows from it is not in line with it yet
    flag("stale", 1),
    # the decision that it made, and what that says (to be compared)
    number("decision_id", None),
    text("decided", default=""),
    time("created_at"),
    Index("uq_domain_list_entries_pair", "list_id", "domain", unique=True),
    partial("ix_domain_list_entries_stale", "list_id", where="stale = 1"),
)

# Follows that the suspension of a domain ended: what is made again when it is taken back.
severed_follows = Table(
    "severed_follows",
    metadata,
    key_column(),
    number("decision_id", None),
    # the account here, and the one on the other server
    ref("account_id", "accounts.id", index=True),
    ref("target_id", "accounts.id"),
    # following: from here to there; follower: from there to here
    text("direction"),
    text("uri", null=True),
    flag("show_reblogs", 1),
    flag("notify"),
    text("languages", null=True),
    time("followed_at"),
    time("created_at"),
    # asked (a new Follow was sent) | restored | impossible; '' while the domain is suspended
    text("outcome", default=""),
    time("restored_at", null=True),
    Index("ix_severed_follows_decision", "decision_id"),
    partial("ix_severed_follows_open", "target_id", where="outcome = ''"),
)
