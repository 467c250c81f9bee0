"""Which rules hold: the floor, the community's own, those of packs by their modes, priorities and excludes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from fedserver.db.queries import policy as rows
from fedserver.domain.policy.canonical import canonical_bytes, hash_of
from fedserver.domain.policy.document import Document
from fedserver.domain.policy.read import from_plain
from fedserver.services import packs, policy, starters
from protocol.activitystreams.policies import PolicyObject

if TYPE_CHECKING:
    from tests.services.conftest import World

FEED = {"new": {"title": "New", "score": "posted_s"}}


def document(name: str, *rules: dict[str, Any], version: int = 1) -> Document:
    norms = sorted({"n", *(rule["norm"] for rule in rules if "norm" in rule)})
    return from_plain(
        {
            "community": {"name": name, "version": version, "default_feed": "new"},
            "feed": FEED,
            "norm": [{"id": one, "text": f"Norm {one}"} for one in norms],
            "rule": [
                {"norm": "n", "when": "post.links > 3", "do": "hold", "because": f"{name} says so", "state": "live"}
                | rule
                for rule in rules
            ],
        }
    )


def subscribed(world: World, given: Document, mode: str, priority: int = 0, *excludes: str) -> str:
    address = f"https://{given.name}/policy"
    world.run(lambda u: policy.subscribe(u, address, mode, priority, excludes, None))
    row = world.run(lambda u: u.get(rows.subscription_to(address)))
    found = PolicyObject(
        id=f"{address}/{given.version}",
        attributed_to=f"https://{given.name}/actor",
        name=given.name,
        version=given.version,
        parent=None,
        digest=hash_of(given),
        policy=orjson.loads(canonical_bytes(given)),
    )
    world.run(lambda u: policy.fetched(u, row.id, found))
    return address


def own(world: World, *rules: dict[str, Any]) -> None:
    world.run(lambda u: policy.publish(u, world.keyring, document("here.test", *rules), None))


def effective(world: World) -> list[tuple[str, str, str, str]]:
    """(layer, whose, rule, mode) of what runs beside the floor."""
    found = world.run(packs.effective_rules)
    floor = [one for one in found if one.layer == packs.FLOOR]
    assert found[: len(floor)] == tuple(floor), "the floor is asked first"
    return [(one.layer, one.community, one.rule.id, one.mode) for one in found[len(floor) :]]


def test_the_floor_holds_without_any_document_and_nothing_takes_its_place(world: World) -> None:
    floor = starters.floor()
    found = world.run(packs.effective_rules)
    assert [one.rule for one in found] == list(floor.rules) and len(found) == 2
    assert {(one.policy_hash, one.layer, one.mode, one.pack) for one in found} == {
        (hash_of(floor), "floor", "enforce", "")
    }
    own(world, {"id": "known-bad-media", "do": "notify-moderators", "state": "draft"}, {"id": "ours"})
    subscribed(world, document("one.test", {"id": "known-bad-media-told"}), "enforce")
    assert effective(world) == [("community", "here.test", "ours", "enforce")]
    assert [one.rule.do for one in world.run(packs.effective_rules)[:2]] == ["hold", "notify-moderators"]


def test_drafts_do_not_run_and_what_is_in_shadow_is_recorded_only(world: World) -> None:
    own(
        world,
        {"id": "a"},
        {"id": "b", "state": "shadow"},
        {"id": "c", "state": "draft"},
        {"id": "d", "expires": "2020-01-01"},
        {"id": "e", "expires": "2999-01-01"},
    )
    assert [(rule, mode) for _, _, rule, mode in effective(world)] == [
        ("a", "enforce"),
        ("b", "shadow"),
        ("e", "enforce"),
    ]
    first = world.run(packs.effective_rules)[2]
    current = world.run(lambda u: u.get(rows.current()))
    assert (first.policy_hash, first.version, first.norm.text) == (current.hash, 1, {"en": "Norm n"})


def test_modes_of_packs(world: World) -> None:
    rules = ({"id": "live"}, {"id": "tried", "state": "shadow"}, {"id": "draft", "state": "draft"})
    for mode, expected in (
        ("enforce", [("live", "enforce"), ("tried", "shadow")]),
        ("shadow", [("live", "shadow"), ("tried", "shadow")]),
        ("advise", []),
    ):
        address = subscribed(world, document("one.test", *rules), mode)
        assert [(rule, how) for _, _, rule, how in effective(world)] == expected, mode
    assert [(one.rule.id, one.mode, one.pack) for one in world.run(packs.advice)] == [
        ("live", "advise", address),
        ("tried", "advise", address),
    ]
    world.run(lambda u: policy.unsubscribe(u, address, None))
    assert world.run(packs.advice) == () and effective(world) == []


def test_what_stands_above_and_the_priority_decide_who_says_what(world: World) -> None:
    own(world, {"id": "ours"}, {"id": "off", "state": "draft"})
    low = document("low.test", {"id": "ours"}, {"id": "off"}, {"id": "both"}, {"id": "low-only"})
    high = document("high.test", {"id": "both"}, {"id": "high-only"})
    subscribed(world, low, "enforce", 1)
    subscribed(world, high, "enforce", 2)
    assert effective(world) == [
        ("community", "here.test", "ours", "enforce"),
        ("pack", "high.test", "both", "enforce"),
        ("pack", "high.test", "high-only", "enforce"),
        ("pack", "low.test", "low-only", "enforce"),
    ]
    today, running = packs.day_of(world.run(lambda u: u.now)), world.run(packs.effective_rules)
    left = [(pack.document.name, packs.left_out(pack, running, today)) for pack in world.run(packs.packs)]
    assert [(name, [one.rule.id for one in rules]) for name, rules in left] == [
        ("high.test", []),
        ("low.test", ["ours", "off", "both"]),
    ]
    subscribed(world, high, "enforce", 0)
    assert ("pack", "low.test", "both", "enforce") in effective(world)
    assert ("pack", "high.test", "both", "enforce") not in effective(world)


def test_what_is_only_tried_takes_nothing_away_from_what_acts(world: World) -> None:
    subscribed(world, document("high.test", {"id": "both"}), "shadow", 2)
    subscribed(world, document("low.test", {"id": "both"}), "enforce", 1)
    subscribed(world, document("last.test", {"id": "both"}), "shadow", 0)
    assert effective(world) == [("pack", "high.test", "both", "shadow"), ("pack", "low.test", "both", "enforce")]


def test_excludes_name_rules_norms_and_feeds(world: World) -> None:
    given = document("one.test", {"id": "a"}, {"id": "b", "norm": "other"}, {"id": "c"})
    subscribed(world, given, "enforce", 0, "a", "other", "new")
    assert [rule for _, _, rule, _ in effective(world)] == ["c"]
    (pack,) = world.run(packs.packs)
    assert [norm.id for norm in pack.norms] == ["n"] and pack.feeds == ()
    subscribed(world, given, "enforce", 0, "n")
    assert [rule for _, _, rule, _ in effective(world)] == ["b"]
    subscribed(world, given, "enforce", 0)
    assert [rule for _, _, rule, _ in effective(world)] == ["a", "b", "c"]


def test_a_new_version_of_a_pack_holds_at_once(world: World) -> None:
    subscribed(world, document("one.test", {"id": "a"}), "enforce")
    assert [rule for _, _, rule, _ in effective(world)] == ["a"]
    subscribed(world, document("one.test", {"id": "b"}, version=2), "enforce")
    assert [rule for _, _, rule, _ in effective(world)] == ["b"]


def test_a_document_that_is_no_longer_understood_says_nothing(world: World) -> None:
    address = subscribed(world, document("one.test", {"id": "a"}), "enforce")
    row = world.run(lambda u: u.get(rows.subscription_to(address)))
    world.run(
        lambda u: u.run(rows.change_subscription(row.id, {"document": '{"rule": 7}', "hash": "sha256:" + "0" * 64}))
    )
    own(world, {"id": "ours"})
    assert effective(world) == [("community", "here.test", "ours", "enforce")]
