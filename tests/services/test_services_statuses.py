"""Publishing, receiving, editing, deleting: rows, counters, what goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fedserver.db.queries import statuses as q
from fedserver.db.queries import timelines
from fedserver.kit.errors import Forbidden, Invalid, NotFound
from fedserver.kit.paging import Page
from fedserver.services import boosts, favourites, follows, pins, remote, statuses
from fedserver.services.statuses import Draft, Revision
from keys.pair import PublicKey
from protocol.activitystreams.read import read_activity, read_object
from protocol.activitystreams.values import Media, Object
from protocol.activitystreams.vocabulary import PUBLIC
from protocol.proofs import ProofVerified, check_proof

if TYPE_CHECKING:
    from tests.services.conftest import World


def publish(world: World, author: int, text: str, **draft: object) -> int:
    return world.run(lambda unit: statuses.publish(unit, author, Draft(text=text, **draft)))  # type: ignore[arg-type]


def remote_note(author_uri: str, number: int = 1, **values: object) -> Object:
    given = {
        "id": f"{author_uri}/notes/{number}",
        "type": "Note",
        "attributed_to": author_uri,
        "url": f"{author_uri}/notes/{number}",
        "content_html": "<p>hello <script>alert(1)</script>there</p>",
        "to": (PUBLIC,),
        **values,
    }
    return Object(**given)  # type: ignore[arg-type]


def test_a_post_with_a_remote_follower_goes_out_signed(world: World) -> None:
    alice, bob = world.local("alice"), world.remote("bob")
    world.run(lambda unit: follows.follow(unit, bob, alice, uri="https://there.test/f/1"))
    assert world.kinds() == ["Accept"]
    status_id = publish(world, alice.id, "A #Robot for @bob@there.test https://example.org/a")
    (_, accept), (inbox, create) = world.sent()
    assert accept["object"]["id"] == "https://there.test/f/1"
    assert inbox == "https://there.test/inbox"
    activity = read_activity(create)
    note = read_object(create["object"])
    assert (activity.type, activity.actor, note.id) == ("Create", alice.uri, f"{alice.uri}/statuses/{status_id}")
    assert [m.href for m in note.mentions] == [bob.uri]
    assert [t.name for t in note.hashtags] == ["robot"]
    key = PublicKey.from_multikey(
        world.value("SELECT public FROM account_keys WHERE account_id = ? AND algorithm = 'ed25519'", alice.id)
    )
    assert isinstance(check_proof(create, key, 4_000_000_000_000), ProofVerified)
    assert world.again(alice).statuses_count == 1


def test_a_direct_post_reaches_only_the_mentioned(world: World) -> None:
    alice, bob, eve = world.local("alice"), world.remote("bob"), world.remote("eve", "elsewhere.test")
    world.run(lambda unit: follows.follow(unit, eve, alice))
    publish(world, alice.id, "@bob@there.test psst", visibility=3)
    sent = [(inbox, a) for inbox, a in world.sent() if a["type"] == "Create"]
    assert [inbox for inbox, _ in sent] == ["https://there.test/inbox"]
    assert sent[0][1]["to"] == [bob.uri]
    assert "proof" not in sent[0][1]


def test_home_gets_posts_of_followed_people_and_no_replies_to_strangers(world: World) -> None:
    alice, ann, bob = world.local("alice"), world.local("ann"), world.local("bob")
    world.run(lambda unit: follows.follow(unit, ann, alice))
    first = publish(world, alice.id, "first")
    other = publish(world, bob.id, "by bob")
    publish(world, alice.id, "to bob", in_reply_to_id=other)
    home = world.run(lambda unit: unit.all(timelines.home(ann.id, Page(), unit.now)))
    assert [row.id for row in home] == [first]
    own = world.run(lambda unit: unit.all(timelines.home(alice.id, Page(), unit.now)))
    assert len(own) == 2


def test_following_brings_the_newest_posts_home_and_unfollowing_takes_them(world: World) -> None:
    alice, ann = world.local("alice"), world.local("ann")
    first = publish(world, alice.id, "before")
    world.run(lambda unit: follows.follow(unit, ann, alice))
    assert [r.id for r in world.run(lambda u: u.all(timelines.home(ann.id, Page(), u.now)))] == [first]
    world.run(lambda unit: follows.unfollow(unit, ann, alice))
    assert world.run(lambda u: u.all(timelines.home(ann.id, Page(), u.now))) == []
    assert world.again(alice).followers_count == 0


def test_bad_drafts_are_refused_and_leave_nothing(world: World) -> None:
    alice = world.local("alice")
    for text, extra in (("", {}), ("x" * 5001, {}), ("x", {"media_ids": [7]}), ("x", {"media_ids": [7, 7]})):
        with pytest.raises(Invalid):
            publish(world, alice.id, text, **extra)
    with pytest.raises(NotFound):
        publish(world, alice.id, "x", in_reply_to_id=12345)
    assert world.value("SELECT count(*) FROM statuses") == 0


def test_the_same_idempotency_key_gives_one_post(world: World) -> None:
    alice, bob = world.local("alice"), world.local("bob")

    def post(author: int, body: bytes) -> int:
        return world.run(lambda u: statuses.publish(u, author, Draft(text="once"), idempotency=("key", body)))

    first = post(alice.id, b"a")
    assert post(alice.id, b"a") == first
    assert post(bob.id, b"a") != first
    with pytest.raises(Invalid):
        post(alice.id, b"other")
    assert world.value("SELECT count(*) FROM statuses") == 2


def test_an_edit_keeps_the_former_version_and_goes_out(world: World) -> None:
    alice, bob = world.local("alice"), world.remote("bob")
    world.run(lambda unit: follows.follow(unit, bob, alice))
    status_id = publish(world, alice.id, "one #a")
    world.run(lambda unit: statuses.edit(unit, alice.id, status_id, Revision("two #b", spoiler="careful")))
    row = world.run(lambda unit: unit.get(q.by_id(status_id)))
    assert (row.source, row.spoiler, row.sensitive, row.version > 1) == ("two #b", "careful", 1, True)
    assert [e.source for e in world.run(lambda u: u.all(q.edits(status_id)))] == ["one #a"]
    assert [t.name for t in world.run(lambda u: u.all(q.tags_of([status_id])))] == ["b"]
    update = world.sent()[-1][1]
    assert update["type"] == "Update" and update["object"]["updated"]


def test_somebody_elses_post_cannot_be_edited_deleted_or_pinned(world: World) -> None:
    alice, eve = world.local("alice"), world.local("eve")
    status_id = publish(world, alice.id, "mine")
    for act, error in (
        (lambda u: statuses.edit(u, eve.id, status_id, Revision("hers")), NotFound),
        (lambda u: statuses.delete(u, eve.id, status_id), NotFound),
        (lambda u: pins.pin(u, eve.id, status_id, pinned=True), Invalid),
    ):
        with pytest.raises(error):
            world.run(act)
    assert world.value("SELECT source FROM statuses WHERE id = ?", status_id) == "mine"


def test_a_deleted_post_leaves_a_tombstone_and_tells_whoever_had_it(world: World) -> None:
    alice, bob, ann = world.local("alice"), world.remote("bob"), world.local("ann")
    status_id = publish(world, alice.id, "@bob@there.test look")
    uri = f"{alice.uri}/statuses/{status_id}"
    world.run(lambda u: boosts.boost(u, ann.id, status_id))
    world.run(lambda unit: statuses.delete(unit, alice.id, status_id))
    assert world.value("SELECT count(*) FROM statuses") == 0
    assert world.value("SELECT count(*) FROM tombstones WHERE uri = ?", uri) == 1
    inbox, activity = world.sent()[-1]
    assert (inbox, activity["type"], activity["object"]["type"]) == ("https://there.test/inbox", "Delete", "Tombstone")
    assert world.again(ann).statuses_count == 0
    assert bob.inbox_id is not None


def test_a_remote_post_is_cleaned_stored_once_and_counts(world: World) -> None:
    alice, bob = world.local("alice"), world.remote("bob")
    world.run(lambda unit: follows.follow(unit, alice, bob))
    world.run(lambda unit: follows.accept(unit, bob, alice))
    note = remote_note(bob.uri, attachments=(Media("Image", "https://there.test/a.png", "image/png", "a robot"),))
    first = world.run(lambda u: remote.receive_status(u, bob, note, mentioned=[alice]))
    second = world.run(lambda u: remote.receive_status(u, bob, note))
    assert first is not None and second is not None and first.id == second.id
    assert "script" not in first.content
    assert world.value("SELECT description FROM media_attachments WHERE status_id = ?", first.id) == "a robot"
    assert world.value("SELECT count(*) FROM notifications WHERE account_id = ? AND type = 'mention'", alice.id) == 1
    assert [r.id for r in world.run(lambda u: u.all(timelines.home(alice.id, Page(), u.now)))] == [first.id]
    assert world.again(bob).statuses_count == 1


def test_a_reply_that_came_before_its_parent_finds_it(world: World) -> None:
    bob = world.remote("bob")
    parent, child = remote_note(bob.uri, 1), remote_note(bob.uri, 2, in_reply_to=f"{bob.uri}/notes/1")
    reply = world.run(lambda u: remote.receive_status(u, bob, child))
    assert reply is not None and reply.in_reply_to_id is None
    found = world.run(lambda u: remote.receive_status(u, bob, parent))
    reply = world.run(lambda u: u.get(q.by_uri(child.id)))
    assert found is not None and reply.in_reply_to_id == found.id


def test_a_deleted_remote_post_never_comes_back(world: World) -> None:
    bob = world.remote("bob")
    stored = world.run(lambda u: remote.receive_status(u, bob, remote_note(bob.uri)))
    assert stored is not None
    world.run(lambda u: statuses.remove(u, stored))
    assert world.run(lambda u: remote.receive_status(u, bob, remote_note(bob.uri))) is None
    assert "Delete" not in world.kinds()


def test_favourites_and_boosts_count_once_and_tell_the_author(world: World) -> None:
    alice, bob = world.local("alice"), world.remote("bob")
    note = world.run(lambda u: remote.receive_status(u, bob, remote_note(bob.uri)))
    assert note is not None
    for _ in range(2):
        world.run(lambda u: favourites.favourite(u, alice, note))
        world.run(lambda u: boosts.boost(u, alice.id, note.id))
    row = world.run(lambda u: u.get(q.by_id(note.id)))
    assert (row.favourites_count, row.reblogs_count) == (1, 1)
    assert world.kinds() == ["Like", "Announce"]
    world.run(lambda u: favourites.unfavourite(u, alice, note))
    world.run(lambda u: boosts.unboost(u, alice.id, note.id))
    assert world.kinds() == ["Like", "Announce", "Undo", "Undo"]
    likes = [a["object"]["id"] for _, a in world.sent() if a["type"] == "Undo"]
    assert likes[0] == world.sent()[0][1]["id"]


def test_followers_only_and_direct_posts_cannot_be_boosted_or_seen_by_strangers(world: World) -> None:
    alice, eve = world.local("alice"), world.local("eve")
    for visibility in (2, 3):
        status_id = publish(world, alice.id, "private", visibility=visibility)
        with pytest.raises(NotFound):
            world.run(lambda u, s=status_id: boosts.boost(u, eve.id, s))
        for viewer in (None, eve.id):
            assert world.run(lambda u, v=viewer, s=status_id: u.one(q.visible(s, v))) is None
        assert world.run(lambda u, s=status_id: u.one(q.visible(s, alice.id))) is not None


def test_a_blocked_person_can_neither_follow_nor_like(world: World) -> None:
    from fedserver.services import blocks

    alice, eve = world.local("alice"), world.local("eve")
    status_id = publish(world, alice.id, "hello")
    world.run(lambda u: follows.follow(u, eve, alice))
    world.run(lambda u: blocks.block(u, alice, eve))
    assert world.again(alice).followers_count == 0
    with pytest.raises(Forbidden):
        world.run(lambda u: follows.follow(u, eve, alice))
    assert world.run(lambda u: u.one(q.visible(status_id, eve.id))) is None
    public = world.run(lambda u: u.all(timelines.public(eve.id, Page(), u.now)))
    assert public == []


def test_the_type_of_the_bytes_decides_what_a_remote_medium_is(world: World) -> None:
    bob = world.remote("bob")
    found = (
        Media("Image", "https://there.test/a.mp4", "video/mp4"),
        Media("Document", "https://there.test/b.png", "image/png"),
        Media("Audio", "https://there.test/c", ""),
        Media("Document", "https://there.test/d", "application/pdf"),
    )
    world.run(lambda u: remote.receive_status(u, bob, remote_note(bob.uri, attachments=found)))
    rows = world.connection.execute("SELECT kind FROM media_attachments ORDER BY position").fetchall()
    assert [kind for (kind,) in rows] == ["video", "image", "audio", "unknown"]
