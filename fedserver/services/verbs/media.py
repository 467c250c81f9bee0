"""What can be done to files: withheld, they are served to nobody and shown in no entity, and nothing of them is lost.

Of a post, all of them, those that an edit adds too; of an account, the pictures of its profile; and one by itself. A
file is withheld while any decision about it, or about its post, stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import orjson

from fedserver.db.queries import accounts, ledger, media, statuses
from fedserver.db.queries.ledger import Decision
from fedserver.db.queries.media import Medium
from fedserver.db.unit import Unit
from fedserver.services import search
from fedserver.services.events import ProfileChanged
from fedserver.services.verbs.verb import Verb

VERB: Final = "strip-media"
_PICTURES: Final = ("avatar_id", "header_id")


def settle(unit: Unit, attached: Iterable[Medium]) -> None:
    """Withhold what is to be withheld, give back what is not."""
    attached = list(attached)
    touched: set[int] = set()
    stripped = {each for each in {one.status_id for one in attached} if each and _stands(unit, "status", each)}
    for medium in attached:
        wanted = medium.status_id in stripped or _stands(unit, "media", medium.id)
        if wanted == (medium.withheld_at is not None):
            continue
        unit.run(media.change(medium.id, {"withheld_at": unit.now if wanted else None}))
        if medium.status_id is not None:
            touched.add(medium.status_id)
    for status_id in touched:
        unit.run(statuses.changed(status_id))
        search.changed(unit, unit.get(statuses.by_id(status_id)))


def _stands(unit: Unit, target: str, target_id: int) -> bool:
    return any(each.verb == VERB for each in unit.all(ledger.standing(target, target_id)))


def _of_post(unit: Unit, decision: Decision) -> dict[str, Any]:
    settle(unit, unit.all(media.all_of_statuses([decision.target_id or 0])))
    return {}


def _give_back(unit: Unit, decision: Decision) -> None:
    _of_post(unit, decision)


def _one(unit: Unit, decision: Decision) -> dict[str, Any]:
    settle(unit, unit.all(media.by_ids([decision.target_id or 0])))
    return {}


def _give_one_back(unit: Unit, decision: Decision) -> None:
    _one(unit, decision)


def _pictures(unit: Unit, decision: Decision) -> dict[str, Any]:
    account = unit.get(accounts.by_id(decision.target_id or 0))
    before = {name: getattr(account, name) for name in _PICTURES if getattr(account, name) is not None}
    if before:
        unit.run(accounts.change(account.id, dict.fromkeys(before)))
        unit.run(accounts.changed(account.id))
        for media_id in before.values():
            unit.run(media.change(media_id, {"withheld_at": unit.now}))
        unit.record(ProfileChanged(unit.get(accounts.by_id(account.id))))
    return before


def _pictures_back(unit: Unit, decision: Decision) -> None:
    account = unit.one(accounts.by_id(decision.target_id or 0))
    before: dict[str, int] = orjson.loads(decision.before)
    known = {each.id for each in unit.all(media.by_ids(list(before.values())))}
    for media_id in known:
        unit.run(media.change(media_id, {"withheld_at": None}))
    if account is None:
        return
    # a picture that was chosen since stays
    back = {name: each for name, each in before.items() if each in known and getattr(account, name) is None}
    if back:
        unit.run(accounts.change(account.id, back))
        unit.run(accounts.changed(account.id))
        unit.record(ProfileChanged(unit.get(accounts.by_id(account.id))))


VERBS: Final = (
    Verb(VERB, "status", _of_post, _give_back),
    Verb(VERB, "media", _one, _give_one_back),
    Verb(VERB, "account", _pictures, _pictures_back),
)
