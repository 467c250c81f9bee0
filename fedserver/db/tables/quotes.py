"""Quotes (FEP-044f): which post quotes which, and whether the quoted author agrees."""

from __future__ import annotations

from sqlalchemy import Index, Table

from fedserver.db.metadata import flag, key_column, metadata, number, partial, ref, text, time

quotes = Table(
    "quotes",
    metadata,
    key_column(),
    # the post that quotes
    ref("status_id", "statuses.id", unique=True),
    ref("account_id", "accounts.id", index=True),
    # what it quotes: null while it is not known here, and once it is deleted
    ref("quoted_status_id", "statuses.id", null=True, on_delete="SET NULL"),
    number("quoted_account_id", None),
    text("quoted_uri"),
    # 0 pending, 1 accepted, 2 rejected, 3 revoked, 4 deleted
    number("state"),
    # said with one of the keys that know no permission (quoteUrl, _misskey_quote): shown only once it is accepted
    flag("legacy"),
    # the id of the QuoteRequest that asked, and the stamp (QuoteAuthorization) that says yes
    text("request_uri", null=True, unique=True),
    text("stamp_uri", null=True, unique=True),
    time("created_at"),
    time("updated_at"),
    Index("ix_quotes_quoted", "quoted_status_id", "status_id"),
    partial("ix_quotes_pending", "quoted_uri", where="state = 0"),
)
