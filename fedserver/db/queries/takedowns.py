"""Demands to take something down, what they name, and who filed in bad faith."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, or_, select, text

from fedserver.db.queries.ledger import Decision
from fedserver.db.queries.relations import bounds
from fedserver.db.statement import Query, Statement, columns, insert, insert_new, nothing, number, one_of
from fedserver.db.statement import update as update_row
from fedserver.db.tables import bad_filers, decisions, takedown_targets, takedowns
from fedserver.kit.paging import Page


class Takedown(NamedTuple):
    """A row of ``takedowns``. ``state``: unconfirmed | open | granted | refused | withdrawn. Times in ms."""

    id: int
    category: str
    statement: str
    standing: str
    name: str
    email: str
    locale: str
    email_hash: str
    address_hash: str
    state: str
    created_at: int
    confirmed_at: int | None
    hidden_at: int | None
    due_at: int | None
    escalations: int
    escalated_at: int | None
    decided_at: int | None
    decided_by: int | None
    answer: str
    bad_faith: int
    mail_hash: bytes | None
    domain_hash: str


class Target(NamedTuple):
    """A row of ``takedown_targets``; ``hidden_by`` and ``decided_by`` are JSON lists of decisions."""

    id: int
    takedown_id: int
    uri: str
    status_id: int | None
    media_id: int | None
    account_id: int | None
    report_id: int | None
    hidden_by: str
    decided_by: str


_t, _g, _f, _d = takedowns.c, takedown_targets.c, bad_filers.c, decisions.c
_takedowns = select(*columns(takedowns, Takedown))
_BY_ID = Statement(_takedowns.where(_t.id == bindparam("id")), Takedown._make)
_BY_TOKEN = Statement(
    _takedowns.where(or_(_t.token_hash == bindparam("hash"), _t.mail_hash == bindparam("hash"))), Takedown._make
)
_OPEN = Statement(
    _takedowns.where(_t.state == "open", _t.id > bindparam("above")).order_by(_t.id).limit(bindparam("limit")),
    Takedown._make,
)
_ALL = Statement(
    _takedowns.where(_t.id < bindparam("below"), _t.id > bindparam("above"))
    .order_by(_t.id.desc())
    .limit(bindparam("limit")),
    Takedown._make,
)
_OPEN_COUNT = Statement(select(func.count()).select_from(takedowns).where(text("state = 'open'")), number)
_LATE = Statement(
    _takedowns.where(
        text("state = 'open'"),
        _t.due_at <= bindparam("now"),
        or_(_t.escalated_at.is_(None), _t.escalated_at <= bindparam("before")),
    )
    .order_by(_t.due_at)
    .limit(bindparam("limit")),
    Takedown._make,
)
_RECENT = Statement(
    select(func.count()).where(_t.email_hash == bindparam("email_hash"), _t.created_at > bindparam("since")), number
)
_TARGETS = Statement(
    select(*columns(takedown_targets, Target)).where(one_of(_g.takedown_id, "ids")).order_by(_g.id), Target._make
)
_HIDDEN_FOR = Statement(
    select(func.count())
    .select_from(takedown_targets.join(takedowns, _t.id == _g.takedown_id))
    .where(
        _g.hidden_at > bindparam("since"),
        or_(_t.address_hash == bindparam("address_hash"), _t.domain_hash == bindparam("domain_hash")),
    ),
    number,
)
_HIDDEN_OF = Statement(
    select(func.count()).where(_g.hidden_at > bindparam("since"), _g.account_id == bindparam("account_id")), number
)
_BAD = Statement(
    select(func.count())
    .select_from(bad_filers)
    .where(
        or_(
            and_(_f.kind == "email", _f.hash == bindparam("email_hash")),
            and_(_f.kind == "address", _f.hash == bindparam("address_hash")),
        ),
        or_(_f.expires_at.is_(None), _f.expires_at > bindparam("now")),
    ),
    number,
)
_GROUP = Statement(
    select(*columns(decisions, Decision)).where(_d.group_id == bindparam("group_id")).order_by(_d.id), Decision._make
)
_FORGET = Statement(
    text(
        "UPDATE takedowns SET email = '', name = '' WHERE email <> '' AND state IN ('granted', 'refused', 'withdrawn')"
        " AND decided_at < :before"
    ),
    nothing,
)
_DROP_UNCONFIRMED = Statement(
    text("DELETE FROM takedowns WHERE state = 'unconfirmed' AND created_at < :before"), nothing
)


def by_id(takedown_id: int) -> Query[Takedown]:
    """One demand."""
    return _BY_ID(id=takedown_id)


def by_token(digest: bytes) -> Query[Takedown]:
    """The demand behind a link, that of the page or that of a mail."""
    return _BY_TOKEN(hash=digest)


def open_ones(above: int, limit: int) -> Query[Takedown]:
    """Those that wait for a moderator, oldest first."""
    return _OPEN(above=above, limit=limit)


def page(cut: Page) -> Query[Takedown]:
    """All of them, newest first."""
    return _ALL(**bounds(cut))


def open_count() -> Query[int]:
    """How many wait."""
    return _OPEN_COUNT()


def late(now: int, before: int, limit: int) -> Query[Takedown]:
    """Those whose time is over, and of which nobody was told since ``before``."""
    return _LATE(now=now, before=before, limit=limit)


def recent(email_hash: str, since: int) -> Query[int]:
    """How many an e-mail address filed since."""
    return _RECENT(email_hash=email_hash, since=since)


def hidden_for(address_hash: str, domain_hash: str, since: int) -> Query[int]:
    """How much was hidden on receipt for filers of a network, or of a domain of mail."""
    return _HIDDEN_FOR(address_hash=address_hash, domain_hash=domain_hash, since=since)


def hidden_of(account_id: int, since: int) -> Query[int]:
    """How much of an author's was hidden on receipt."""
    return _HIDDEN_OF(account_id=account_id, since=since)


def targets(ids: list[int]) -> Query[Target]:
    """What demands name."""
    return _TARGETS(ids=ids)


def add(values: dict[str, Any]) -> Query[None]:
    """A demand."""
    return insert(takedowns, values)


def change(takedown_id: int, values: dict[str, Any]) -> Query[None]:
    """Change it."""
    return update_row(takedowns, "id", takedown_id, values)


def add_target(values: dict[str, Any]) -> Query[None]:
    """Something that a demand names."""
    return insert(takedown_targets, values)


def change_target(target_id: int, values: dict[str, Any]) -> Query[None]:
    """What was decided about it."""
    return update_row(takedown_targets, "id", target_id, values)


def is_bad(email_hash: str, address_hash: str, now: int) -> Query[int]:
    """Whether one of the two filed in bad faith before."""
    return _BAD(email_hash=email_hash, address_hash=address_hash, now=now)


def add_bad(values: dict[str, Any]) -> Query[Any]:
    """Somebody filed in bad faith."""
    return insert_new(bad_filers, values)


def group(decision_id: int) -> Query[Decision]:
    """Decisions that were made in one act with another."""
    return _GROUP(group_id=decision_id)


def forget_filers(before: int) -> Query[None]:
    """Drop addresses and names of filers where nothing can follow any more."""
    return _FORGET(before=before)


def drop_unconfirmed(before: int) -> Query[None]:
    """Drop demands whose address nobody confirmed."""
    return _DROP_UNCONFIRMED(before=before)
