"""Lists of domains that others keep: what they say is compared with what stood there, and followed as far as wanted.

**advise**: moderators see what the list says. **shadow**: what would follow is recorded. **enforce**: every confirmed
entry is a decision of the ledger (source: list). An entry that goes from its list undoes what that list decided, and
nothing else. What somebody here undoes stays undone: the entry counts as refused.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Final, NamedTuple

import orjson

from fedserver.db.queries import domain_lists as rows
from fedserver.db.queries import ledger as ledger_rows
from fedserver.db.queries import moderation
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.domain_lists import DomainList, Entry
from fedserver.db.unit import Unit
from fedserver.domain.moderation.domains import ALLOW, VERB_OF, Terms, suffixes
from fedserver.domain.moderation.lists import Listed
from fedserver.domain.text.characters import plain
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.errors import Conflict, Invalid
from fedserver.kit.i18n import lazy
from fedserver.services import domains, ledger
from fedserver.services.ledger import Act
from fedserver.services.reports import COMMUNITY, log_action

ADVISE: Final = "advise"
SHADOW: Final = "shadow"
ENFORCE: Final = "enforce"
MODES: Final = (ADVISE, SHADOW, ENFORCE)
FETCH: Final = "domains.fetch_list"
"""The job that fetches a list: ``{list_id}``."""
ALIGN: Final = "domains.align_list"
"""The job that makes follow what a list says: ``{list_id}``."""
MOST_FOLLOWS: Final = 10
CHUNK: Final = 100
"""Entries that one unit makes follow: the writer is everybody's."""
READ_CHUNK: Final = 400
"""Entries that one unit compares with what the list said before: that is cheaper."""
# a list that has lost more than half of this many entries is looked at before it is believed
_SMALL: Final = 20


class Taken(NamedTuple):
    """What came of a new state of a list: entries that are new, changed, gone, and how many of them wait."""

    added: int
    changed: int
    gone: int
    waiting: int


class Taking(NamedTuple):
    """How far a new state of a list is taken: ``at`` of ``listed``, then gone ones ``after`` a domain."""

    list_id: int
    listed: tuple[Listed, ...]
    names: frozenset[str]
    heavy: frozenset[str]
    etag: str
    problem: str
    at: int = 0
    after: str = ""
    taken: Taken = Taken(0, 0, 0, 0)
    done: bool = False


class Projected(NamedTuple):
    """What would follow if a list were enforced and confirmed: entries without effect today, what they would meet."""

    entries: int
    servers: tuple[tuple[Entry, int, int, int], ...]
    accounts: int
    follows: int


def subscribe(
    unit: Unit,
    uri: str,
    actor: Account | None,
    *,
    mode: str = ADVISE,
    priority: int = 0,
    excludes: Sequence[str] = (),
    drafts: bool = True,
    most_follows: int = MOST_FOLLOWS,
    title: str = "",
) -> int:
    """Take a list into account, or change how; its id. ``uri``: an address, or a name for what is brought as a file."""
    uri = plain(uri).strip()
    if mode not in MODES or not uri or len(uri) > 1000:
        raise Invalid(lazy("A list needs an address or a name, and a mode: advise, shadow or enforce"))
    known = unit.one(rows.by_uri(uri))
    values = {
        "title": plain(title).strip()[:200],
        "mode": mode,
        "priority": priority,
        "excludes": orjson.dumps(sorted({domains.clean_domain(unit, each) for each in excludes})).decode(),
        "drafts": int(drafts),
        "most_follows": max(0, most_follows),
    }
    if known is None:
        list_id = unit.new_id()
        fixed = {"id": list_id, "community_id": COMMUNITY, "uri": uri, "created_at": unit.now, "state": "waiting"}
        unit.made(rows.add({**fixed, **values}))
    else:
        list_id = known.id
        unit.run(rows.change(list_id, {**values, "state": known.state if known.state != "dropped" else "waiting"}))
    unit.run(rows.all_stale(list_id))
    found = unit.get(rows.one(list_id))
    enqueue(unit, FETCH if found.remote else ALIGN, {"list_id": list_id}, once=f"{FETCH}:{list_id}")
    log_action(unit, actor, "list.subscribe", uri, f"{mode}, {priority}")
    return list_id


