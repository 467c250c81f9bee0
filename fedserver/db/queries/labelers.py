"""Labelers, what readers chose of them, and the changes of our own labels that others read."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select, text

from fedserver.db.statement import Query, Statement, columns, insert, insert_new, nothing, one_of, scalar
from fedserver.db.statement import update as update_row
from fedserver.db.tables import label_changes, label_choices, label_subscriptions, labelers, status_labels


class Labeler(NamedTuple):
    """A row of ``labelers``."""

    id: int
    community_id: int
    uri: str
    actor_uri: str | None
    name: str
    for_all: int
    cursor: str
    state: str
    problem: str
    created_at: int
    fetched_at: int | None


class Read(NamedTuple):
    """A choice of a reader; '' for ``value`` and ``choice`` where it is only that the labeler is read."""

    labeler_id: int
    value: str
    choice: str


class On(NamedTuple):
    """A label on a post, with its labeler's name ('' for the community) and whether it is read for everybody."""

    id: int
    status_id: int
    labeler_id: int | None
    value: str
    shown: str
    title: str
    expires_at: int | None
    name: str | None
    for_all: int | None


class Changed(NamedTuple):
    """A change of one of our own labels. ``status_uri`` None: the post is gone, or is not for everybody."""

    id: int
    decision_id: int
    gone: int
    created_at: int
    value: str | None
    title: str | None
    shown: str | None
    expires_at: int | None
    status_uri: str | None


class Used(NamedTuple):
    """A label that stands somewhere, as its labeler names it."""

    labeler_id: int | None
    value: str
    title: str
    shown: str


_l, _s, _c, _on = labelers.c, label_subscriptions.c, label_choices.c, status_labels.c
_labelers = select(*columns(labelers, Labeler))
_BY_ID = Statement(_labelers.where(_l.id == bindparam("id")), Labeler._make)
_BY_URI = Statement(_labelers.where(_l.uri == bindparam("uri")), Labeler._make)
_ALL = Statement(_labelers.order_by(_l.id), Labeler._make)
_OF_READER = Statement(
    _labelers.where(_l.id.in_(select(_s.labeler_id).where(_s.account_id == bindparam("account_id")))).order_by(_l.id),
    Labeler._make,
)
_READING = Statement(
    text(
        "SELECT labeler_id, '', '' FROM label_subscriptions WHERE account_id = :account_id"
        " UNION ALL SELECT labeler_id, value, choice FROM label_choices WHERE account_id = :account_id"
    ),
    Read._make,
)
_READERS = Statement(select(_s.account_id).where(_s.labeler_id == bindparam("id")), scalar)
_UNSUBSCRIBE = Statement(
    delete(label_subscriptions).where(_s.account_id == bindparam("account_id"), _s.labeler_id == bindparam("id")),
    nothing,
)
_DROP = Statement(delete(labelers).where(_l.id == bindparam("id")), nothing)
_DROP_CHOICE = Statement(
    delete(label_choices).where(
        _c.account_id == bindparam("account_id"),
        _c.labeler_id == bindparam("labeler_id"),
        _c.value == bindparam("value"),
    ),
    nothing,
)
_ON = Statement(
    select(
        *(status_labels.c[name] for name in On._fields[:7]),
        _l.name,
        _l.for_all,
    )
    .select_from(status_labels.outerjoin(labelers, _l.id == _on.labeler_id))
    .where(one_of(_on.status_id, "ids"))
    .order_by(_on.id),
    On._make,
)
_OF_LABELER = Statement(select(_on.status_id).where(_on.labeler_id == bindparam("id")), scalar)
_BY_ADDRESS = Statement(
    select(_on.id, _on.status_id).where(_on.uri == bindparam("uri"), _on.labeler_id == bindparam("labeler_id")), tuple
)
_DROP_LABEL = Statement(delete(status_labels).where(_on.id == bindparam("id")), nothing)
_EXPIRED = Statement(
    select(_on.id, _on.status_id)
    .where(_on.expires_at <= bindparam("now"), _on.labeler_id.is_not(None))
    .order_by(_on.id)
    .limit(bindparam("limit")),
    tuple,
)
_USED = Statement(
    select(_on.labeler_id, _on.value, _on.title, _on.shown).distinct().order_by(_on.labeler_id, _on.value).limit(500),
    Used._make,
)
_CHANGED = (
    "SELECT x.id, x.decision_id, x.gone, x.created_at, l.value, l.title, l.shown, l.expires_at,"
    " CASE WHEN s.visibility <= 1 THEN s.uri END FROM label_changes x"
    " LEFT JOIN status_labels l ON l.decision_id = x.decision_id AND l.status_id = x.status_id"
    " LEFT JOIN statuses s ON s.id = x.status_id"
)
_CHANGES = Statement(text(f"{_CHANGED} WHERE x.id > :after ORDER BY x.id LIMIT :limit"), Changed._make)
_CHANGE = Statement(text(f"{_CHANGED} WHERE x.decision_id = :decision_id"), Changed._make)
_FORGET_CHANGE = Statement(text("DELETE FROM label_changes WHERE decision_id = :decision_id"), nothing)


