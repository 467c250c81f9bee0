"""Lists of domains that are subscribed to, and what stands in them."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select, text
from sqlalchemy import update as sa_update

from fedserver.db.statement import Query, Statement, columns, insert_new, nothing, number, one_of, scalar
from fedserver.db.statement import update as update_row
from fedserver.db.tables import domain_list_entries, domain_lists


class DomainList(NamedTuple):
    """A row of ``domain_lists``; ``excludes`` is JSON. ``uri``: an address, or the name that was given to a file."""

    id: int
    community_id: int
    uri: str
    title: str
    mode: str
    priority: int
    excludes: str
    drafts: int
    most_follows: int
    shrink: int
    etag: str
    state: str
    problem: str
    created_at: int
    fetched_at: int | None

    @property
    def remote(self) -> bool:
        """Whether it is fetched, rather than brought."""
        return self.uri.startswith(("https://", "http://"))


class Entry(NamedTuple):
    """A row of ``domain_list_entries``."""

    id: int
    list_id: int
    domain: str
    severity: str
    reject_media: int
    reject_reports: int
    obfuscate: int
    public_comment: str
    state: str
    waits_for: str
    gone: int
    stale: int
    decision_id: int | None
    decided: str
    created_at: int


class Count(NamedTuple):
    """How many entries of a list stand in a state."""

    list_id: int
    state: str
    number: int


_l, _e = domain_lists.c, domain_list_entries.c
_lists = select(*columns(domain_lists, DomainList))
_entries = select(*columns(domain_list_entries, Entry))
_LISTS = Statement(_lists.order_by(_l.priority.desc(), _l.id), DomainList._make)
_LIST = Statement(_lists.where(_l.id == bindparam("id")), DomainList._make)
_BY_URI = Statement(_lists.where(_l.uri == bindparam("uri")), DomainList._make)
_DROP = Statement(delete(domain_lists).where(_l.id == bindparam("id")), nothing)
_IDS = Statement(select(_l.id).where(_l.state != "dropped").order_by(_l.id), scalar)
_OF_LIST = Statement(_entries.where(_e.list_id == bindparam("list_id")).order_by(_e.domain), Entry._make)
_NAMED = Statement(_entries.where(_e.list_id == bindparam("list_id"), one_of(_e.domain, "domains")), Entry._make)
_WITHOUT_EFFECT = Statement(
    _entries.where(_e.list_id == bindparam("list_id"), _e.decision_id.is_(None), _e.gone == 0, _e.state != "refused"),
    Entry._make,
)
_LIVE = Statement(
    select(_e.id, _e.domain)
    .where(_e.list_id == bindparam("list_id"), _e.domain > bindparam("after"), _e.gone == 0)
    .order_by(_e.domain)
    .limit(bindparam("limit")),
    tuple,
)
_LIVE_COUNT = Statement(select(func.count()).where(_e.list_id == bindparam("list_id"), _e.gone == 0), number)
_WAITING = Statement(
    select(func.count()).where(_e.list_id == bindparam("list_id"), _e.state == "draft", _e.gone == 0), number
)
_MARK_GONE = Statement(sa_update(domain_list_entries).where(one_of(_e.id, "ids")).values(gone=1, stale=1), nothing)
_STALE = Statement(
    _entries.where(_e.list_id == bindparam("list_id"), text("stale = 1")).order_by(_e.id).limit(bindparam("limit")),
    Entry._make,
)
_ENTRY = Statement(_entries.where(_e.id == bindparam("id")), Entry._make)
_OF_DOMAIN = Statement(_entries.where(_e.domain == bindparam("domain"), _e.gone == 0).order_by(_e.id), Entry._make)
_DROP_ENTRY = Statement(delete(domain_list_entries).where(_e.id == bindparam("id")), nothing)
_ALL_STALE = Statement(text("UPDATE domain_list_entries SET stale = 1 WHERE list_id = :list_id"), nothing)
_CONFIRM = Statement(
    text(
        "UPDATE domain_list_entries SET state = 'confirmed', waits_for = '', stale = 1"
        " WHERE list_id = :list_id AND state = 'draft'"
    ),
    nothing,
)
_COUNTS = Statement(
    select(_e.list_id, _e.state, func.count()).where(_e.gone == 0).group_by(_e.list_id, _e.state), Count._make
)
_DRAFTS = Statement(select(func.count()).where(_e.state == "draft", _e.gone == 0), number)


def lists() -> Query[DomainList]:
    """All, the highest priority first."""
    return _LISTS()


def one(list_id: int) -> Query[DomainList]:
    """One list."""
    return _LIST(id=list_id)


def by_uri(uri: str) -> Query[DomainList]:
    """The list of this address or name."""
    return _BY_URI(uri=uri)


def ids() -> Query[int]:
    """The ids of those that are to be looked after."""
    return _IDS()


def add(values: dict[str, Any]) -> Query[Any]:
    """A new list; nothing where there is one of that address."""
    return insert_new(domain_lists, values)


def change(list_id: int, values: dict[str, Any]) -> Query[None]:
    """Change how it is taken, or what came of fetching it."""
    return update_row(domain_lists, "id", list_id, values)


def drop(list_id: int) -> Query[None]:
    """Forget a list with its entries."""
    return _DROP(id=list_id)


def entries(list_id: int) -> Query[Entry]:
    """All entries, by domain."""
    return _OF_LIST(list_id=list_id)


def named(list_id: int, domains: list[str]) -> Query[Entry]:
    """Those of these domains, also where they are gone."""
    return _NAMED(list_id=list_id, domains=domains)


def without_effect(list_id: int) -> Query[Entry]:
    """Entries from which nothing follows, and that nobody refused."""
    return _WITHOUT_EFFECT(list_id=list_id)


def live(list_id: int, after: str, limit: int) -> Query[Any]:
    """(id, domain) of entries that are not gone, by domain, beyond one."""
    return _LIVE(list_id=list_id, after=after, limit=limit)


def live_count(list_id: int) -> Query[int]:
    """How many entries are not gone."""
    return _LIVE_COUNT(list_id=list_id)


def waiting_count(list_id: int) -> Query[int]:
    """How many entries of a list wait to be confirmed."""
    return _WAITING(list_id=list_id)


def mark_gone(ids: list[int]) -> Query[None]:
    """These are gone from their list."""
    return _MARK_GONE(ids=ids)


def stale(list_id: int, limit: int) -> Query[Entry]:
    """Entries from which something else should follow than does."""
    return _STALE(list_id=list_id, limit=limit)


def entry(entry_id: int) -> Query[Entry]:
    """One entry."""
    return _ENTRY(id=entry_id)


def entries_of_domain(domain: str) -> Query[Entry]:
    """What lists say of this very name."""
    return _OF_DOMAIN(domain=domain)


def add_entry(values: dict[str, Any]) -> Query[Any]:
    """An entry of a list, once."""
    return insert_new(domain_list_entries, values)


def change_entry(entry_id: int, values: dict[str, Any]) -> Query[None]:
    """Change an entry."""
    return update_row(domain_list_entries, "id", entry_id, values)


def drop_entry(entry_id: int) -> Query[None]:
    """Forget an entry that is gone and from which nothing follows."""
    return _DROP_ENTRY(id=entry_id)


def all_stale(list_id: int) -> Query[None]:
    """Look at every entry again."""
    return _ALL_STALE(list_id=list_id)


def confirm_drafts(list_id: int) -> Query[None]:
    """Take every entry that waits."""
    return _CONFIRM(list_id=list_id)


def counts() -> Query[Count]:
    """How many entries of each list stand in each state."""
    return _COUNTS()


def draft_count() -> Query[int]:
    """How many entries wait to be confirmed."""
    return _DRAFTS()