def unsubscribe(unit: Unit, list_id: int, actor: Account | None) -> None:
    """Follow a list no longer: a job undoes what it decided, then the list goes."""
    found = unit.get(rows.one(list_id))
    unit.run(rows.change(list_id, {"state": "dropped"}))
    unit.run(rows.all_stale(list_id))
    enqueue(unit, ALIGN, {"list_id": list_id}, once=f"{ALIGN}:{list_id}")
    log_action(unit, actor, "list.unsubscribe", found.uri)


def begin(unit: Unit, list_id: int, listed: Sequence[Listed], *, etag: str = "", problem: str = "") -> Taking:
    """Take a list's present state: what ``step`` goes on with, a unit a chunk, until it is done.

    ``Conflict`` where the list has lost more than half of what it had, unless that is wanted.
    """
    found = unit.get(rows.one(list_id))
    if found.state == "dropped":
        return Taking(list_id, (), frozenset(), frozenset(), etag, problem, done=True)
    # our own domain, and what it is below
    never = {*suffixes(unit.site.domain), *suffixes(unit.site.host)}
    wanted = {each.domain: each for each in listed if each.domain not in never}
    before = unit.get(rows.live_count(list_id))
    if before >= _SMALL and len(wanted) < before / 2 and not found.shrink:
        raise Conflict(lazy("The list has lost more than half of its entries"))
    heavy = frozenset(_heavy(unit, list(wanted), found.most_follows))
    return Taking(list_id, tuple(wanted.values()), frozenset(wanted), heavy, etag, problem)


def step(unit: Unit, taking: Taking) -> Taking:
    """The next chunk of what the list says, then of what is gone from it; at last that it was fetched."""
    found = unit.one(rows.one(taking.list_id))
    if taking.done or found is None or found.state == "dropped":
        return taking._replace(done=True)
    if taking.at < len(taking.listed):
        return _step_listed(unit, found, taking)
    past = unit.all(rows.live(found.id, taking.after, READ_CHUNK))
    gone = [int(entry_id) for entry_id, domain in past if domain not in taking.names]
    if gone:
        unit.run(rows.mark_gone(gone))
    taken = taking.taken._replace(gone=taking.taken.gone + len(gone))
    if len(past) == READ_CHUNK:
        return taking._replace(after=past[-1][1], taken=taken)
    fetched = {"state": "fetched", "problem": taking.problem[:500], "etag": taking.etag[:200], "shrink": 0}
    unit.run(rows.change(found.id, {**fetched, "fetched_at": unit.now}))
    enqueue(unit, ALIGN, {"list_id": found.id}, once=f"{ALIGN}:{found.id}")
    return taking._replace(taken=taken._replace(waiting=unit.get(rows.waiting_count(found.id))), done=True)


def _step_listed(unit: Unit, found: DomainList, taking: Taking) -> Taking:
    chunk = taking.listed[taking.at : taking.at + READ_CHUNK]
    known = {entry.domain: entry for entry in unit.all(rows.named(found.id, [each.domain for each in chunk]))}
    added = changed = 0
    for each in chunk:
        entry = known.get(each.domain)
        if entry is None:
            _add(unit, found, each, taking.heavy)
        elif entry.gone or _says(entry) != _says_listed(each):
            _change(unit, found, entry, each, taking.heavy)
        new = entry is None or bool(entry.gone)
        added += new
        changed += not new and _says(known[each.domain]) != _says_listed(each)
    taken = taking.taken._replace(added=taking.taken.added + added, changed=taking.taken.changed + changed)
    return taking._replace(at=taking.at + len(chunk), taken=taken)


def take(unit: Unit, list_id: int, listed: Sequence[Listed], *, etag: str = "", problem: str = "") -> Taken:
    """All of ``begin`` and ``step`` in one unit: for short lists."""
    taking = begin(unit, list_id, listed, etag=etag, problem=problem)
    while not taking.done:
        taking = step(unit, taking)
    return taking.taken


