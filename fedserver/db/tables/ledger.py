"""The ledger: every decision of moderation with its reason and inverse; appeals; labels on posts; what shadows saw."""

from __future__ import annotations

from sqlalchemy import Index, Table

from fedserver.db.metadata import flag, key_column, metadata, number, partial, ref, text, time

decisions = Table(
    "decisions",
    metadata,
    key_column(),
    ref("community_id", "communities.id"),
    # what was done: a key of ``services/verbs/table.py``
    text("verb"),
    # moderator | rule | list | vote | override | system
    text("source"),
    # who did it; null for a rule, a list, a vote and the command line
    number("actor_id", None),
    # status | account | domain | media | community, with its row's id where it has one, and its address
    text("target"),
    number("target_id", None),
    text("target_uri"),
    # whom it hits: who is told, and may appeal; null for servers
    number("account_id", None),
    # the rule and norm it enforces, and the document that says so
    text("rule_id", default=""),
    text("norm", default=""),
    text("policy_hash", default=""),
    number("policy_version", None),
    # what a label says
    text("label", default=""),
    # what the person reads whom it hits, and what moderators alone read
    text("reason", default=""),
    text("note", default=""),
    # JSON: what the rule saw; null once nobody can appeal any more
    text("inputs", null=True),
    # JSON: what was there before, which the undoing writes back
    text("before", default="{}"),
    number("report_id", None),
    # decisions that were made in one act (a bulk act, a vote, an update of a list) bear the id of the first
    number("group_id", None),
    # whether the public log has a line of it
    flag("public", 1),
    time("created_at"),
    time("expires_at", null=True),
    # until when it may be appealed; null: not at all
    time("appeal_until", null=True),
    time("undone_at", null=True),
    number("undone_by", None),
    text("undone_because", default=""),
    Index("ix_decisions_target", "target", "target_id"),
    Index("ix_decisions_account_id", "account_id", "id"),
    Index("ix_decisions_rule", "rule_id", "id"),
    # domains have no row of their own while nothing is decided about them
    partial("ix_decisions_domain", "target_uri", where="target = 'domain' AND undone_at IS NULL"),
    partial("ix_decisions_version", "policy_version", where="policy_version IS NOT NULL"),
    partial("ix_decisions_report", "report_id", where="report_id IS NOT NULL"),
    partial("ix_decisions_public", "id", where="public = 1"),
    partial("ix_decisions_expiring", "expires_at", where="expires_at IS NOT NULL AND undone_at IS NULL"),
    partial("ix_decisions_inputs", "appeal_until", where="inputs IS NOT NULL"),
    partial("ix_decisions_removed", "id", where="verb = 'remove' AND undone_at IS NULL"),
    partial("ix_decisions_group", "group_id", where="group_id IS NOT NULL"),
)

appeals = Table(
    "appeals",
    metadata,
    key_column(),
    ref("decision_id", "decisions.id", unique=True),
    ref("account_id", "accounts.id", index=True),
    text("text"),
    time("created_at"),
    time("decided_at", null=True),
    # somebody other than who decided at first
    number("decided_by", None),
    # granted | refused; '' while it waits
    text("outcome", default=""),
    text("answer", default=""),
    partial("ix_appeals_open", "id", where="decided_at IS NULL"),
)

# what readers are shown of a post by the community or by labelers (FEP-4c96)
status_labels = Table(
    "status_labels",
    metadata,
    key_column(),
    ref("status_id", "statuses.id", index=True),
    # null for the community itself
    ref("labeler_id", "labelers.id", null=True, index=True),
    # the last part of its definition's address
    text("value"),
    # how unmodified clients show it: label (a note), blur (the media), warn (the post)
    text("shown", default="label"),
    # what readers see, such as "no AI disclosure"
    text("title"),
    number("decision_id", None),
    # the address of the Label object of a remote labeler
    text("uri", null=True, unique=True),
    time("created_at"),
    time("expires_at", null=True),
    Index("uq_status_labels_decision", "decision_id", "status_id", unique=True),
)

# what a rule in shadow would have done
shadow_hits = Table(
    "shadow_hits",
    metadata,
    key_column(),
    ref("community_id", "communities.id"),
    text("rule_id"),
    text("policy_hash"),
    text("verb"),
    text("target"),
    number("target_id", None),
    text("target_uri"),
    number("account_id", None),
    text("inputs"),
    time("created_at"),
    Index("ix_shadow_hits_rule", "rule_id", "id"),
    # a post that is edited ten times is one
    Index("uq_shadow_hits", "rule_id", "policy_hash", "verb", "target_uri", unique=True),
)
