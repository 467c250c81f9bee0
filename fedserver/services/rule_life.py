"""The life of a rule: draft, tried on the past, in shadow, live, and over on its last day.

Each step is a new version of the document, made and put in force as any other (``services/proposals.py`` says by whom):
so what a rule was at any time stands in the versions, and going back is a version too.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import Final, NamedTuple

from fedserver.db.queries import ruling as rows
from fedserver.db.unit import Unit
from fedserver.domain.policy.document import STATES, Document, Norm, Rule
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import rulebook, starters
from fedserver.services.packs import EffectiveRule

DAY_MS: Final = 24 * 3600 * 1000
KEEP: Final = ""


class Held(NamedTuple):
    """How often a rule of a name held since a day: acting, and in shadow."""

    rule_id: str
    acted: int
    shadow: int


def with_state(document: Document, rule_id: str, state: str, expires: str | None = KEEP, *, today: date) -> Document:
    """The document with one rule in another state. ``expires``: its last day (ISO 8601), None for no end, '' as it was.

    ``NotFound`` for a rule that is not there, ``Invalid`` for another state, for what is no day, and for one that would
    be over before it begins.
    """
    known = next((rule for rule in document.rules if rule.id == rule_id), None)
    if known is None:
        raise NotFound(lazy("There is no rule of this name"))
    if state not in STATES:
        raise Invalid(lazy("A rule is a draft, in shadow or live"))
    last = known.expires if expires == KEEP else expires
    if last is not None:
        try:
            over = date.fromisoformat(last) < today
        except ValueError as error:
            raise Invalid(lazy("The last day of a rule is a date, such as 2027-03-01"), cause=error) from error
        if over and state != "draft":
            raise Invalid(lazy("Its last day is over: give it another one, or none"))
    changed = replace(known, state=state, expires=last)
    return replace(document, rules=tuple(changed if rule is known else rule for rule in document.rules))


def adopted(document: Document, rule_ids: list[str], state: str = "draft") -> Document:
    """The document with some of the ready rules, their norms and the sets of words that they name. ``NotFound`` for
    names that are none; a rule that is there already stays as it is."""
    ready = starters.ready_rules()
    found = {rule.id: rule for rule in ready.rules}
    if missing := [name for name in rule_ids if name not in found]:
        raise NotFound(lazy("There is no ready rule %(name)s", name=missing[0]))
    here = {rule.id for rule in document.rules}
    new: list[Rule] = [replace(found[name], state=state) for name in dict.fromkeys(rule_ids) if name not in here]
    wanted = {rule.norm for rule in new} - {norm.id for norm in document.norms}
    norms: list[Norm] = [norm for norm in ready.norms if norm.id in wanted]
    named = {name: words for name, words in ready.sets.items() if any(f"sets.{name}" in one.when.text for one in new)}
    return replace(
        document,
        rules=(*document.rules, *new),
        norms=(*document.norms, *norms),
        sets={**named, **document.sets},
    )


def held(unit: Unit, days: int = 30) -> list[Held]:
    """How often each rule held in the last days, those that never did left out."""
    acted: dict[str, int] = defaultdict(int)
    shadow: dict[str, int] = defaultdict(int)
    for row in unit.all(rows.hits(unit.now // DAY_MS - days + 1)):
        (shadow if row.mode == "shadow" else acted)[row.rule_id] += row.hits
    return [Held(name, acted[name], shadow[name]) for name in sorted({*acted, *shadow})]


def running(unit: Unit) -> list[EffectiveRule]:
    """The rules that are asked at the moment, each once, in their order."""
    found: dict[tuple[str, str], EffectiveRule] = {}
    for ready in rulebook.book(unit).rules.values():
        for one in ready:
            found.setdefault((one.rule.policy_hash, one.rule.rule.id), one.rule)
    return list(found.values())
