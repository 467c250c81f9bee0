"""Proposed changes of the policy, for apps: read, vote, agree. Of our own (docs/api.md)."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Response

from fedserver.db.queries import votes as rows
from fedserver.db.queries.votes import Elector, Proposal
from fedserver.domain.moderation.procedure import ABSTAIN, NO, YES
from fedserver.domain.policy.errors import DocumentError
from fedserver.domain.policy.read import read_toml
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.clock import to_iso
from fedserver.kit.errors import Invalid, NotFound
from fedserver.services import access, proposals

CHOICES = {"yes": YES, "no": NO, "abstain": ABSTAIN}


async def listed(call: Call) -> Response:
    """GET /api/v1/proposals: proposed changes of the policy, newest first."""
    found = await call.parts.db.all(rows.listed(call.query.page(default=20, maximum=40)))
    return responses.json([await _entity(call, one) for one in found])


async def show(call: Call) -> Response:
    """GET /api/v1/proposals/{id}: a proposed change of the policy, with what came of it"""
    return responses.json(await _entity(call, await _asked(call)))


async def create(call: Call) -> Response:
    """POST /api/v1/proposals: ``document`` (TOML) and ``note``, or ``returns_to`` (the number of a version)."""
    params = await call.params()
    back, note, keyring = params.number("returns_to", 1, 10**9), params.text("note") or "", call.parts.keyring
    if back is not None:
        made = await call.parts.db.run(
            lambda unit: proposals.propose_return(unit, keyring, access.account(unit, call.me.account_id), back, note)
        )
        return responses.json(await _entity(call, made))
    try:
        document = read_toml(params.required("document"))
    except DocumentError as error:
        raise Invalid(str(error)) from error
    made = await call.parts.db.run(
        lambda unit: proposals.propose(unit, keyring, access.account(unit, call.me.account_id), document, note)
    )
    return responses.json(await _entity(call, made))


async def vote(call: Call) -> Response:
    """POST /api/v1/proposals/{id}/vote: ``choice`` is yes, no or abstain."""
    choice = CHOICES.get((await call.params()).required("choice"), -1)
    proposal_id = call.id()
    await call.parts.db.run(
        lambda unit: proposals.vote(unit, proposal_id, access.account(unit, call.me.account_id), choice)
    )
    return await show(call)


async def approve(call: Call) -> Response:
    """POST /api/v1/proposals/{id}/approve: agree as one of the team."""
    proposal_id, keyring = call.id(), call.parts.keyring
    made = await call.parts.db.run(
        lambda unit: proposals.approve(unit, keyring, proposal_id, access.account(unit, call.me.account_id))
    )
    return responses.json(await _entity(call, made))


async def _asked(call: Call) -> Proposal:
    found = await call.parts.db.one(rows.by_id(call.id()))
    if found is None:
        raise NotFound
    return found


async def _entity(call: Call, one: Proposal) -> dict[str, Any]:
    db, viewer = call.parts.db, call.viewer
    elector: Elector | None = None
    if viewer is not None and one.closes_at is not None:
        elector = await db.one(rows.elector(one.id, viewer.account_id))
    counted = proposals.result(one)
    return {
        "id": str(one.id),
        "state": one.state,
        "outcome": one.outcome or None,
        "note": one.note,
        "base_version": one.base_version,
        "returns_to": one.returns_to,
        "version": one.version,
        "needs": list(proposals.asked_of(one)),
        "approved_by": [each.username for each in await db.all(rows.approvals(one.id))],
        "document": one.source,
        "poll_status_id": str(one.status_id) if one.status_id is not None else None,
        "electors": one.electors if one.closes_at is not None else None,
        "quorum": one.quorum / 1000,
        "majority": one.majority / 1000,
        "result": {"yes": counted.yes, "no": counted.no, "abstained": counted.abstained} if counted else None,
        "elector": elector is not None,
        "voted": bool(elector.voted) if elector is not None else False,
        "created_at": to_iso(one.created_at),
        "closes_at": to_iso(one.closes_at) if one.closes_at is not None else None,
        "decided_at": to_iso(one.decided_at) if one.decided_at is not None else None,
        "url": f"{call.parts.site.base_url}/proposals/{one.id}",
    }
