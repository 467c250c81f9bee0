"""Decisions of moderation as the client API tells them. Mastodon has no such entity; docs/api.md describes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from fedserver.db.queries import decisions
from fedserver.db.queries.ledger import Appeal, Decision
from fedserver.db.queries.policy import Version
from fedserver.domain.site import Site
from fedserver.kit.clock import to_iso
from fedserver.render import reasons
from fedserver.render.mastodon.renderer import Reader


async def entities(
    site: Site, db: Reader, found: Sequence[Decision], now: int, *, staff: bool = False
) -> list[dict[str, Any]]:
    """Decision, in the order given. ``staff``: with what moderators alone read."""
    given = {row.decision_id: row for row in await db.all(decisions.appeals_of([each.id for each in found]))}
    versions = await reasons.versions_of(db, found)
    return [decision(site, one, versions.get(one.id), given.get(one.id), now, staff=staff) for one in found]


def decision(
    site: Site, one: Decision, version: Version | None, appeal: Appeal | None, now: int, *, staff: bool = False
) -> dict[str, Any]:
    """One Decision."""
    why = reasons.reason_of(site, one, version)
    in_time = one.standing and one.appeal_until is not None and one.appeal_until > now
    told: dict[str, Any] = {
        "id": str(one.id),
        "action": reasons.action_of([one]),
        "verb": f"{one.target}.{one.verb}",
        "what": why.done,
        "source": one.source,
        "reason": why.reason,
        "rule": {"id": one.rule_id or one.norm or None, "text": why.rule or None},
        "policy": {"version": why.version, "url": why.policy},
        "label": one.label or None,
        "target": {
            "type": one.target,
            "id": str(one.target_id) if one.target_id is not None else None,
            "uri": one.target_uri,
        },
        "standing": one.standing,
        "created_at": to_iso(one.created_at),
        "expires_at": _time(one.expires_at),
        "appeal_until": _time(one.appeal_until),
        "can_appeal": in_time and appeal is None,
        "appeal": _appeal(appeal),
        "undone_at": _time(one.undone_at),
        "undone_because": one.undone_because or None,
    }
    return {**told, **_for_staff(one)} if staff else told


def _for_staff(one: Decision) -> Mapping[str, Any]:
    return {
        "account_id": _id(one.account_id),
        "actor_id": _id(one.actor_id),
        "undone_by_id": _id(one.undone_by),
        "note": one.note or None,
        "inputs": orjson.loads(one.inputs) if one.inputs is not None else None,
        "before": orjson.loads(one.before),
        "report_id": _id(one.report_id),
        "group_id": _id(one.group_id),
        "public": bool(one.public),
    }


def _appeal(row: Appeal | None) -> dict[str, Any] | None:
    """Appeal (Mastodon 4.3) with the answer."""
    told = reasons.appeal_entity(row)
    if row is None or told is None:
        return None
    return {
        **told,
        "answer": row.answer or None,
        "created_at": to_iso(row.created_at),
        "decided_at": _time(row.decided_at),
    }


def _time(ms: int | None) -> str | None:
    return to_iso(ms) if ms is not None else None


def _id(number: int | None) -> str | None:
    return str(number) if number is not None else None
