"""What is decided about accounts, and its undoing in whatever order: columns, sign-in, follows that had ended."""

from __future__ import annotations

import itertools
from typing import Any

import orjson
import pytest

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import ledger as rows
from fedserver.db.queries import relations
from fedserver.db.queries import users as user_rows
from fedserver.db.queries.accounts import Account
from fedserver.kit.errors import Conflict, Invalid
from fedserver.services import blocks, follows, ledger, moderation, users
from fedserver.services.ledger import Act

COLUMNS = {"suspend": "suspended_at", "limit": "limited_at", "force-sensitive": "sensitized_at"}


def _decide(world: Any, verb: str, account: Account, **more: Any) -> Any:
    act = Act(verb, "account", account.id, account.uri, account.id, reason="Rule 1", **more)
    return world.run(lambda unit: ledger.decide(unit, act, None))


def _undo(world: Any, decision: Any) -> None:
    world.run(lambda unit: ledger.undo(unit, decision.id, None, "a mistake"))


def _user(world: Any, name: str, role: str = "user") -> Account:
    """Somebody who signs in."""

    def work(unit: Any) -> int:
        made: int = users.create(
            unit,
            world.keyring,
            username=name,
            keys=world.keyring.generate(),
            email=f"{name}@mail.test",
            password_hash="x",
            role=role,
        ).account_id
        return made

    account_id = world.run(work)
    return world.run(lambda unit: unit.get(account_rows.by_id(account_id)))  # type: ignore[no-any-return]


@pytest.mark.parametrize("verb", COLUMNS)
def test_a_column_says_what_stands_in_whatever_order_it_is_undone(world: Any, verb: str) -> None:
    for order in itertools.permutations(range(3)):
        far = world.remote(f"far{''.join(map(str, order))}")
        made = [_decide(world, verb, far) for _ in range(3)]
        assert getattr(world.again(far), COLUMNS[verb]) == made[0].created_at
        for place, index in enumerate(order):
            _undo(world, made[index])
            left = getattr(world.again(far), COLUMNS[verb])
            assert (left is not None) == (place < 2), (order, index)


def test_what_the_server_is_told_and_what_a_moderator_decided_hold_together(world: Any) -> None:
    far = world.remote("far", "bad.test")
    made = _decide(world, "limit", far)
    world.run(lambda unit: moderation.block_domain(unit, "bad.test", None, severity="limit"))
    world.run(lambda unit: moderation.apply_policy(unit, [far]))
    _undo(world, made)
    assert world.again(far).limited_at is not None
    with pytest.raises(Conflict):
        world.run(lambda unit: moderation.lift(unit, far.id, "limit", None))
    again = _decide(world, "limit", far)
    world.run(lambda unit: moderation.unblock_domain(unit, "bad.test", None))
    now = world.again(far)
    world.run(lambda unit: moderation.apply_policy(unit, [now]))
    assert world.again(far).limited_at == again.created_at


def test_follows_that_a_suspension_ended_come_back_once_nothing_holds_them(world: Any) -> None:
    ann, ben, cat, far = world.local("ann"), world.local("ben"), world.local("cat"), world.remote("far")
    for each in (ann, ben, cat):
        world.run(lambda unit, each=each: follows.follow(unit, far, each, uri=f"{far.uri}#follow-{each.username}"))
    first, second = _decide(world, "suspend", far), _decide(world, "suspend", far)
    assert len(orjson.loads(first.before)["follows"]) == 3
    assert world.kinds().count("Reject") == 3
    assert world.value("SELECT followers_count FROM accounts WHERE id = ?", ann.id) == 0
    # meanwhile one blocks it
    world.run(lambda unit: blocks.block(unit, cat, world_account(unit, far)))
    _undo(world, first)
    assert world.again(far).suspended_at is not None
    assert world.run(lambda unit: unit.one(relations.follow(far.id, ann.id))) is None
    _undo(world, second)
    assert world.again(far).suspended_at is None
    back = world.run(lambda unit: unit.get(relations.follow(far.id, ann.id)))
    assert (back.state, back.uri) == ("accepted", f"{far.uri}#follow-ann")
    assert world.run(lambda unit: unit.one(relations.follow(far.id, cat.id))) is None
    assert world.value("SELECT followers_count FROM accounts WHERE id = ?", ann.id) == 1
    accepts = [activity for _, activity in world.sent() if activity["type"] == "Accept"]
    assert [each["object"]["id"] for each in accepts[-2:]] == [f"{far.uri}#follow-{n}" for n in ("ann", "ben")]


def world_account(unit: Any, account: Account) -> Account:
    found: Account = unit.get(account_rows.by_id(account.id))
    return found


def test_who_may_not_sign_in_may_again_when_every_decision_is_gone(world: Any) -> None:
    ann = _user(world, "ann")

    def state() -> Any:
        return world.value("SELECT state FROM users WHERE account_id = ?", ann.id)

    one, two = _decide(world, "disable", ann), _decide(world, "disable", ann)
    assert state() == "disabled"
    assert world.run(lambda unit: unit.get(user_rows.by_account(ann.id))).valid_after > 0
    _undo(world, two)
    assert state() == "disabled"
    _undo(world, one)
    assert state() == "active"
    with pytest.raises(Conflict):
        _decide(world, "disable", world.remote("far"))


def test_an_owner_who_is_alone_and_the_node_itself_are_left_alone(world: Any) -> None:
    boss = _user(world, "boss", "owner")
    for verb in ("suspend", "disable"):
        with pytest.raises(Conflict):
            _decide(world, verb, boss)
    node = world.local("node", actor_type="Application")
    for verb in ("warn", "suspend", "limit"):
        with pytest.raises((Invalid, Conflict)):
            _decide(world, verb, node)
    assert world.value("SELECT count(*) FROM decisions") == 0


def test_the_same_again_is_one_decision_and_warnings_add_up(world: Any) -> None:
    ann, mod = world.local("ann"), world.local("mod1")
    for _ in range(2):
        for verb in ("limit", "force-sensitive", "warn"):
            world.run(lambda unit, verb=verb: moderation.act(unit, ann.id, verb, mod, reason="Rule 1", note="seen"))
    found = world.run(lambda unit: unit.all(rows.standing("account", ann.id)))
    assert [each.verb for each in found] == ["limit", "force-sensitive", "warn", "warn"]
    assert {(each.source, each.actor_id, each.reason, each.note) for each in found} == {
        ("moderator", mod.id, "Rule 1", "seen")
    }
    assert world.run(lambda unit: moderation.lift(unit, ann.id, "limit", mod)) == 1
    assert world.again(ann).limited_at is None and world.again(ann).sensitized_at is not None
