"""Labels of others, and how readers want labels shown.

A labeler is a community that publishes its labels (``protocol/activitystreams/labels.py``). What it says is read by a
job; only labels on posts that are known here are kept. A moderator may read one for everybody; a reader may read more
for themselves, and choose for each label whether it is shown only, blurs, warns, or hides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fedserver.db.queries import labelers as rows
from fedserver.db.queries import ledger, provenance, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.labelers import Labeler
from fedserver.db.queries.provenance import LABELLED
from fedserver.db.unit import Unit
from fedserver.domain.moderation.labels import CHOICES, COMMUNITY
from fedserver.domain.text.characters import plain
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.errors import Conflict, Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import filters
from fedserver.services.reports import COMMUNITY as OURS
from fedserver.services.reports import log_action
from protocol.activitystreams.labels import AppliedLabel
from protocol.activitystreams.urls import http_url, origin_of, same_origin

FETCH: Final = "labels.fetch"
# those of the community, and those that only single readers read: neither takes the others' places
MAX_FOR_ALL: Final = 100
MAX_OF_READERS: Final = 2000
# what never answered is forgotten after this long
DEAD_MS: Final = 7 * 24 * 3600 * 1000
MAX_OF_READER: Final = 20
MAX_CHOICES: Final = 200
CHUNK: Final = 500


def subscribe(unit: Unit, account_id: int, address: str) -> Labeler:
    """A reader reads a labeler. ``Invalid`` for an address that is none, ours, or one too many."""
    if len(unit.all(rows.read_by(account_id))) >= MAX_OF_READER:
        raise Invalid(lazy("You read %(n)d labelers already", n=MAX_OF_READER))
    found = _known(unit, address, for_all=False)
    if unit.made(rows.subscribe(account_id, found.id, unit.now)):
        filters.touched(unit, account_id)
    return found


def unsubscribe(unit: Unit, account_id: int, labeler_id: int) -> None:
    """A reader does without a labeler; nobody reads it any longer: it is forgotten with its labels."""
    if not unit.run(rows.unsubscribe(account_id, labeler_id)):
        raise NotFound
    filters.touched(unit, account_id)
    found = unit.get(rows.by_id(labeler_id))
    if not found.for_all and not unit.all(rows.readers(labeler_id)):
        _forget(unit, found)


def read_for_all(unit: Unit, address: str, moderator: Account | None) -> Labeler:
    """This community reads a labeler: everybody here does who does not say otherwise."""
    found = _known(unit, address, for_all=True)
    unit.run(rows.change(found.id, {"for_all": 1}))
    _show_anew(unit, found)
    log_action(unit, moderator, "labeler.read", found.uri, found.name)
    return unit.get(rows.by_id(found.id))


def read_no_longer(unit: Unit, labeler_id: int, moderator: Account | None) -> None:
    """This community reads a labeler no longer; who reads it for themselves goes on."""
    found = unit.get(rows.by_id(labeler_id))
    unit.run(rows.change(found.id, {"for_all": 0}))
    log_action(unit, moderator, "labeler.drop", found.uri, found.name)
    if unit.all(rows.readers(found.id)):
        _show_anew(unit, found)
    else:
        _forget(unit, found)


def choose(unit: Unit, account_id: int, labeler_id: int, value: str, choice: str | None) -> None:
    """How a reader wants a label shown; None: as its labeler says. ``labeler_id`` 0: the community's own."""
    if choice is not None and choice not in CHOICES:
        raise Invalid(lazy("A label is shown, blurs, warns or hides"))
    if not value or len(value) > 60 or (labeler_id != COMMUNITY and unit.one(rows.by_id(labeler_id)) is None):
        raise NotFound
    if choice is not None and len(unit.all(rows.reading(account_id))) >= MAX_CHOICES:
        raise Invalid(lazy("You have chosen for %(n)d labels already", n=MAX_CHOICES))
    unit.run(rows.drop_choice(account_id, labeler_id, value))
    if choice is not None:
        unit.run(rows.choose(account_id, labeler_id, value, choice))
    filters.touched(unit, account_id)


def fetched(unit: Unit, labeler_id: int, actor_uri: str, name: str, items: Sequence[AppliedLabel], cursor: str) -> None:
    """Keep what a page of a labeler says. ``Conflict``: it is signed by somebody else than before."""
    row = unit.one(rows.by_id(labeler_id))
    if row is None:
        return
    if row.actor_uri is not None and row.actor_uri != actor_uri:
        raise Conflict(lazy("The labels at this address are now somebody else's"))
    for item in items:
        _apply(unit, row, item)
    values = {
        "actor_uri": actor_uri,
        "name": plain(name)[:100] or origin_of(actor_uri).host,
        "cursor": cursor,
        "state": "fetched",
        "problem": "",
        "fetched_at": unit.now,
    }
    unit.run(rows.change(labeler_id, values))


