"""Rows that expire. Each statement removes at most ``CHUNK`` rows, so that other writers are not held up."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import text

from fedserver.db.statement import Query, Statement, nothing

CHUNK = 500
DAY_MS = 24 * 3600 * 1000
# longer than any signature may be old (12 h) and than any peer retries
RECEIVED_DAYS = 14
IDEMPOTENCY_DAYS = 1
SESSION_DAYS = 60
UNCONFIRMED_DAYS = 7
# of one rule
SHADOWS = 5000


def _sweep(table: str, key: str, condition: str, age_ms: int) -> Callable[[int], Query[None]]:
    statement = Statement(
        text(
            f"DELETE FROM {table} WHERE {key} IN"  # noqa: S608 - constants of this file
            f" (SELECT {key} FROM {table} WHERE {condition} LIMIT {CHUNK})"
        ),
        nothing,
    )
    return lambda now: statement(before=now - age_ms)


_COUNTS = Statement(text("DELETE FROM rule_counts WHERE day < :before"), nothing)
_SHADOWS = Statement(
    text(
        "DELETE FROM shadow_hits WHERE id IN (SELECT t.id FROM (SELECT id, ROW_NUMBER() OVER"
        " (PARTITION BY rule_id ORDER BY id DESC) AS place FROM shadow_hits) t WHERE t.place > :most LIMIT :chunk)"
    ),
    nothing,
)
_IDEMPOTENCY = Statement(text("DELETE FROM idempotency_keys WHERE created_at < :before"), nothing)


def idempotency_keys(now: int) -> Query[None]:
    """Idempotency keys are promised for a day."""
    return _IDEMPOTENCY(before=now - IDEMPOTENCY_DAYS * DAY_MS)


def rule_counts(now: int) -> Query[None]:
    """How often rules held is kept for half a year."""
    return _COUNTS(before=now // DAY_MS - 180)


def shadow_hits(now: int) -> Query[None]:
    """What rules in shadow saw: the newest of each rule."""
    return _SHADOWS(most=SHADOWS, chunk=CHUNK)


EXPIRY: tuple[Callable[[int], Query[None]], ...] = (
    _sweep("received", "digest", "received_at < :before", RECEIVED_DAYS * DAY_MS),
    # what could not be processed for a month never will be
    _sweep("inbound", "id", "received_at < :before", 30 * DAY_MS),
    _sweep("one_time_links", "token_hash", "expires_at < :before", 0),
    _sweep("challenges", "token_hash", "expires_at < :before", 0),
    # whoever never confirmed an address was never seen by anybody: the name is free again
    _sweep(
        "accounts",
        "id",
        "id IN (SELECT account_id FROM users WHERE state = 'unconfirmed' AND created_at < :before)",
        UNCONFIRMED_DAYS * DAY_MS,
    ),
    _sweep("oauth_codes", "code_hash", "expires_at < :before", DAY_MS),
    _sweep("oauth_tokens", "id", "(revoked_at < :before OR expires_at < :before)", 30 * DAY_MS),
    # applications that nobody ever used
    _sweep(
        "oauth_apps",
        "id",
        "created_at < :before AND NOT EXISTS (SELECT 1 FROM oauth_tokens t WHERE t.app_id = oauth_apps.id)"
        " AND NOT EXISTS (SELECT 1 FROM oauth_codes c WHERE c.app_id = oauth_apps.id)",
        7 * DAY_MS,
    ),
    _sweep("sessions", "id", "last_used_at < :before", SESSION_DAYS * DAY_MS),
    _sweep("mutes", "id", "expires_at < :before", 0),
    _sweep("ip_blocks", "id", "expires_at < :before", 0),
    _sweep("block_hits", "id", "day < :before", 8 * DAY_MS),
    idempotency_keys,
    # ids hold the time
    _sweep("post_prints", "status_id", "status_id < :before * 65536", DAY_MS + 3600 * 1000),
    rule_counts,
    _sweep("shadow_hits", "id", "created_at < :before", 30 * DAY_MS),
    shadow_hits,
    _sweep("dead_letters", "id", "created_at < :before", 30 * DAY_MS),
)
