"""Appeals: once, in time, by whom it hits; decided by somebody else, unless there is nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from fedserver.db.queries import ledger as rows
from fedserver.db.queries.accounts import Account
from fedserver.kit.errors import Conflict, Forbidden, Invalid, NotFound
from fedserver.services import appeals, ledger, statuses
from fedserver.services.ledger import Act
from fedserver.services.statuses import Draft


def _staff(world: Any, name: str, role: str = "moderator") -> Account:
    account: Account = world.local(name)
    user = {
        "id": account.id,
        "account_id": account.id,
        "community_id": 1,
        "role": role,
        "state": "active",
        "valid_after": 0,
    }
    names = (*user, "created_at")
    marks = ",".join("?" * len(names))
    world.connection.execute(f"INSERT INTO users ({','.join(names)}) VALUES ({marks})", (*user.values(), 1))
    return account


def _held(world: Any, author: Account, actor: Account | None, **more: Any) -> Any:
    post = world.run(lambda unit: statuses.publish(unit, author.id, Draft("A picture")))
    act = Act("hold", "status", post, f"https://here.test/p/{post}", author.id, reason="Rule 1", **more)
    return world.run(lambda unit: ledger.decide(unit, act, actor))


def _file(world: Any, account: Account, decision: Any, text: str = "It is a photo") -> Any:
    return world.run(lambda unit: appeals.file(unit, account, decision.id, text))


def _now(world: Any, decision: Any) -> Any:
    return world.run(lambda unit: unit.get(rows.by_id(decision.id)))


def _logged(world: Any, action: str) -> list[str]:
    found = world.connection.execute("SELECT details FROM audit_log WHERE action = ? ORDER BY id", (action,))
    return [str(row[0]) for row in found]


def test_only_whom_it_hits_in_time_and_once(world: Any) -> None:
    ann, ben, mod = world.local("ann"), world.local("ben"), _staff(world, "mod1")
    decision = _held(world, ann, mod)
    for who, number in ((ben, decision.id), (mod, decision.id), (ann, 77)):
        with pytest.raises(NotFound):
            world.run(lambda unit, w=who, n=number: appeals.file(unit, w, n, "please"))
    for text in ("", "  \u200b ".replace("\u200b", ""), "x" * 2001):
        with pytest.raises(Invalid):
            _file(world, ann, decision, text)
    made = _file(world, ann, decision)
    assert (made.text, made.outcome, made.decided_at) == ("It is a photo", "", None)
    with pytest.raises(Conflict):
        _file(world, ann, decision, "again")
    late, never, gone = _held(world, ann, mod), _held(world, ann, mod, appeal_ms=0), _held(world, ann, mod)
    world.connection.execute("UPDATE decisions SET appeal_until = 5 WHERE id = ?", (late.id,))
    world.run(lambda unit: ledger.undo(unit, gone.id, mod))
    for each, problem in ((late, Invalid), (never, Invalid), (gone, Conflict)):
        with pytest.raises(problem):
            _file(world, ann, each)
    assert world.value("SELECT count(*) FROM appeals") == 1
    assert len(_logged(world, "appeal.file")) == 1


def test_somebody_else_decides(world: Any) -> None:
    ann, mod, other = world.local("ann"), _staff(world, "mod1"), _staff(world, "mod2")
    decision = _held(world, ann, mod)
    made = _file(world, ann, decision)
    for verb in (appeals.grant, appeals.refuse):
        with pytest.raises(Forbidden):
            world.run(lambda unit, v=verb: v(unit, made.id, mod, "no"))
    assert not world.run(lambda unit: appeals.may_decide(unit, decision, mod))
    assert world.run(lambda unit: appeals.may_decide(unit, decision, other))
    world.run(lambda unit: appeals.grant(unit, made.id, other, "You are right"))
    decision = _now(world, decision)
    assert not decision.standing and decision.undone_by == other.id and decision.undone_because == "You are right"
    with pytest.raises(Conflict):
        world.run(lambda unit: appeals.refuse(unit, made.id, other))
    assert _logged(world, "appeal.grant") == ['{"about":"You are right"}']
    # what a rule did may be judged by anybody but whom it hit
    mine = _held(world, mod, None, source="rule", rule_id="r")
    made = _file(world, mod, mine)
    with pytest.raises(Forbidden):
        world.run(lambda unit: appeals.grant(unit, made.id, mod))
    world.run(lambda unit: appeals.refuse(unit, made.id, other, "It is the rule"))
    assert _now(world, mine).standing
    with pytest.raises(NotFound):
        world.run(lambda unit: appeals.grant(unit, 77, other))


def test_a_lone_admin_decides_and_the_log_says_so(world: Any) -> None:
    ann, owner = world.local("ann"), _staff(world, "owner1", "owner")
    made = _file(world, ann, _held(world, ann, owner))
    world.run(lambda unit: appeals.refuse(unit, made.id, owner, "No"))
    (line,) = _logged(world, "appeal.refuse")
    assert "there is nobody else" in line and "No" in line
    # a second moderator who is suspended is nobody, one who is not is somebody
    second = _staff(world, "mod2")
    made = _file(world, ann, _held(world, ann, owner))
    with pytest.raises(Forbidden):
        world.run(lambda unit: appeals.refuse(unit, made.id, owner))
    world.connection.execute("UPDATE accounts SET suspended_at = 5 WHERE id = ?", (second.id,))
    world.run(lambda unit: appeals.refuse(unit, made.id, owner))


def test_what_was_told_as_one_is_granted_as_one(world: Any) -> None:
    ann, mod = world.local("ann"), _staff(world, "mod1")
    rule = {"source": "rule", "rule_id": "flood"}
    held = [_held(world, ann, None, **rule) for _ in range(4)]
    alone = _file(world, ann, held[0])
    world.run(lambda unit: appeals.grant(unit, alone.id, mod))
    assert [_now(world, each).standing for each in held] == [False, True, True, True]
    together = _file(world, ann, held[1])
    world.run(lambda unit: appeals.grant(unit, together.id, mod, others=True))
    assert not any(_now(world, each).standing for each in held)


def test_a_refusal_is_told(world: Any) -> None:
    ann, mod = world.local("ann"), _staff(world, "mod1")
    made = _file(world, ann, _held(world, ann, None, source="rule", rule_id="r"))
    first = world.value("SELECT max(id) FROM notifications WHERE type = 'moderation_warning'")
    world.run(lambda unit: appeals.refuse(unit, made.id, mod, "It is the rule"))
    assert world.value("SELECT count(*) FROM notifications WHERE type = 'moderation_warning'") == 1
    assert world.value("SELECT max(id) FROM notifications WHERE type = 'moderation_warning'") > first


def test_a_link_for_those_who_cannot_sign_in(world: Any) -> None:
    ann = _staff(world, "ann", "user")
    path = world.run(lambda unit: appeals.link(unit, ann.id))
    token = path.removeprefix("/appeal/")
    assert world.run(lambda unit: appeals.behind(unit, token)).id == ann.id
    for wrong in ("", "x", token[:-1], token.swapcase()):
        with pytest.raises(NotFound):
            world.run(lambda unit, w=wrong: appeals.behind(unit, w))
    world.connection.execute("UPDATE one_time_links SET expires_at = 5")
    with pytest.raises(NotFound):
        world.run(lambda unit: appeals.behind(unit, token))
