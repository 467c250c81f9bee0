"""Orders are frozen in the order of their time, by the policy in force; who joins has the default feed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from fedserver.db.queries import feeds as rows
from fedserver.domain.policy.canonical import plain
from fedserver.domain.policy.read import from_plain
from fedserver.domain.ranking.inputs import pack, unpack
from fedserver.domain.ranking.values import Gathered, Place, Ranked
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.paging import Page
from fedserver.services import feeds, own_feeds, policy, starters, statuses
from fedserver.services.accounts import create_local
from fedserver.services.statuses import Draft

if TYPE_CHECKING:
    from tests.services.conftest import World


def ranked(*ids: int) -> list[Ranked]:
    return [Ranked(one, 1.0, {}, Place(i, i + 1, 0.0, False)) for i, one in enumerate(ids)]


def publish(world: World, **feed: Any) -> Any:
    values = plain(starters.starter("open-gallery"))
    values["feed"]["best"].update(feed)
    former = world.run(policy.in_force)
    document = from_plain(values)
    if former is not None:
        document = replace(document, name="here.test", version=former.version, parent=former.parent)
    return world.run(lambda u: policy.publish(u, world.keyring, document, None))


def test_an_order_is_kept_once_and_never_after_a_newer_one_or_another_policy(world: World) -> None:
    alice = world.local("alice")
    first, second = (world.run(lambda u: statuses.publish(u, alice.id, Draft("x"))) for _ in range(2))
    version = publish(world)
    row = world.run(lambda u: u.get(rows.by_name("best")))

    def keep(at: int, *ids: int, policy_hash: str = version.hash) -> int | None:
        return world.run(lambda u: feeds.keep(u, row, policy_hash, ranked(*ids), b"", at))

    made = keep(100, first, second)
    assert made is not None
    assert keep(200, first, second) is None, "the same order"
    assert keep(50, second, first) is None, "an older one"
    assert keep(200, second, first, policy_hash="sha256:other") is None
    again = keep(200, second, first)
    assert again is not None and again > made
    old, new = (world.run(lambda u, one=one: u.all(rows.page(one, Page()))) for one in (made, again))
    assert [one.status_id for one in new] == [second, first] and min(one.id for one in new) > max(o.id for o in old)
    after = publish(world, diversity=0.9)
    assert keep(300, first, second) is None
    assert keep(300, first, second, policy_hash=after.hash) is not None


def test_feeds_begin_and_end_with_the_document(world: World) -> None:
    publish(world)
    assert {row.name for row in world.run(lambda u: u.all(rows.listed()))} == {"best", "newest", "quiet-voices"}
    alice = world.local("alice")
    made = world.run(lambda u: feeds.subscribe(u, alice.id, "newest"))
    assert world.run(lambda u: feeds.subscribe(u, alice.id, "newest")) == made
    ben = world.local("ben")
    with pytest.raises(NotFound):
        world.run(lambda u: feeds.unsubscribe(u, ben.id, made))
    values = plain(world.run(policy.in_force))
    del values["feed"]["newest"]
    world.run(lambda u: policy.publish(u, world.keyring, from_plain(values), None))
    assert world.run(lambda u: u.one(rows.by_name("newest"))) is None
    assert world.run(lambda u: u.all(rows.subscribed(alice.id))) == [], "a list that never changes again is nobody's"
    with pytest.raises(NotFound):
        world.run(lambda u: feeds.subscribe(u, alice.id, "newest"))
    with pytest.raises(NotFound):
        world.run(lambda u: feeds.unsubscribe(u, alice.id, made))


def test_orders_of_a_feed_that_ended_are_forgotten(world: World) -> None:
    alice = world.local("alice")
    wrote = world.run(lambda u: statuses.publish(u, alice.id, Draft("x")))
    version = publish(world)
    row = world.run(lambda u: u.get(rows.by_name("newest")))
    made = world.run(lambda u: feeds.keep(u, row, version.hash, ranked(wrote), b"", 100))
    mine = world.run(lambda u: feeds.subscribe(u, alice.id, "newest"))
    order = {"account_id": alice.id, "list_id": mine, "actor_id": alice.id, "made_by": "x", "at": 100}
    world.run(lambda u: own_feeds.keep(u, ranked=ranked(wrote), **order))
    assert made is not None and world.value("SELECT COUNT(*) FROM own_orders") == 1
    world.run(feeds.sweep)
    assert world.value("SELECT COUNT(*) FROM feed_snapshots") == 1, "the last one of a feed stays"
    document = world.run(policy.in_force)
    assert document is not None
    values = plain(document)
    del values["feed"]["newest"]
    world.run(lambda u: policy.publish(u, world.keyring, from_plain(values), None))
    assert world.value("SELECT COUNT(*) FROM own_orders") == 0
    world.run(feeds.sweep)
    assert world.value("SELECT COUNT(*) FROM feed_snapshots") == 0


def test_the_group_of_a_feed_is_made_once_and_gives_way_to_a_name_that_is_taken(world: World) -> None:
    from tests.services.conftest import _KEYS

    def group(username: str) -> int:
        return world.run(
            lambda u: create_local(u, world.keyring, username=username, keys=_KEYS, actor_type="Group", of_feed=True)
        )

    publish(world)
    group("feed_best")
    feed = starters.starter("open-gallery").feed("best")
    assert feed is not None
    made = world.run(lambda u: feeds.actor_of(u, world.keyring, feed, _KEYS))
    assert world.run(lambda u: feeds.actor_of(u, world.keyring, feed, _KEYS)) == made
    assert world.value("SELECT username || actor_type FROM accounts WHERE id = ?", made) == "feed_best_2Group"
    # whatever is taken, a name is found
    for number in range(3, 10):
        group(f"feed_best_{number}")
    last = world.run(lambda u: feeds.new_group(u, world.keyring, "feed_best", "Best", _KEYS))
    name = world.value("SELECT username FROM accounts WHERE id = ?", last)
    assert name.startswith("feed_best_") and name.removeprefix("feed_best_").isdigit() and len(name) <= 30
    long = [world.run(lambda u: feeds.new_group(u, world.keyring, "feed_" + "x" * 40, "x", _KEYS)) for _ in range(11)]
    assert len(set(long)) == 11


@pytest.mark.parametrize("name", ["feed_best", "feed_", "_feed_x", "your_feeds", "your_feeds_2"])
def test_people_cannot_be_called_as_feeds_are(world: World, name: str) -> None:
    with pytest.raises(Invalid, match="reserved"):
        world.local(name)


def test_what_an_order_was_made_from_comes_back() -> None:
    gathered = Gathered([1, 2], [3, 4], [-1, 7], [["a"], []], {"age_h": [0.1, 2.5], "tags": [["a"], []]})
    assert unpack(pack(gathered, "best")) == ("best", gathered)