def unchanged(unit: Unit, list_id: int) -> None:
    """The list is what it was."""
    if _followed(unit, list_id):
        unit.run(rows.change(list_id, {"state": "fetched", "problem": "", "fetched_at": unit.now}))


def failed(unit: Unit, list_id: int, problem: str) -> None:
    """The list could not be fetched or read: what followed from it stays."""
    if _followed(unit, list_id):
        unit.run(rows.change(list_id, {"state": "failed", "problem": problem[:500]}))


def _followed(unit: Unit, list_id: int) -> bool:
    """Whether anybody still follows it: a fetch may end after that."""
    found = unit.one(rows.one(list_id))
    return found is not None and found.state != "dropped"


def ask(unit: Unit, list_id: int, *, shrink: bool = False) -> None:
    """Fetch a list again. ``shrink``: believe it, however much shorter it is."""
    if shrink:
        unit.run(rows.change(list_id, {"shrink": 1, "etag": ""}))
    enqueue(unit, FETCH, {"list_id": list_id}, once=f"{FETCH}:{list_id}")


def judge(unit: Unit, entry_id: int, actor: Account | None, *, confirmed: bool) -> None:
    """A moderator confirms an entry, or refuses it."""
    entry = unit.get(rows.entry(entry_id))
    state = "confirmed" if confirmed else "refused"
    unit.run(rows.change_entry(entry.id, {"state": state, "waits_for": "", "stale": 1}))
    enqueue(unit, ALIGN, {"list_id": entry.list_id}, once=f"{ALIGN}:{entry.list_id}")
    log_action(unit, actor, f"list.{state}", entry.domain)


def confirm_all(unit: Unit, list_id: int, actor: Account | None) -> None:
    """A moderator confirms everything that waits."""
    found = unit.get(rows.one(list_id))
    count = unit.run(rows.confirm_drafts(list_id))
    enqueue(unit, ALIGN, {"list_id": list_id}, once=f"{ALIGN}:{list_id}")
    log_action(unit, actor, "list.confirm_all", found.uri, str(count))


def project(unit: Unit, list_id: int) -> Projected:
    """What would follow if the list were enforced and every entry of it confirmed. Reads much: for moderators."""
    found = unit.get(rows.one(list_id))
    excludes = set(orjson.loads(found.excludes))
    waiting = [entry for entry in unit.all(rows.without_effect(list_id)) if entry.domain not in excludes]
    known = domains.knowledge(unit, [entry.domain for entry in waiting])
    servers = [(entry, *known[entry.domain][1:]) for entry in waiting if entry.domain in known]
    servers.sort(key=lambda each: (-(each[2] + each[3]), -each[1], each[0].domain))
    # limiting a server ends no follow
    follows = sum(each[2] + each[3] for each in servers if each[0].severity == "suspend")
    return Projected(len(waiting), tuple(servers), sum(each[1] for each in servers), follows)


def ours(unit: Unit) -> list[Listed]:
    """Our own policies as others take them over; who is only let in is not among them."""
    return [
        Listed(
            row.domain,
            row.severity,
            bool(row.reject_media),
            bool(row.reject_reports),
            row.public_comment,
            bool(row.obfuscate),
        )
        for row in unit.all(moderation.policies())
        if row.severity != ALLOW
    ]


def align(unit: Unit, list_id: int, limit: int) -> int:
    """Make follow what the list says, for ``limit`` entries; how many were looked at. A job calls it until 0."""
    found = unit.one(rows.one(list_id))
    if found is None:
        return 0
    entries = unit.all(rows.stale(list_id, limit))
    excludes = set(orjson.loads(found.excludes))
    for entry in entries:
        _align(unit, found, entry, wanted=entry.domain not in excludes)
    if not entries and found.state == "dropped":
        unit.run(rows.drop(list_id))
    return len(entries)


