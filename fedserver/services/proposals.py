"""How the policy changes: by the procedure that the version in force states, and by no other way but an override.

A proposal is a whole document, written from the version in force. The parts it touches say who has to agree: an
owner, a moderator, two of them, the members by vote, or several of these. Once all did, it is enacted in the same
unit. Whoever has a shell can enact without anybody's agreement; the public log then says *override*.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import orjson

from fedserver.db.queries import accounts, polls, users
from fedserver.db.queries import policy as versions
from fedserver.db.queries import votes as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.policy import Version
from fedserver.db.queries.votes import Proposal
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.domain.moderation.procedure import TEAM, Count, agreed, needed
from fedserver.domain.policy.canonical import canonical_bytes
from fedserver.domain.policy.changes import Change
from fedserver.domain.policy.document import Document
from fedserver.domain.policy.read import from_plain
from fedserver.domain.policy.write import to_toml
from fedserver.domain.text.characters import plain
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.errors import Conflict, Forbidden, Invalid
from fedserver.kit.i18n import lazy
from fedserver.services import ballots, ledger, policy, questions, roles
from fedserver.services.ballots import CLOSE
from fedserver.services.keyring import KeyRing
from fedserver.services.ledger import Act
from fedserver.services.notifications import notify
from fedserver.services.reports import COMMUNITY, log_action
from fedserver.services.verbs.community import ENACT

CALL: Final = "proposal.call"
UNDO_VERSION: Final = "ledger.undo_version"
MAX_NOTE: Final = 1000
MAX_OPEN: Final = 20
# of one member who is not of the team
MAX_OPEN_OF_MEMBER: Final = 1
MAX_OPEN_OF_TEAM: Final = 5
CHUNK: Final = 200


def needs(unit: Unit, document: Document) -> tuple[tuple[str, ...], tuple[Change, ...]]:
    """Who all has to agree to a document, and what it would change. The first one of a community needs nobody."""
    former = policy.in_force(unit)
    _, told = policy.next_version(unit, document)
    return (needed(former.procedure, told), told) if former is not None else ((), ())


def propose(
    unit: Unit,
    keyring: KeyRing,
    proposer: Account,
    document: Document,
    note: str,
    *,
    returns_to: int | None = None,
    undoes: bool = False,
) -> Proposal:
    """Propose a document; it is enacted at once where the proposer's own agreement is all that is needed.

    ``Forbidden`` for whoever is neither of the team nor a member who could vote; ``Conflict`` for a document that was
    written from another version than the one in force; ``Invalid`` where it changes nothing.
    """
    former = policy.in_force(unit)
    if former is None:
        raise Invalid(lazy("There is no policy in force that could be changed"))
    asked, _ = needs(unit, document)
    role = _role(unit, proposer)
    _may_propose(unit, proposer, role, former)
    vote = former.procedure.vote
    voting = "vote" in asked
    proposal_id = unit.new_id()
    closes_at = unit.now + vote.period_ms if voting else None
    values = {
        "id": proposal_id,
        "community_id": COMMUNITY,
        "proposer_id": proposer.id,
        "base_version": former.version,
        "document": canonical_bytes(document).decode(),
        "source": to_toml(document),
        "note": plain(note).strip()[:MAX_NOTE],
        "needs": orjson.dumps(asked).decode(),
        "returns_to": returns_to,
        "undoes": int(undoes),
        "quorum": round(vote.quorum * 1000),
        "majority": round(vote.majority * 1000),
        "created_at": unit.now,
        "closes_at": closes_at,
    }
    unit.run(rows.add(values))
    log_action(unit, proposer, "policy.propose", f"proposal:{proposal_id}", str(values["note"]))
    if voting:
        _open_vote(unit, unit.get(rows.by_id(proposal_id)), vote.member_for_ms)
    if role in TEAM:
        return approve(unit, keyring, proposal_id, proposer)
    return unit.get(rows.by_id(proposal_id))


def propose_return(unit: Unit, keyring: KeyRing, proposer: Account, version: int, note: str) -> Proposal:
    """Propose to go back to what an earlier version said; what its successors decided is undone with them."""
    former, wanted = policy.in_force(unit), unit.get(versions.by_version(version))
    if former is None or former.version <= version:
        raise Invalid(lazy("This version is in force"))
    document = replace(policy.document_of(wanted), version=former.version, parent=former.parent)
    return propose(unit, keyring, proposer, document, note, returns_to=version, undoes=True)


def approve(unit: Unit, keyring: KeyRing, proposal_id: int, account: Account) -> Proposal:
    """Agree as one of the team. Agreeing twice counts once."""
    proposal = _still_open(unit, proposal_id)
    role = _role(unit, account)
    if role not in TEAM:
        raise Forbidden
    if unit.made(
        rows.approve({"proposal_id": proposal.id, "account_id": account.id, "role": role, "created_at": unit.now})
    ):
        log_action(unit, account, "policy.approve", f"proposal:{proposal.id}")
    return _settle(unit, keyring, proposal)


def withdraw(unit: Unit, proposal_id: int, account: Account) -> Proposal:
    """Take one's own proposal back; a vote of members about it ends without a result."""
    proposal = _still_open(unit, proposal_id)
    if proposal.proposer_id != account.id:
        raise Forbidden
    log_action(unit, account, "policy.withdraw", f"proposal:{proposal.id}")
    return _end(unit, proposal, "withdrawn")


