"""The tables, a file per noun. Reading order: ``accounts``, ``statuses``, then any."""

from __future__ import annotations

from fedserver.db.tables.accounts import account_keys, accounts
from fedserver.db.tables.federation import (
    activities,
    dead_letters,
    deliveries,
    hosts,
    inbound,
    inboxes,
    lanes,
    received,
)
from fedserver.db.tables.jobs import jobs, meta
from fedserver.db.tables.media import media_attachments
from fedserver.db.tables.moderation import (
    audit_log,
    communities,
    domain_policies,
    report_statuses,
    reports,
    rules,
)
from fedserver.db.tables.oauth import oauth_apps, oauth_codes, oauth_tokens
from fedserver.db.tables.reactions import bookmarks, favourites, markers, notifications
from fedserver.db.tables.relations import blocks, domain_blocks, follows, mutes
from fedserver.db.tables.statuses import (
    followed_tags,
    home_entries,
    idempotency_keys,
    mentions,
    status_edits,
    status_tags,
    statuses,
    tags,
    tombstones,
)
from fedserver.db.tables.users import invites, one_time_links, sessions, users

__all__ = [
    "account_keys",
    "accounts",
    "activities",
    "audit_log",
    "blocks",
    "bookmarks",
    "communities",
    "dead_letters",
    "deliveries",
    "domain_blocks",
    "domain_policies",
    "favourites",
    "followed_tags",
    "follows",
    "home_entries",
    "hosts",
    "idempotency_keys",
    "inbound",
    "inboxes",
    "invites",
    "jobs",
    "lanes",
    "markers",
    "media_attachments",
    "mentions",
    "meta",
    "mutes",
    "notifications",
    "oauth_apps",
    "oauth_codes",
    "oauth_tokens",
    "one_time_links",
    "received",
    "report_statuses",
    "reports",
    "rules",
    "sessions",
    "status_edits",
    "status_tags",
    "statuses",
    "tags",
    "tombstones",
    "users",
]
