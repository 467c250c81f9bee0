"""Communities, their rules in words, reports, policies towards other servers, and the log of what was decided."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint, Table

from fedserver.db.metadata import flag, key_column, metadata, number, partial, ref, text, time

# Today one row, the node itself; everything that a community decides hangs on this id.
communities = Table(
    "communities",
    metadata,
    key_column(),
    text("slug", unique=True),
    text("title"),
    text("short_description", default=""),
    text("description", default=""),
    text("terms", default=""),
    text("privacy", default=""),
    text("contact_email", default=""),
    number("contact_account_id", None),
    # closed | invite | approval | open
    text("registration", default="approval"),
    text("registration_message", default=""),
    # who may invite: user | moderator | admin, and everybody above
    text("invites_by", default="moderator"),
    text("languages", default='["en"]'),
    # JSON list of crawlers that collect for models, '' for those that we know; 1: they get nothing at all
    text("crawlers", default=""),
    flag("refuse_crawlers"),
    # whether the public log names servers, and the moderators who decided
    flag("log_servers"),
    flag("log_moderators"),
    time("created_at"),
    time("updated_at"),
)

rules = Table(
    "rules",
    metadata,
    key_column(),
    ref("community_id", "communities.id", index=True),
    number("position"),
    text("text"),
    text("hint", default=""),
    # JSON: language -> {text, hint}, where the policy has them in several
    text("translations", default="{}"),
    time("created_at"),
)

reports = Table(
    "reports",
    metadata,
    key_column(),
    ref("community_id", "communities.id"),
    text("uri", null=True, unique=True),
    ref("account_id", "accounts.id", index=True),
    ref("target_id", "accounts.id", index=True),
    # a key of ``services/reports.py: CATEGORIES``
    text("category", default="other"),
    text("comment", default=""),
    # JSON: ids of rules in words or of norms
    text("rule_ids", default="[]"),
    flag("forwarded"),
    number("assigned_id", None),
    time("created_at"),
    time("updated_at"),
    time("resolved_at", null=True),
    number("resolved_by", None),
    Index("ix_reports_open", "resolved_at", "id"),
)

report_statuses = Table(
    "report_statuses",
    metadata,
    ref("report_id", "reports.id"),
    ref("status_id", "statuses.id", index=True),
    PrimaryKeyConstraint("report_id", "status_id"),
    sqlite_with_rowid=False,
)

domain_policies = Table(
    "domain_policies",
    metadata,
    key_column(),
    ref("community_id", "communities.id"),
    text("domain"),
    # allow | none | limit | suspend
    text("severity"),
    flag("reject_media"),
    flag("reject_reports"),
    # nothing of it is counted for what trends
    flag("no_trends"),
    # the public list shows the name in part only
    flag("obfuscate"),
    text("private_comment", default=""),
    text("public_comment", default=""),
    # the decision that holds of all that stand, and the list it came from
    number("decision_id", None),
    number("list_id", None),
    time("created_at"),
    Index("uq_domain_policies_pair", "community_id", "domain", unique=True),
    # every look is by name, and lists bring tens of thousands
    Index("ix_domain_policies_domain", "domain"),
    # each candidate of a feed is held against these few
    partial("ix_domain_policies_no_trends", "domain", where="no_trends = 1"),
)

audit_log = Table(
    "audit_log",
    metadata,
    key_column(),
    ref("community_id", "communities.id"),
    # null when the command line did it
    number("actor_id", None),
    text("action"),
    text("target"),
    text("details", default="{}"),
    time("created_at"),
)
