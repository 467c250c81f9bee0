"""Follows that a blocked server ends are told once, with their numbers; a moderator's act is told too."""

from __future__ import annotations

from typing import Any

from fedserver.db.queries import accounts, decisions, moderation, notices, relations
from fedserver.services import blocks, follows
from fedserver.services import moderation as service


def _told(world: Any, kind: str) -> list[Any]:
    rows = world.connection.execute(
        "SELECT account_id, from_account_id, event_id FROM notifications WHERE type = ? ORDER BY id", (kind,)
    ).fetchall()
    return [tuple(row) for row in rows]


def test_a_server_that_a_moderator_suspends(world: Any) -> None:
    ann, ben = world.local("ann"), world.local("ben")
    far = [world.remote(f"far{number}") for number in range(3)]
    near = world.remote("near", "elsewhere.test")
    for other in far:
        world.run(lambda unit, o=other: follows.follow(unit, o, ann))
        world.run(lambda unit, o=other: follows.follow(unit, ann, o))
        world.run(lambda unit, o=other: follows.accept(unit, o, ann))
    world.run(lambda unit: follows.follow(unit, near, ben))
    world.run(lambda unit: service.block_domain(unit, "there.test", None))
    # two chunks of one job are one event
    for chunk in (far[:2], far[2:]):
        world.run(lambda unit, c=chunk: service.apply_policy(unit, [unit.get(accounts.by_id(a.id)) for a in c]))
    told = _told(world, "severed_relationships")
    assert [row[:2] for row in told] == [(ann.id, ann.id)]
    event = world.run(lambda unit: unit.get(notices.severances_by_id([told[0][2]])))
    assert (event.type, event.target_name) == ("domain_block", "there.test")
    assert (event.followers_count, event.following_count) == (3, 3)
    policies = world.run(lambda unit: unit.all(moderation.policies()))
    assert event.created_at == policies[0].created_at
    # the job again: nothing is left to end, and nothing is told
    world.run(lambda unit: service.apply_policy(unit, [unit.get(accounts.by_id(a.id)) for a in far]))
    assert _told(world, "severed_relationships") == told


def test_a_server_that_one_blocks_for_oneself(world: Any) -> None:
    ann, far = world.local("ann"), world.remote("far")
    world.run(lambda unit: follows.follow(unit, far, ann))
    world.run(lambda unit: blocks.block_domain(unit, ann, "there.test"))
    world.run(lambda unit: blocks.block_domain(unit, ann, "empty.test"))
    (told,) = _told(world, "severed_relationships")
    event = world.run(lambda unit: unit.get(notices.severances_by_id([told[2]])))
    assert (event.type, event.followers_count, event.following_count) == ("user_domain_block", 1, 0)


def test_what_a_moderator_did(world: Any) -> None:
    ann, mod, far = world.local("ann"), world.local("mod1"), world.remote("far")
    for account in (ann, far):
        world.run(lambda unit, a=account: service.limit(unit, a.id, mod, limited=True))
        world.run(lambda unit, a=account: service.limit(unit, a.id, mod, limited=True))
        world.run(lambda unit, a=account: service.limit(unit, a.id, mod, limited=False))
    world.run(lambda unit: service.suspend(unit, ann.id, mod))
    told = _told(world, "moderation_warning")
    assert [row[:2] for row in told] == [(ann.id, ann.id)] * 2
    made = world.run(lambda unit: unit.all(decisions.by_ids([row[2] for row in told])))
    assert [(each.verb, each.standing) for each in made] == [("limit", False), ("suspend", True)]


def test_a_suspended_account_of_another_server_follows_nobody_here_any_more(world: Any) -> None:
    ann, ben, far = world.local("ann"), world.local("ben"), world.remote("far")
    for follower, target in ((far, ann), (ann, far), (ben, far)):
        world.run(lambda unit, f=follower, t=target: follows.follow(unit, f, t))
    for follower in (ann, ben):
        world.run(lambda unit, f=follower: follows.accept(unit, far, f))
    world.run(lambda unit: service.suspend(unit, far.id, None))
    (told,) = _told(world, "severed_relationships")
    assert told[:2] == (ann.id, ann.id), "who loses no follower is told nothing"
    event = world.run(lambda unit: unit.get(notices.severances_by_id([told[2]])))
    assert (event.type, event.target_name) == ("account_suspension", "far@there.test")
    assert (event.followers_count, event.following_count) == (1, 0)
    assert world.run(lambda unit: unit.one(relations.follow(far.id, ann.id))) is None
    # the follows from here are only hidden: they are there again when the account is
    world.run(lambda unit: service.unsuspend(unit, far.id, None))
    assert world.run(lambda unit: unit.get(relations.follow(ben.id, far.id))).state == "accepted"