def not_fetched(unit: Unit, labeler_id: int, problem: str) -> None:
    """Say why nothing new could be had; what was fetched before stays."""
    unit.run(rows.change(labeler_id, {"state": "failed", "problem": problem[:200]}))


def expire(unit: Unit) -> int:
    """Take off labels of others whose time is over, a chunk of them; how many that were."""
    found = unit.all(rows.expired(unit.now, CHUNK))
    for label_id, status_id in found:
        _take_off(unit, label_id, status_id)
    return len(found)


def ask_all(unit: Unit) -> None:
    """Have every labeler's page fetched; one that cannot be had once a day, and one that never could be no longer."""
    quarter = unit.now // 900_000
    for row in unit.all(rows.everyone()):
        if row.fetched_at is None and row.state == "failed" and unit.now - row.created_at > DEAD_MS:
            log_action(unit, None, "labeler.forgotten", row.uri, row.problem)
            readers = unit.all(rows.readers(row.id))
            _forget(unit, row)
            for account_id in readers:
                filters.touched(unit, account_id)
        elif row.state != "failed" or quarter % 96 == row.id % 96:
            ask(unit, row.id)


def ask(unit: Unit, labeler_id: int) -> None:
    """Have a labeler's page fetched."""
    enqueue(unit, FETCH, {"labeler_id": labeler_id}, once=f"{FETCH}:{labeler_id}")


def _known(unit: Unit, address: str, *, for_all: bool) -> Labeler:
    uri = http_url(address.strip())
    if uri is None or origin_of(uri).host in (unit.site.domain, unit.site.host):
        raise Invalid(lazy("This is not the address of another community's labels"))
    found, most = unit.one(rows.by_uri(uri)), MAX_FOR_ALL if for_all else MAX_OF_READERS
    counted = sum(bool(one.for_all) == for_all for one in unit.all(rows.everyone()))
    if counted >= most and (found is None or (for_all and not found.for_all)):
        raise Invalid(lazy("%(n)d labelers are read here already", n=most))
    if found is not None:
        return found
    values = {"id": unit.new_id(), "community_id": OURS, "uri": uri, "cursor": uri, "created_at": unit.now}
    unit.made(rows.add(values))
    found = unit.get(rows.by_uri(uri))
    ask(unit, found.id)
    return found


def _apply(unit: Unit, labeler: Labeler, item: AppliedLabel) -> None:
    known = unit.one(rows.by_address(labeler.id, item.id))
    if known is not None:
        _take_off(unit, *known)
    if item.post is None or (item.ends is not None and item.ends <= unit.now):
        return
    status = unit.one(statuses.by_uri(item.post))
    # nobody but the author's own community speaks about what not everybody may see
    if status is None or not status.open or status.reblog_of_id is not None:
        return
    values = {
        "id": unit.new_id(),
        "status_id": status.id,
        "labeler_id": labeler.id,
        "value": item.definition.rstrip("/").rpartition("/")[2][:60] or "label",
        "shown": item.shown,
        "title": plain(item.name)[:100] or "label",
        "uri": item.id,
        "created_at": unit.now,
        "expires_at": item.ends,
    }
    if unit.made(rows.put(values)):
        unit.run(provenance.mark(status.id, LABELLED))


def _take_off(unit: Unit, label_id: int, status_id: int) -> None:
    unit.run(rows.drop_label(label_id))
    unit.run(provenance.mark(status_id, LABELLED, on=bool(unit.all(ledger.labels_of([status_id])))))


def _forget(unit: Unit, labeler: Labeler) -> None:
    posts = dict.fromkeys(unit.all(rows.labelled_by(labeler.id)))
    unit.run(rows.drop(labeler.id))
    for status_id in posts:
        unit.run(provenance.mark(status_id, LABELLED, on=bool(unit.all(ledger.labels_of([status_id])))))


def _show_anew(unit: Unit, labeler: Labeler) -> None:
    """Posts that are kept as bytes say who reads their labels."""
    for status_id in dict.fromkeys(unit.all(rows.labelled_by(labeler.id))):
        unit.run(statuses.changed(status_id))


def same_labeler(labeler: Labeler, address: str) -> bool:
    """Whether a page may be read as a labeler's: it stays on the origin where its labels began."""
    return same_origin(labeler.uri, address)
