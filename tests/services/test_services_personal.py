"""What somebody set up for their own reading goes with the account; a deleted author takes conversations along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fedserver.bus.messages import Conversed, Refiltered
from fedserver.services import accounts, conversations, filters, follows, lists, statuses
from fedserver.services.filters import FilterChange, WordChange
from fedserver.services.statuses import Draft

if TYPE_CHECKING:
    from tests.services.conftest import World

TABLES = ("filters", "filter_keywords", "filter_versions", "lists", "list_accounts", "conversations", "thread_mutes")


def test_a_deleted_account_leaves_nothing_of_its_reading(world: World) -> None:
    alice, bob = world.local("alice"), world.local("bob")
    world.run(lambda unit: follows.follow(unit, alice, bob))
    world.run(lambda unit: follows.follow(unit, bob, alice))
    number = world.run(lambda unit: lists.create(unit, alice.id, title="x"))
    world.run(lambda unit: lists.add_accounts(unit, alice.id, number, [bob.id]))
    change = FilterChange("x", ("home",), words=(WordChange(keyword="spoon"),))
    world.run(lambda unit: filters.create(unit, alice.id, change))
    post = world.run(lambda unit: statuses.publish(unit, bob.id, Draft("@alice psst", visibility=3)))
    world.run(lambda unit: conversations.mute_thread(unit, alice.id, post, muted=True))
    told = {type(note) for note in world.afters}
    assert {Conversed, Refiltered} <= told
    assert [world.value(f"SELECT count(*) FROM {table}") for table in TABLES] == [1, 1, 1, 1, 1, 2, 1]
    world.run(lambda unit: accounts.delete(unit, alice.id))
    world.run(lambda unit: accounts.purge_some(unit, alice.id, 50))
    # the other side keeps its view
    assert [world.value(f"SELECT count(*) FROM {table}") for table in TABLES] == [0, 0, 0, 0, 0, 1, 0]
    world.run(lambda unit: accounts.delete(unit, bob.id))
    while world.run(lambda unit: accounts.purge_some(unit, bob.id, 50)):
        pass
    assert world.value("SELECT count(*) FROM conversations") == 0


def test_a_deleted_author_steps_back_in_other_peoples_conversations(world: World) -> None:
    alice, bob = world.local("alice"), world.local("bob")
    world.run(lambda unit: follows.follow(unit, alice, bob))
    first = world.run(lambda unit: statuses.publish(unit, alice.id, Draft("@bob hello", visibility=3)))
    draft = Draft("@alice hi", visibility=3, in_reply_to_id=first)
    last = world.run(lambda unit: statuses.publish(unit, bob.id, draft))
    newest = "SELECT last_status_id FROM conversations WHERE account_id = ?"
    assert world.value(newest, alice.id) == last
    world.run(lambda unit: accounts.delete(unit, bob.id))
    world.run(lambda unit: accounts.purge_some(unit, bob.id, 50))
    assert world.value(newest, alice.id) == first
