"""Lists of domains: what follows from them, what waits, what is undone with an entry, what somebody here refused."""

from __future__ import annotations

from typing import Any

import pytest

from fedserver.db.queries import domain_lists as rows
from fedserver.db.queries import domains as policy_rows
from fedserver.domain.moderation.domains import Terms
from fedserver.domain.moderation.lists import Listed
from fedserver.kit.errors import Conflict, Invalid
from fedserver.services import domain_lists, domains, follows, ledger

URL = "https://lists.test/bad.csv"


def _list(world: Any, uri: str = URL, **values: Any) -> int:
    given: dict[str, Any] = {"mode": "enforce", "drafts": False} | values
    made: int = world.run(lambda unit: domain_lists.subscribe(unit, uri, None, **given))
    return made


def _take(world: Any, list_id: int, *listed: Listed) -> Any:
    taken = world.run(lambda unit: domain_lists.take(unit, list_id, listed))
    while world.run(lambda unit: domain_lists.align(unit, list_id, 3)):
        pass
    return taken


def _policies(world: Any) -> dict[str, str]:
    found = world.connection.execute("SELECT domain, severity FROM domain_policies ORDER BY domain").fetchall()
    return {row[0]: row[1] for row in found}


def _suspended(*names: str) -> list[Listed]:
    return [Listed(name, "suspend") for name in names]


def test_entries_come_change_and_go(world: Any) -> None:
    list_id = _list(world)
    names = [f"n{number}.test" for number in range(7)]
    assert _take(world, list_id, *_suspended(*names)) == domain_lists.Taken(7, 0, 0, 0)
    assert _policies(world) == dict.fromkeys(names, "suspend")
    # the same again: no decision is made anew
    assert _take(world, list_id, *_suspended(*names)) == domain_lists.Taken(0, 0, 0, 0)
    assert world.value("SELECT COUNT(*) FROM decisions") == 7
    # our own policy for one of them, before the list lets it go
    world.run(lambda unit: domains.block_domain(unit, "n1.test", None, severity="limit", public_comment="ours"))
    milder = [Listed("n2.test", "limit", reject_media=True, public_comment="milder")]
    assert _take(world, list_id, *_suspended("n3.test", "n4.test", "n5.test"), *milder)[1:3] == (1, 3)
    kept = {"n1.test": "limit", "n2.test": "limit", "n3.test": "suspend", "n4.test": "suspend", "n5.test": "suspend"}
    assert _policies(world) == kept
    assert world.value("SELECT reject_media FROM domain_policies WHERE domain = 'n2.test'") == 1
    # nobody follows it any more: what it decided goes, ours stays
    world.run(lambda unit: domain_lists.unsubscribe(unit, list_id, None))
    while world.run(lambda unit: domain_lists.align(unit, list_id, 3)):
        pass
    assert _policies(world) == {"n1.test": "limit"}
    assert (
        world.value("SELECT COUNT(*) FROM domain_lists") == world.value("SELECT COUNT(*) FROM domain_list_entries") == 0
    )


def test_people_go_before_lists_and_the_higher_priority_before_the_lower(world: Any) -> None:
    low, high = _list(world, "low", priority=1), _list(world, "high", priority=5)
    _take(world, low, Listed("x.test", "suspend"), Listed("y.test", "suspend"))
    _take(world, high, Listed("x.test", "limit"))
    assert _policies(world) == {"x.test": "limit", "y.test": "suspend"}
    world.run(lambda unit: domains.decide(unit, "x.test", Terms("allow"), None))
    assert _policies(world)["x.test"] == "allow"
    # only what this list decided is undone
    _take(world, high, Listed("z.test", "suspend"))
    assert _policies(world) == {"x.test": "allow", "y.test": "suspend", "z.test": "suspend"}
    world.run(lambda unit: ledger.undo(unit, unit.all(policy_rows.standing("x.test"))[-1].id, None))
    assert _policies(world)["x.test"] == "suspend"


