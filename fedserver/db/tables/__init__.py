"""The tables, a file per noun. Reading order: ``accounts``, ``statuses``, then any."""

from __future__ import annotations

from fedserver.db.tables.accounts import account_keys, accounts
from fedserver.db.tables.announcements import announcement_reactions, announcement_reads, announcements
from fedserver.db.tables.cards import cards, status_cards
from fedserver.db.tables.conversations import conversation_statuses, conversations, thread_mutes
from fedserver.db.tables.discovery import (
    account_notes,
    endorsements,
    featured_tags,
    suggestion_dismissals,
    trend_days,
    trends,
)
from fedserver.db.tables.domains import domain_list_entries, domain_lists, severed_follows
from fedserver.db.tables.emojis import custom_emojis
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
from fedserver.db.tables.feeds import feed_entries, feed_snapshots, feed_subscriptions, feeds
from fedserver.db.tables.filters import filter_keywords, filter_statuses, filter_versions, filters
from fedserver.db.tables.jobs import jobs, meta
from fedserver.db.tables.known_bad import bad_hashes, bad_matches
from fedserver.db.tables.labelers import label_changes, label_choices, label_subscriptions, labelers
from fedserver.db.tables.ledger import appeals, decisions, shadow_hits, status_labels
from fedserver.db.tables.lists import list_accounts, list_entries, lists
from fedserver.db.tables.media import media_attachments
from fedserver.db.tables.moderation import (
    audit_log,
    communities,
    domain_policies,
    report_statuses,
    reports,
    rules,
)
from fedserver.db.tables.notices import (
    notification_permissions,
    notification_policies,
    notification_requests,
    push_subscriptions,
    severances,
)
from fedserver.db.tables.oauth import oauth_apps, oauth_codes, oauth_tokens
from fedserver.db.tables.own_feeds import own_feeds, own_orders, own_places, seen_posts
from fedserver.db.tables.people import moderator_notes, roles, warning_presets
from fedserver.db.tables.policy import policy_subscriptions, policy_versions
from fedserver.db.tables.polls import poll_votes, polls
from fedserver.db.tables.provenance import (
    media_hashes,
    media_provenance,
    provenance_claims,
    status_lineage,
    status_provenance,
)
from fedserver.db.tables.quotes import quotes
from fedserver.db.tables.reactions import bookmarks, favourites, markers, notifications
from fedserver.db.tables.relations import blocks, domain_blocks, follows, mutes
from fedserver.db.tables.relays import relays
from fedserver.db.tables.ruling import post_prints, rule_counts
from fedserver.db.tables.scheduled import scheduled_statuses
from fedserver.db.tables.search import account_search, status_search
from fedserver.db.tables.signals import post_signals
from fedserver.db.tables.signin import challenges, factor_failures, passkeys, recovery_codes, totp
from fedserver.db.tables.signup import (
    block_hits,
    canonical_email_blocks,
    email_domain_blocks,
    ip_blocks,
    username_blocks,
)
from fedserver.db.tables.statements import statements, tellings
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
from fedserver.db.tables.takedowns import bad_filers, takedown_targets, takedowns
from fedserver.db.tables.terms import terms_versions
from fedserver.db.tables.users import invites, one_time_links, sessions, users
from fedserver.db.tables.votes import ballots, electors, proposal_approvals, proposals

__all__ = [
    "account_keys",
    "account_notes",
    "account_search",
    "accounts",
    "activities",
    "announcement_reactions",
    "announcement_reads",
    "announcements",
    "appeals",
    "audit_log",
    "bad_filers",
    "bad_hashes",
    "bad_matches",
    "ballots",
    "block_hits",
    "blocks",
    "bookmarks",
    "canonical_email_blocks",
    "cards",
    "challenges",
    "communities",
    "conversation_statuses",
    "conversations",
    "custom_emojis",
    "dead_letters",
    "decisions",
    "deliveries",
    "domain_blocks",
    "domain_list_entries",
    "domain_lists",
    "domain_policies",
    "electors",
    "email_domain_blocks",
    "endorsements",
    "factor_failures",
    "favourites",
    "featured_tags",
    "feed_entries",
    "feed_snapshots",
    "feed_subscriptions",
    "feeds",
    "filter_keywords",
    "filter_statuses",
    "filter_versions",
    "filters",
    "followed_tags",
    "follows",
    "home_entries",
    "hosts",
    "idempotency_keys",
    "inbound",
    "inboxes",
    "invites",
    "ip_blocks",
    "jobs",
    "label_changes",
    "label_choices",
    "label_subscriptions",
    "labelers",
    "lanes",
    "list_accounts",
    "list_entries",
    "lists",
    "markers",
    "media_attachments",
    "media_hashes",
    "media_provenance",
    "mentions",
    "meta",
    "moderator_notes",
    "mutes",
    "notification_permissions",
    "notification_policies",
    "notification_requests",
    "notifications",
    "oauth_apps",
    "oauth_codes",
    "oauth_tokens",
    "one_time_links",
    "own_feeds",
    "own_orders",
    "own_places",
    "passkeys",
    "policy_subscriptions",
    "policy_versions",
    "poll_votes",
    "polls",
    "post_prints",
    "post_signals",
    "proposal_approvals",
    "proposals",
    "provenance_claims",
    "push_subscriptions",
    "quotes",
    "received",
    "recovery_codes",
    "relays",
    "report_statuses",
    "reports",
    "roles",
    "rule_counts",
    "rules",
    "scheduled_statuses",
    "seen_posts",
    "sessions",
    "severances",
    "severed_follows",
    "shadow_hits",
    "statements",
    "status_cards",
    "status_edits",
    "status_labels",
    "status_lineage",
    "status_provenance",
    "status_search",
    "status_tags",
    "statuses",
    "suggestion_dismissals",
    "tags",
    "takedown_targets",
    "takedowns",
    "tellings",
    "terms_versions",
    "thread_mutes",
    "tombstones",
    "totp",
    "trend_days",
    "trends",
    "username_blocks",
    "users",
    "warning_presets",
]
