"""Quote, ShallowQuote and QuoteApproval. The state that a reader sees hangs on the reader too."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import orjson

from fedserver.db.queries.quotes import ACCEPTED, Quote
from fedserver.db.queries.relations import Relation
from fedserver.db.queries.statuses import Status
from fedserver.domain import interactions

STATES = ("pending", "accepted", "rejected", "revoked", "deleted")


class Piece(NamedTuple):
    """What a post quotes, as far as it is the same for everybody. ``quoted_id`` None: there is nothing to show."""

    state: str
    quoted_id: int | None


class Policy(NamedTuple):
    """A policy whose answer hangs on who follows whom."""

    bits: int
    account_id: int


def piece(row: Quote) -> Piece | None:
    """None: as if nothing was quoted. Mastodon 4.5 does so with quotes of older kinds that nobody agreed to."""
    if row.state != ACCEPTED:
        return None if row.legacy else Piece(STATES[row.state], None)
    return Piece("deleted" if row.quoted_status_id is None else "accepted", row.quoted_status_id)


def state_for(kept: Piece, visible: bool, relation: Relation | None) -> str:
    """What one reader sees: an accepted quote may be of somebody whom they do not want to see, or may not."""
    if kept.state != "accepted":
        return kept.state
    if not visible:
        return "unauthorized"
    if relation is None:
        return "accepted"
    if relation.blocking is not None:
        return "blocked_account"
    if relation.domain_blocking is not None:
        return "blocked_domain"
    return "muted_account" if relation.muting is not None else "accepted"


def whole(state: str, quoted: bytes | None) -> bytes:
    """Quote, around a rendered Status."""
    return b'{"state":"%b","quoted_status":%b}' % (state.encode(), quoted or b"null")


def shallow(state: str, quoted_id: int | None) -> bytes:
    """ShallowQuote: inside a quoted post, so that quotes of quotes come to an end."""
    return orjson.dumps({"state": state, "quoted_status_id": str(quoted_id) if quoted_id is not None else None})


def approvals(row: Status) -> tuple[bytes, bytes, bytes]:
    """``quote_approval`` with its comma, for visitors, other users and the author; '' where the answer for others hangs
    on who follows whom."""
    return _approvals(row.quote_policy, row.open)


@lru_cache(maxsize=256)
def _approvals(bits: int, is_open: bool) -> tuple[bytes, bytes, bytes]:
    late, other = is_open and interactions.needs_relation(bits), "denied"
    if is_open and not late:
        other = interactions.may_quote(bits, follows=False, followed=False)
    return approval(bits, "denied"), b"" if late else approval(bits, other), approval(bits, "automatic")


@lru_cache(maxsize=256)
def approval(bits: int, answer: str) -> bytes:
    """``quote_approval`` with the comma before it."""
    automatic, manual = interactions.quote_words(bits)
    value = {"automatic": automatic, "manual": manual, "current_user": answer}
    return b',"quote_approval":' + orjson.dumps(value)
