"""Other servers: hosts, inboxes, what is on its way out, what came in.

Deliveries are lean rows, ``(activity_id, inbox_id)`` and two numbers, appended by one statement per activity. They are
claimed by lane, one row per (sender, host), so that what a sender says to a host arrives in order: the sender's
activities from the lane's oldest on, each with the inboxes of the host. Nothing is looked up by inbox. Hosts and
inboxes are never deleted, and an activity only once it has no delivery left: so a delivery needs no foreign keys, each
of which would cost half as much as the rest of the insert.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, PrimaryKeyConstraint, Table

from fedserver.db.metadata import Key, flag, key_column, metadata, number, partial, ref, text, time

hosts = Table(
    "hosts",
    metadata,
    key_column(),
    text("name", unique=True),
    # 0 unknown, 1 draft-cavage, 2 RFC 9421: what the host accepted last
    number("scheme"),
    time("scheme_at", null=True),
    # consecutive failures of the whole host, since when, and until when nobody knocks
    number("failures"),
    time("failing_since", null=True),
    number("closed_until"),
    time("last_success_at", null=True),
    time("last_contact_at", null=True),
    text("last_error", null=True),
    # the circuit: ok | failing | unavailable
    text("state", default="ok"),
    # derived from domain_policies (the host or a domain above it is suspended)
    flag("suspended"),
    partial("ix_hosts_shut", "id", where="suspended = 1 OR state = 'unavailable'"),
)

inboxes = Table("inboxes", metadata, key_column(), text("url", unique=True), ref("host_id", "hosts.id", index=True))

activities = Table(
    "activities",
    metadata,
    key_column(),
    text("uri"),
    ref("sender_id", "accounts.id", index=True),
    # activities about the same thing share it: order is kept among them
    number("object_key"),
    Column("body", LargeBinary, nullable=False),
    time("created_at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("activity_id", Key, nullable=False),
    Column("inbox_id", Key, nullable=False),
    number("attempts"),
    number("not_before"),
    PrimaryKeyConstraint("activity_id", "inbox_id"),
    # those that failed and wait; an index of all would take three times as long to write as the rows
    partial("ix_deliveries_not_before", "inbox_id", where="not_before > 0"),
    sqlite_with_rowid=False,
)

lanes = Table(
    "lanes",
    metadata,
    ref("sender_id", "accounts.id"),
    ref("host_id", "hosts.id"),
    number("next_at"),
    number("failures"),
    number("lease_token", None),
    number("lease_until"),
    # no activity before this one waits in the lane: deliveries are found from here on
    number("oldest"),
    PrimaryKeyConstraint("sender_id", "host_id"),
    Index("ix_lanes_next_at", "next_at"),
    Index("ix_lanes_host_id", "host_id"),
    partial("ix_lanes_lease_token", "lease_token", where="lease_token IS NOT NULL"),
    sqlite_with_rowid=False,
)

dead_letters = Table(
    "dead_letters",
    metadata,
    key_column(),
    number("sender_id"),
    text("inbox_url"),
    text("activity_uri"),
    Column("body", LargeBinary, nullable=True),
    text("reason"),
    time("created_at"),
)

# Hashes of (actor, id), or of the body where an activity has no id: an activity has its effect at most once.
received = Table(
    "received",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("received_at", Key, nullable=False, index=True),
    sqlite_with_rowid=False,
)

# Stored activities whose effect is still to come (it failed, or something has to be fetched first).
inbound = Table(
    "inbound",
    metadata,
    key_column(),
    Column("body", LargeBinary, nullable=False),
    # the record of the verification: it is not verified again when its date has passed
    text("verified"),
    text("actor_uri"),
    time("received_at"),
)
