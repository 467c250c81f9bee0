"""The policy changes by the procedure in force: agreement, votes of members, return to an earlier version, override."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fedserver.db.queries import accounts, polls, statuses
from fedserver.db.queries import ledger as ledger_rows
from fedserver.db.queries import votes as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.votes import Proposal
from fedserver.domain.policy.document import DAY_MS, Document, Norm, Procedure, Vote
from fedserver.domain.policy.read import read_toml
from fedserver.kit.errors import Conflict, Forbidden, Invalid
from fedserver.kit.paging import Page
from fedserver.services import ledger, policy, proposals, starters
from fedserver.services import polls as poll_service
from fedserver.services import statuses as status_service
from fedserver.services.ledger import Act
from fedserver.services.statuses import Draft

VOTE = Vote(quorum=0.5, majority=0.5, period_ms=7 * DAY_MS, member_for_ms=30 * DAY_MS)


def _start(world: Any, procedure: Procedure) -> Document:
    """A first version with this procedure, in force."""

    def publish(unit: Any) -> Document:
        document = replace(read_toml(starters.text_of("open-gallery")), procedure=procedure)
        return policy.document_of(policy.publish(unit, world.keyring, document, None))

    made: Document = world.run(publish)
    return made


def _person(world: Any, name: str, role: str = "user", days: int = 100) -> Account:
    account: Account = world.local(name)
    made = world.run(lambda unit: unit.now) - days * DAY_MS
    values = (world.ids.new(), account.id, 1, role, "active", made, made)
    world.connection.execute(
        "INSERT INTO users (id, account_id, community_id, role, state, created_at, valid_after)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        values,
    )
    return account


def _with_norm(document: Document, text: str) -> Document:
    return replace(document, norms=(*document.norms, Norm(f"n{len(document.norms)}", {"en": text}, {})))


def _propose(world: Any, who: Account, document: Document, note: str = "A new norm") -> Proposal:
    made: Proposal = world.run(lambda unit: proposals.propose(unit, world.keyring, who, document, note))
    return made


def _again(world: Any, proposal: Proposal) -> Proposal:
    found: Proposal = world.run(lambda unit: unit.get(rows.by_id(proposal.id)))
    return found


def _in_force(world: Any) -> Document:
    found: Document = world.run(policy.in_force)
    return found


def _vote(world: Any, proposal: Proposal, voter: Account, choice: int) -> None:
    world.run(lambda unit: proposals.vote(unit, proposal.id, voter, choice))


def _end(world: Any, proposal: Proposal) -> Proposal:
    world.connection.execute("UPDATE proposals SET closes_at = 1 WHERE id = ?", (proposal.id,))
    world.run(lambda unit: proposals.close(unit, world.keyring, proposal.id))
    return _again(world, proposal)


def _log(world: Any) -> list[tuple[str, str, str]]:
    found = world.run(lambda unit: unit.all(ledger_rows.listed(Page(limit=20), public=True)))
    return [(each.verb, each.source, each.target_uri) for each in found]


def test_one_moderator_is_enough_where_the_document_says_so(world: Any) -> None:
    document = _start(world, Procedure("moderator", "moderator", "owner"))
    mod, member = _person(world, "mod1", "moderator"), _person(world, "mia")
    made = _propose(world, mod, _with_norm(document, "Be kind"))
    assert (made.state, made.version) == ("enacted", 2)
    assert _log(world)[0] == ("enact", "moderator", "policy:2")
    # a member's proposal waits for a moderator
    waiting = _propose(world, member, _with_norm(_in_force(world), "Be brief"))
    assert waiting.state == "open"
    with pytest.raises(Forbidden):
        world.run(lambda unit: proposals.approve(unit, world.keyring, waiting.id, member))
    world.run(lambda unit: proposals.approve(unit, world.keyring, waiting.id, mod))
    assert _again(world, waiting).state == "enacted" and _in_force(world).version == 3


def test_two_moderators_are_two_people(world: Any) -> None:
    document = _start(world, Procedure("owner", "two-moderators", "owner"))
    one, two = _person(world, "mod1", "moderator"), _person(world, "mod2", "admin")
    made = _propose(world, one, _with_norm(document, "Be kind"))
    world.run(lambda unit: proposals.approve(unit, world.keyring, made.id, one))
    assert _again(world, made).open
    world.run(lambda unit: proposals.approve(unit, world.keyring, made.id, two))
    assert _again(world, made).state == "enacted"
    with pytest.raises(Conflict):
        world.run(lambda unit: proposals.approve(unit, world.keyring, made.id, two))


def test_what_only_an_owner_may_change(world: Any) -> None:
    document = _start(world, Procedure("owner", "moderator", "owner"))
    mod, owner = _person(world, "mod1", "moderator"), _person(world, "rita", "owner")
    changed = replace(_with_norm(document, "Be kind"), about={"en": "Something else"})
    made = _propose(world, mod, changed)
    assert proposals.asked_of(made) == ("owner", "moderator") and made.open
    world.run(lambda unit: proposals.approve(unit, world.keyring, made.id, owner))
    assert _again(world, made).state == "enacted"


def test_a_vote_from_proposal_to_enactment_to_return(world: Any) -> None:
    document = _start(world, Procedure("vote", "vote", "vote", VOTE))
    people = [_person(world, f"p{number}") for number in range(5)]
    late, far = _person(world, "late", days=3), world.remote("far")
    made = _propose(world, people[0], _with_norm(document, "Be kind"))
    assert made.open and made.electors == 5 and made.status_id is not None
    _vote(world, made, people[0], 0)
    # not a second one, not a stranger's, not a newcomer's, not another server's
    with pytest.raises(Conflict):
        _vote(world, made, people[0], 1)
    for nobody in (late, far):
        with pytest.raises(Forbidden):
            _vote(world, made, nobody, 0)
    poll = world.run(lambda unit: unit.get(polls.by_id(made.status_id)))
    asked = world.run(lambda unit: unit.get(statuses.by_id(made.status_id)))
    with pytest.raises(Forbidden):
        world.run(lambda unit: poll_service.receive_vote(unit, far, asked, poll.choices[0].title, "https://x.test/v"))
    # by the poll, as any app does it
    world.run(lambda unit: poll_service.vote(unit, people[1].id, made.status_id, [0]))
    with pytest.raises(Conflict):
        world.run(lambda unit: poll_service.vote(unit, people[1].id, made.status_id, [1]))
    assert [each.choice for each in world.run(lambda unit: unit.all(polls.own(people[1].id, [made.status_id])))] == [-1]
    _vote(world, made, people[2], 1)
    # the urn holds three ballots, and nothing in it leads to a person or a time
    urn = world.connection.execute("SELECT key, choice FROM ballots").fetchall()
    assert sorted(row[1] for row in urn) == [0, 0, 1]
    columns = [row[1] for row in world.connection.execute("PRAGMA table_info(ballots)")]
    assert columns == ["key", "proposal_id", "choice"]
    assert world.connection.execute("SELECT count(*) FROM poll_votes").fetchone()[0] == 0
    counts = world.run(lambda unit: unit.get(polls.by_id(made.status_id)))
    assert [each.votes for each in counts.choices] == [0, 0, 0]
    ended = _end(world, made)
    assert (ended.state, ended.yes, ended.no, ended.version) == ("enacted", 2, 1, 2)
    assert _log(world)[0] == ("enact", "vote", "policy:2")
    with pytest.raises(Conflict):
        _vote(world, made, people[3], 0)
    # a vote takes it back, with what stands by it
    post = world.run(lambda unit: status_service.publish(unit, people[3].id, Draft("A picture")))
    act = Act("hold", "status", post, f"status:{post}", people[3].id, source="rule", rule_id="r", policy_version=2)
    world.run(lambda unit: ledger.decide(unit, act, None))
    back = world.run(lambda unit: proposals.propose_return(unit, world.keyring, people[4], 1, "It went too far"))
    for person in people[:4]:
        _vote(world, back, person, 0)
    assert _end(world, back).state == "enacted"
    assert len(_in_force(world).norms) == len(document.norms)
    jobs = world.connection.execute("SELECT payload FROM jobs WHERE name = 'ledger.undo_version'").fetchall()
    assert len(jobs) == 1 and '"version":2' in jobs[0][0]


@pytest.mark.parametrize(
    ("ballots", "outcome"),
    [((), "quorum"), ((0,), "quorum"), ((0, 1, 1), "majority"), ((0, 1), "majority"), ((2, 2, 2), "majority")],
)
def test_a_vote_that_fails(world: Any, ballots: tuple[int, ...], outcome: str) -> None:
    document = _start(world, Procedure("vote", "vote", "vote", VOTE))
    people = [_person(world, f"p{number}") for number in range(4)]
    made = _propose(world, people[0], _with_norm(document, "Be kind"))
    for person, choice in zip(people, ballots, strict=False):
        _vote(world, made, person, choice)
    ended = _end(world, made)
    assert (ended.state, ended.outcome, _in_force(world).version) == ("refused", outcome, 1)


def test_everybody_has_voted(world: Any) -> None:
    document = _start(world, Procedure("vote", "vote", "vote", VOTE))
    people = [_person(world, f"p{number}") for number in range(2)]
    made = _propose(world, people[0], _with_norm(document, "Be kind"))
    _vote(world, made, people[0], 0)
    assert world.run(lambda unit: proposals.close(unit, world.keyring, made.id)) is None
    _vote(world, made, people[1], 0)
    world.run(lambda unit: proposals.close(unit, world.keyring, made.id))
    assert _again(world, made).state == "enacted"


def test_whoever_was_limited_after_it_opened_has_no_ballot(world: Any) -> None:
    document = _start(world, Procedure("vote", "vote", "vote", VOTE))
    people = [_person(world, f"p{number}") for number in range(2)]
    made = _propose(world, people[0], _with_norm(document, "Be kind"))
    world.connection.execute("UPDATE accounts SET limited_at = 1 WHERE id = ?", (people[1].id,))
    limited = world.run(lambda unit: unit.get(accounts.by_id(people[1].id)))
    with pytest.raises(Forbidden):
        _vote(world, made, limited, 0)
    # and is not waited for; what was counted is destroyed
    _vote(world, made, people[0], 0)
    world.run(lambda unit: proposals.close(unit, world.keyring, made.id))
    assert _again(world, made).state == "enacted"
    assert world.connection.execute("SELECT count(*) FROM ballots").fetchone()[0] == 0


def test_whoever_left_the_team_agrees_no_longer(world: Any) -> None:
    document = _start(world, Procedure("owner", "two-moderators", "owner"))
    one, two = _person(world, "mod1", "moderator"), _person(world, "mod2", "moderator")
    made = _propose(world, one, _with_norm(document, "Be kind"))
    world.connection.execute("UPDATE users SET role = 'user' WHERE account_id = ?", (one.id,))
    world.run(lambda unit: proposals.approve(unit, world.keyring, made.id, two))
    assert _again(world, made).open


def test_one_of_the_team_does_not_fill_the_list(world: Any) -> None:
    document = _start(world, Procedure("owner", "two-moderators", "owner"))
    one, other = _person(world, "mod1", "moderator"), _person(world, "mod2", "moderator")
    for number in range(proposals.MAX_OPEN_OF_TEAM):
        _propose(world, one, _with_norm(document, f"Norm {number}"))
    with pytest.raises(Conflict):
        _propose(world, one, _with_norm(document, "One more"))
    assert _propose(world, other, _with_norm(document, "Another")).open


def test_who_may_propose(world: Any) -> None:
    document = _start(world, Procedure("vote", "vote", "vote", VOTE))
    member, late = _person(world, "mia"), _person(world, "late", days=3)
    changed = _with_norm(document, "Be kind")
    with pytest.raises(Forbidden):
        _propose(world, late, changed)
    with pytest.raises(Forbidden):
        _propose(world, world.local("nouser"), changed)
    with pytest.raises(Invalid):
        _propose(world, member, document)
    made = _propose(world, member, changed)
    with pytest.raises(Conflict):
        _propose(world, member, changed)
    with pytest.raises(Forbidden):
        world.run(lambda unit: proposals.withdraw(unit, made.id, late))
    world.run(lambda unit: proposals.withdraw(unit, made.id, member))
    assert _again(world, made).state == "withdrawn"


def test_an_override_is_said_in_public(world: Any) -> None:
    document = _start(world, Procedure("vote", "vote", "vote", VOTE))
    member = _person(world, "mia")
    waiting = _propose(world, member, _with_norm(document, "Be kind"))
    changed = _with_norm(document, "Be quick")
    _, past = world.run(lambda unit: proposals.override(unit, world.keyring, changed, "In a hurry"))
    assert past and _log(world)[0] == ("enact", "override", "policy:2")
    # what was proposed before is overtaken at once: members do not vote about something that can no longer be
    assert _again(world, waiting).state == "overtaken"
    with pytest.raises(Conflict):
        _vote(world, waiting, member, 0)
    poll = world.run(lambda unit: unit.get(polls.by_id(waiting.status_id)))
    assert poll.expires_at <= world.run(lambda unit: unit.now)
    assert _in_force(world).version == 2


def test_without_a_procedure_past_an_owner_there_is_nothing_to_override(world: Any) -> None:
    document = _start(world, Procedure())
    _, past = world.run(lambda unit: proposals.override(unit, world.keyring, _with_norm(document, "Be kind"), ""))
    assert not past and _log(world)[0] == ("enact", "moderator", "policy:2")
