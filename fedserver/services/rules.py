"""The rules of the community at work: on posts when they come, change and become better known, on boosts, profiles,
follows and reports. The one place that asks them, whoever wrote what they are about.

What a rule that acts decides is an entry of the ledger like any other, with what it saw, and can be undone; a rule in
shadow leaves what it would have done. A rule never acts twice on one thing, nor again where people took back what it
had done; labels that no longer fit come off by themselves, and nothing else does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from fedserver.db.queries import accounts, ledger, media, statuses
from fedserver.db.queries import ruling as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.provenance import LABELLED
from fedserver.db.queries.statuses import HELD, Status
from fedserver.db.unit import Unit
from fedserver.domain.moderation.conditions import inputs
from fedserver.domain.moderation.facts import Facts, print_of
from fedserver.domain.policy.document import in_language
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy
from fedserver.kit.ids import floor_of
from fedserver.services import held, rulebook
from fedserver.services.packs import FLOOR, OWN, SHADOW, EffectiveRule
from fedserver.services.reports import COMMUNITY
from fedserver.services.rule_signals import Signals, author_of, post_of, read_post
from fedserver.services.rulebook import Book, Running

if TYPE_CHECKING:
    from fedserver.services.ledger import Act

HOUR_MS: Final = 3600 * 1000
DAY_MS: Final = 24 * HOUR_MS
# they say something of a post as it is, so they go when it is no longer so
LIFTED: Final = frozenset({"label", "blur", "warn", "mark-sensitive"})
# what a rule about profiles does to an account whose profile it is
OF_PROFILES: Final[Mapping[str, str]] = {
    "unlist": "limit",
    "hold": "limit",
    "remove": "limit",
    "blur": "force-sensitive",
    "mark-sensitive": "force-sensitive",
}
_QUIET: Final = frozenset({"notify-moderators"})
_MACHINES: Final = frozenset({"Application", "Group"})


class Refused(Invalid):
    """A rule does not let something local be done. Nothing of it is stored; ``record`` writes the decision down, in a
    unit of its own."""

    def __init__(self, act: Act, rule: EffectiveRule) -> None:
        super().__init__(
            lazy("This was not accepted: %(because)s", because=act.reason),
            description=lazy(
                "Rule %(rule)s of %(community)s, version %(version)d. You can appeal to its moderators.",
                rule=rule.rule.id,
                community=rule.community,
                version=rule.version,
            ),
        )
        self.act = act

    def record(self, unit: Unit) -> None:
        """Write the decision down, once an hour where somebody tries again and again."""
        count(unit, self.act.rule_id, self.act.policy_hash, "enforce", "reject")
        since = floor_of(unit.now - HOUR_MS)
        if not unit.get(rows.refusals(self.act.account_id or 0, self.act.rule_id, since)):
            _ledger().decide(unit, self.act, None)


class Target(NamedTuple):
    """What a rule is about. ``fresh``: it is only being stored, so nobody decided anything about it before."""

    kind: str
    id: int | None
    uri: str
    author: Account
    fresh: bool = False
    has_media: bool = False
    languages: tuple[str, ...] = ()
    # what the verbs that hold it back are to remember (``services/held.py``)
    before: Mapping[str, Any] | None = None
    # whether a rule that rejects can still keep it from being stored; else it is held
    can_refuse: bool = True
    event: str = ""


class Hit(NamedTuple):
    """A rule that holds, and what it saw."""

    running: Running
    saw: Mapping[str, Any]


def judge(unit: Unit, running: Sequence[Running], facts: Facts) -> list[Hit]:
    """Those of the rules that hold. Each signal that they ask for is found once."""
    signals = Signals(unit, facts)
    held = [one for one in running if one.condition.run(signals)]
    return [Hit(one, inputs(one.condition, signals)) for one in held]


def posted(
    unit: Unit,
    status: Status,
    author: Account,
    mentioned: Sequence[Account],
    tags: Sequence[str],
    has_media: bool,
    link: str | None,
) -> Status | None:
    """Ask of a post whose rows are written and which nobody has seen yet: as it stands then, None where it is not to
    be stored. ``Refused`` for a local one. ``link``: the address whose card it shows."""
    book = rulebook.book(unit)
    running = book.of("post", with_media=has_media)
    if (not running and not book.prints) or _is_machine(author):
        return status
    post = post_of(status, mentioned, tags, has_media=has_media, visibility=status.visibility)
    facts = Facts("post", unit.now, author_of(author), post, book.phrases)
    if book.prints and (words := print_of(facts)) is not None:
        unit.made(rows.keep_print(status.id, words))
    before = {held.UNPUBLISHED: True, "link": link}
    target = Target("status", status.id, status.uri, author, True, has_media, _languages(status), before)
    hits = judge(unit, running, facts)
    if not hits:
        return status
    if not carry_out(unit, hits, target):
        return None
    return unit.get(statuses.by_id(status.id))


def edited(unit: Unit, status: Status, author: Account, mentioned: Sequence[Account], tags: Sequence[str]) -> Status:
    """Ask of the new version of a post; as it stands then. ``Refused`` for a local one; a remote one that would not be
    stored is held."""
    book = rulebook.book(unit)
    if not (book.of("edit", with_media=True) or _lifts(status)) or _is_machine(author):
        return status
    has_media = bool(unit.all(media.of_statuses([status.id])))
    visibility = intended(unit, status)
    post = post_of(status, mentioned, tags, has_media=has_media, visibility=visibility)
    facts = Facts("edit", unit.now, author_of(author), post, book.phrases)
    _again(unit, book, facts, status, author, has_media=has_media)
    return unit.get(statuses.by_id(status.id))


def better_known(unit: Unit, status_id: int) -> None:
    """Ask of a post whose media, or what is known of their making, became other than they were."""
    book = rulebook.book(unit)
    if not book.of("media", with_media=True) and not book.ids:
        return
    status = unit.one(statuses.by_id(status_id))
    if status is None or status.reblog_of_id is not None or not (book.of("media", with_media=True) or _lifts(status)):
        return
    author = unit.get(accounts.by_id(status.account_id))
    if _is_machine(author):
        return
    post = read_post(unit, status, intended(unit, status))
    facts = Facts("media", unit.now, author_of(author), post, book.phrases)
    _again(unit, book, facts, status, author, has_media=post.has_media)


def boosted(unit: Unit, boost: Status, booster: Account, status: Status) -> Status | None:
    """Ask of a boost whose row is written: as it stands then, None where it is not to be stored."""
    book = rulebook.book(unit)
    if not book.of("boost", with_media=True) or _is_machine(booster):
        return boost
    post = read_post(unit, status, status.visibility)
    facts = Facts("boost", unit.now, author_of(booster), post, book.phrases)
    hits = judge(unit, book.of("boost", with_media=post.has_media), facts)
    if not hits:
        return boost
    target = Target("status", boost.id, boost.uri, booster, fresh=True, before={held.UNPUBLISHED: True})
    return unit.get(statuses.by_id(boost.id)) if carry_out(unit, hits, target) else None


def done_by(unit: Unit, event: str, account: Account) -> str:
    """Ask of a profile, a follow or a report by somebody, and do what is done to them for it. ``reject`` | ``hold``
    where what they did is not to count (yet), else ''. ``Refused`` for somebody here whose doing is rejected."""
    running = rulebook.book(unit).of(event)
    if not running or _is_machine(account):
        return ""
    hits = judge(unit, running, Facts(event, unit.now, author_of(account)))
    if not hits:
        return ""
    # a profile of another server stands there, whatever is thought of it here
    can_refuse = event != "profile" or account.local
    target = Target("account", account.id, account.uri, account, event=event, can_refuse=can_refuse)
    return ("hold" if wants(hits, "hold") else "") if carry_out(unit, hits, target) else "reject"


def wants(hits: Sequence[Hit], action: str) -> bool:
    """Whether one of these rules acts and does this."""
    return any(hit.running.rule.mode != SHADOW and hit.running.rule.rule.do == action for hit in hits)


def carry_out(unit: Unit, hits: Sequence[Hit], target: Target) -> bool:
    """Do what these rules say, and write down what those in shadow would have done. False: it is not to be stored.

    ``Refused`` where that is so and it is local.
    """
    acting: list[Hit] = []
    for hit in hits:
        if hit.running.rule.mode == SHADOW:
            _shadow(unit, hit, target)
        else:
            acting.append(hit)
    refusing = next((hit for hit in acting if hit.running.rule.rule.do == "reject"), None)
    if refusing is not None and target.can_refuse:
        rule = refusing.running.rule
        if target.author.local:
            nowhere = target._replace(id=None) if target.fresh else target
            raise Refused(_act(refusing, nowhere, "reject"), rule)
        count(unit, rule.rule.id, rule.policy_hash, rule.mode, "reject")
        return False
    before = _before(unit, target) if acting and not target.fresh else {}
    for hit in acting:
        _enforce(unit, hit, target, before)
    return True


def _enforce(unit: Unit, hit: Hit, target: Target, before: Mapping[str, bool]) -> None:
    rule = hit.running.rule
    verb = "hold" if rule.rule.do == "reject" else rule.rule.do
    if target.event == "profile":
        verb = OF_PROFILES.get(verb, verb)
    elif verb == "limit" and target.kind != "account":
        target = Target("account", target.author.id, target.author.uri, target.author)
        before = _before(unit, target)
    if (target.kind, verb) not in _ledger().TABLE or (
        verb == "strip-media" and target.kind == "status" and not target.has_media
    ):
        return
    standing = before.get(rule.rule.id)
    # what people took back stays so, but for what the law asks
    if standing or (standing is not None and rule.layer != FLOOR):
        return
    _ledger().decide(unit, _act(hit, target, verb), None)
    count(unit, rule.rule.id, rule.policy_hash, rule.mode, verb)


def _before(unit: Unit, target: Target) -> dict[str, bool]:
    """The rules that decided about it before, and whether that stands."""
    found: dict[str, bool] = {}
    for rule_id, _, _, standing in unit.all(rows.by_rules(target.kind, target.id or 0)):
        found[rule_id] = found.get(rule_id, False) or bool(standing)
    return found


def _act(hit: Hit, target: Target, verb: str) -> Act:
    rule = hit.running.rule
    told = verb not in _QUIET
    holds = verb in held.HIDING
    made: Act = _ledger().Act(
        verb,
        target.kind,
        target.id,
        target.uri,
        target.author.id if told else None,
        source="rule",
        reason=in_language(rule.rule.because, *target.languages),
        label=rule.rule.label,
        rule_id=rule.rule.id,
        norm=rule.rule.norm,
        policy_hash=rule.policy_hash,
        # a version of our own document is undone as one; those of others count by themselves
        policy_version=rule.version if rule.layer == OWN else None,
        inputs=hit.saw,
        before=target.before if holds else None,
        public=told and rule.layer != FLOOR,
        appeal_ms=rule.rule.appeal_ms,
    )
    return made


def _shadow(unit: Unit, hit: Hit, target: Target) -> None:
    rule = hit.running.rule
    values = {
        "id": unit.new_id(),
        "community_id": COMMUNITY,
        "rule_id": rule.rule.id,
        "policy_hash": rule.policy_hash,
        "verb": rule.rule.do,
        "target": target.kind,
        "target_id": target.id,
        "target_uri": target.uri,
        "account_id": target.author.id,
        "inputs": orjson.dumps(dict(hit.saw)).decode(),
        "created_at": unit.now,
    }
    if unit.made(ledger.add_hit(values)):
        count(unit, rule.rule.id, rule.policy_hash, rule.mode, rule.rule.do)


def count(unit: Unit, rule_id: str, policy_hash: str, mode: str, verb: str) -> None:
    """Count that a rule held."""
    unit.run(rows.hit(rule_id, policy_hash, mode, verb, unit.now // DAY_MS))


def _again(unit: Unit, book: Book, facts: Facts, status: Status, author: Account, *, has_media: bool) -> None:
    """Ask of a post that stands, and take off the labels that fit no longer."""
    hits = judge(unit, book.of(facts.event, with_media=has_media), facts)
    refusable = facts.event == "edit" and author.local
    target = Target(
        "status", status.id, status.uri, author, False, has_media, _languages(status), None, can_refuse=refusable
    )
    carry_out(unit, hits, target)
    if not _lifts(status):
        return
    holding = {hit.running.rule.rule.id for hit in hits}
    for rule_id, decision_id, verb, standing in unit.all(rows.by_rules("status", status.id)):
        if standing and verb in LIFTED and rule_id in book.ids and rule_id not in holding:
            _ledger().undo(unit, decision_id, None, "it no longer applies")


def _lifts(status: Status) -> bool:
    """Whether there can be anything that comes off by itself."""
    return bool(status.provenance & LABELLED or status.sensitive)


def intended(unit: Unit, status: Status) -> int:
    """Who was to see a post, by its author's word: what is held says so in the ledger."""
    if status.visibility != HELD:
        return status.visibility
    kept = held.kept(unit, status.id)
    return int(kept.get("original", status.visibility))


def _languages(status: Status) -> tuple[str, ...]:
    return (status.language,) if status.language else ()


def _is_machine(account: Account) -> bool:
    """The node's own accounts: what they do follows from what others did."""
    return account.local and account.actor_type in _MACHINES


def _ledger() -> ModuleType:
    """The ledger: its verbs use follows and accounts, which ask the rules."""
    from fedserver.services import ledger

    return ledger
