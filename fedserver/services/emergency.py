"""The emergency set: rules of a document that ships, switched on for some hours by an admin or a surge.

They stand between the legal floor and the community's own rules, act on strangers alone (``documents/emergency.toml``
says on whom), and end by themselves. What they held stays held until moderators look; switching it on and off stands in
the public ledger of the community's acts.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import orjson

from fedserver.db.queries import meta
from fedserver.db.queries import ruling as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.domain.policy.canonical import hash_of
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy
from fedserver.kit.ids import floor_of
from fedserver.services import starters
from fedserver.services.packs import ENFORCE, EffectiveRule, day_of
from fedserver.services.reports import COMMUNITY, log_action

LAYER: Final = "emergency"
KEY: Final = f"emergency:{COMMUNITY}"
HOUR_MS: Final = 3600 * 1000
DAY_MS: Final = 24 * HOUR_MS
TEN_MINUTES_MS: Final = 600 * 1000
# one account that talks too much is no attack on the node
LEAST_AUTHORS: Final = 10
LONGEST_H: Final = 14 * 24
# what a surge switches on, without anybody's doing
SURGE_H: Final = 6


class Emergency(NamedTuple):
    """``cause``: an admin's words, or what the surge was. Times in ms."""

    since: int
    until: int
    cause: str
    by_surge: bool


def standing(unit: Unit) -> Emergency | None:
    """The emergency that is declared, None where there is none (any more)."""
    stored = unit.one(meta.get(KEY))
    if not stored:
        return None
    found = Emergency(**orjson.loads(stored))
    return found if found.until > unit.now else None


def rules(unit: Unit) -> tuple[EffectiveRule, ...]:
    """The rules of the emergency set while it is switched on."""
    return ready() if standing(unit) is not None else ()


def ready() -> tuple[EffectiveRule, ...]:
    """The rules of the emergency set."""
    document = starters.emergency()
    norms = {norm.id: norm for norm in document.norms}
    digest = hash_of(document)
    return tuple(
        EffectiveRule(one, norms[one.norm], digest, document.version, LAYER, ENFORCE, "", document.name)
        for one in document.rules
    )


def switch_on(unit: Unit, actor: Account | None, hours: float, cause: str, *, by_surge: bool = False) -> Emergency:
    """Switch the emergency set on for some hours from now, also where it is on already. ``Invalid`` for 0 hours and
    for more than two weeks."""
    if not 0 < hours <= LONGEST_H:
        raise Invalid(lazy("An emergency lasts from some minutes to %(days)d days", days=LONGEST_H // 24))
    before = standing(unit)
    since = before.since if before is not None else unit.now
    found = Emergency(since, unit.now + round(hours * HOUR_MS), cause.strip()[:200], by_surge)
    unit.run(meta.put(KEY, orjson.dumps(found._asdict()).decode()))
    unit.kept.clear()
    log_action(unit, actor, "emergency.on", f"until {day_of(found.until)}", found.cause)
    return found


def watch(unit: Unit, most: int) -> bool:
    """Switch it on where at least ``most`` posts in ten minutes, by ten different strangers, name people here; whether
    that was so. While it is on it goes on for as long as the flood does."""
    now = unit.now
    posts, authors = unit.get(rows.strangers(floor_of(now - TEN_MINUTES_MS), floor_of(now - DAY_MS)))
    if posts < most or authors < LEAST_AUTHORS:
        return False
    switch_on(unit, None, SURGE_H, f"{posts} posts by {authors} strangers in ten minutes", by_surge=True)
    return True


def switch_off(unit: Unit, actor: Account | None) -> bool:
    """Switch it off; whether it was on."""
    if standing(unit) is None:
        return False
    unit.run(meta.put(KEY, ""))
    unit.kept.clear()
    log_action(unit, actor, "emergency.off", "emergency")
    return True
