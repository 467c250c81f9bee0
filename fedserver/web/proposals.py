"""Proposed changes of the policy: read by everybody, voted about by members, agreed to by the team."""

from __future__ import annotations

from typing import NamedTuple

from aiohttp.web import StreamResponse

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import policy as policy_rows
from fedserver.db.queries import votes as rows
from fedserver.db.queries.votes import Proposal
from fedserver.domain.moderation.procedure import ABSTAIN, NO, TEAM, YES
from fedserver.domain.policy.changes import changes
from fedserver.domain.policy.errors import DocumentError
from fedserver.domain.policy.read import read_toml
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go, page
from fedserver.kit.errors import Conflict, Failure, Forbidden, Invalid, NotFound
from fedserver.kit.i18n import gettext as _
from fedserver.kit.i18n import lazy
from fedserver.services import access, proposals
from fedserver.services.policy import document_of

HERE = "/proposals"
SHOWN = 40
_STATES = {
    "open": lazy("open"),
    "enacted": lazy("adopted"),
    "refused": lazy("refused"),
    "overtaken": lazy("overtaken by another version"),
    "withdrawn": lazy("taken back"),
}
# what the buttons send; never a default, and nothing is rounded to the nearest
_CHOICES = {"0": YES, "1": NO, "2": ABSTAIN}
_NEEDS = {
    "owner": lazy("an owner of this node"),
    "moderator": lazy("one moderator"),
    "two-moderators": lazy("two moderators"),
    "vote": lazy("a vote of the members"),
}


class Line(NamedTuple):
    """A proposal in the list. ``until``: when its vote ends, or when it was decided (ms)."""

    id: int
    title: str
    state: str
    in_words: str
    until: int | None


async def listing(call: Call) -> StreamResponse:
    """GET /proposals: all, newest first."""
    cut = call.query.page(default=SHOWN, maximum=SHOWN)
    found = await call.parts.db.all(rows.listed(cut))
    return page(
        call,
        "public/proposals.html",
        lines=[_line(one) for one in found],
        more=found[-1].id if found and len(found) == cut.limit else None,
        signed_in=call.viewer is not None,
    )


async def show(call: Call) -> StreamResponse:
    """GET /proposals/{id}: what it would change, who has to agree, and a ballot for whoever may vote."""
    return await _page(call, await _asked(call))


async def new(call: Call) -> StreamResponse:
    """GET /proposals/new: the document in force, to be changed."""
    current = await call.parts.db.one(policy_rows.current())
    if current is None:
        raise NotFound
    return _form(call, current.source)


async def create(call: Call) -> StreamResponse:
    """POST /proposals: propose a document, or to go back to a version."""
    params = await check_form(call)
    text, note, back = params.text("document") or "", params.text("note") or "", params.number("returns_to", 1, 10**9)
    keyring = call.parts.keyring
    try:
        if back is not None:
            made = await call.parts.db.run(
                lambda unit: proposals.propose_return(
                    unit, keyring, access.account(unit, call.me.account_id), back, note
                )
            )
        else:
            document = read_toml(text)
            made = await call.parts.db.run(
                lambda unit: proposals.propose(unit, keyring, access.account(unit, call.me.account_id), document, note)
            )
    except (DocumentError, Invalid, Conflict, Forbidden) as error:
        return _form(call, text, note, str(error.message if isinstance(error, Failure) else error))
    return go(call, f"{HERE}/{made.id}", flash="proposed")


async def vote(call: Call) -> StreamResponse:
    """POST /proposals/{id}/vote"""
    params = await check_form(call)
    choice, proposal_id = _CHOICES.get(params.text("choice") or "", -1), call.id()
    try:
        await call.parts.db.run(
            lambda unit: proposals.vote(unit, proposal_id, access.account(unit, call.me.account_id), choice)
        )
    except (Invalid, Conflict, Forbidden) as failure:
        return await _page(call, await _asked(call), failure.message, 403 if isinstance(failure, Forbidden) else 422)
    return go(call, f"{HERE}/{proposal_id}", flash="voted")


async def approve(call: Call) -> StreamResponse:
    """POST /proposals/{id}/approve"""
    await check_form(call)
    proposal_id, keyring = call.id(), call.parts.keyring
    await call.parts.db.run(
        lambda unit: proposals.approve(unit, keyring, proposal_id, access.account(unit, call.me.account_id))
    )
    return go(call, f"{HERE}/{proposal_id}", flash="agreed")


async def withdraw(call: Call) -> StreamResponse:
    """POST /proposals/{id}/withdraw"""
    await check_form(call)
    proposal_id = call.id()
    await call.parts.db.run(
        lambda unit: proposals.withdraw(unit, proposal_id, access.account(unit, call.me.account_id))
    )
    return go(call, f"{HERE}/{proposal_id}", flash="proposal-withdrawn")


async def _asked(call: Call) -> Proposal:
    found = await call.parts.db.one(rows.by_id(call.id()))
    if found is None:
        raise NotFound
    return found


async def _page(call: Call, found: Proposal, error: object = "", status: int = 200) -> StreamResponse:
    db, viewer = call.parts.db, call.viewer
    approvals = await db.all(rows.approvals(found.id))
    former = await db.one(policy_rows.by_version(found.base_version))
    proposer = await db.one(account_rows.by_id(found.proposer_id or 0))
    elector = await db.one(rows.elector(found.id, viewer.account_id if viewer is not None else 0))
    asked = proposals.asked_of(found)
    return page(
        call,
        "public/proposal.html",
        status=status,
        proposal=found,
        title=_title(found),
        in_words=_STATES[found.state],
        needs=[_NEEDS[one] for one in asked],
        voting="vote" in asked,
        approvals=approvals,
        proposer=proposer,
        changed=changes(document_of(former), proposals.document_of(found)) if former is not None else (),
        quorum=f"{found.quorum / 10:g}",
        majority=f"{found.majority / 10:g}",
        may_be_approved=any(one != "vote" for one in asked),
        count=proposals.result(found),
        over=found.closes_at is not None and found.closes_at <= call.parts.clock.now_ms(),
        elector=elector,
        mine=viewer is not None and viewer.account_id == found.proposer_id,
        may_approve=viewer is not None
        and (viewer.role in TEAM or viewer.can("manage_rules"))
        and all(each.account_id != viewer.account_id for each in approvals)
        and any(one != "vote" for one in asked),
        error=error,
    )


def _form(call: Call, text: str, note: str = "", error: str = "") -> StreamResponse:
    return page(call, "public/propose.html", status=422 if error else 200, document=text, note=note, error=error)


def _line(one: Proposal) -> Line:
    words = _("open until") if one.state == "open" and one.closes_at is not None else str(_STATES[one.state])
    return Line(one.id, _title(one), one.state, words, one.decided_at or one.closes_at)


def _title(one: Proposal) -> str:
    if one.note:
        return one.note
    if one.returns_to is not None:
        return _("Back to version %d") % one.returns_to
    return _("A change of version %d") % one.base_version
