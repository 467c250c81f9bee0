"""The ledger: the one way in which anything is moderated, by people, rules, lists and votes alike, and its undoing.

``decide`` puts a verb of ``services/verbs/table.py`` into effect, writes the decision down with its reason, what was
looked at and what was there before, and records ``Decided``, from which the effects tell whoever was hit. ``undo``
takes one back. Nothing is deleted by a decision: what is removed is hidden until nobody can appeal any more.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

from fedserver.db.queries import ledger as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.ledger import Decision
from fedserver.db.unit import Unit
from fedserver.domain.text.characters import plain
from fedserver.kit.errors import Conflict, Forbidden, Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.kit.ids import MAX_ID
from fedserver.services import norms, undo_rights
from fedserver.services.events import Decided, Undone
from fedserver.services.moderation_events import AppealDecided
from fedserver.services.reports import COMMUNITY, log_action
from fedserver.services.verbs.table import TABLE

log = logging.getLogger(__name__)
MAX_REASON: Final = 2000
DAY_MS: Final = 24 * 3600 * 1000
APPEAL_MS: Final = 20 * DAY_MS
SOURCES: Final = ("moderator", "rule", "list", "vote", "override", "system")
CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be done. ``target``: status | account | domain | media | community, named by id and address.

    ``account_id``: whom it hits, None for servers. ``lasts_ms`` None: until it is undone; ``appeal_ms`` 0: no appeal.
    ``inputs``: what a rule saw. ``before``: what the caller knows of the state before (a verb adds to it).
    """

    verb: str
    target: str
    target_id: int | None
    target_uri: str
    account_id: int | None
    source: str = "moderator"
    reason: str = ""
    note: str = ""
    label: str = ""
    rule_id: str = ""
    norm: str = ""
    policy_hash: str = ""
    policy_version: int | None = None
    inputs: Mapping[str, Any] | None = None
    before: Mapping[str, Any] | None = None
    report_id: int | None = None
    group_id: int | None = None
    public: bool = True
    lasts_ms: int | None = None
    appeal_ms: int = APPEAL_MS


def decide(unit: Unit, act: Act, actor: Account | None) -> Decision:
    """Do it, and write it down. ``Invalid`` for a verb that does not fit its target."""
    verb = TABLE.get((act.target, act.verb))
    if verb is None or act.source not in SOURCES:
        raise Invalid(lazy("This cannot be done to it"))
    decision_id = unit.new_id()
    act = _with_norm(unit, act)
    values = {
        "id": decision_id,
        "community_id": COMMUNITY,
        "verb": act.verb,
        "source": act.source,
        "actor_id": actor.id if actor else None,
        "target": act.target,
        "target_id": act.target_id,
        "target_uri": act.target_uri,
        "account_id": act.account_id,
        "rule_id": act.rule_id,
        "norm": act.norm,
        "policy_hash": act.policy_hash,
        "policy_version": act.policy_version,
        "label": act.label,
        "reason": plain(act.reason).strip()[:MAX_REASON],
        "note": plain(act.note).strip()[:MAX_REASON],
        "inputs": orjson.dumps(dict(act.inputs)).decode() if act.inputs is not None else None,
        "before": orjson.dumps(dict(act.before or {})).decode(),
        "report_id": act.report_id,
        "group_id": act.group_id,
        "public": int(act.public),
        "created_at": unit.now,
        "expires_at": unit.now + act.lasts_ms if act.lasts_ms is not None else None,
        "appeal_until": unit.now + act.appeal_ms if act.appeal_ms and act.account_id is not None else None,
    }
    unit.run(rows.add(values))
    before = verb.done(unit, unit.get(rows.by_id(decision_id)))
    unit.run(rows.change(decision_id, {"before": orjson.dumps(before).decode()}))
    decision = unit.get(rows.by_id(decision_id))
    if act.source != "rule":
        log_action(unit, actor, f"{act.target}.{act.verb}", act.target_uri, decision.reason)
    unit.record(Decided(decision))
    return decision


def _with_norm(unit: Unit, act: Act) -> Act:
    """What answers a report enforces the rule that the report names."""
    if act.report_id is None or act.norm or act.rule_id:
        return act
    norm, words = norms.of_report(unit, act.report_id)
    # a rule that the policy does not have is known by its words alone
    reason = act.reason if norm or words in act.reason else f"{act.reason}\n\n{words}".strip()
    return replace(act, norm=norm, reason=reason)


def undo(unit: Unit, decision_id: int, actor: Account | None, because: str = "") -> Decision:
    """Take a decision back; an appeal that waits is granted with it. ``Conflict`` where that was done already."""
    decision = unit.get(rows.by_id(decision_id))
    if not decision.standing:
        raise Conflict(lazy("This decision no longer holds"))
    values = {
        "undone_at": unit.now,
        "undone_by": actor.id if actor else None,
        "undone_because": plain(because).strip()[:MAX_REASON],
    }
    unit.run(rows.change(decision.id, values))
    TABLE[decision.target, decision.verb].undone(unit, decision)
    decision = unit.get(rows.by_id(decision.id))
    log_action(unit, actor, f"{decision.target}.{decision.verb}.undo", decision.target_uri, decision.undone_because)
    if not decision.expired:
        _grant_waiting(unit, decision, actor)
    unit.record(Undone(decision))
    return decision


def _grant_waiting(unit: Unit, decision: Decision, actor: Account | None) -> None:
    """Nobody has to answer an appeal whose wish is fulfilled. One that somebody grants is closed before."""
    appeal = unit.one(rows.appeal_of(decision.id))
    if appeal is None or appeal.decided_at is not None:
        return
    answer = decision.undone_because or str(lazy("The decision was taken back before anybody answered."))
    values = {"decided_at": unit.now, "decided_by": decision.undone_by, "outcome": "granted", "answer": answer}
    unit.run(rows.change_appeal(appeal.id, values))
    log_action(unit, actor, "appeal.grant", decision.target_uri, answer)
    unit.record(AppealDecided(unit.get(rows.appeal(appeal.id)), decision))


def undo_version(unit: Unit, version: int, actor: Account | None, because: str = "", *, chunk: int = CHUNK) -> int:
    """Take back what stands by a version of the policy, the newest first, a chunk of it; how many that were.

    Until it answers 0 (a job calls it again and again, so that no unit grows without bound). What cannot be taken back
    stays as it is, and the rest goes on; so does what the actor may not take back one by one (None, a vote that was
    adopted or the command line: everything).
    """
    undone, below = 0, MAX_ID
    while not undone and (found := unit.all(rows.of_version(version, chunk, below))):
        below = found[-1].id
        for decision in found:
            try:
                undo_rights.check(unit, decision, actor)
                with unit.savepoint():
                    undo(unit, decision.id, actor, because)
            except (Conflict, Forbidden, Invalid, NotFound) as failure:
                log.warning("a decision was not taken back", extra={"id": decision.id, "error": failure.code})
                continue
            undone += 1
    return undone


def expire(unit: Unit) -> int:
    """Take back what was decided for a time that is over, a chunk of it; how many that were."""
    found = unit.all(rows.expired(unit.now, CHUNK))
    for decision in found:
        undo(unit, decision.id, None, rows.EXPIRED)
    return len(found)
