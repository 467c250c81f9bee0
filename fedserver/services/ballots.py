"""Ballots of members about proposals: one each, secret, cast on the web or by a poll in any app.

That somebody voted is noted on the electorate's list; the ballot itself lies in the urn under a random number and
without a time, and is destroyed when the votes are counted. Nobody can say whose it is from what stands in the tables;
so a ballot cannot be changed once it is cast. (Whoever watches a PostgreSQL server from inside while a vote is open
can see which rows one transaction wrote: docs/procedure.md says so.)
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Final

from fedserver.db.queries import polls, statuses
from fedserver.db.queries import votes as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.polls import Option, Poll
from fedserver.db.queries.votes import Proposal
from fedserver.db.unit import Unit
from fedserver.domain.moderation.procedure import ABSTAIN, NO, YES, Count
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.errors import Conflict, Forbidden, Invalid
from fedserver.kit.i18n import lazy

CLOSE: Final = "proposal.close"


def cast(unit: Unit, proposal: Proposal, voter: Account, choice: int) -> None:
    """Vote. ``Forbidden`` for whoever is no elector, ``Conflict`` for a second ballot, ``Invalid`` when it is over."""
    if choice not in (YES, NO, ABSTAIN):
        raise Invalid(lazy("Vote yes, no or abstain"))
    elector = unit.one(rows.elector(proposal.id, voter.id))
    if elector is None or not voter.local or not voter.active or voter.limited_at is not None:
        raise Forbidden(lazy("Only members who were here when this vote opened can vote"))
    if elector.voted:
        raise Conflict(lazy("You have voted already; a ballot is secret, so nobody can find yours to change it"))
    if not unit.run(rows.take(proposal.id, voter.id, unit.now)):
        raise Invalid(lazy("This vote is over"))
    unit.run(rows.cast(secrets.randbits(62), proposal.id, choice))
    if not unit.get(rows.waiting(proposal.id)):
        # everybody voted: there is nothing to wait for
        enqueue(unit, CLOSE, {"proposal_id": proposal.id}, once=f"{CLOSE}:{proposal.id}:all")


def cast_by_poll(unit: Unit, proposal: Proposal, voter: Account, choices: Sequence[int]) -> None:
    """A vote in the poll of a proposal, whose options are yes, no and abstain in this order."""
    if len(choices) != 1:
        raise Invalid(lazy("Vote yes, no or abstain"))
    cast(unit, proposal, voter, choices[0])


def count(unit: Unit, proposal: Proposal) -> Count:
    """How the vote stands, or stood. Before its end this is for nobody's eyes but the code's."""
    if proposal.yes is not None and proposal.no is not None and proposal.abstained is not None:
        yes, no, abstained = proposal.yes, proposal.no, proposal.abstained
        return Count(proposal.electors, yes, no, abstained, proposal.quorum, proposal.majority)
    found = {each.choice: each.votes for each in unit.all(rows.tally(proposal.id))}
    return Count(
        proposal.electors,
        found.get(YES, 0),
        found.get(NO, 0),
        found.get(ABSTAIN, 0),
        proposal.quorum,
        proposal.majority,
    )


def settle(unit: Unit, poll: Poll) -> None:
    """Write the counts into a poll that is about a proposal, now that it ends."""
    proposal = unit.one(rows.by_status(poll.status_id))
    if proposal is None:
        return
    counted = count(unit, proposal)
    options = [
        Option(option.title, votes)
        for option, votes in zip(poll.choices, (counted.yes, counted.no, counted.abstained), strict=True)
    ]
    values = {"options": polls.options_json(options), "votes_count": counted.cast, "voters_count": counted.cast}
    unit.run(polls.change(poll.status_id, values))
    unit.run(statuses.changed(poll.status_id))
