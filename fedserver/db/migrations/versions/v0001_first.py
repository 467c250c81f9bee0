"""The first schema: every table, as the files of ``db/tables`` had it at the first release."""

# ruff: noqa: E501 - statements of the full text stand as they are run
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _bad_filers() -> None:
    op.create_table(
        "bad_filers",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("takedown_id", KEY, nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("expires_at", KEY, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bad_filers")),
    )
    op.create_index("uq_bad_filers_hash", "bad_filers", ["kind", "hash"], unique=True)


def _bad_hashes() -> None:
    op.create_table(
        "bad_hashes",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("distance", KEY, server_default="31", nullable=False),
        sa.Column("decision_id", KEY, nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bad_hashes")),
    )
    op.create_index(
        "ix_bad_hashes_decision",
        "bad_hashes",
        ["decision_id"],
        unique=False,
        sqlite_where=sa.text("decision_id IS NOT NULL"),
        postgresql_where=sa.text("decision_id IS NOT NULL"),
    )
    op.create_index("ix_bad_hashes_list", "bad_hashes", ["list", "id"], unique=False)
    op.create_index("uq_bad_hashes_value", "bad_hashes", ["kind", "value", "list"], unique=True)


def _bad_matches() -> None:
    op.create_table(
        "bad_matches",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("hash_id", KEY, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("distance", KEY, server_default="0", nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("media_id", KEY, nullable=True),
        sa.Column("status_id", KEY, nullable=True),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("uri", sa.Text(), server_default="", nullable=False),
        sa.Column("acct", sa.Text(), server_default="", nullable=False),
        sa.Column("about", sa.Text(), server_default="{}", nullable=False),
        sa.Column("decision_id", KEY, nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("verdict", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by", KEY, nullable=True),
        sa.Column("decided_at", KEY, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bad_matches")),
    )
    op.create_index("ix_bad_matches_media", "bad_matches", ["media_id"], unique=False)
    op.create_index(
        "ix_bad_matches_open",
        "bad_matches",
        ["id"],
        unique=False,
        sqlite_where=sa.text("verdict = ''"),
        postgresql_where=sa.text("verdict = ''"),
    )
    op.create_index("ix_bad_matches_status", "bad_matches", ["status_id"], unique=False)


def _block_hits() -> None:
    op.create_table(
        "block_hits",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("block_id", KEY, server_default="0", nullable=False),
        sa.Column("day", KEY, nullable=False),
        sa.Column("uses", KEY, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_block_hits")),
    )
    op.create_index("uq_block_hits_day", "block_hits", ["kind", "block_id", "day"], unique=True)


def _canonical_email_blocks() -> None:
    op.create_table(
        "canonical_email_blocks",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canonical_email_blocks")),
        sa.UniqueConstraint("digest", name=op.f("uq_canonical_email_blocks_digest")),
    )


def _cards() -> None:
    op.create_table(
        "cards",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("kind", sa.Text(), server_default="link", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("author_name", sa.Text(), server_default="", nullable=False),
        sa.Column("author_url", sa.Text(), server_default="", nullable=False),
        sa.Column("author_account_id", KEY, nullable=True),
        sa.Column("provider_name", sa.Text(), server_default="", nullable=False),
        sa.Column("provider_url", sa.Text(), server_default="", nullable=False),
        sa.Column("image_id", KEY, nullable=True),
        sa.Column("image_description", sa.Text(), server_default="", nullable=False),
        sa.Column("published_at", KEY, nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("fetched_at", KEY, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
        sa.UniqueConstraint("url", name=op.f("uq_cards_url")),
    )


def _communities() -> None:
    op.create_table(
        "communities",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("short_description", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("terms", sa.Text(), server_default="", nullable=False),
        sa.Column("privacy", sa.Text(), server_default="", nullable=False),
        sa.Column("contact_email", sa.Text(), server_default="", nullable=False),
        sa.Column("contact_account_id", KEY, nullable=True),
        sa.Column("registration", sa.Text(), server_default="approval", nullable=False),
        sa.Column("registration_message", sa.Text(), server_default="", nullable=False),
        sa.Column("invites_by", sa.Text(), server_default="moderator", nullable=False),
        sa.Column("languages", sa.Text(), server_default='["en"]', nullable=False),
        sa.Column("crawlers", sa.Text(), server_default="", nullable=False),
        sa.Column("refuse_crawlers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("log_servers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("log_moderators", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("updated_at", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_communities")),
        sa.UniqueConstraint("slug", name=op.f("uq_communities_slug")),
    )


def _custom_emojis() -> None:
    op.create_table(
        "custom_emojis",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("shortcode", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), server_default="", nullable=False),
        sa.Column("remote_url", sa.Text(), nullable=True),
        sa.Column("media_id", KEY, nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("visible", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("updated_at", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_emojis")),
    )
    op.create_index("uq_custom_emojis_name", "custom_emojis", ["domain", "shortcode"], unique=True)


def _dead_letters() -> None:
    op.create_table(
        "dead_letters",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("sender_id", KEY, server_default="0", nullable=False),
        sa.Column("inbox_url", sa.Text(), nullable=False),
        sa.Column("activity_uri", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("activity_id", KEY, nullable=False),
        sa.Column("inbox_id", KEY, nullable=False),
        sa.Column("attempts", KEY, server_default="0", nullable=False),
        sa.Column("not_before", KEY, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("activity_id", "inbox_id", name=op.f("pk_deliveries")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_deliveries_not_before",
        "deliveries",
        ["inbox_id"],
        unique=False,
        sqlite_where=sa.text("not_before > 0"),
        postgresql_where=sa.text("not_before > 0"),
    )


def _email_domain_blocks() -> None:
    op.create_table(
        "email_domain_blocks",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("allow_with_approval", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_domain_blocks")),
        sa.UniqueConstraint("domain", name=op.f("uq_email_domain_blocks_domain")),
    )


def _hosts() -> None:
    op.create_table(
        "hosts",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scheme", KEY, server_default="0", nullable=False),
        sa.Column("scheme_at", KEY, nullable=True),
        sa.Column("failures", KEY, server_default="0", nullable=False),
        sa.Column("failing_since", KEY, nullable=True),
        sa.Column("closed_until", KEY, server_default="0", nullable=False),
        sa.Column("last_success_at", KEY, nullable=True),
        sa.Column("last_contact_at", KEY, nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="ok", nullable=False),
        sa.Column("suspended", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hosts")),
        sa.UniqueConstraint("name", name=op.f("uq_hosts_name")),
    )
    op.create_index(
        "ix_hosts_shut",
        "hosts",
        ["id"],
        unique=False,
        sqlite_where=sa.text("suspended = 1 OR state = 'unavailable'"),
        postgresql_where=sa.text("suspended = 1 OR state = 'unavailable'"),
    )


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status_id", KEY, nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_idempotency_keys")),
        sqlite_with_rowid=False,
    )


def _inbound() -> None:
    op.create_table(
        "inbound",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("verified", sa.Text(), nullable=False),
        sa.Column("actor_uri", sa.Text(), nullable=False),
        sa.Column("received_at", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
    )


def _ip_blocks() -> None:
    op.create_table(
        "ip_blocks",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("updated_at", KEY, nullable=False),
        sa.Column("expires_at", KEY, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ip_blocks")),
        sa.UniqueConstraint("network", name=op.f("uq_ip_blocks_network")),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), server_default="{}", nullable=False),
        sa.Column("once", sa.Text(), nullable=True),
        sa.Column("run_at", KEY, nullable=False),
        sa.Column("attempts", KEY, server_default="0", nullable=False),
        sa.Column("lease_token", KEY, nullable=True),
        sa.Column("lease_until", KEY, server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("dead", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("once", name=op.f("uq_jobs_once")),
    )
    op.create_index("ix_jobs_due", "jobs", ["dead", "run_at"], unique=False)


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )


def _oauth_apps() -> None:
    op.create_table(
        "oauth_apps",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("redirect_uris", sa.Text(), server_default="[]", nullable=False),
        sa.Column("scopes", sa.Text(), server_default="read", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_apps")),
        sa.UniqueConstraint("client_id", name=op.f("uq_oauth_apps_client_id")),
    )


def _post_prints() -> None:
    op.create_table(
        "post_prints",
        sa.Column("status_id", KEY, autoincrement=False, nullable=False),
        sa.Column("words", KEY, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("status_id", name=op.f("pk_post_prints")),
    )
    op.create_index("ix_post_prints_words", "post_prints", ["words", "status_id"], unique=False)


def _received() -> None:
    op.create_table(
        "received",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", KEY, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_received")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_received_received_at"), "received", ["received_at"], unique=False)


def _relays() -> None:
    op.create_table(
        "relays",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("inbox_url", sa.Text(), nullable=False),
        sa.Column("inbox_id", KEY, server_default="0", nullable=False),
        sa.Column("actor_uri", sa.Text(), nullable=True),
        sa.Column("follow_uri", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relays")),
        sa.UniqueConstraint("actor_uri", name=op.f("uq_relays_actor_uri")),
        sa.UniqueConstraint("follow_uri", name=op.f("uq_relays_follow_uri")),
        sa.UniqueConstraint("inbox_url", name=op.f("uq_relays_inbox_url")),
    )


def _tags() -> None:
    op.create_table(
        "tags",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("name", name=op.f("uq_tags_name")),
    )


def _tombstones() -> None:
    op.create_table(
        "tombstones",
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("deleted_at", KEY, nullable=False),
        sa.Column("local", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("uri", name=op.f("pk_tombstones")),
    )


def _trend_days() -> None:
    op.create_table(
        "trend_days",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item_id", KEY, server_default="0", nullable=False),
        sa.Column("day", KEY, server_default="0", nullable=False),
        sa.Column("uses", KEY, server_default="0", nullable=False),
        sa.Column("accounts", KEY, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("kind", "item_id", "day", name=op.f("pk_trend_days")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trend_days_day", "trend_days", ["day"], unique=False)


def _trends() -> None:
    op.create_table(
        "trends",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item_id", KEY, server_default="0", nullable=False),
        sa.Column("place", KEY, server_default="0", nullable=False),
        sa.Column("score", KEY, server_default="0", nullable=False),
        sa.Column("peak", KEY, server_default="0", nullable=False),
        sa.Column("peak_at", KEY, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("kind", "item_id", name=op.f("pk_trends")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trends_place", "trends", ["kind", "place"], unique=False)


def _username_blocks() -> None:
    op.create_table(
        "username_blocks",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("exact", sa.Integer(), server_default="0", nullable=False),
        sa.Column("allow_with_approval", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_username_blocks")),
    )
    op.create_index("uq_username_blocks_pair", "username_blocks", ["folded", "exact"], unique=True)


def _announcements() -> None:
    op.create_table(
        "announcements",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("emojis", sa.Text(), server_default="[]", nullable=False),
        sa.Column("tags", sa.Text(), server_default="[]", nullable=False),
        sa.Column("account_ids", sa.Text(), server_default="[]", nullable=False),
        sa.Column("status_ids", sa.Text(), server_default="[]", nullable=False),
        sa.Column("starts_at", KEY, nullable=True),
        sa.Column("ends_at", KEY, nullable=True),
        sa.Column("all_day", sa.Integer(), server_default="0", nullable=False),
        sa.Column("published_at", KEY, nullable=True),
        sa.Column("publish_at", KEY, nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("updated_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_announcements_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
    )
    op.create_index("ix_announcements_published", "announcements", ["community_id", "published_at"], unique=False)


def _audit_log() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("actor_id", KEY, nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), server_default="{}", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_audit_log_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("actor_id", KEY, nullable=True),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("target_id", KEY, nullable=True),
        sa.Column("target_uri", sa.Text(), nullable=False),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("rule_id", sa.Text(), server_default="", nullable=False),
        sa.Column("norm", sa.Text(), server_default="", nullable=False),
        sa.Column("policy_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("policy_version", KEY, nullable=True),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("inputs", sa.Text(), nullable=True),
        sa.Column("before", sa.Text(), server_default="{}", nullable=False),
        sa.Column("report_id", KEY, nullable=True),
        sa.Column("group_id", KEY, nullable=True),
        sa.Column("public", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("expires_at", KEY, nullable=True),
        sa.Column("appeal_until", KEY, nullable=True),
        sa.Column("undone_at", KEY, nullable=True),
        sa.Column("undone_by", KEY, nullable=True),
        sa.Column("undone_because", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_decisions_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_account_id", "decisions", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_decisions_domain",
        "decisions",
        ["target_uri"],
        unique=False,
        sqlite_where=sa.text("target = 'domain' AND undone_at IS NULL"),
        postgresql_where=sa.text("target = 'domain' AND undone_at IS NULL"),
    )
    op.create_index(
        "ix_decisions_expiring",
        "decisions",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("expires_at IS NOT NULL AND undone_at IS NULL"),
        postgresql_where=sa.text("expires_at IS NOT NULL AND undone_at IS NULL"),
    )
    op.create_index(
        "ix_decisions_group",
        "decisions",
        ["group_id"],
        unique=False,
        sqlite_where=sa.text("group_id IS NOT NULL"),
        postgresql_where=sa.text("group_id IS NOT NULL"),
    )
    op.create_index(
        "ix_decisions_inputs",
        "decisions",
        ["appeal_until"],
        unique=False,
        sqlite_where=sa.text("inputs IS NOT NULL"),
        postgresql_where=sa.text("inputs IS NOT NULL"),
    )
    op.create_index(
        "ix_decisions_public",
        "decisions",
        ["id"],
        unique=False,
        sqlite_where=sa.text("public = 1"),
        postgresql_where=sa.text("public = 1"),
    )
    op.create_index(
        "ix_decisions_removed",
        "decisions",
        ["id"],
        unique=False,
        sqlite_where=sa.text("verb = 'remove' AND undone_at IS NULL"),
        postgresql_where=sa.text("verb = 'remove' AND undone_at IS NULL"),
    )
    op.create_index(
        "ix_decisions_report",
        "decisions",
        ["report_id"],
        unique=False,
        sqlite_where=sa.text("report_id IS NOT NULL"),
        postgresql_where=sa.text("report_id IS NOT NULL"),
    )
    op.create_index("ix_decisions_rule", "decisions", ["rule_id", "id"], unique=False)
    op.create_index("ix_decisions_target", "decisions", ["target", "target_id"], unique=False)
    op.create_index(
        "ix_decisions_version",
        "decisions",
        ["policy_version"],
        unique=False,
        sqlite_where=sa.text("policy_version IS NOT NULL"),
        postgresql_where=sa.text("policy_version IS NOT NULL"),
    )


def _domain_lists() -> None:
    op.create_table(
        "domain_lists",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("priority", KEY, server_default="0", nullable=False),
        sa.Column("excludes", sa.Text(), server_default="[]", nullable=False),
        sa.Column("drafts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("most_follows", KEY, server_default="0", nullable=False),
        sa.Column("shrink", sa.Integer(), server_default="0", nullable=False),
        sa.Column("etag", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("fetched_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_domain_lists_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domain_lists")),
    )
    op.create_index("uq_domain_lists_uri", "domain_lists", ["community_id", "uri"], unique=True)


def _domain_policies() -> None:
    op.create_table(
        "domain_policies",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("reject_media", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reject_reports", sa.Integer(), server_default="0", nullable=False),
        sa.Column("no_trends", sa.Integer(), server_default="0", nullable=False),
        sa.Column("obfuscate", sa.Integer(), server_default="0", nullable=False),
        sa.Column("private_comment", sa.Text(), server_default="", nullable=False),
        sa.Column("public_comment", sa.Text(), server_default="", nullable=False),
        sa.Column("decision_id", KEY, nullable=True),
        sa.Column("list_id", KEY, nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_domain_policies_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domain_policies")),
    )
    op.create_index("ix_domain_policies_domain", "domain_policies", ["domain"], unique=False)
    op.create_index(
        "ix_domain_policies_no_trends",
        "domain_policies",
        ["domain"],
        unique=False,
        sqlite_where=sa.text("no_trends = 1"),
        postgresql_where=sa.text("no_trends = 1"),
    )
    op.create_index("uq_domain_policies_pair", "domain_policies", ["community_id", "domain"], unique=True)


def _inboxes() -> None:
    op.create_table(
        "inboxes",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("host_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name=op.f("fk_inboxes_host_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inboxes")),
        sa.UniqueConstraint("url", name=op.f("uq_inboxes_url")),
    )
    op.create_index(op.f("ix_inboxes_host_id"), "inboxes", ["host_id"], unique=False)


def _labelers() -> None:
    op.create_table(
        "labelers",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("actor_uri", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("for_all", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cursor", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("fetched_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_labelers_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labelers")),
        sa.UniqueConstraint("uri", name=op.f("uq_labelers_uri")),
    )


def _policy_subscriptions() -> None:
    op.create_table(
        "policy_subscriptions",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("priority", KEY, server_default="0", nullable=False),
        sa.Column("excludes", sa.Text(), server_default="[]", nullable=False),
        sa.Column("actor_uri", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("version", KEY, server_default="0", nullable=False),
        sa.Column("hash", sa.Text(), server_default="", nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("fetched_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_policy_subscriptions_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_subscriptions")),
    )
    op.create_index("uq_policy_subscriptions_uri", "policy_subscriptions", ["community_id", "uri"], unique=True)


def _policy_versions() -> None:
    op.create_table(
        "policy_versions",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("version", KEY, server_default="0", nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("signed", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("actor_id", KEY, nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("enacted_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_policy_versions_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_versions")),
    )
    op.create_index(
        "uq_policy_versions_enacted",
        "policy_versions",
        ["community_id", "version"],
        unique=True,
        sqlite_where=sa.text("enacted_at IS NOT NULL"),
        postgresql_where=sa.text("enacted_at IS NOT NULL"),
    )
    op.create_index("uq_policy_versions_hash", "policy_versions", ["community_id", "hash"], unique=True)


def _proposals() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("proposer_id", KEY, nullable=True),
        sa.Column("base_version", KEY, server_default="0", nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("needs", sa.Text(), nullable=False),
        sa.Column("returns_to", KEY, nullable=True),
        sa.Column("undoes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("status_id", KEY, nullable=True),
        sa.Column("quorum", KEY, server_default="0", nullable=False),
        sa.Column("majority", KEY, server_default="0", nullable=False),
        sa.Column("electors", KEY, server_default="0", nullable=False),
        sa.Column("yes", KEY, nullable=True),
        sa.Column("no", KEY, nullable=True),
        sa.Column("abstained", KEY, nullable=True),
        sa.Column("version", KEY, nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("closes_at", KEY, nullable=True),
        sa.Column("decided_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_proposals_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index(
        "ix_proposals_open",
        "proposals",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_proposals_status_id",
        "proposals",
        ["status_id"],
        unique=True,
        sqlite_where=sa.text("status_id IS NOT NULL"),
        postgresql_where=sa.text("status_id IS NOT NULL"),
    )


def _roles() -> None:
    op.create_table(
        "roles",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("color", sa.Text(), server_default="", nullable=False),
        sa.Column("position", KEY, server_default="0", nullable=False),
        sa.Column("permissions", KEY, server_default="0", nullable=False),
        sa.Column("highlighted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("updated_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_roles_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
    )
    op.create_index("uq_roles_name", "roles", ["community_id", "name"], unique=True)


def _rule_counts() -> None:
    op.create_table(
        "rule_counts",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("day", KEY, server_default="0", nullable=False),
        sa.Column("hits", KEY, server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_rule_counts_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "community_id", "rule_id", "policy_hash", "mode", "verb", "day", name=op.f("pk_rule_counts")
        ),
        sqlite_with_rowid=False,
    )


def _rules() -> None:
    op.create_table(
        "rules",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("position", KEY, server_default="0", nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), server_default="", nullable=False),
        sa.Column("translations", sa.Text(), server_default="{}", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_rules_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
    )
    op.create_index(op.f("ix_rules_community_id"), "rules", ["community_id"], unique=False)


def _shadow_hits() -> None:
    op.create_table(
        "shadow_hits",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("target_id", KEY, nullable=True),
        sa.Column("target_uri", sa.Text(), nullable=False),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_shadow_hits_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_hits")),
    )
    op.create_index("ix_shadow_hits_rule", "shadow_hits", ["rule_id", "id"], unique=False)
    op.create_index("uq_shadow_hits", "shadow_hits", ["rule_id", "policy_hash", "verb", "target_uri"], unique=True)


def _takedowns() -> None:
    op.create_table(
        "takedowns",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("locale", sa.Text(), server_default="en", nullable=False),
        sa.Column("email_hash", sa.Text(), nullable=False),
        sa.Column("domain_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("mail_hash", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("confirmed_at", KEY, nullable=True),
        sa.Column("hidden_at", KEY, nullable=True),
        sa.Column("due_at", KEY, nullable=True),
        sa.Column("escalations", KEY, server_default="0", nullable=False),
        sa.Column("escalated_at", KEY, nullable=True),
        sa.Column("decided_at", KEY, nullable=True),
        sa.Column("decided_by", KEY, nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("bad_faith", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_takedowns_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takedowns")),
    )
    op.create_index("ix_takedowns_email", "takedowns", ["email_hash", "created_at"], unique=False)
    op.create_index(
        "ix_takedowns_open",
        "takedowns",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "uq_takedowns_mail",
        "takedowns",
        ["mail_hash"],
        unique=True,
        sqlite_where=sa.text("mail_hash IS NOT NULL"),
        postgresql_where=sa.text("mail_hash IS NOT NULL"),
    )
    op.create_index("uq_takedowns_token", "takedowns", ["token_hash"], unique=True)


def _terms_versions() -> None:
    op.create_table(
        "terms_versions",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("effective_date", sa.Text(), nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_terms_versions_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms_versions")),
    )
    op.create_index("uq_terms_versions_date", "terms_versions", ["community_id", "effective_date"], unique=True)


def _warning_presets() -> None:
    op.create_table(
        "warning_presets",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("updated_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_warning_presets_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warning_presets")),
    )
    op.create_index(op.f("ix_warning_presets_community_id"), "warning_presets", ["community_id"], unique=False)


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), server_default="", nullable=False),
        sa.Column("handle_key", sa.Text(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("actor_type", sa.Text(), server_default="Person", nullable=False),
        sa.Column("display_name", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("note_source", sa.Text(), server_default="", nullable=False),
        sa.Column("fields", sa.Text(), server_default="[]", nullable=False),
        sa.Column("emojis", sa.Text(), server_default="[]", nullable=False),
        sa.Column("avatar_id", KEY, nullable=True),
        sa.Column("header_id", KEY, nullable=True),
        sa.Column("locked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("bot", sa.Integer(), server_default="0", nullable=False),
        sa.Column("operator", sa.Text(), server_default="", nullable=False),
        sa.Column("discoverable", sa.Integer(), server_default="0", nullable=False),
        sa.Column("indexable", sa.Integer(), server_default="0", nullable=False),
        sa.Column("hide_collections", sa.Integer(), server_default="0", nullable=False),
        sa.Column("inbox", sa.Text(), server_default="", nullable=False),
        sa.Column("shared_inbox", sa.Text(), nullable=True),
        sa.Column("outbox", sa.Text(), nullable=True),
        sa.Column("followers_uri", sa.Text(), nullable=True),
        sa.Column("following_uri", sa.Text(), nullable=True),
        sa.Column("featured_uri", sa.Text(), nullable=True),
        sa.Column("featured_tags_uri", sa.Text(), nullable=True),
        sa.Column("attribution_domains", sa.Text(), server_default="[]", nullable=False),
        sa.Column("inbox_id", KEY, nullable=True),
        sa.Column("also_known_as", sa.Text(), server_default="[]", nullable=False),
        sa.Column("moved_to_id", KEY, nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("updated_at", KEY, nullable=False),
        sa.Column("fetched_at", KEY, nullable=True),
        sa.Column("suspended_at", KEY, nullable=True),
        sa.Column("limited_at", KEY, nullable=True),
        sa.Column("sensitized_at", KEY, nullable=True),
        sa.Column("trust", KEY, nullable=True),
        sa.Column("badge", sa.Text(), server_default="", nullable=False),
        sa.Column("deleted_at", KEY, nullable=True),
        sa.Column("statuses_count", KEY, server_default="0", nullable=False),
        sa.Column("followers_count", KEY, server_default="0", nullable=False),
        sa.Column("following_count", KEY, server_default="0", nullable=False),
        sa.Column("last_status_at", KEY, nullable=True),
        sa.Column("training", sa.Text(), server_default="", nullable=False),
        sa.Column("version", KEY, server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inboxes.id"], name=op.f("fk_accounts_inbox_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("handle_key", name=op.f("uq_accounts_handle_key")),
        sa.UniqueConstraint("uri", name=op.f("uq_accounts_uri")),
    )
    op.create_index(
        "ix_accounts_directory",
        "accounts",
        ["last_status_at"],
        unique=False,
        sqlite_where=sa.text("discoverable = 1"),
        postgresql_where=sa.text("discoverable = 1"),
    )
    op.create_index("ix_accounts_domain", "accounts", ["domain"], unique=False)
    op.create_index("ix_accounts_inbox_id", "accounts", ["inbox_id"], unique=False)


def _ballots() -> None:
    op.create_table(
        "ballots",
        sa.Column("key", KEY, autoincrement=False, nullable=False),
        sa.Column("proposal_id", KEY, nullable=False),
        sa.Column("choice", KEY, server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_ballots_proposal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_ballots")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ballots_proposal_id", "ballots", ["proposal_id", "choice"], unique=False)


def _domain_list_entries() -> None:
    op.create_table(
        "domain_list_entries",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("list_id", KEY, nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("reject_media", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reject_reports", sa.Integer(), server_default="0", nullable=False),
        sa.Column("obfuscate", sa.Integer(), server_default="0", nullable=False),
        sa.Column("public_comment", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("waits_for", sa.Text(), server_default="", nullable=False),
        sa.Column("gone", sa.Integer(), server_default="0", nullable=False),
        sa.Column("stale", sa.Integer(), server_default="1", nullable=False),
        sa.Column("decision_id", KEY, nullable=True),
        sa.Column("decided", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"], ["domain_lists.id"], name=op.f("fk_domain_list_entries_list_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domain_list_entries")),
    )
    op.create_index(
        "ix_domain_list_entries_stale",
        "domain_list_entries",
        ["list_id"],
        unique=False,
        sqlite_where=sa.text("stale = 1"),
        postgresql_where=sa.text("stale = 1"),
    )
    op.create_index("uq_domain_list_entries_pair", "domain_list_entries", ["list_id", "domain"], unique=True)


def _label_changes() -> None:
    op.create_table(
        "label_changes",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("decision_id", KEY, nullable=False),
        sa.Column("status_id", KEY, server_default="0", nullable=False),
        sa.Column("gone", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_label_changes_decision_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_changes")),
    )
    op.create_index("uq_label_changes_decision", "label_changes", ["decision_id"], unique=True)


def _takedown_targets() -> None:
    op.create_table(
        "takedown_targets",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("takedown_id", KEY, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("status_id", KEY, nullable=True),
        sa.Column("media_id", KEY, nullable=True),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("report_id", KEY, nullable=True),
        sa.Column("hidden_by", sa.Text(), server_default="[]", nullable=False),
        sa.Column("decided_by", sa.Text(), server_default="[]", nullable=False),
        sa.Column("hidden_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["takedown_id"], ["takedowns.id"], name=op.f("fk_takedown_targets_takedown_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_takedown_targets")),
    )
    op.create_index(
        "ix_takedown_targets_hidden",
        "takedown_targets",
        ["hidden_at"],
        unique=False,
        sqlite_where=sa.text("hidden_at IS NOT NULL"),
        postgresql_where=sa.text("hidden_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_takedown_targets_takedown_id"), "takedown_targets", ["takedown_id"], unique=False)


def _account_keys() -> None:
    op.create_table(
        "account_keys",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("retired_at", KEY, nullable=True),
        sa.Column("expires_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_keys_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_keys")),
        sa.UniqueConstraint("uri", name=op.f("uq_account_keys_uri")),
    )
    op.create_index(op.f("ix_account_keys_account_id"), "account_keys", ["account_id"], unique=False)


def _account_notes() -> None:
    op.create_table(
        "account_notes",
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("target_id", KEY, nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("updated_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_notes_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["accounts.id"], name=op.f("fk_account_notes_target_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "target_id", name=op.f("pk_account_notes")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_account_notes_target_id"), "account_notes", ["target_id"], unique=False)


def _account_search() -> None:
    op.create_table(
        "account_search",
        sa.Column("account_id", KEY, autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_search_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_search")),
    )


def _activities() -> None:
    op.create_table(
        "activities",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("sender_id", KEY, nullable=False),
        sa.Column("object_key", KEY, server_default="0", nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["accounts.id"], name=op.f("fk_activities_sender_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
    )
    op.create_index(op.f("ix_activities_sender_id"), "activities", ["sender_id"], unique=False)


def _announcement_reactions() -> None:
    op.create_table(
        "announcement_reactions",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("announcement_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_announcement_reactions_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name=op.f("fk_announcement_reactions_announcement_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement_reactions")),
    )
    op.create_index(
        op.f("ix_announcement_reactions_account_id"), "announcement_reactions", ["account_id"], unique=False
    )
    op.create_index(
        "uq_announcement_reactions_one",
        "announcement_reactions",
        ["announcement_id", "name", "account_id"],
        unique=True,
    )


def _announcement_reads() -> None:
    op.create_table(
        "announcement_reads",
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("announcement_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_announcement_reads_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name=op.f("fk_announcement_reads_announcement_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "announcement_id", name=op.f("pk_announcement_reads")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_announcement_reads_announcement_id"), "announcement_reads", ["announcement_id"], unique=False
    )


def _appeals() -> None:
    op.create_table(
        "appeals",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("decision_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("decided_at", KEY, nullable=True),
        sa.Column("decided_by", KEY, nullable=True),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_appeals_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_appeals_decision_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_appeals_decision_id")),
    )
    op.create_index(op.f("ix_appeals_account_id"), "appeals", ["account_id"], unique=False)
    op.create_index(
        "ix_appeals_open",
        "appeals",
        ["id"],
        unique=False,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )


def _blocks() -> None:
    op.create_table(
        "blocks",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("target_id", KEY, nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_blocks_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["target_id"], ["accounts.id"], name=op.f("fk_blocks_target_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
        sa.UniqueConstraint("uri", name=op.f("uq_blocks_uri")),
    )
    op.create_index("ix_blocks_target", "blocks", ["target_id", "account_id"], unique=False)
    op.create_index("uq_blocks_pair", "blocks", ["account_id", "target_id"], unique=True)


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("thread_id", KEY, server_default="0", nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.Column("last_status_id", KEY, server_default="0", nullable=False),
        sa.Column("unread", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_conversations_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
    )
    op.create_index("ix_conversations_account_id", "conversations", ["account_id", "last_status_id"], unique=False)
    op.create_index("ix_conversations_last_status_id", "conversations", ["last_status_id"], unique=False)
    op.create_index("uq_conversations", "conversations", ["account_id", "thread_id", "people"], unique=True)


def _domain_blocks() -> None:
    op.create_table(
        "domain_blocks",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_domain_blocks_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domain_blocks")),
    )
    op.create_index("uq_domain_blocks_pair", "domain_blocks", ["account_id", "domain"], unique=True)


def _electors() -> None:
    op.create_table(
        "electors",
        sa.Column("proposal_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("voted", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_electors_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_electors_proposal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("proposal_id", "account_id", name=op.f("pk_electors")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_electors_account_id"), "electors", ["account_id"], unique=False)


def _endorsements() -> None:
    op.create_table(
        "endorsements",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("target_id", KEY, nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_endorsements_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["accounts.id"], name=op.f("fk_endorsements_target_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endorsements")),
    )
    op.create_index(op.f("ix_endorsements_target_id"), "endorsements", ["target_id"], unique=False)
    op.create_index("uq_endorsements_pair", "endorsements", ["account_id", "target_id"], unique=True)


def _featured_tags() -> None:
    op.create_table(
        "featured_tags",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("tag_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("statuses_count", KEY, server_default="0", nullable=False),
        sa.Column("last_status_at", KEY, nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_featured_tags_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_featured_tags_tag_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_featured_tags")),
    )
    op.create_index(op.f("ix_featured_tags_tag_id"), "featured_tags", ["tag_id"], unique=False)
    op.create_index("uq_featured_tags_pair", "featured_tags", ["account_id", "tag_id"], unique=True)


def _feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("actor_id", KEY, nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("trends", sa.Integer(), server_default="0", nullable=False),
        sa.Column("personal", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("ended_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["accounts.id"], name=op.f("fk_feeds_actor_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_feeds_community_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
    )
    op.create_index(op.f("ix_feeds_actor_id"), "feeds", ["actor_id"], unique=False)
    op.create_index("uq_feeds_name", "feeds", ["community_id", "name"], unique=True)


def _filter_versions() -> None:
    op.create_table(
        "filter_versions",
        sa.Column("account_id", KEY, autoincrement=False, nullable=False),
        sa.Column("version", KEY, server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_filter_versions_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_filter_versions")),
    )


def _filters() -> None:
    op.create_table(
        "filters",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("contexts", KEY, server_default="0", nullable=False),
        sa.Column("action", KEY, server_default="0", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("expires_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_filters_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filters")),
    )
    op.create_index(op.f("ix_filters_account_id"), "filters", ["account_id"], unique=False)


def _followed_tags() -> None:
    op.create_table(
        "followed_tags",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("tag_id", KEY, nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_followed_tags_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_followed_tags_tag_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_followed_tags")),
    )
    op.create_index(op.f("ix_followed_tags_tag_id"), "followed_tags", ["tag_id"], unique=False)
    op.create_index("uq_followed_tags", "followed_tags", ["account_id", "tag_id"], unique=True)


def _follows() -> None:
    op.create_table(
        "follows",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("target_id", KEY, nullable=False),
        sa.Column("state", sa.Text(), server_default="requested", nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("show_reblogs", sa.Integer(), server_default="1", nullable=False),
        sa.Column("notify", sa.Integer(), server_default="0", nullable=False),
        sa.Column("languages", sa.Text(), nullable=True),
        sa.Column("local", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_follows_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["target_id"], ["accounts.id"], name=op.f("fk_follows_target_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
        sa.UniqueConstraint("uri", name=op.f("uq_follows_uri")),
    )
    op.create_index("ix_follows_target", "follows", ["target_id", "state", "local", "account_id"], unique=False)
    op.create_index("uq_follows_pair", "follows", ["account_id", "target_id"], unique=True)


def _label_choices() -> None:
    op.create_table(
        "label_choices",
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("labeler_id", KEY, server_default="0", nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_label_choices_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "labeler_id", "value", name=op.f("pk_label_choices")),
        sqlite_with_rowid=False,
    )


def _label_subscriptions() -> None:
    op.create_table(
        "label_subscriptions",
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("labeler_id", KEY, nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_label_subscriptions_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["labeler_id"], ["labelers.id"], name=op.f("fk_label_subscriptions_labeler_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "labeler_id", name=op.f("pk_label_subscriptions")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_label_subscriptions_labeler_id"), "label_subscriptions", ["labeler_id"], unique=False)


def _lanes() -> None:
    op.create_table(
        "lanes",
        sa.Column("sender_id", KEY, nullable=False),
        sa.Column("host_id", KEY, nullable=False),
        sa.Column("next_at", KEY, server_default="0", nullable=False),
        sa.Column("failures", KEY, server_default="0", nullable=False),
        sa.Column("lease_token", KEY, nullable=True),
        sa.Column("lease_until", KEY, server_default="0", nullable=False),
        sa.Column("oldest", KEY, server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["host_id"], ["hosts.id"], name=op.f("fk_lanes_host_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["sender_id"], ["accounts.id"], name=op.f("fk_lanes_sender_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sender_id", "host_id", name=op.f("pk_lanes")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_lanes_host_id", "lanes", ["host_id"], unique=False)
    op.create_index(
        "ix_lanes_lease_token",
        "lanes",
        ["lease_token"],
        unique=False,
        sqlite_where=sa.text("lease_token IS NOT NULL"),
        postgresql_where=sa.text("lease_token IS NOT NULL"),
    )
    op.create_index("ix_lanes_next_at", "lanes", ["next_at"], unique=False)


def _lists() -> None:
    op.create_table(
        "lists",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("replies_policy", KEY, server_default="0", nullable=False),
        sa.Column("exclusive", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_lists_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lists")),
    )
    op.create_index(op.f("ix_lists_account_id"), "lists", ["account_id"], unique=False)


def _markers() -> None:
    op.create_table(
        "markers",
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("timeline", sa.Text(), nullable=False),
        sa.Column("last_read_id", KEY, server_default="0", nullable=False),
        sa.Column("version", KEY, server_default="1", nullable=False),
        sa.Column("updated_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_markers_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "timeline", name=op.f("pk_markers")),
        sqlite_with_rowid=False,
    )


def _moderator_notes() -> None:
    op.create_table(
        "moderator_notes",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("target_id", KEY, server_default="0", nullable=False),
        sa.Column("author_id", KEY, nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["accounts.id"], name=op.f("fk_moderator_notes_author_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderator_notes")),
    )
    op.create_index(op.f("ix_moderator_notes_author_id"), "moderator_notes", ["author_id"], unique=False)
    op.create_index("ix_moderator_notes_target", "moderator_notes", ["target", "target_id", "id"], unique=False)


def _mutes() -> None:
    op.create_table(
        "mutes",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("target_id", KEY, nullable=False),
        sa.Column("notifications", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("expires_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_mutes_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["target_id"], ["accounts.id"], name=op.f("fk_mutes_target_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mutes")),
    )
    op.create_index("ix_mutes_target", "mutes", ["target_id"], unique=False)
    op.create_index("uq_mutes_pair", "mutes", ["account_id", "target_id"], unique=True)


def _notification_permissions() -> None:
    op.create_table(
        "notification_permissions",
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("from_account_id", KEY, nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_notification_permissions_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["from_account_id"],
            ["accounts.id"],
            name=op.f("fk_notification_permissions_from_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "from_account_id", name=op.f("pk_notification_permissions")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_notification_permissions_from_account_id"),
        "notification_permissions",
        ["from_account_id"],
        unique=False,
    )


def _notification_policies() -> None:
    op.create_table(
        "notification_policies",
        sa.Column("account_id", KEY, autoincrement=False, nullable=False),
        sa.Column("for_not_following", sa.Text(), server_default="accept", nullable=False),
        sa.Column("for_not_followers", sa.Text(), server_default="accept", nullable=False),
        sa.Column("for_new_accounts", sa.Text(), server_default="accept", nullable=False),
        sa.Column("for_private_mentions", sa.Text(), server_default="filter", nullable=False),
        sa.Column("for_limited_accounts", sa.Text(), server_default="filter", nullable=False),
        sa.Column("updated_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_notification_policies_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_notification_policies")),
    )


def _own_feeds() -> None:
    op.create_table(
        "own_feeds",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), server_default="", nullable=False),
        sa.Column("policy_subscription_id", KEY, nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("forked_from", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("changed_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_own_feeds_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["policy_subscription_id"],
            ["policy_subscriptions.id"],
            name=op.f("fk_own_feeds_policy_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_feeds")),
    )
    op.create_index(op.f("ix_own_feeds_policy_subscription_id"), "own_feeds", ["policy_subscription_id"], unique=False)
    op.create_index("uq_own_feeds_chosen", "own_feeds", ["account_id", "policy_subscription_id", "name"], unique=True)


def _own_orders() -> None:
    op.create_table(
        "own_orders",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("list_id", KEY, server_default="0", nullable=False),
        sa.Column("actor_id", KEY, nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("size", KEY, server_default="0", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("checked_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_own_orders_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["accounts.id"], name=op.f("fk_own_orders_actor_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_orders")),
    )
    op.create_index(op.f("ix_own_orders_account_id"), "own_orders", ["account_id"], unique=False)
    op.create_index(op.f("ix_own_orders_actor_id"), "own_orders", ["actor_id"], unique=False)
    op.create_index("ix_own_orders_list", "own_orders", ["list_id", "id"], unique=False)


def _proposal_approvals() -> None:
    op.create_table(
        "proposal_approvals",
        sa.Column("proposal_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_proposal_approvals_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposals.id"], name=op.f("fk_proposal_approvals_proposal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("proposal_id", "account_id", name=op.f("pk_proposal_approvals")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_proposal_approvals_account_id"), "proposal_approvals", ["account_id"], unique=False)


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("target_id", KEY, nullable=False),
        sa.Column("category", sa.Text(), server_default="other", nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("rule_ids", sa.Text(), server_default="[]", nullable=False),
        sa.Column("forwarded", sa.Integer(), server_default="0", nullable=False),
        sa.Column("assigned_id", KEY, nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("updated_at", KEY, nullable=False),
        sa.Column("resolved_at", KEY, nullable=True),
        sa.Column("resolved_by", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_reports_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_reports_community_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["target_id"], ["accounts.id"], name=op.f("fk_reports_target_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("uri", name=op.f("uq_reports_uri")),
    )
    op.create_index(op.f("ix_reports_account_id"), "reports", ["account_id"], unique=False)
    op.create_index("ix_reports_open", "reports", ["resolved_at", "id"], unique=False)
    op.create_index(op.f("ix_reports_target_id"), "reports", ["target_id"], unique=False)


def _scheduled_statuses() -> None:
    op.create_table(
        "scheduled_statuses",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("scheduled_at", KEY, nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_scheduled_statuses_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduled_statuses")),
    )
    op.create_index("ix_scheduled_statuses_account", "scheduled_statuses", ["account_id", "id"], unique=False)


def _severances() -> None:
    op.create_table(
        "severances",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("target_name", sa.Text(), nullable=False),
        sa.Column("followers_count", KEY, server_default="0", nullable=False),
        sa.Column("following_count", KEY, server_default="0", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_severances_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_severances")),
    )
    op.create_index(op.f("ix_severances_account_id"), "severances", ["account_id"], unique=False)
    op.create_index(
        "uq_severances_event", "severances", ["account_id", "type", "target_name", "created_at"], unique=True
    )


def _severed_follows() -> None:
    op.create_table(
        "severed_follows",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("decision_id", KEY, nullable=True),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("target_id", KEY, nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("show_reblogs", sa.Integer(), server_default="1", nullable=False),
        sa.Column("notify", sa.Integer(), server_default="0", nullable=False),
        sa.Column("languages", sa.Text(), nullable=True),
        sa.Column("followed_at", KEY, nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("restored_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_severed_follows_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["accounts.id"], name=op.f("fk_severed_follows_target_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_severed_follows")),
    )
    op.create_index(op.f("ix_severed_follows_account_id"), "severed_follows", ["account_id"], unique=False)
    op.create_index("ix_severed_follows_decision", "severed_follows", ["decision_id"], unique=False)
    op.create_index(
        "ix_severed_follows_open",
        "severed_follows",
        ["target_id"],
        unique=False,
        sqlite_where=sa.text("outcome = ''"),
        postgresql_where=sa.text("outcome = ''"),
    )


def _statements() -> None:
    op.create_table(
        "statements",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("reasons", sa.Text(), server_default="[]", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_statements_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
    )
    op.create_index("ix_statements_account_id", "statements", ["account_id", "id"], unique=False)


def _statuses() -> None:
    op.create_table(
        "statuses",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("local", sa.Integer(), server_default="0", nullable=False),
        sa.Column("visibility", KEY, server_default="0", nullable=False),
        sa.Column("object_type", sa.Text(), server_default="Note", nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("spoiler", sa.Text(), server_default="", nullable=False),
        sa.Column("sensitive", sa.Integer(), server_default="0", nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("in_reply_to_id", KEY, nullable=True),
        sa.Column("in_reply_to_account_id", KEY, nullable=True),
        sa.Column("in_reply_to_uri", sa.Text(), nullable=True),
        sa.Column("thread_id", KEY, nullable=True),
        sa.Column("reblog_of_id", KEY, nullable=True),
        sa.Column("emojis", sa.Text(), server_default="[]", nullable=False),
        sa.Column("replies_uri", sa.Text(), nullable=True),
        sa.Column("replies_fetched_at", KEY, nullable=True),
        sa.Column("app_id", KEY, nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("edited_at", KEY, nullable=True),
        sa.Column("pinned_at", KEY, nullable=True),
        sa.Column("replies_count", KEY, server_default="0", nullable=False),
        sa.Column("reblogs_count", KEY, server_default="0", nullable=False),
        sa.Column("favourites_count", KEY, server_default="0", nullable=False),
        sa.Column("quotes_count", KEY, server_default="0", nullable=False),
        sa.Column("quote_policy", KEY, server_default="0", nullable=False),
        sa.Column("quoting", sa.Integer(), server_default="0", nullable=False),
        sa.Column("limits", sa.Text(), server_default="", nullable=False),
        sa.Column("provenance", KEY, server_default="0", nullable=False),
        sa.Column("version", KEY, server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_statuses_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["in_reply_to_id"], ["statuses.id"], name=op.f("fk_statuses_in_reply_to_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["reblog_of_id"], ["statuses.id"], name=op.f("fk_statuses_reblog_of_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statuses")),
        sa.UniqueConstraint("uri", name=op.f("uq_statuses_uri")),
    )
    op.create_index("ix_statuses_account_id", "statuses", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_statuses_in_reply_to_id",
        "statuses",
        ["in_reply_to_id", "account_id"],
        unique=False,
        sqlite_where=sa.text("in_reply_to_id IS NOT NULL"),
        postgresql_where=sa.text("in_reply_to_id IS NOT NULL"),
    )
    op.create_index(
        "ix_statuses_in_reply_to_uri",
        "statuses",
        ["in_reply_to_uri"],
        unique=False,
        sqlite_where=sa.text("in_reply_to_uri IS NOT NULL"),
        postgresql_where=sa.text("in_reply_to_uri IS NOT NULL"),
    )
    op.create_index(
        "ix_statuses_public",
        "statuses",
        ["id"],
        unique=False,
        sqlite_where=sa.text("visibility = 0 AND reblog_of_id IS NULL"),
        postgresql_where=sa.text("visibility = 0 AND reblog_of_id IS NULL"),
    )
    op.create_index(
        "ix_statuses_public_local",
        "statuses",
        ["id"],
        unique=False,
        sqlite_where=sa.text("visibility = 0 AND reblog_of_id IS NULL AND local = 1"),
        postgresql_where=sa.text("visibility = 0 AND reblog_of_id IS NULL AND local = 1"),
    )
    op.create_index(
        "ix_statuses_reblog_of_id",
        "statuses",
        ["reblog_of_id"],
        unique=False,
        sqlite_where=sa.text("reblog_of_id IS NOT NULL"),
        postgresql_where=sa.text("reblog_of_id IS NOT NULL"),
    )
    op.create_index("ix_statuses_thread_id", "statuses", ["thread_id"], unique=False)
    op.create_index(
        "uq_statuses_one_boost",
        "statuses",
        ["account_id", "reblog_of_id"],
        unique=True,
        sqlite_where=sa.text("reblog_of_id IS NOT NULL"),
        postgresql_where=sa.text("reblog_of_id IS NOT NULL"),
    )


def _suggestion_dismissals() -> None:
    op.create_table(
        "suggestion_dismissals",
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("target_id", KEY, nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_suggestion_dismissals_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["accounts.id"], name=op.f("fk_suggestion_dismissals_target_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "target_id", name=op.f("pk_suggestion_dismissals")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_suggestion_dismissals_target_id"), "suggestion_dismissals", ["target_id"], unique=False)


def _thread_mutes() -> None:
    op.create_table(
        "thread_mutes",
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("thread_id", KEY, server_default="0", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_thread_mutes_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "thread_id", name=op.f("pk_thread_mutes")),
        sqlite_with_rowid=False,
    )


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), server_default="user", nullable=False),
        sa.Column("role_id", KEY, nullable=True),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("unapproved", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unconfirmed_email", sa.Text(), nullable=True),
        sa.Column("app_id", KEY, nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("locale", sa.Text(), server_default="en", nullable=False),
        sa.Column("default_visibility", KEY, server_default="0", nullable=False),
        sa.Column("default_sensitive", sa.Integer(), server_default="0", nullable=False),
        sa.Column("default_language", sa.Text(), nullable=True),
        sa.Column("preferences", sa.Text(), server_default="{}", nullable=False),
        sa.Column("invite_id", KEY, nullable=True),
        sa.Column("sign_up_ip", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("confirmed_at", KEY, nullable=True),
        sa.Column("last_active_at", KEY, nullable=True),
        sa.Column("valid_after", KEY, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_users_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name=op.f("fk_users_community_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_users_role_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("account_id", name=op.f("uq_users_account_id")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_index(op.f("ix_users_role_id"), "users", ["role_id"], unique=False)


def _bookmarks() -> None:
    op.create_table(
        "bookmarks",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("status_id", KEY, nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_bookmarks_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_bookmarks_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookmarks")),
    )
    op.create_index(op.f("ix_bookmarks_status_id"), "bookmarks", ["status_id"], unique=False)
    op.create_index("uq_bookmarks_pair", "bookmarks", ["account_id", "status_id"], unique=True)


def _challenges() -> None:
    op.create_table(
        "challenges",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("target", sa.Text(), server_default="/", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("expires_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_challenges_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_challenges")),
    )
    op.create_index(op.f("ix_challenges_user_id"), "challenges", ["user_id"], unique=False)


def _conversation_statuses() -> None:
    op.create_table(
        "conversation_statuses",
        sa.Column("conversation_id", KEY, nullable=False),
        sa.Column("status_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_conversation_statuses_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_conversation_statuses_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation_id", "status_id", name=op.f("pk_conversation_statuses")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_conversation_statuses_status_id", "conversation_statuses", ["status_id"], unique=False)


def _factor_failures() -> None:
    op.create_table(
        "factor_failures",
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("failures", KEY, server_default="0", nullable=False),
        sa.Column("locked_until", KEY, nullable=False),
        sa.Column("told", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_factor_failures_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_factor_failures")),
    )


def _favourites() -> None:
    op.create_table(
        "favourites",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("status_id", KEY, nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("emoji", sa.Text(), nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_favourites_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_favourites_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_favourites")),
        sa.UniqueConstraint("uri", name=op.f("uq_favourites_uri")),
    )
    op.create_index("ix_favourites_status", "favourites", ["status_id", "id"], unique=False)
    op.create_index("uq_favourites_pair", "favourites", ["account_id", "status_id"], unique=True)


def _feed_snapshots() -> None:
    op.create_table(
        "feed_snapshots",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("feed_id", KEY, nullable=False),
        sa.Column("policy_hash", sa.Text(), nullable=False),
        sa.Column("size", KEY, server_default="0", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("inputs", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_feed_snapshots_feed_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_snapshots")),
    )
    op.create_index("ix_feed_snapshots_feed", "feed_snapshots", ["feed_id", "id"], unique=False)


def _feed_subscriptions() -> None:
    op.create_table(
        "feed_subscriptions",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("feed_id", KEY, nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_feed_subscriptions_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_feed_subscriptions_feed_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_subscriptions")),
    )
    op.create_index(op.f("ix_feed_subscriptions_feed_id"), "feed_subscriptions", ["feed_id"], unique=False)
    op.create_index("uq_feed_subscriptions_pair", "feed_subscriptions", ["account_id", "feed_id"], unique=True)


def _filter_keywords() -> None:
    op.create_table(
        "filter_keywords",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("filter_id", KEY, nullable=False),
        sa.Column("keyword", sa.Text(), nullable=False),
        sa.Column("whole_word", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["filter_id"], ["filters.id"], name=op.f("fk_filter_keywords_filter_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_keywords")),
    )
    op.create_index(op.f("ix_filter_keywords_filter_id"), "filter_keywords", ["filter_id"], unique=False)


def _filter_statuses() -> None:
    op.create_table(
        "filter_statuses",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("filter_id", KEY, nullable=False),
        sa.Column("status_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["filter_id"], ["filters.id"], name=op.f("fk_filter_statuses_filter_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_filter_statuses_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filter_statuses")),
    )
    op.create_index(op.f("ix_filter_statuses_status_id"), "filter_statuses", ["status_id"], unique=False)
    op.create_index("uq_filter_statuses_pair", "filter_statuses", ["filter_id", "status_id"], unique=True)


def _home_entries() -> None:
    op.create_table(
        "home_entries",
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("status_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_home_entries_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_home_entries_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "status_id", name=op.f("pk_home_entries")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_home_entries_status_id", "home_entries", ["status_id"], unique=False)


def _invites() -> None:
    op.create_table(
        "invites",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("uses", KEY, server_default="0", nullable=False),
        sa.Column("max_uses", KEY, nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("expires_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_invites_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invites")),
        sa.UniqueConstraint("code", name=op.f("uq_invites_code")),
    )
    op.create_index(op.f("ix_invites_user_id"), "invites", ["user_id"], unique=False)


def _list_accounts() -> None:
    op.create_table(
        "list_accounts",
        sa.Column("list_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("follow_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_list_accounts_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["follow_id"], ["follows.id"], name=op.f("fk_list_accounts_follow_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["list_id"], ["lists.id"], name=op.f("fk_list_accounts_list_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("list_id", "account_id", name=op.f("pk_list_accounts")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_list_accounts_account_id", "list_accounts", ["account_id", "list_id"], unique=False)
    op.create_index(op.f("ix_list_accounts_follow_id"), "list_accounts", ["follow_id"], unique=False)


def _list_entries() -> None:
    op.create_table(
        "list_entries",
        sa.Column("list_id", KEY, nullable=False),
        sa.Column("status_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["lists.id"], name=op.f("fk_list_entries_list_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_list_entries_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("list_id", "status_id", name=op.f("pk_list_entries")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_list_entries_status_id", "list_entries", ["status_id"], unique=False)


def _media_attachments() -> None:
    op.create_table(
        "media_attachments",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("status_id", KEY, nullable=True),
        sa.Column("scheduled_id", KEY, nullable=True),
        sa.Column("role", sa.Text(), server_default="attachment", nullable=False),
        sa.Column("position", KEY, server_default="0", nullable=False),
        sa.Column("kind", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("state", sa.Text(), server_default="processing", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("mime", sa.Text(), server_default="", nullable=False),
        sa.Column("remote_url", sa.Text(), nullable=True),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("original_key", sa.Text(), nullable=True),
        sa.Column("file_key", sa.Text(), nullable=True),
        sa.Column("preview_key", sa.Text(), nullable=True),
        sa.Column("size", KEY, nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("original_digest", sa.Text(), nullable=True),
        sa.Column("width", KEY, nullable=True),
        sa.Column("height", KEY, nullable=True),
        sa.Column("preview_width", KEY, nullable=True),
        sa.Column("preview_height", KEY, nullable=True),
        sa.Column("duration_ms", KEY, nullable=True),
        sa.Column("frame_rate", KEY, nullable=True),
        sa.Column("bitrate", KEY, nullable=True),
        sa.Column("blurhash", sa.Text(), nullable=True),
        sa.Column("focus_x", KEY, server_default="0", nullable=False),
        sa.Column("focus_y", KEY, server_default="0", nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("local", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("cached_at", KEY, nullable=True),
        sa.Column("used_at", KEY, nullable=True),
        sa.Column("withheld_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_media_attachments_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["scheduled_id"],
            ["scheduled_statuses.id"],
            name=op.f("fk_media_attachments_scheduled_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_media_attachments_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_attachments")),
    )
    op.create_index(op.f("ix_media_attachments_account_id"), "media_attachments", ["account_id"], unique=False)
    op.create_index(
        "ix_media_attachments_cached_at",
        "media_attachments",
        ["cached_at"],
        unique=False,
        sqlite_where=sa.text("cached_at IS NOT NULL"),
        postgresql_where=sa.text("cached_at IS NOT NULL"),
    )
    op.create_index(
        "ix_media_attachments_created_at",
        "media_attachments",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("status_id IS NULL"),
        postgresql_where=sa.text("status_id IS NULL"),
    )
    op.create_index(
        "ix_media_attachments_scheduled_id",
        "media_attachments",
        ["scheduled_id"],
        unique=False,
        sqlite_where=sa.text("scheduled_id IS NOT NULL"),
        postgresql_where=sa.text("scheduled_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_media_attachments_status_id"), "media_attachments", ["status_id"], unique=False)


def _mentions() -> None:
    op.create_table(
        "mentions",
        sa.Column("status_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_mentions_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["status_id"], ["statuses.id"], name=op.f("fk_mentions_status_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("status_id", "account_id", name=op.f("pk_mentions")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_mentions_account_id", "mentions", ["account_id", "status_id"], unique=False)


def _notification_requests() -> None:
    op.create_table(
        "notification_requests",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("from_account_id", KEY, nullable=False),
        sa.Column("last_status_id", KEY, nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("updated_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_notification_requests_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["from_account_id"],
            ["accounts.id"],
            name=op.f("fk_notification_requests_from_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["last_status_id"],
            ["statuses.id"],
            name=op.f("fk_notification_requests_last_status_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_requests")),
    )
    op.create_index("ix_notification_requests_account", "notification_requests", ["account_id", "id"], unique=False)
    op.create_index(
        op.f("ix_notification_requests_from_account_id"), "notification_requests", ["from_account_id"], unique=False
    )
    op.create_index(
        op.f("ix_notification_requests_last_status_id"), "notification_requests", ["last_status_id"], unique=False
    )
    op.create_index(
        "uq_notification_requests_pair", "notification_requests", ["account_id", "from_account_id"], unique=True
    )


def _notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("from_account_id", KEY, nullable=False),
        sa.Column("status_id", KEY, nullable=True),
        sa.Column("report_id", KEY, nullable=True),
        sa.Column("event_id", KEY, nullable=True),
        sa.Column("group_key", sa.Text(), nullable=True),
        sa.Column("filtered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("once", sa.Text(), nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_notifications_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["from_account_id"], ["accounts.id"], name=op.f("fk_notifications_from_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_notifications_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    op.create_index("ix_notifications_account", "notifications", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_notifications_filtered",
        "notifications",
        ["account_id", "from_account_id"],
        unique=False,
        sqlite_where=sa.text("filtered = 1"),
        postgresql_where=sa.text("filtered = 1"),
    )
    op.create_index(op.f("ix_notifications_from_account_id"), "notifications", ["from_account_id"], unique=False)
    op.create_index(
        "ix_notifications_group",
        "notifications",
        ["account_id", "group_key", "id"],
        unique=False,
        sqlite_where=sa.text("group_key IS NOT NULL"),
        postgresql_where=sa.text("group_key IS NOT NULL"),
    )
    op.create_index(op.f("ix_notifications_status_id"), "notifications", ["status_id"], unique=False)
    op.create_index("uq_notifications_once", "notifications", ["account_id", "once"], unique=True)


def _oauth_codes() -> None:
    op.create_table(
        "oauth_codes",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("app_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("challenge", sa.Text(), nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("expires_at", KEY, nullable=False),
        sa.Column("used_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(["app_id"], ["oauth_apps.id"], name=op.f("fk_oauth_codes_app_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_oauth_codes_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_oauth_codes")),
    )
    op.create_index(op.f("ix_oauth_codes_app_id"), "oauth_codes", ["app_id"], unique=False)
    op.create_index(op.f("ix_oauth_codes_user_id"), "oauth_codes", ["user_id"], unique=False)


def _oauth_tokens() -> None:
    op.create_table(
        "oauth_tokens",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("app_id", KEY, nullable=True),
        sa.Column("user_id", KEY, nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("last_used_at", KEY, nullable=True),
        sa.Column("expires_at", KEY, nullable=True),
        sa.Column("revoked_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(["app_id"], ["oauth_apps.id"], name=op.f("fk_oauth_tokens_app_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_oauth_tokens_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_oauth_tokens_token_hash")),
    )
    op.create_index(op.f("ix_oauth_tokens_app_id"), "oauth_tokens", ["app_id"], unique=False)
    op.create_index(op.f("ix_oauth_tokens_code_hash"), "oauth_tokens", ["code_hash"], unique=False)
    op.create_index(op.f("ix_oauth_tokens_user_id"), "oauth_tokens", ["user_id"], unique=False)


def _one_time_links() -> None:
    op.create_table(
        "one_time_links",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("expires_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_one_time_links_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_one_time_links")),
    )
    op.create_index(op.f("ix_one_time_links_user_id"), "one_time_links", ["user_id"], unique=False)


def _own_places() -> None:
    op.create_table(
        "own_places",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("place", KEY, server_default="0", nullable=False),
        sa.Column("status_id", KEY, nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["own_orders.id"], name=op.f("fk_own_places_order_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_own_places_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_places")),
    )
    op.create_index("ix_own_places_order", "own_places", ["order_id", "id", "place", "status_id"], unique=False)
    op.create_index(op.f("ix_own_places_status_id"), "own_places", ["status_id"], unique=False)


def _passkeys() -> None:
    op.create_table(
        "passkeys",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", KEY, server_default="0", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("last_used_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_passkeys_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_index(op.f("ix_passkeys_user_id"), "passkeys", ["user_id"], unique=False)


def _polls() -> None:
    op.create_table(
        "polls",
        sa.Column("status_id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("multiple", sa.Integer(), server_default="0", nullable=False),
        sa.Column("hide_totals", sa.Integer(), server_default="0", nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("votes_count", KEY, server_default="0", nullable=False),
        sa.Column("voters_count", KEY, nullable=True),
        sa.Column("expires_at", KEY, nullable=True),
        sa.Column("closed_at", KEY, nullable=True),
        sa.Column("fetched_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_polls_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["status_id"], ["statuses.id"], name=op.f("fk_polls_status_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("status_id", name=op.f("pk_polls")),
    )
    op.create_index(op.f("ix_polls_account_id"), "polls", ["account_id"], unique=False)


def _post_signals() -> None:
    op.create_table(
        "post_signals",
        sa.Column("status_id", KEY, autoincrement=False, nullable=False),
        sa.Column("likes_local", KEY, server_default="0", nullable=False),
        sa.Column("likes_remote", KEY, server_default="0", nullable=False),
        sa.Column("boosts_local", KEY, server_default="0", nullable=False),
        sa.Column("boosts_remote", KEY, server_default="0", nullable=False),
        sa.Column("replies_local", KEY, server_default="0", nullable=False),
        sa.Column("replies_remote", KEY, server_default="0", nullable=False),
        sa.Column("people", KEY, server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_post_signals_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("status_id", name=op.f("pk_post_signals")),
    )


def _quotes() -> None:
    op.create_table(
        "quotes",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("status_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("quoted_status_id", KEY, nullable=True),
        sa.Column("quoted_account_id", KEY, nullable=True),
        sa.Column("quoted_uri", sa.Text(), nullable=False),
        sa.Column("state", KEY, server_default="0", nullable=False),
        sa.Column("legacy", sa.Integer(), server_default="0", nullable=False),
        sa.Column("request_uri", sa.Text(), nullable=True),
        sa.Column("stamp_uri", sa.Text(), nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("updated_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_quotes_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["quoted_status_id"], ["statuses.id"], name=op.f("fk_quotes_quoted_status_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["status_id"], ["statuses.id"], name=op.f("fk_quotes_status_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
        sa.UniqueConstraint("request_uri", name=op.f("uq_quotes_request_uri")),
        sa.UniqueConstraint("stamp_uri", name=op.f("uq_quotes_stamp_uri")),
        sa.UniqueConstraint("status_id", name=op.f("uq_quotes_status_id")),
    )
    op.create_index(op.f("ix_quotes_account_id"), "quotes", ["account_id"], unique=False)
    op.create_index(
        "ix_quotes_pending",
        "quotes",
        ["quoted_uri"],
        unique=False,
        sqlite_where=sa.text("state = 0"),
        postgresql_where=sa.text("state = 0"),
    )
    op.create_index("ix_quotes_quoted", "quotes", ["quoted_status_id", "status_id"], unique=False)


def _recovery_codes() -> None:
    op.create_table(
        "recovery_codes",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_codes_code_hash")),
    )
    op.create_index(op.f("ix_recovery_codes_user_id"), "recovery_codes", ["user_id"], unique=False)


def _report_statuses() -> None:
    op.create_table(
        "report_statuses",
        sa.Column("report_id", KEY, nullable=False),
        sa.Column("status_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_statuses_report_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_report_statuses_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", "status_id", name=op.f("pk_report_statuses")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_report_statuses_status_id"), "report_statuses", ["status_id"], unique=False)


def _seen_posts() -> None:
    op.create_table(
        "seen_posts",
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("status_id", KEY, nullable=False),
        sa.Column("seen_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_seen_posts_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_seen_posts_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "status_id", name=op.f("pk_seen_posts")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_seen_posts_seen_at", "seen_posts", ["seen_at"], unique=False)
    op.create_index("ix_seen_posts_status_id", "seen_posts", ["status_id"], unique=False)


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("ip", sa.Text(), server_default="", nullable=False),
        sa.Column("user_agent", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("last_used_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)


def _status_cards() -> None:
    op.create_table(
        "status_cards",
        sa.Column("status_id", KEY, nullable=False),
        sa.Column("card_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_status_cards_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_status_cards_card_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_status_cards_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("status_id", name=op.f("pk_status_cards")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_status_cards_account_id", "status_cards", ["account_id"], unique=False)
    op.create_index("ix_status_cards_card_id", "status_cards", ["card_id", "status_id"], unique=False)


def _status_edits() -> None:
    op.create_table(
        "status_edits",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("status_id", KEY, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("spoiler", sa.Text(), server_default="", nullable=False),
        sa.Column("sensitive", sa.Integer(), server_default="0", nullable=False),
        sa.Column("media", sa.Text(), server_default="[]", nullable=False),
        sa.Column("poll", sa.Text(), server_default="", nullable=False),
        sa.Column("made", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_status_edits_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_edits")),
    )
    op.create_index(op.f("ix_status_edits_status_id"), "status_edits", ["status_id"], unique=False)


def _status_labels() -> None:
    op.create_table(
        "status_labels",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("status_id", KEY, nullable=False),
        sa.Column("labeler_id", KEY, nullable=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), server_default="label", nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("decision_id", KEY, nullable=True),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("expires_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["labeler_id"], ["labelers.id"], name=op.f("fk_status_labels_labeler_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_status_labels_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_labels")),
        sa.UniqueConstraint("uri", name=op.f("uq_status_labels_uri")),
    )
    op.create_index(op.f("ix_status_labels_labeler_id"), "status_labels", ["labeler_id"], unique=False)
    op.create_index(op.f("ix_status_labels_status_id"), "status_labels", ["status_id"], unique=False)
    op.create_index("uq_status_labels_decision", "status_labels", ["decision_id", "status_id"], unique=True)


def _status_lineage() -> None:
    op.create_table(
        "status_lineage",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("status_id", KEY, nullable=False),
        sa.Column("position", KEY, server_default="0", nullable=False),
        sa.Column("based_on_id", KEY, nullable=True),
        sa.Column("based_on_uri", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["based_on_id"], ["statuses.id"], name=op.f("fk_status_lineage_based_on_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_status_lineage_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_lineage")),
    )
    op.create_index(op.f("ix_status_lineage_based_on_id"), "status_lineage", ["based_on_id"], unique=False)
    op.create_index("uq_status_lineage", "status_lineage", ["status_id", "based_on_uri"], unique=True)


def _status_provenance() -> None:
    op.create_table(
        "status_provenance",
        sa.Column("status_id", KEY, autoincrement=False, nullable=False),
        sa.Column("text_made", sa.Text(), server_default="", nullable=False),
        sa.Column("no_remix", sa.Integer(), server_default="0", nullable=False),
        sa.Column("training", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_status_provenance_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("status_id", name=op.f("pk_status_provenance")),
    )


def _status_search() -> None:
    op.create_table(
        "status_search",
        sa.Column("status_id", KEY, autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_status_search_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("status_id", name=op.f("pk_status_search")),
    )


def _status_tags() -> None:
    op.create_table(
        "status_tags",
        sa.Column("tag_id", KEY, nullable=False),
        sa.Column("status_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_status_tags_status_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_status_tags_tag_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tag_id", "status_id", name=op.f("pk_status_tags")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_status_tags_status_id", "status_tags", ["status_id"], unique=False)


def _tellings() -> None:
    op.create_table(
        "tellings",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("decision_id", KEY, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("statement_id", KEY, nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_tellings_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_tellings_decision_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statements.id"], name=op.f("fk_tellings_statement_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tellings")),
    )
    op.create_index(op.f("ix_tellings_statement_id"), "tellings", ["statement_id"], unique=False)
    op.create_index(
        "ix_tellings_waiting",
        "tellings",
        ["account_id"],
        unique=False,
        sqlite_where=sa.text("statement_id IS NULL"),
        postgresql_where=sa.text("statement_id IS NULL"),
    )
    op.create_index("uq_tellings_decision", "tellings", ["decision_id", "what"], unique=True)


def _totp() -> None:
    op.create_table(
        "totp",
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", KEY, nullable=True),
        sa.Column("last_step", KEY, server_default="0", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_totp_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_totp")),
    )


def _feed_entries() -> None:
    op.create_table(
        "feed_entries",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("snapshot_id", KEY, nullable=False),
        sa.Column("place", KEY, server_default="0", nullable=False),
        sa.Column("status_id", KEY, nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["feed_snapshots.id"], name=op.f("fk_feed_entries_snapshot_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["status_id"], ["statuses.id"], name=op.f("fk_feed_entries_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_entries")),
    )
    op.create_index(
        "ix_feed_entries_snapshot", "feed_entries", ["snapshot_id", "id", "place", "status_id"], unique=False
    )
    op.create_index(op.f("ix_feed_entries_status_id"), "feed_entries", ["status_id"], unique=False)


def _media_hashes() -> None:
    op.create_table(
        "media_hashes",
        sa.Column("media_id", KEY, autoincrement=False, nullable=False),
        sa.Column("pdq", sa.Text(), nullable=False),
        sa.Column("quality", KEY, server_default="0", nullable=False),
        sa.Column("group_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media_attachments.id"], name=op.f("fk_media_hashes_media_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("media_id", name=op.f("pk_media_hashes")),
    )
    op.create_index("ix_media_hashes_group_id", "media_hashes", ["group_id"], unique=False)
    op.create_index(op.f("ix_media_hashes_pdq"), "media_hashes", ["pdq"], unique=False)


def _media_provenance() -> None:
    op.create_table(
        "media_provenance",
        sa.Column("media_id", KEY, autoincrement=False, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("models", sa.Text(), server_default="[]", nullable=False),
        sa.Column("tool", sa.Text(), server_default="", nullable=False),
        sa.Column("license", sa.Text(), server_default="", nullable=False),
        sa.Column("serving", sa.Text(), server_default="stripped", nullable=False),
        sa.Column("reading", sa.Text(), server_default="none", nullable=False),
        sa.Column("checked_digest", sa.Text(), nullable=True),
        sa.Column("recipe", sa.Text(), nullable=True),
        sa.Column("spoken", sa.Integer(), server_default="0", nullable=False),
        sa.Column("publish_prompt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("publish_workflow", sa.Integer(), server_default="0", nullable=False),
        sa.Column("remote", sa.Text(), nullable=True),
        sa.Column("read_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media_attachments.id"], name=op.f("fk_media_provenance_media_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("media_id", name=op.f("pk_media_provenance")),
    )
    op.create_index(op.f("ix_media_provenance_label"), "media_provenance", ["label"], unique=False)


def _poll_votes() -> None:
    op.create_table(
        "poll_votes",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("status_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("choice", KEY, server_default="0", nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_poll_votes_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["status_id"], ["polls.status_id"], name=op.f("fk_poll_votes_status_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_votes")),
        sa.UniqueConstraint("uri", name=op.f("uq_poll_votes_uri")),
    )
    op.create_index(op.f("ix_poll_votes_account_id"), "poll_votes", ["account_id"], unique=False)
    op.create_index("uq_poll_votes", "poll_votes", ["status_id", "account_id", "choice"], unique=True)


def _provenance_claims() -> None:
    op.create_table(
        "provenance_claims",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("media_id", KEY, nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("by_name", sa.Text(), server_default="", nullable=False),
        sa.Column("source_type", sa.Text(), server_default="", nullable=False),
        sa.Column("tool", sa.Text(), server_default="", nullable=False),
        sa.Column("tool_version", sa.Text(), server_default="", nullable=False),
        sa.Column("models", sa.Text(), server_default="[]", nullable=False),
        sa.Column("integrity", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("trust", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), server_default="{}", nullable=False),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("revoked_at", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_provenance_claims_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media_attachments.id"], name=op.f("fk_provenance_claims_media_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provenance_claims")),
    )
    op.create_index(op.f("ix_provenance_claims_account_id"), "provenance_claims", ["account_id"], unique=False)
    op.create_index(op.f("ix_provenance_claims_media_id"), "provenance_claims", ["media_id"], unique=False)


def _push_subscriptions() -> None:
    op.create_table(
        "push_subscriptions",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("token_id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.Text(), nullable=False),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("standard", sa.Integer(), server_default="0", nullable=False),
        sa.Column("alerts", sa.Text(), server_default="{}", nullable=False),
        sa.Column("policy", sa.Text(), server_default="all", nullable=False),
        sa.Column("sealed_token", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", KEY, nullable=False),
        sa.Column("updated_at", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_push_subscriptions_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["token_id"], ["oauth_tokens.id"], name=op.f("fk_push_subscriptions_token_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("token_id", name=op.f("uq_push_subscriptions_token_id")),
    )
    op.create_index(op.f("ix_push_subscriptions_account_id"), "push_subscriptions", ["account_id"], unique=False)


def _search() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE status_words USING fts5(words, content='status_search', content_rowid='status_id', tokenize='ascii', columnsize=0, prefix='4')"
        )
        op.execute(
            "CREATE TRIGGER status_words_added AFTER INSERT ON status_search BEGIN INSERT INTO status_words (rowid, words) VALUES (new.status_id, new.words); END"
        )
        op.execute(
            "CREATE TRIGGER status_words_dropped AFTER DELETE ON status_search BEGIN INSERT INTO status_words (status_words, rowid, words) VALUES ('delete', old.status_id, old.words); END"
        )
        op.execute(
            "CREATE TRIGGER status_words_changed AFTER UPDATE ON status_search BEGIN INSERT INTO status_words (status_words, rowid, words) VALUES ('delete', old.status_id, old.words); INSERT INTO status_words (rowid, words) VALUES (new.status_id, new.words); END"
        )
        op.execute(
            "CREATE VIRTUAL TABLE account_words USING fts5(words, content='account_search', content_rowid='account_id', tokenize='ascii', columnsize=0, prefix='4')"
        )
        op.execute(
            "CREATE TRIGGER account_words_added AFTER INSERT ON account_search BEGIN INSERT INTO account_words (rowid, words) VALUES (new.account_id, new.words); END"
        )
        op.execute(
            "CREATE TRIGGER account_words_dropped AFTER DELETE ON account_search BEGIN INSERT INTO account_words (account_words, rowid, words) VALUES ('delete', old.account_id, old.words); END"
        )
        op.execute(
            "CREATE TRIGGER account_words_changed AFTER UPDATE ON account_search BEGIN INSERT INTO account_words (account_words, rowid, words) VALUES ('delete', old.account_id, old.words); INSERT INTO account_words (rowid, words) VALUES (new.account_id, new.words); END"
        )
    else:
        op.execute("CREATE INDEX ix_status_search_words ON status_search USING gin (CAST(words AS tsvector))")
        op.execute("CREATE INDEX ix_account_search_words ON account_search USING gin (CAST(words AS tsvector))")


def upgrade() -> None:
    """To this version, from nothing."""
    _bad_filers()
    _bad_hashes()
    _bad_matches()
    _block_hits()
    _canonical_email_blocks()
    _cards()
    _communities()
    _custom_emojis()
    _dead_letters()
    _deliveries()
    _email_domain_blocks()
    _hosts()
    _idempotency_keys()
    _inbound()
    _ip_blocks()
    _jobs()
    _meta()
    _oauth_apps()
    _post_prints()
    _received()
    _relays()
    _tags()
    _tombstones()
    _trend_days()
    _trends()
    _username_blocks()
    _announcements()
    _audit_log()
    _decisions()
    _domain_lists()
    _domain_policies()
    _inboxes()
    _labelers()
    _policy_subscriptions()
    _policy_versions()
    _proposals()
    _roles()
    _rule_counts()
    _rules()
    _shadow_hits()
    _takedowns()
    _terms_versions()
    _warning_presets()
    _accounts()
    _ballots()
    _domain_list_entries()
    _label_changes()
    _takedown_targets()
    _account_keys()
    _account_notes()
    _account_search()
    _activities()
    _announcement_reactions()
    _announcement_reads()
    _appeals()
    _blocks()
    _conversations()
    _domain_blocks()
    _electors()
    _endorsements()
    _featured_tags()
    _feeds()
    _filter_versions()
    _filters()
    _followed_tags()
    _follows()
    _label_choices()
    _label_subscriptions()
    _lanes()
    _lists()
    _markers()
    _moderator_notes()
    _mutes()
    _notification_permissions()
    _notification_policies()
    _own_feeds()
    _own_orders()
    _proposal_approvals()
    _reports()
    _scheduled_statuses()
    _severances()
    _severed_follows()
    _statements()
    _statuses()
    _suggestion_dismissals()
    _thread_mutes()
    _users()
    _bookmarks()
    _challenges()
    _conversation_statuses()
    _factor_failures()
    _favourites()
    _feed_snapshots()
    _feed_subscriptions()
    _filter_keywords()
    _filter_statuses()
    _home_entries()
    _invites()
    _list_accounts()
    _list_entries()
    _media_attachments()
    _mentions()
    _notification_requests()
    _notifications()
    _oauth_codes()
    _oauth_tokens()
    _one_time_links()
    _own_places()
    _passkeys()
    _polls()
    _post_signals()
    _quotes()
    _recovery_codes()
    _report_statuses()
    _seen_posts()
    _sessions()
    _status_cards()
    _status_edits()
    _status_labels()
    _status_lineage()
    _status_provenance()
    _status_search()
    _status_tags()
    _tellings()
    _totp()
    _feed_entries()
    _media_hashes()
    _media_provenance()
    _poll_votes()
    _provenance_claims()
    _push_subscriptions()
    _search()
