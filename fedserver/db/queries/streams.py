"""What streams ask at each message: from which accounts a post must be kept, all of them at once."""

from __future__ import annotations

from sqlalchemy import text

from fedserver.db.statement import Query, Statement, scalar

_HIDDEN_FROM = Statement(
    text(
        "SELECT account_id FROM blocks WHERE target_id IN (:one, :other)"
        " UNION SELECT target_id FROM blocks WHERE account_id IN (:one, :other)"
        " UNION SELECT account_id FROM mutes WHERE target_id IN (:one, :other)"
        " AND (expires_at IS NULL OR expires_at > :now)"
        " UNION SELECT d.account_id FROM domain_blocks d JOIN accounts a ON a.domain = d.domain"
        " WHERE a.id IN (:one, :other)"
    ),
    scalar,
)


def hidden_from(one: int, other: int, now: int) -> Query[int]:
    """Accounts that block or mute one of the two, are blocked by one of them, or block their server."""
    return _HIDDEN_FROM(one=one, other=other, now=now)
