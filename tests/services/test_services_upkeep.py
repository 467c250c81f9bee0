"""What is swept, and what moderation does to an account and a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fedserver.db.queries import relations, upkeep
from fedserver.services import accounts as account_service
from fedserver.services import follows, moderation, statuses
from fedserver.services.statuses import Draft

if TYPE_CHECKING:
    from tests.services.conftest import World

DAY = upkeep.DAY_MS


def test_every_sweep_runs_and_takes_only_what_is_old(world: World) -> None:
    def fill(unit: object) -> None:
        for days, digest in ((1, b"new"), (30, b"old")):
            world.connection.execute("INSERT INTO received VALUES (?, ?)", (digest, unit.now - days * DAY))  # type: ignore[attr-defined]
        world.connection.execute("INSERT INTO idempotency_keys VALUES (1, 'k', 'x', 1, ?)", (unit.now - 2 * DAY,))  # type: ignore[attr-defined]

    world.run(fill)
    for query in upkeep.EXPIRY:
        world.run(lambda unit, query=query: unit.run(query(unit.now)))
    assert world.value("SELECT group_concat(digest) FROM received") == "new"
    assert world.value("SELECT count(*) FROM idempotency_keys") == 0


def test_a_suspended_account_is_hidden_and_comes_back_unchanged(world: World) -> None:
    alice, moderator = world.local("alice"), world.local("mona")
    status_id = world.run(lambda u: statuses.publish(u, alice.id, Draft("hello")))
    from fedserver.db.queries import statuses as q

    world.run(lambda u: moderation.suspend(u, alice.id, moderator))
    assert world.run(lambda u: u.one(q.visible(status_id, moderator.id))) is None
    world.run(lambda u: moderation.unsuspend(u, alice.id, moderator))
    assert world.run(lambda u: u.one(q.visible(status_id, moderator.id))) is not None
    assert world.value("SELECT count(*) FROM audit_log") == 2


def test_a_suspended_server_loses_its_follows_and_its_queue(world: World) -> None:
    alice, bob = world.local("alice"), world.remote("bob", "sub.bad.test")
    world.run(lambda u: follows.follow(u, bob, alice))
    assert world.kinds() == ["Accept"]
    world.run(lambda u: moderation.block_domain(u, "BAD.test.", None))
    assert world.sent() == []
    world.run(lambda u: moderation.apply_policy(u, [bob]))
    assert world.run(lambda u: u.one(relations.follow(bob.id, alice.id))) is None
    assert world.again(bob).suspended_at is not None
    world.run(lambda u: moderation.unblock_domain(u, "bad.test", None))
    world.run(lambda u: moderation.apply_policy(u, [bob._replace(suspended_at=1)]))
    assert world.again(bob).suspended_at is None


def test_a_deleted_account_is_purged_in_chunks_and_its_name_stays_taken(world: World) -> None:
    import pytest

    from fedserver.kit.errors import Invalid

    alice, bob = world.local("alice"), world.remote("bob")
    world.run(lambda u: follows.follow(u, bob, alice))
    for number in range(5):
        world.run(lambda u, n=number: statuses.publish(u, alice.id, Draft(f"post {n}")))
    world.run(lambda u: account_service.delete(u, alice.id))
    assert world.kinds()[-1] == "Delete"
    counts = []
    while count := world.run(lambda u: account_service.purge_some(u, alice.id, 2)):
        counts.append(count)
    assert counts == [2, 2, 1]
    assert world.value("SELECT count(*) FROM statuses") == 0
    assert world.value("SELECT count(*) FROM account_keys WHERE account_id = ?", alice.id) == 2
    with pytest.raises(Invalid):
        world.local("alice")


def test_a_server_whose_media_are_left_out_has_no_pictures_here(world: World) -> None:
    from protocol.activitystreams.values import Media

    picture = Media("Image", "https://bad.test/a.png", "image/png")
    assert world.remote("ann", "good.test", icon=picture).avatar_id is not None
    world.run(lambda u: moderation.block_domain(u, "bad.test", None, severity="limit", reject_media=True))
    bob = world.remote("bob", "bad.test", icon=picture, image=picture)
    assert (bob.avatar_id, bob.header_id) == (None, None)
    assert world.value("SELECT count(*) FROM media_attachments WHERE account_id = ?", bob.id) == 0
