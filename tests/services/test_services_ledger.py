"""Decisions of moderation and their undoing, in whatever order: what was there before comes back, and not too early."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from fedserver.db.queries import ledger as rows
from fedserver.db.queries import statuses as status_rows
from fedserver.db.queries.accounts import Account
from fedserver.kit.errors import Conflict, Invalid
from fedserver.services import ledger, statuses
from fedserver.services.ledger import Act
from fedserver.services.statuses import Draft

VERBS = ("unlist", "hold", "remove")


def _post(world: Any, author: Account, visibility: int = 0) -> int:
    made: int = world.run(lambda unit: statuses.publish(unit, author.id, Draft("A picture", visibility=visibility)))
    return made


def _act(verb: str, status: int, author: Account, **more: Any) -> Act:
    return Act(verb, "status", status, f"status:{status}", author.id, reason="Rule 1", **more)


def _seen(world: Any, status_id: int, viewer: int | None) -> bool:
    return world.run(lambda unit: unit.one(status_rows.visible(status_id, viewer))) is not None


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("visibility", [0, 1, 2])
def test_undone_in_any_order_the_post_is_what_it_was(world: Any, order: tuple[int, ...], visibility: int) -> None:
    ann = world.local("ann")
    status = _post(world, ann, visibility)
    made = [world.run(lambda unit, v=v: ledger.decide(unit, _act(v, status, ann), None)) for v in VERBS]
    left = set(range(3))
    for index in order:
        world.run(lambda unit, i=index: ledger.undo(unit, made[i].id, None, "a mistake"))
        left.discard(index)
        now = world.run(lambda unit: unit.get(status_rows.by_id(status))).visibility
        strongest = 4 if left & {1, 2} else max(1, visibility) if left else visibility
        assert now == strongest, (order, index, left)


def test_what_is_held_is_for_its_author_alone(world: Any) -> None:
    ann, ben = world.local("ann"), world.local("ben")
    told: int = world.run(lambda unit: statuses.publish(unit, ann.id, Draft("Hello @ben", visibility=0)))
    assert _seen(world, told, ben.id)
    decision = world.run(lambda unit: ledger.decide(unit, _act("hold", told, ann), ben))
    assert [_seen(world, told, who) for who in (ann.id, ben.id, None)] == [True, False, False]
    world.run(lambda unit: ledger.undo(unit, decision.id, ben))
    assert all(_seen(world, told, who) for who in (ann.id, ben.id, None))


def test_labels_come_and_go_with_their_decisions(world: Any) -> None:
    ann = world.local("ann")
    status = _post(world, ann)
    first, second = (
        world.run(lambda unit, v=verb: ledger.decide(unit, _act(v, status, ann, label="no AI disclosure"), None))
        for verb in ("label", "blur")
    )
    assert [each.shown for each in world.run(lambda unit: unit.all(rows.labels_of([status])))] == ["label", "blur"]
    for left, decision in ((1, first), (0, second)):
        world.run(lambda unit, d=decision: ledger.undo(unit, d.id, None))
        assert len(world.run(lambda unit: unit.all(rows.labels_of([status])))) == left
        assert bool(world.run(lambda unit: unit.get(status_rows.by_id(status))).provenance & 8) == bool(left)


def test_a_version_of_the_policy_is_undone_as_one(world: Any) -> None:
    ann = world.local("ann")
    posts = [_post(world, ann) for _ in range(3)]
    for version, post in ((1, posts[0]), (2, posts[1]), (2, posts[2])):
        act = _act("hold", post, ann, source="rule", rule_id="r", policy_version=version)
        world.run(lambda unit, a=act: ledger.decide(unit, a, None))
    assert world.run(lambda unit: ledger.undo_version(unit, 2, None, "rolled back")) == 2
    assert world.run(lambda unit: ledger.undo_version(unit, 2, None)) == 0
    assert [_seen(world, post, None) for post in posts] == [False, True, True]


def test_what_was_decided_for_a_time_ends_with_it(world: Any) -> None:
    ann = world.local("ann")
    post = _post(world, ann)
    world.run(lambda unit: ledger.decide(unit, _act("hold", post, ann, lasts_ms=0), None))
    assert not _seen(world, post, None)
    assert world.run(ledger.expire) == 1
    assert _seen(world, post, None)
    assert world.run(ledger.expire) == 0


def test_what_cannot_be_done(world: Any) -> None:
    ann = world.local("ann")
    post = _post(world, ann)
    for act in (_act("suspend", post, ann), _act("praise", post, ann), _act("hold", post, ann, source="chance")):
        with pytest.raises(Invalid):
            world.run(lambda unit, a=act: ledger.decide(unit, a, None))
    assert world.run(lambda unit: unit.all(rows.standing("status", post))) == []
    decision = world.run(lambda unit: ledger.decide(unit, _act("hold", post, ann), None))
    world.run(lambda unit: ledger.undo(unit, decision.id, None))
    with pytest.raises(Conflict):
        world.run(lambda unit: ledger.undo(unit, decision.id, None))