def _align(unit: Unit, found: DomainList, entry: Entry, *, wanted: bool) -> None:
    standing = unit.one(ledger_rows.by_id(entry.decision_id)) if entry.decision_id is not None else None
    values: dict[str, object] = {"stale": 0}
    if standing is not None and not standing.standing:
        # somebody here took it back: their word holds
        values |= {"state": "refused", "decision_id": None, "decided": ""}
        standing, wanted = None, False
    here = wanted and not entry.gone and found.state != "dropped" and entry.state == "confirmed"
    says = f"{_says(entry)}|{found.priority}"
    enforced = here and found.mode == ENFORCE
    if standing is not None and (not enforced or entry.decided != says):
        ledger.undo(unit, standing.id, None, "gone from the list" if entry.gone else "the list says something else")
        values |= {"decision_id": None, "decided": ""}
        standing = None
    if enforced and standing is None:
        values |= {"decision_id": ledger.decide(unit, _act(found, entry), None).id, "decided": says}
    if here and found.mode == SHADOW and entry.decided != f"shadow|{says}":
        _shadow(unit, found, entry)
        values["decided"] = f"shadow|{says}"
    if entry.gone:
        unit.run(rows.drop_entry(entry.id))
    else:
        unit.run(rows.change_entry(entry.id, values))


def _act(found: DomainList, entry: Entry) -> Act:
    terms = Terms(
        entry.severity,
        bool(entry.reject_media),
        bool(entry.reject_reports),
        False,
        bool(entry.obfuscate),
        entry.public_comment,
        f"{found.title or found.uri}",
    )
    return Act(
        VERB_OF[entry.severity],
        "domain",
        None,
        entry.domain,
        None,
        source="list",
        reason=entry.public_comment,
        note=found.uri,
        before={"terms": terms._asdict(), "list_id": found.id, "priority": found.priority},
        appeal_ms=0,
    )


def _shadow(unit: Unit, found: DomainList, entry: Entry) -> None:
    values = {
        "id": unit.new_id(),
        "community_id": found.community_id,
        "rule_id": f"list:{found.id}",
        "policy_hash": "",
        "verb": VERB_OF[entry.severity],
        "target": "domain",
        "target_uri": entry.domain,
        "inputs": orjson.dumps({"list": found.uri}).decode(),
        "created_at": unit.now,
    }
    unit.run(ledger_rows.add_hit(values))


def _heavy(unit: Unit, names: list[str], most: int) -> set[str]:
    """Domains with which people here share more follows than may end without somebody's word."""
    met = domains.knowledge(unit, names).values()
    return {each.domain for each in met if each.following + each.followers > most}


def _add(unit: Unit, found: DomainList, each: Listed, heavy: Set[str]) -> None:
    waits = _waits(found, each, heavy, "new")
    values = {
        "id": unit.new_id(),
        "list_id": found.id,
        **_columns(each),
        "state": "draft" if waits else "confirmed",
        "waits_for": waits,
        "created_at": unit.now,
    }
    unit.made(rows.add_entry(values))


def _change(unit: Unit, found: DomainList, known: Entry, each: Listed, heavy: Set[str]) -> None:
    values: dict[str, object] = {**_columns(each), "gone": 0, "stale": 1}
    waits = _waits(found, each, heavy, "changed") if each.severity != known.severity else ""
    if waits and known.state == "confirmed":
        values |= {"state": "draft", "waits_for": waits}
    unit.run(rows.change_entry(known.id, values))


def _waits(found: DomainList, each: Listed, heavy: Set[str], why: str) -> str:
    if found.drafts:
        return why
    return "follows" if each.severity == "suspend" and each.domain in heavy else ""


def _columns(each: Listed) -> dict[str, object]:
    return {name: int(value) if isinstance(value, bool) else value for name, value in each._asdict().items()}


def _says_listed(each: Listed) -> str:
    return "|".join(str(value) for value in _columns(each).values())


def _says(entry: Entry) -> str:
    return "|".join(str(getattr(entry, name)) for name in Listed._fields)
