"""Policies towards domains as decisions: what stands below comes back, people go before lists, follows come back."""

from __future__ import annotations

from typing import Any

import pytest

from fedserver.db.queries import accounts, moderation, relations
from fedserver.db.queries import domains as rows
from fedserver.domain.moderation.domains import Terms
from fedserver.kit.errors import Invalid
from fedserver.services import blocks, domains, follows, ledger


def _policy(world: Any, domain: str = "there.test") -> Any:
    return world.run(lambda unit: unit.one(rows.policy_of(domain)))


def _apply(world: Any, *people: Any) -> None:
    world.run(lambda unit: domains.apply_policy(unit, [unit.get(accounts.by_id(each.id)) for each in people]))


def _decide(world: Any, severity: str, actor: Any = None, **flags: Any) -> Any:
    return world.run(lambda unit: domains.decide(unit, "there.test", Terms(severity, **flags), actor))


def test_undoing_shows_what_stands_below_in_any_order(world: Any) -> None:
    first = _decide(world, "limit", reject_media=True, public_comment="loud")
    made = _policy(world)
    assert (made.severity, made.reject_media, made.public_comment, made.decision_id) == ("limit", 1, "loud", first.id)
    second = _decide(world, "suspend", no_trends=True, obfuscate=True)
    third = _decide(world, "none", reject_reports=True)
    assert _policy(world).severity == "none" and _policy(world).id == made.id
    world.run(lambda unit: ledger.undo(unit, second.id, None))
    assert _policy(world).severity == "none"
    world.run(lambda unit: ledger.undo(unit, third.id, None))
    assert _policy(world)[3:8] == made[3:8]
    world.run(lambda unit: ledger.undo(unit, first.id, None))
    assert _policy(world) is None
    history = world.run(lambda unit: unit.all(rows.history("there.test")))
    assert [each.verb for each in history] == ["restrict", "suspend", "limit"]
    assert not any(each.standing for each in history)


def test_what_cannot_be_decided(world: Any) -> None:
    for text in ("here.test", "HERE.test.", "no domain", "", "test", "127.1"):
        with pytest.raises(Invalid):
            world.run(lambda unit, t=text: domains.block_domain(unit, t, None))
    with pytest.raises(Invalid):
        _decide(world, "burn")
    assert world.value("SELECT COUNT(*) FROM decisions") == 0
    assert world.run(lambda unit: domains.unblock_domain(unit, "there.test", None)) is False


def test_follows_come_back_with_the_undoing(world: Any) -> None:
    ann, ben, far, near = world.local("ann"), world.local("ben"), world.remote("far"), world.remote("near")
    world.run(lambda unit: follows.follow(unit, ann, far, notify=True, show_reblogs=False, languages=["de"]))
    world.run(lambda unit: follows.accept(unit, far, ann))
    world.run(lambda unit: follows.follow(unit, far, ann, uri="https://there.test/f/1"))
    world.run(lambda unit: follows.follow(unit, near, ben, uri="https://there.test/f/2"))
    # a request that waits is not asked again
    world.run(lambda unit: follows.follow(unit, ben, near))
    before = [world.again(each) for each in (ann, ben)]
    found = world.run(lambda unit: domains.impact(unit, "there.test"))
    assert found == domains.Impact(1, 2, 1, 2, 0, 0)
    decision = _decide(world, "suspend")
    sent = len(world.sent())
    _apply(world, far, near)
    assert len(world.sent()) == sent
    assert world.value("SELECT COUNT(*) FROM follows") == 0
    assert world.again(ann).followers_count == 0 and world.again(far).suspended_at
    assert world.value("SELECT COUNT(*) FROM severed_follows WHERE decision_id = ?", decision.id) == 3
    # ben wants nothing to do with near meanwhile
    world.run(lambda unit: blocks.block(unit, ben, near))
    world.run(lambda unit: ledger.undo(unit, decision.id, None))
    _apply(world, far, near)
    assert world.again(far).suspended_at is None
    back = world.run(lambda unit: unit.get(relations.follow(far.id, ann.id)))
    assert (back.state, back.uri) == ("accepted", "https://there.test/f/1")
    asked = world.run(lambda unit: unit.get(relations.follow(ann.id, far.id)))
    assert (asked.state, asked.notify, asked.show_reblogs, asked.languages) == ("requested", 1, 0, '["de"]')
    assert [each["type"] for _, each in world.sent()[sent:]].count("Follow") == 1
    assert world.again(ann).followers_count == before[0].followers_count
    tally = world.run(lambda unit: unit.all(rows.severed_tally(decision.id)))
    assert {(each.direction, each.outcome): each.number for each in tally} == {
        ("follower", "impossible"): 1,
        ("follower", "restored"): 1,
        ("following", "asked"): 1,
    }
    # once more changes nothing
    _apply(world, far, near)
    assert world.value("SELECT COUNT(*) FROM follows") == 2


def test_a_milder_policy_brings_follows_back_too_and_a_standing_one_does_not(world: Any) -> None:
    ann, far = world.local("ann"), world.remote("far")
    world.run(lambda unit: follows.follow(unit, far, ann, uri="https://there.test/f/1"))
    first = _decide(world, "suspend")
    _apply(world, far)
    _decide(world, "suspend", public_comment="still")
    world.run(lambda unit: ledger.undo(unit, first.id, None))
    _apply(world, far)
    assert world.value("SELECT COUNT(*) FROM follows") == 0
    _decide(world, "limit")
    _apply(world, far)
    assert world.value("SELECT COUNT(*) FROM follows") == 1
    assert world.again(far).limited_at and world.again(far).suspended_at is None


def test_unblocking_takes_everything_back(world: Any) -> None:
    _decide(world, "limit")
    _decide(world, "suspend")
    assert world.run(lambda unit: domains.unblock_domain(unit, "there.test", None))
    assert _policy(world) is None
    assert world.value("SELECT COUNT(*) FROM decisions WHERE undone_at IS NULL") == 0
    assert not world.run(lambda unit: domains.unblock_domain(unit, "there.test", None))


def test_a_part_of_a_suspended_domain_can_be_spared(world: Any) -> None:
    inbox = "SELECT suspended FROM hosts WHERE name = ?"
    good, bad = world.remote("good", "good.there.test"), world.remote("bad", "bad.there.test")
    ann = world.local("ann")
    for each in (good, bad):
        world.run(lambda unit, e=each: follows.follow(unit, ann, e))
    _decide(world, "suspend")
    world.run(lambda unit: domains.block_domain(unit, "good.there.test", None, severity="none", reject_media=True))
    assert (world.value(inbox, "good.there.test"), world.value(inbox, "bad.there.test")) == (0, 1)
    _apply(world, good, bad)
    assert world.again(good).suspended_at is None and world.again(bad).suspended_at
    # a host that is met only now
    world.remote("late", "late.good.there.test")
    assert world.run(lambda unit: unit.get(moderation.policy_for("late.good.there.test"))).severity == "none"
