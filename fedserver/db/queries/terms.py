"""Terms of service as they stood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, select, text

from fedserver.db.statement import Query, Statement, nothing
from fedserver.db.tables import terms_versions


class Terms(NamedTuple):
    """A text with the day (``2026-11-22``) from which it holds."""

    text: str
    effective_date: str


_t = terms_versions.c
_ALL = Statement(
    select(_t.text, _t.effective_date).where(_t.community_id == bindparam("community_id")).order_by(_t.effective_date),
    Terms._make,
)
_PUT = Statement(
    text(
        "INSERT INTO terms_versions (id, community_id, text, effective_date, created_at)"
        " VALUES (:id, :community_id, :text, :effective_date, :now)"
        " ON CONFLICT (community_id, effective_date) DO UPDATE SET text = excluded.text"
    ),
    nothing,
)


def versions(community_id: int = 1) -> Query[Terms]:
    """Every version, the oldest first."""
    return _ALL(community_id=community_id)


def in_force(found: Sequence[Terms], today: str) -> int | None:
    """Which of the versions (the oldest first) holds today (``2026-11-22``); None before the first one does."""
    return max((number for number, each in enumerate(found) if each.effective_date <= today), default=None)


def put(version_id: int, terms: Terms, now: int, community_id: int = 1) -> Query[None]:
    """A new version; on the same day it takes the place of the one before."""
    return _PUT(id=version_id, community_id=community_id, now=now, **terms._asdict())
