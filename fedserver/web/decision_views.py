"""Decisions of the ledger as small values that pages show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson

from fedserver.db.queries import accounts, decisions
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.ledger import Appeal, Decision
from fedserver.edge.parts import Parts
from fedserver.render import reasons
from fedserver.render.reasons import Reason
from fedserver.web import views


class DecisionView(NamedTuple):
    """``who``: the handle of whom it hits, ``actor`` of who decided ('' for nobody in person); ``link``: where the
    target can be looked at, None for nowhere; ``may_appeal``: in time, standing, and not appealed yet."""

    row: Decision
    why: Reason
    who: str
    actor: str
    undone_by: str
    link: str | None
    appeal: Appeal | None
    may_appeal: bool

    @property
    def inputs(self) -> list[tuple[str, str]]:
        """What a rule saw, by name."""
        return _pairs(self.row.inputs)

    @property
    def before(self) -> list[tuple[str, str]]:
        """What was there before."""
        return _pairs(self.row.before)


async def views_of(parts: Parts, found: Sequence[Decision]) -> list[DecisionView]:
    """In the order given."""
    if not found:
        return []
    people = {each.id: each for each in await parts.db.all(accounts.by_ids(sorted(_people(found))))}
    given = {each.decision_id: each for each in await parts.db.all(decisions.appeals_of([row.id for row in found]))}
    versions = await reasons.versions_of(parts.db, found)
    now = parts.clock.now_ms()
    made = []
    for row in found:
        in_time = row.standing and row.appeal_until is not None and row.appeal_until > now
        made.append(
            DecisionView(
                row=row,
                why=reasons.reason_of(parts.site, row, versions.get(row.id)),
                who=handle(parts, people.get(row.account_id or 0)),
                actor=handle(parts, people.get(row.actor_id or 0)),
                undone_by=handle(parts, people.get(row.undone_by or 0)),
                link=views.web_address(row.target_uri),
                appeal=given.get(row.id),
                may_appeal=in_time and row.id not in given,
            )
        )
    return made


def handle(parts: Parts, account: Account | None) -> str:
    """``@name@host``; '' for nobody."""
    return "" if account is None else f"@{account.username}@{account.domain or parts.site.domain}"


def _people(found: Iterable[Decision]) -> set[int]:
    return {each for row in found for each in (row.account_id, row.actor_id, row.undone_by) if each is not None}


def _pairs(text: str | None) -> list[tuple[str, str]]:
    known = orjson.loads(text) if text else {}
    if not isinstance(known, dict):
        return []
    return [(name, value if isinstance(value, str) else orjson.dumps(value).decode()) for name, value in known.items()]
