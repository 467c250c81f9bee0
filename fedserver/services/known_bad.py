"""Media that may not be shown, recognised by their hashes: refused where they are uploaded, withheld where they are.

By default nothing but the hash and what describes the file is kept as evidence. A match is no verdict: a moderator
says whether it is right, and a hash that was mistaken about a file is not asked about that file again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson

from fedserver.db.queries import accounts, media, moderation, statuses
from fedserver.db.queries import known_bad as rows
from fedserver.db.queries import ledger as ledger_rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.known_bad import BadHash
from fedserver.db.queries.media import Medium
from fedserver.db.queries.statuses import HELD
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.domain.moderation.categories import MINORS
from fedserver.domain.moderation.hashes import Hashed
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.errors import Conflict, Failure, Invalid
from fedserver.kit.i18n import lazy
from fedserver.services import ledger, reports, rules
from fedserver.services.ledger import Act
from fedserver.services.reports import log_action
from fedserver.services.verbs.known_bad import SWEEP, TAKEN_DOWN

REFUSED: Final = "known-bad"
"""Why an upload failed."""
NORM: Final = "law"
RULE: Final = "known-bad-media"


class Found(NamedTuple):
    """A file is known. ``digests``: SHA-256 of it, 64 hexadecimal digits each, the uploaded bytes first."""

    known: BadHash
    distance: int
    digests: tuple[str, ...]


def add_list(unit: Unit, name: str, hashes: Sequence[Hashed], actor: Account | None) -> int:
    """Take hashes into a list, a chunk of them; how many are new. A job compares what stands here with them."""
    name = name.strip()
    if not name or len(name) > 100 or name == TAKEN_DOWN:
        raise Invalid(lazy("A list needs a name of at most 100 letters"))
    added = 0
    for each in hashes:
        values = {"id": unit.new_id(), "list": name, "created_at": unit.now, **each._asdict()}
        added += unit.made(rows.add(values))
    if added:
        enqueue(unit, SWEEP, {}, once=SWEEP)
    log_action(unit, actor, "hashes.add", name, str(added))
    return added


def drop_list(unit: Unit, name: str, actor: Account | None) -> int:
    """Forget a list; how many hashes it had. What was recognised by it stands until a moderator says otherwise."""
    if name == TAKEN_DOWN:
        raise Invalid(lazy("What was taken down is allowed again by undoing its decision"))
    dropped = unit.run(rows.drop_list(name))
    log_action(unit, actor, "hashes.drop", name, str(dropped))
    return dropped


def refused(unit: Unit, medium: Medium, found: Found) -> None:
    """An upload is known: it fails, moderators are told, nothing else is kept of it than what says what it was."""
    _record(unit, medium, found, None)
    unit.run(media.change(medium.id, {"state": "failed", "error": REFUSED, "withheld_at": unit.now}))
    owner = unit.get(accounts.by_id(medium.account_id))
    _tell(unit, owner, None, found)


def withhold(unit: Unit, medium: Medium, found: Found) -> None:
    """A file that stands in a post is known: nobody gets it any more, and its post is held."""
    if any(each.value == found.known.value for each in unit.all(rows.of_media([medium.id]))):
        return
    act = _act("strip-media", "media", medium.id, medium.remote_url or f"media:{medium.id}", medium, found)
    _record(unit, medium, found, ledger.decide(unit, act, None).id)
    if medium.status_id is None:
        return
    rules.better_known(unit, medium.status_id)
    status = unit.one(statuses.by_id(medium.status_id))
    # the legal floor has a rule for it, which tells moderators as well; this holds whatever becomes of that rule
    if status is not None and status.visibility != HELD:
        ledger.decide(unit, _act("hold", "status", status.id, status.uri, medium, found), None)
        _tell(unit, unit.get(accounts.by_id(medium.account_id)), medium.status_id, found)


def judge(unit: Unit, match_id: int, actor: Account | None, *, confirmed: bool, because: str = "") -> tuple[str, ...]:
    """A moderator says whether a match is right; the names of blobs that nobody keeps any more.

    Confirmed: the file goes, its hash stays. Mistaken: what the match decided is undone, and the hash is not asked
    about this file again.
    """
    found = unit.get(rows.match(match_id))
    if found.verdict:
        raise Conflict(lazy("Somebody has decided this already"))
    values = {
        "verdict": "confirmed" if confirmed else "mistaken",
        "decided_by": actor.id if actor else None,
        "decided_at": unit.now,
    }
    unit.run(rows.change_match(match_id, values))
    log_action(unit, actor, f"match.{values['verdict']}", f"match:{match_id}", because)
    medium = unit.one(media.by_id(found.media_id or 0))
    if medium is not None and medium.state == "failed":
        # an upload that nobody has to look at any more: swept like any that was never posted
        unit.run(media.change(medium.id, {"withheld_at": None}))
    if confirmed:
        return forget_files(unit, medium) if medium is not None else ()
    if medium is not None:
        for target, target_id in (("media", medium.id), ("status", medium.status_id or 0)):
            _undo(unit, target, target_id, actor, because)
    return ()


def forget_files(unit: Unit, medium: Medium) -> tuple[str, ...]:
    """Let go of the bytes of a medium; its row stays, as evidence."""
    keys = tuple(key for key in (medium.original_key, medium.file_key, medium.preview_key) if key)
    values = {"original_key": None, "file_key": None, "preview_key": None, "cached_at": None, "blurhash": None}
    unit.run(media.change(medium.id, values))
    return keys


def of_status(unit: Unit, status_id: int) -> list[rows.Match]:
    """What was recognised in a post, without what was mistaken."""
    ids = [each.id for each in unit.all(media.all_of_statuses([status_id]))]
    return [each for each in unit.all(rows.of_media(ids)) if each.verdict != "mistaken"]


def _record(unit: Unit, medium: Medium, found: Found, decision_id: int | None) -> None:
    owner = unit.get(accounts.by_id(medium.account_id))
    status = unit.one(statuses.by_id(medium.status_id)) if medium.status_id is not None else None
    about = {name: getattr(medium, name) for name in ("mime", "kind", "size", "width", "height", "duration_ms")}
    values: dict[str, Any] = {
        "id": unit.new_id(),
        "hash_id": found.known.id,
        "kind": found.known.kind,
        "value": found.known.value,
        "found": found.digests[0] if found.digests else "",
        "distance": found.distance,
        "category": found.known.category,
        "list": found.known.list,
        "media_id": medium.id,
        "status_id": medium.status_id,
        "account_id": owner.id,
        "uri": status.uri if status is not None else medium.remote_url or "",
        "acct": owner.acct,
        "about": orjson.dumps({**about, "digests": list(found.digests)}).decode(),
        "decision_id": decision_id,
        "created_at": unit.now,
    }
    unit.run(rows.add_match(values))


def _act(verb: str, target: str, target_id: int, uri: str, medium: Medium, found: Found) -> Act:
    minors = found.known.category == MINORS
    return Act(
        verb,
        target,
        target_id,
        uri,
        medium.account_id,
        source="system",
        reason="A file in it is on a list of media that may not be shown here.",
        note=f"{found.known.list}: {found.known.kind}, {found.distance} bits differ",
        norm=MINORS if minors else NORM,
        rule_id=RULE,
        public=not minors,
    )


def _undo(unit: Unit, target: str, target_id: int, actor: Account | None, because: str) -> None:
    for each in unit.all(ledger_rows.standing(target, target_id)):
        if each.rule_id.startswith(RULE):
            ledger.undo(unit, each.id, actor, because)


def _tell(unit: Unit, owner: Account, status_id: int | None, found: Found) -> None:
    """A report by the node itself, so that moderators hear of it wherever they read reports."""
    instance = unit.one(accounts.by_uri(uris.actor(unit.site, uris.INSTANCE_USERNAME)))
    if instance is None:
        return
    comment = f"A file is on the list {found.known.list} ({found.known.kind}, {found.distance} bits differ)."
    category = MINORS if found.known.category == MINORS else "legal"
    try:
        report_id = reports.file(unit, instance, owner, comment=comment, category=category)
    except Failure:
        # a flood of them is in its own queue
        return
    if status_id is not None:
        unit.made(moderation.attach_status(report_id, status_id))