def by_id(labeler_id: int) -> Query[Labeler]:
    """One labeler."""
    return _BY_ID(id=labeler_id)


def by_uri(uri: str) -> Query[Labeler]:
    """The labeler whose labels begin at an address."""
    return _BY_URI(uri=uri)


def everyone() -> Query[Labeler]:
    """All that anybody here reads."""
    return _ALL()


def read_by(account_id: int) -> Query[Labeler]:
    """Those that a reader chose."""
    return _OF_READER(account_id=account_id)


def reading(account_id: int) -> Query[Read]:
    """All that a reader chose, for the renderer."""
    return _READING(account_id=account_id)


def readers(labeler_id: int) -> Query[int]:
    """Who chose a labeler."""
    return _READERS(id=labeler_id)


def add(values: dict[str, Any]) -> Query[Any]:
    """Begin to read a labeler; nothing where its address is known."""
    return insert_new(labelers, values, "uri")


def change(labeler_id: int, values: dict[str, Any]) -> Query[None]:
    """What was found out about it."""
    return update_row(labelers, "id", labeler_id, values)


def drop(labeler_id: int) -> Query[None]:
    """Read it no longer; its labels and what was chosen of it go along."""
    return _DROP(id=labeler_id)


def subscribe(account_id: int, labeler_id: int, now: int) -> Query[Any]:
    """A reader chooses a labeler."""
    return insert_new(
        label_subscriptions,
        {"account_id": account_id, "labeler_id": labeler_id, "created_at": now},
        "labeler_id",
    )


def unsubscribe(account_id: int, labeler_id: int) -> Query[None]:
    """A reader does without it."""
    return _UNSUBSCRIBE(account_id=account_id, id=labeler_id)


def drop_choice(account_id: int, labeler_id: int, value: str) -> Query[None]:
    """A label is shown as its labeler says."""
    return _DROP_CHOICE(account_id=account_id, labeler_id=labeler_id, value=value)


def choose(account_id: int, labeler_id: int, value: str, choice: str) -> Query[None]:
    """A label is shown as the reader says (drop a former choice first)."""
    return insert(label_choices, {"account_id": account_id, "labeler_id": labeler_id, "value": value, "choice": choice})


def on(status_ids: list[int]) -> Query[On]:
    """The labels of posts, oldest first."""
    return _ON(ids=status_ids)


def labelled_by(labeler_id: int) -> Query[int]:
    """Posts (ids) that bear labels of a labeler."""
    return _OF_LABELER(id=labeler_id)


def put(values: dict[str, Any]) -> Query[Any]:
    """Put the label of a labeler on a post, unless its address is known."""
    return insert_new(status_labels, values, "uri")


def by_address(labeler_id: int, uri: str) -> Query[Any]:
    """(id, post) of a labeler's label by its address."""
    return _BY_ADDRESS(labeler_id=labeler_id, uri=uri)


def drop_label(label_id: int) -> Query[None]:
    """Take a label off."""
    return _DROP_LABEL(id=label_id)


def expired(now: int, limit: int) -> Query[Any]:
    """(id, post) of labels of others whose time is over."""
    return _EXPIRED(now=now, limit=limit)


def used() -> Query[Used]:
    """Which labels there are on posts here."""
    return _USED()


def changes(after: int, limit: int) -> Query[Changed]:
    """Changes of our own labels after one, oldest first."""
    return _CHANGES(after=after, limit=limit)


def change_of(decision_id: int) -> Query[Changed]:
    """The last change of one of our own labels."""
    return _CHANGE(decision_id=decision_id)


def forget_change(decision_id: int) -> Query[None]:
    """Make room for a newer change of the same label."""
    return _FORGET_CHANGE(decision_id=decision_id)


def add_change(values: dict[str, Any]) -> Query[None]:
    """Note a change for those who read our labels."""
    return insert(label_changes, values)
