"""Proposals, approvals, electorates and ballots."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, text

from fedserver.db.queries.relations import bounds
from fedserver.db.statement import Query, Statement, columns, insert, insert_new, nothing, number, scalar
from fedserver.db.statement import update as update_row
from fedserver.db.tables import accounts, ballots, electors, proposal_approvals, proposals
from fedserver.kit.paging import Page


class Proposal(NamedTuple):
    """A row of ``proposals``: ``needs`` is a JSON list, ``quorum`` and ``majority`` thousandths, times ms."""

    id: int
    community_id: int
    proposer_id: int | None
    base_version: int
    document: str
    source: str
    note: str
    needs: str
    returns_to: int | None
    undoes: int
    state: str
    outcome: str
    status_id: int | None
    quorum: int
    majority: int
    electors: int
    yes: int | None
    no: int | None
    abstained: int | None
    version: int | None
    created_at: int
    closes_at: int | None
    decided_at: int | None

    @property
    def open(self) -> bool:
        """Whether it can still be decided."""
        return self.state == "open"


class Approval(NamedTuple):
    """Who agreed, and as what."""

    account_id: int
    username: str
    role: str
    created_at: int


class Elector(NamedTuple):
    """A row of ``electors``."""

    proposal_id: int
    account_id: int
    voted: int


class Tally(NamedTuple):
    """Ballots of one choice."""

    choice: int
    votes: int


_p, _e, _b, _a = proposals.c, electors.c, ballots.c, proposal_approvals.c
_proposals = select(*columns(proposals, Proposal))
_BY_ID = Statement(_proposals.where(_p.id == bindparam("id")), Proposal._make)
_BY_STATUS = Statement(_proposals.where(_p.status_id == bindparam("status_id")), Proposal._make)
_LISTED = Statement(
    _proposals.where(
        _p.community_id == bindparam("community_id"), _p.id < bindparam("below"), _p.id > bindparam("above")
    )
    .order_by(_p.id.desc())
    .limit(bindparam("limit")),
    Proposal._make,
)
_OPEN = Statement(
    _proposals.where(_p.community_id == bindparam("community_id"), _p.state == "open").order_by(_p.id), Proposal._make
)
_APPROVALS = Statement(
    select(_a.account_id, accounts.c.username, _a.role, _a.created_at)
    .select_from(proposal_approvals.join(accounts, accounts.c.id == _a.account_id))
    .where(_a.proposal_id == bindparam("id"))
    .order_by(_a.created_at, _a.account_id),
    Approval._make,
)
# local people who were approved, are here long enough and are neither limited nor suspended
_MEMBERS = (
    " FROM accounts a JOIN users u ON u.account_id = a.id WHERE u.community_id = :community_id AND u.state = 'active'"
    " AND u.created_at <= :since AND a.domain = '' AND a.bot = 0 AND a.suspended_at IS NULL AND a.limited_at IS NULL"
    " AND a.deleted_at IS NULL AND a.moved_to_id IS NULL"
)
_ENROL = Statement(
    text(f"INSERT INTO electors (proposal_id, account_id, voted) SELECT CAST(:id AS BIGINT), a.id, 0{_MEMBERS}"),
    nothing,
)
_COULD = Statement(text(f"SELECT COUNT(*){_MEMBERS} AND a.id = :account_id"), number)
_ELECTOR = Statement(
    select(_e.proposal_id, _e.account_id, _e.voted).where(
        _e.proposal_id == bindparam("id"), _e.account_id == bindparam("account_id")
    ),
    Elector._make,
)
_ELECTORS = Statement(
    select(_e.account_id)
    .where(_e.proposal_id == bindparam("id"), _e.account_id > bindparam("above"))
    .order_by(_e.account_id)
    .limit(bindparam("limit")),
    scalar,
)
_ELECTOR_COUNT = Statement(select(func.count()).where(_e.proposal_id == bindparam("id")), number)
_TAKE = Statement(
    text(
        "UPDATE electors SET voted = 1 WHERE proposal_id = :id AND account_id = :account_id AND voted = 0"
        " AND EXISTS (SELECT 1 FROM proposals p WHERE p.id = :id AND p.state = 'open' AND p.closes_at > :now)"
    ),
    nothing,
)
# who has a ballot left and may still use it
_WAITING = Statement(
    text(
        "SELECT COUNT(*) FROM electors e JOIN accounts a ON a.id = e.account_id"
        " WHERE e.proposal_id = :id AND e.voted = 0 AND a.suspended_at IS NULL AND a.limited_at IS NULL"
        " AND a.deleted_at IS NULL"
    ),
    number,
)
_BURN = Statement(text("DELETE FROM ballots WHERE proposal_id = :id"), nothing)
_TALLY = Statement(
    select(_b.choice, func.count()).where(_b.proposal_id == bindparam("id")).group_by(_b.choice).order_by(_b.choice),
    Tally._make,
)


def by_id(proposal_id: int) -> Query[Proposal]:
    """One proposal."""
    return _BY_ID(id=proposal_id)


def by_status(status_id: int) -> Query[Proposal]:
    """The proposal that a poll is about."""
    return _BY_STATUS(status_id=status_id)


def listed(page: Page, community_id: int = 1) -> Query[Proposal]:
    """All, newest first."""
    return _LISTED(community_id=community_id, **bounds(page))


def still_open(community_id: int = 1) -> Query[Proposal]:
    """Those that are not decided yet."""
    return _OPEN(community_id=community_id)


def add(values: dict[str, Any]) -> Query[None]:
    """Write a proposal down."""
    return insert(proposals, values)


def change(proposal_id: int, values: dict[str, Any]) -> Query[None]:
    """Change its state, or what came of it."""
    return update_row(proposals, "id", proposal_id, values)


def approvals(proposal_id: int) -> Query[Approval]:
    """Who of the team agreed."""
    return _APPROVALS(id=proposal_id)


def approve(values: dict[str, Any]) -> Query[Any]:
    """Agree; nothing where that account did already."""
    return insert_new(proposal_approvals, values, "account_id")


def enrol(proposal_id: int, since: int, community_id: int = 1) -> Query[None]:
    """Freeze the electorate: members since this time (ms) or before."""
    return _ENROL(id=proposal_id, since=since, community_id=community_id)


def could_vote(account_id: int, since: int, community_id: int = 1) -> Query[int]:
    """1 where an account would be an elector if a vote opened now."""
    return _COULD(account_id=account_id, since=since, community_id=community_id)


def elector(proposal_id: int, account_id: int) -> Query[Elector]:
    """An account as an elector of a proposal."""
    return _ELECTOR(id=proposal_id, account_id=account_id)


def elector_ids(proposal_id: int, above: int, limit: int) -> Query[int]:
    """Accounts that may vote, by id, from one on."""
    return _ELECTORS(id=proposal_id, above=above, limit=limit)


def elector_count(proposal_id: int) -> Query[int]:
    """How many may vote."""
    return _ELECTOR_COUNT(id=proposal_id)


def take(proposal_id: int, account_id: int, now: int) -> Query[None]:
    """Note that an elector votes now; no row where they did before, are none, or the vote is over."""
    return _TAKE(id=proposal_id, account_id=account_id, now=now)


def cast(key: int, proposal_id: int, choice: int) -> Query[None]:
    """Put a ballot into the urn."""
    return insert(ballots, {"key": key, "proposal_id": proposal_id, "choice": choice})


def waiting(proposal_id: int) -> Query[int]:
    """How many electors have not voted and still could."""
    return _WAITING(id=proposal_id)


def burn(proposal_id: int) -> Query[None]:
    """Ballots that are counted are nobody's business any more."""
    return _BURN(id=proposal_id)


def tally(proposal_id: int) -> Query[Tally]:
    """Ballots by choice."""
    return _TALLY(id=proposal_id)