def test_drafts_wait_for_somebody(world: Any) -> None:
    list_id = _list(world, drafts=True)
    assert _take(world, list_id, *_suspended("a.test", "b.test", "c.test")).waiting == 3
    assert _policies(world) == {}
    entries = world.run(lambda unit: unit.all(rows.entries(list_id)))
    assert {each.waits_for for each in entries} == {"new"}
    world.run(lambda unit: domain_lists.judge(unit, entries[0].id, None, confirmed=True))
    world.run(lambda unit: domain_lists.judge(unit, entries[1].id, None, confirmed=False))
    _take(world, list_id, *_suspended("a.test", "b.test", "c.test"))
    assert _policies(world) == {"a.test": "suspend"}
    # harsher or milder: looked at again
    assert _take(world, list_id, Listed("a.test", "limit"), *_suspended("b.test", "c.test")).waiting == 2
    assert _policies(world) == {}
    world.run(lambda unit: domain_lists.confirm_all(unit, list_id, None))
    _take(world, list_id, Listed("a.test", "limit"), *_suspended("b.test", "c.test"))
    assert _policies(world) == {"a.test": "limit", "c.test": "suspend"}


def test_follows_never_end_without_somebodys_word(world: Any) -> None:
    ann = world.local("ann")
    for number in range(3):
        far = world.remote(f"far{number}", ("loved.test", "part.of.loved.test:8443")[number % 2])
        world.run(lambda unit, f=far: follows.follow(unit, f, ann))
    world.remote("far", "known.test")
    list_id = _list(world, most_follows=2)
    listed = (*_suspended("loved.test", "known.test", "unknown.test"), Listed("x.loved.test", "limit"))
    assert _take(world, list_id, *listed).waiting == 1
    assert sorted(_policies(world)) == ["known.test", "unknown.test", "x.loved.test"]
    (held,) = [each for each in world.run(lambda unit: unit.all(rows.entries(list_id))) if each.state == "draft"]
    assert (held.domain, held.waits_for) == ("loved.test", "follows")
    found = world.run(lambda unit: domain_lists.project(unit, list_id))
    assert (found.entries, found.accounts, found.follows) == (1, 3, 3)


def test_our_own_domain_is_never_met(world: Any) -> None:
    list_id = _list(world)
    taken = _take(world, list_id, *_suspended("here.test", "x.test"))
    assert taken.added == 1 and _policies(world) == {"x.test": "suspend"}


def test_what_somebody_here_undid_stays_undone(world: Any) -> None:
    list_id = _list(world)
    _take(world, list_id, *_suspended("a.test", "b.test", "c.test"))
    (decision,) = world.run(lambda unit: unit.all(policy_rows.standing("a.test")))
    world.run(lambda unit: ledger.undo(unit, decision.id, None, "they are fine"))
    assert world.run(lambda unit: domains.unblock_domain(unit, "b.test", None))
    world.run(lambda unit: unit.run(rows.all_stale(list_id)))
    _take(world, list_id, *_suspended("a.test", "b.test", "c.test"))
    assert _policies(world) == {"c.test": "suspend"}


def test_modes_and_excludes(world: Any) -> None:
    list_id = _list(world, mode="advise", excludes=["a.test"])
    both = _suspended("a.test", "b.test")
    _take(world, list_id, *both)
    assert _policies(world) == {} and world.value("SELECT COUNT(*) FROM shadow_hits") == 0
    assert _list(world, mode="shadow", excludes=["a.test"]) == list_id
    for _ in range(2):
        _take(world, list_id, *both)
    hits = world.connection.execute("SELECT rule_id, verb, target_uri FROM shadow_hits").fetchall()
    assert [tuple(row) for row in hits] == [(f"list:{list_id}", "suspend", "b.test")]
    _list(world, mode="enforce", excludes=["a.test"])
    _take(world, list_id, *both)
    assert _policies(world) == {"b.test": "suspend"}
    _list(world, mode="advise")
    _take(world, list_id, *both)
    assert _policies(world) == {}
    for wrong in ({"mode": "burn"}, {"excludes": ["no domain"]}):
        with pytest.raises(Invalid):
            _list(world, **wrong)


def test_a_list_that_shrinks_is_not_believed_at_once(world: Any) -> None:
    list_id = _list(world)
    names = [f"n{number}.test" for number in range(30)]
    _take(world, list_id, *_suspended(*names))
    with pytest.raises(Conflict):
        _take(world, list_id, *_suspended(*names[:14]))
    assert len(_policies(world)) == 30
    world.run(lambda unit: domain_lists.ask(unit, list_id, shrink=True))
    _take(world, list_id, *_suspended(*names[:14]))
    assert len(_policies(world)) == 14
    with pytest.raises(Conflict):
        world.run(lambda unit: unit.run(rows.change(list_id, {"shrink": 0})))
        _take(world, list_id, *_suspended(*[f"m{number}.test" for number in range(30)], *names[:14]))
        _take(world, list_id, *_suspended(names[0]))