def vote(unit: Unit, proposal_id: int, voter: Account, choice: int) -> None:
    """Cast a ballot (0 yes, 1 no, 2 abstain); see ``ballots.cast``."""
    ballots.cast(unit, _still_open(unit, proposal_id), voter, choice)


def close(unit: Unit, keyring: KeyRing, proposal_id: int) -> Proposal | None:
    """End a vote whose time has come, or in which everybody voted: enacted, or refused. A second call does nothing."""
    proposal = unit.one(rows.by_id(proposal_id))
    if proposal is None or not proposal.open or proposal.closes_at is None:
        return None
    counted = ballots.count(unit, proposal)
    if proposal.closes_at > unit.now:
        if unit.get(rows.waiting(proposal.id)):
            return None
        unit.run(rows.change(proposal.id, {"closes_at": unit.now}))
        proposal = unit.get(rows.by_id(proposal.id))
    unit.run(rows.change(proposal.id, {"yes": counted.yes, "no": counted.no, "abstained": counted.abstained}))
    unit.run(rows.burn(proposal.id))
    if not counted.passed:
        log_action(unit, None, "policy.vote", f"proposal:{proposal.id}", "refused")
        return _end(unit, proposal, "refused", "majority" if counted.quorate else "quorum")
    log_action(unit, None, "policy.vote", f"proposal:{proposal.id}", "passed")
    return _settle(unit, keyring, unit.get(rows.by_id(proposal.id)))


def override(unit: Unit, keyring: KeyRing, document: Document, note: str) -> tuple[Version, bool]:
    """Put a document in force from the command line; whether that went past a procedure that asks for more than an
    owner. The ledger has a line of it in either case."""
    former = policy.in_force(unit)
    asked, _ = needs(unit, document)
    version = policy.publish(unit, keyring, document, None, note)
    past = bool(set(asked) - {"owner"})
    if former is not None:
        _write(unit, version, former.version, "override" if past else "moderator", note, None)
    _overtake(unit)
    return version, past


def call_electors(unit: Unit, proposal_id: int, above: int) -> int | None:
    """Tell some of those who may vote that a vote is open, by id; the last one, None at the end."""
    proposal = unit.one(rows.by_id(proposal_id))
    if proposal is None or not proposal.open or proposal.status_id is None:
        return None
    found = unit.all(rows.elector_ids(proposal_id, above, CHUNK))
    node = unit.get(accounts.by_handle(uris.INSTANCE_USERNAME))
    for account in unit.all(accounts.by_ids(found)) if found else ():
        notify(unit, account, "status", node, status_id=proposal.status_id)
    return found[-1] if found else None


def document_of(proposal: Proposal) -> Document:
    """What is proposed."""
    return from_plain(orjson.loads(proposal.document))


def asked_of(proposal: Proposal) -> tuple[str, ...]:
    """Who all has to agree."""
    return tuple(orjson.loads(proposal.needs))


def result(proposal: Proposal) -> Count | None:
    """What the vote said, once it is closed."""
    if proposal.yes is None or proposal.no is None or proposal.abstained is None:
        return None
    return Count(proposal.electors, proposal.yes, proposal.no, proposal.abstained, proposal.quorum, proposal.majority)


def _role(unit: Unit, account: Account) -> str:
    """owner | admin | moderator | user. Whoever may manage rules by a role that an admin composed is of the team."""
    user = unit.one(users.by_account(account.id))
    if user is None or user.state != "active" or not account.active:
        raise Forbidden
    held = roles.of_account(unit, account.id)
    if held.preset in TEAM:
        return held.preset
    return "moderator" if held.can("manage_rules") else "user"


