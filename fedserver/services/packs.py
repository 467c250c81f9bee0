"""Which rules hold here: the legal floor, the community's own, and those of other communities that it subscribes to.

A document that is subscribed to (a pack) has a mode. **advise**: moderators and readers see what it says; nothing
follows. **shadow**: its rules run and what they would do is recorded. **enforce**: its rules act, below the
community's own. What a pack leaves in shadow stays in shadow.

A rule of a name that stands in a higher layer is not taken over from a lower one: forks of one document share names,
and each community's own wording holds, switched off included. Between packs the higher priority holds, then the older
subscription; what only runs in shadow takes nothing away from what acts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

import orjson

from fedserver.db.queries import policy as rows
from fedserver.db.queries.policy import InForce
from fedserver.db.unit import Unit
from fedserver.domain.policy.canonical import hash_of
from fedserver.domain.policy.document import Document, Feed, Norm, Rule
from fedserver.domain.policy.errors import DocumentError
from fedserver.domain.policy.read import from_plain
from fedserver.services import starters
from fedserver.services.reports import COMMUNITY
from fedserver.services.versions import document_of

FLOOR: Final = "floor"
OWN: Final = "community"
PACK: Final = "pack"
ADVISE: Final = "advise"
SHADOW: Final = "shadow"
ENFORCE: Final = "enforce"
_KEPT_DOCUMENTS: Final = 64
_KEPT_LISTS: Final = 8


class EffectiveRule(NamedTuple):
    """A rule with where it comes from.

    ``policy_hash`` and ``version`` of its document; ``layer``: floor | community | pack; ``mode``: enforce (it acts) |
    shadow (what it would do is recorded) | advise (neither); ``pack``: the address of the document, '' for floor and
    community; ``community``: whose it is.
    """

    rule: Rule
    norm: Norm
    policy_hash: str
    version: int
    layer: str
    mode: str
    pack: str
    community: str


class Pack(NamedTuple):
    """A document that is subscribed to, without what is excluded."""

    row: InForce
    document: Document
    norms: tuple[Norm, ...]
    rules: tuple[Rule, ...]
    feeds: tuple[Feed, ...]


# documents by their hash, lists by everything that they depend on: what is kept can be out of use, never wrong
_documents: dict[str, Document] = {}
_lists: dict[tuple[object, ...], tuple[EffectiveRule, ...]] = {}


def effective_rules(unit: Unit, community_id: int = COMMUNITY) -> tuple[EffectiveRule, ...]:
    """The rules that run, in the order in which they are asked: floor, community, packs by priority.

    Of each layer in the order of its document. Drafts, expired rules and those of packs that only advise are not among
    them. One small statement, while nothing changes.
    """
    found = unit.all(rows.in_force(community_id))
    today = day_of(unit.now)
    key = (today, *sorted(found))
    known = _lists.get(key)
    if known is None:
        known = arranged(_own(unit, found), _packs(unit, found), today)
        while len(_lists) >= _KEPT_LISTS:
            _lists.pop(next(iter(_lists)), None)
        _lists[key] = known
    return known


def packs(unit: Unit, community_id: int = COMMUNITY) -> tuple[Pack, ...]:
    """What is subscribed to and was fetched, the highest priority first."""
    return _packs(unit, unit.all(rows.in_force(community_id)))


def advice(unit: Unit, community_id: int = COMMUNITY) -> tuple[EffectiveRule, ...]:
    """The rules of packs that only advise: shown to moderators and readers, without effect."""
    return tuple(one for pack in packs(unit, community_id) for one in advised(pack, day_of(unit.now)))


def arranged(own: Document | None, taken: Iterable[Pack], today: str) -> tuple[EffectiveRule, ...]:
    """The rules that run, from the document in force and packs, the highest priority first."""
    return tuple(_arranged(own, taken, today))


def advised(pack: Pack, today: str) -> tuple[EffectiveRule, ...]:
    """What a pack that only advises would have run; nothing of another one."""
    if pack.row.mode != ADVISE:
        return ()
    return tuple(
        _of_pack(pack, rule, ADVISE) for rule in pack.rules if rule.state != "draft" and not _over(rule, today)
    )


def left_out(pack: Pack, running: Iterable[EffectiveRule], today: str) -> tuple[EffectiveRule, ...]:
    """Rules of a pack that would run, and do not because one of the same name stands above them."""
    known = {one.rule.id for one in running if one.pack == pack.row.uri}
    return tuple(
        _of_pack(pack, rule, mode)
        for rule in pack.rules
        if (mode := _mode(pack.row.mode, rule, today)) and rule.id not in known
    )


def pack_of(row: InForce, document: str) -> Pack | None:
    """A pack from its row and the JSON of its document; None where this program does not understand it any more."""
    known = _documents.get(row.hash)
    if known is None:
        try:
            known = _keep(row.hash, from_plain(orjson.loads(document)))
        except DocumentError:
            return None
    without = frozenset(excluded(row.excludes))
    return Pack(
        row,
        known,
        norms=tuple(norm for norm in known.norms if norm.id not in without),
        rules=tuple(rule for rule in known.rules if not {rule.id, rule.norm} & without),
        feeds=tuple(feed for feed in known.feeds if feed.id not in without),
    )


def excluded(stored: str) -> list[str]:
    """The ids of rules, norms and feeds that are not taken over, from their JSON."""
    return [str(one) for one in orjson.loads(stored)]


def day_of(now: int) -> str:
    """The day of a time, ISO 8601: texts that compare as the days do."""
    return datetime.fromtimestamp(now / 1000, UTC).date().isoformat()


def _arranged(own: Document | None, taken: Iterable[Pack], today: str) -> Iterator[EffectiveRule]:
    floor = starters.floor()
    yield from _of_layer(FLOOR, floor, today)
    acting = {rule.id for rule in floor.rules}
    if own is not None:
        yield from (one for one in _of_layer(OWN, own, today) if one.rule.id not in acting)
        acting |= {rule.id for rule in own.rules}
    tried = set(acting)
    for pack in taken:
        for rule in pack.rules:
            mode = _mode(pack.row.mode, rule, today)
            if mode == ENFORCE and rule.id not in acting:
                acting.add(rule.id)
            elif mode == SHADOW and rule.id not in acting | tried:
                tried.add(rule.id)
            else:
                continue
            yield _of_pack(pack, rule, mode)


def _own(unit: Unit, found: Iterable[InForce]) -> Document | None:
    digest = next((row.hash for row in found if row.subscription_id == 0), None)
    if digest is None:
        return None
    return _documents.get(digest) or _keep(digest, document_of(unit.get(rows.by_hash(digest))))


def _packs(unit: Unit, found: Iterable[InForce]) -> tuple[Pack, ...]:
    theirs = sorted((row for row in found if row.subscription_id), key=lambda one: (-one.priority, one.subscription_id))
    made = (pack_of(row, "" if row.hash in _documents else _document(unit, row)) for row in theirs)
    return tuple(pack for pack in made if pack is not None)


def _document(unit: Unit, row: InForce) -> str:
    return unit.get(rows.subscription(row.subscription_id)).document or "{}"


def _keep(digest: str, document: Document) -> Document:
    while len(_documents) >= _KEPT_DOCUMENTS:
        _documents.pop(next(iter(_documents)), None)
    _documents[digest] = document
    return document


def _of_layer(layer: str, document: Document, today: str) -> Iterator[EffectiveRule]:
    norms = {norm.id: norm for norm in document.norms}
    digest = hash_of(document)
    for rule in document.rules:
        mode = _mode(ENFORCE, rule, today)
        if mode:
            norm = norms[rule.norm]
            yield EffectiveRule(rule, norm, digest, document.version, layer, mode, "", document.name)


def _of_pack(pack: Pack, rule: Rule, mode: str) -> EffectiveRule:
    norm = next(norm for norm in pack.document.norms if norm.id == rule.norm)
    document = pack.document
    return EffectiveRule(rule, norm, pack.row.hash, document.version, PACK, mode, pack.row.uri, document.name)


def _mode(wanted: str, rule: Rule, today: str) -> str:
    """How a rule runs; '' for not at all. A document that acts can leave a rule in shadow, never the other way."""
    if rule.state == "draft" or wanted == ADVISE or _over(rule, today):
        return ""
    return SHADOW if rule.state == "shadow" else wanted


def _over(rule: Rule, today: str) -> bool:
    return rule.expires is not None and rule.expires < today