def _may_propose(unit: Unit, proposer: Account, role: str, former: Document) -> None:
    waiting = unit.all(rows.still_open())
    own = sum(one.proposer_id == proposer.id for one in waiting)
    if role != "owner" and len(waiting) >= MAX_OPEN:
        raise Conflict(lazy("%(n)d proposals are open already; wait until some are decided", n=MAX_OPEN))
    if role in TEAM:
        if own >= MAX_OPEN_OF_TEAM:
            raise Conflict(lazy("%(n)d proposals of yours are not decided yet", n=own))
        return
    since = unit.now - former.procedure.vote.member_for_ms
    if not unit.get(rows.could_vote(proposer.id, since)):
        raise Forbidden(lazy("Only members who could vote can propose"))
    if own >= MAX_OPEN_OF_MEMBER:
        raise Conflict(lazy("You have a proposal that is not decided yet"))


def _still_open(unit: Unit, proposal_id: int) -> Proposal:
    proposal = unit.get(rows.by_id(proposal_id))
    if not proposal.open:
        raise Conflict(lazy("This proposal is decided already"))
    return proposal


def _open_vote(unit: Unit, proposal: Proposal, member_for_ms: int) -> None:
    """Freeze who may vote, ask them by a poll of the node's own account, and have the end come by itself."""
    unit.run(rows.enrol(proposal.id, unit.now - member_for_ms))
    status_id = questions.ask(unit, proposal, ((proposal.closes_at or unit.now) - unit.now) // 1000)
    electors = unit.get(rows.elector_count(proposal.id))
    unit.run(rows.change(proposal.id, {"electors": electors, "status_id": status_id}))
    enqueue(unit, CALL, {"proposal_id": proposal.id})
    enqueue(unit, CLOSE, {"proposal_id": proposal.id}, run_at=proposal.closes_at, once=f"{CLOSE}:{proposal.id}")


def _settle(unit: Unit, keyring: KeyRing, proposal: Proposal) -> Proposal:
    """Enact it where all have agreed who had to."""
    asked = asked_of(proposal)
    counted = result(proposal)
    if "vote" in asked and (counted is None or not counted.passed):
        return proposal
    if not agreed(asked, _agreeing(unit, proposal)):
        return proposal
    return _enact(unit, keyring, proposal, "vote" if "vote" in asked else "moderator")


def _agreeing(unit: Unit, proposal: Proposal) -> list[str]:
    """The roles of those who agreed, as they are now: whoever left the team agrees no longer."""
    found = []
    for each in unit.all(rows.approvals(proposal.id)):
        account = unit.one(accounts.by_id(each.account_id))
        user = unit.one(users.by_account(each.account_id))
        if account is not None and account.active and user is not None and user.state == "active":
            found.append(_role(unit, account))
    return [role for role in found if role in TEAM]


def _overtake(unit: Unit) -> None:
    """Proposals that were written from another version than the one in force have nothing to change any more."""
    current = policy.in_force(unit)
    for proposal in unit.all(rows.still_open()):
        if current is not None and proposal.base_version != current.version:
            _end(unit, proposal, "overtaken")


def _enact(unit: Unit, keyring: KeyRing, proposal: Proposal, source: str) -> Proposal:
    former = policy.in_force(unit)
    if former is None or former.version != proposal.base_version:
        return _end(unit, proposal, "overtaken")
    proposer = unit.one(accounts.by_id(proposal.proposer_id or 0))
    version = policy.publish(unit, keyring, document_of(proposal), proposer, proposal.note)
    _write(unit, version, former.version, source, proposal.note, proposer if source == "moderator" else None)
    if proposal.undoes and proposal.returns_to is not None:
        for taken_back in range(proposal.returns_to + 1, former.version + 1):
            enqueue(unit, UNDO_VERSION, {"version": taken_back, "because": proposal.note})
    unit.run(rows.change(proposal.id, {"version": version.version}))
    ended = _end(unit, proposal, "enacted")
    _overtake(unit)
    return ended


def _end(unit: Unit, proposal: Proposal, state: str, outcome: str = "") -> Proposal:
    unit.run(rows.change(proposal.id, {"state": state, "outcome": outcome, "decided_at": unit.now}))
    if proposal.status_id is not None:
        # the poll ends with what it asks about
        unit.run(polls.change(proposal.status_id, {"expires_at": unit.now}))
        enqueue(unit, "poll.close", {"status_id": proposal.status_id}, once=f"poll.close:{proposal.status_id}:end")
    return unit.get(rows.by_id(proposal.id))


def _write(unit: Unit, version: Version, former: int, source: str, note: str, actor: Account | None) -> None:
    act = Act(
        ENACT,
        "community",
        COMMUNITY,
        f"policy:{version.version}",
        None,
        source=source,
        reason=note,
        policy_hash=version.hash,
        before={"version": former},
    )
    ledger.decide(unit, act, actor)
