"""Every recorded document of a real server is read, and says what it said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fedserver.domain.text.clean import clean, to_text
from protocol.activitystreams.addressing import Visibility, visibility_of
from protocol.activitystreams.read import (
    read_activity,
    read_actor,
    read_collection,
    read_keys,
    read_object,
    read_tombstone,
)
from protocol.activitystreams.values import Activity, Actor, Collection, CollectionPage, Object
from protocol.activitystreams.vocabulary import PUBLIC
from protocol.authority import Known, Outcome, check_key, may_act
from protocol.errors import Malformed

FIXTURES = Path(__file__).parents[2] / "fixtures" / "activities"
ALL = sorted(FIXTURES.glob("*/*.json"))
AUTHORS = {
    "gotosocial": "https://gts.test/users/gina",
    "snac": "https://snac.test/sally",
    "takahe": "https://takahe.test/@tara@takahe.test/",
}
DOCUMENTS = {"person", "service", "application", "note", "person_stub"}


def paths(*beginnings: str) -> list[Any]:
    """The activities whose names begin so, as test parameters."""
    return [
        pytest.param(path, id=f"{path.parent.name}-{path.stem}")
        for path in ALL
        if path.stem.startswith(beginnings) and path.stem not in DOCUMENTS and "collection" not in path.stem
    ]


def load(name: str) -> dict[str, Any]:
    document = json.loads((FIXTURES / f"{name}.json").read_text())
    assert isinstance(document, dict)
    return document


def inner(name: str) -> Object:
    activity = read_activity(load(name))
    assert activity.object is not None
    return read_object(activity.object)


def test_there_are_fixtures_of_three_servers() -> None:
    assert {path.parent.name for path in ALL} == set(AUTHORS)
    assert len(ALL) >= 70


@pytest.mark.parametrize("path", paths(""))
def test_every_activity_names_its_actor_and_its_verb(path: Path) -> None:
    activity = read_activity(json.loads(path.read_text()))
    assert activity.type.lower() == path.stem.partition("_")[0]
    expected = "https://gts.test/users/gts.test" if path.stem == "flag" else AUTHORS[path.parent.name]
    assert activity.actor == expected
    assert activity.id is not None
    assert activity.object_id is not None


@pytest.mark.parametrize("path", paths("create_", "update_note", "update_question"))
def test_every_posted_object_is_displayable_and_its_author_may_post_it(path: Path) -> None:
    activity = read_activity(json.loads(path.read_text()))
    assert may_act(activity).allowed
    assert activity.object is not None
    obj = read_object(activity.object)
    assert obj.attributed_to == AUTHORS[path.parent.name]
    assert obj.is_poll_vote == (path.stem == "create_note_pollvote")
    assert obj.is_poll_vote or to_text(clean(obj.content_html))
    assert obj.updated is not None or not path.stem.startswith("update_note")


@pytest.mark.parametrize("software", sorted(AUTHORS))
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("create_note", Visibility.PUBLIC),
        ("create_note_unlisted", Visibility.UNLISTED),
        ("create_note_followers", Visibility.FOLLOWERS),
        ("create_note_direct", Visibility.DIRECT),
    ],
)
def test_visibility_is_what_the_sender_chose(software: str, name: str, expected: Visibility) -> None:
    followers = read_actor(load(f"{software}/person")).followers
    obj = inner(f"{software}/{name}")
    assert visibility_of(obj.to, obj.cc, followers) is expected
    assert visibility_of(obj.to, obj.cc, None, obj.attributed_to) is expected


@pytest.mark.parametrize("software", sorted(AUTHORS))
def test_a_public_note_brings_its_hashtag_and_its_time(software: str) -> None:
    obj = inner(f"{software}/create_note")
    assert [tag.name for tag in obj.hashtags] == ["labtag"]
    assert obj.published is not None
    assert 1795341000000 < obj.published < 1795346000000
    assert obj.url.startswith(f"https://{obj.id.split('/')[2]}/")


@pytest.mark.parametrize("software", sorted(AUTHORS))
def test_content_warnings_are_warnings(software: str) -> None:
    obj = inner(f"{software}/create_note_cw")
    assert obj.sensitive
    assert obj.warning.startswith("cw title")


@pytest.mark.parametrize(
    ("software", "kind", "media_type"),
    [("gotosocial", "Image", "image/png"), ("snac", "Image", "image/png"), ("takahe", "Document", "image/webp")],
)
def test_images_have_their_description(software: str, kind: str, media_type: str) -> None:
    (media,) = inner(f"{software}/create_note_image").attachments
    assert (media.type, media.media_type, media.description) == (kind, media_type, "a red rectangle")
    assert bool(media.blurhash) == (software != "snac")
    assert (media.width, media.height) == ((64, 48) if software == "takahe" else (None, None))


@pytest.mark.parametrize("software", sorted(AUTHORS))
def test_polls(software: str) -> None:
    poll = inner(f"{software}/create_question").poll
    assert poll is not None
    assert [option.name for option in poll.options] == ["one", "two"]
    assert not poll.multiple
    assert poll.ends is not None
    vote = inner(f"{software}/create_note_pollvote")
    assert vote.name == "one"
    assert vote.in_reply_to is not None


def test_votes_of_a_running_poll_come_by_update() -> None:
    poll = inner("snac/update_question").poll
    assert poll is not None
    assert [option.votes for option in poll.options] == [1, 0]
    assert poll.voters == 1


@pytest.mark.parametrize("software", sorted(AUTHORS))
def test_replies_mention_and_refer(software: str) -> None:
    obj = inner(f"{software}/create_note_reply")
    assert obj.in_reply_to is not None
    assert [mention.name.count("@") for mention in obj.mentions] == [2]
    assert obj.mentions[0].href in obj.to + obj.cc


def test_language_source_replies_and_policy_of_a_note() -> None:
    obj = inner("gotosocial/create_note")
    assert obj.language == "en"
    assert obj.policy is not None
    assert obj.policy.can_reply is not None
    assert obj.policy.can_reply.automatic == (PUBLIC,)
    assert obj.replies is not None
    assert obj.replies.first_page is not None
    assert obj.replies.first_page.next is not None
    assert inner("snac/create_note").source_text.startswith("plain hello")
    assert inner("snac/create_note").context == "https://snac.test/sally/p/1795341787.486708#ctxt"


@pytest.mark.parametrize(
    "name", ["gotosocial/person", "gotosocial/service", "snac/person", "takahe/person", "takahe/application"]
)
def test_every_actor_has_an_inbox_and_a_key_of_its_own(name: str) -> None:
    actor = read_actor(load(name))
    (key,) = actor.public_keys
    assert check_key(actor, key.id) == key
    assert actor.inbox.startswith("https://")
    assert actor.bot == (name.endswith(("service", "application")))


@pytest.mark.parametrize("software", sorted(AUTHORS))
def test_a_profile_update_embeds_the_actor(software: str) -> None:
    activity = read_activity(load(f"{software}/update_person"))
    assert activity.embeds_actor
    assert may_act(activity).allowed
    assert activity.object is not None
    actor = read_actor(activity.object)
    assert actor.id == activity.actor
    assert actor.name.startswith("New Name")
    assert "bio" in actor.summary_html


def test_quirk_takahe_writes_discoverable_with_a_prefix_and_has_a_shared_inbox() -> None:
    actor = read_actor(load("takahe/person"))
    assert actor.discoverable is True
    assert actor.shared_inbox == "https://takahe.test/inbox/"


def test_quirk_snac_says_its_own_handle() -> None:
    assert read_actor(load("snac/person")).webfinger == "sally@snac.test"


def test_quirk_gotosocial_stub_has_a_key_but_is_no_actor() -> None:
    stub = load("gotosocial/person_stub")
    with pytest.raises(Malformed, match="inbox"):
        read_actor(stub)
    (key,) = read_keys(stub)
    assert key.owner == "https://gts.test/users/gina"
    assert check_key(read_actor(load("gotosocial/person")), key.id) == key


def test_collections_and_pages() -> None:
    followers = read_collection(load("gotosocial/ordered_collection"))
    assert isinstance(followers, Collection)
    assert (followers.total, followers.first) == (0, "https://gts.test/users/gina/followers?limit=40")
    page = read_collection(load("gotosocial/ordered_collection_page"))
    assert isinstance(page, CollectionPage)
    assert len(page.items) == len(page.ids) == 7
    assert page.next is not None
    assert page.total == 12
    assert isinstance(read_collection(load("snac/collection_page")), CollectionPage)
    assert isinstance(read_collection(load("takahe/ordered_collection")), Collection)


def test_deletes_in_three_forms() -> None:
    assert read_activity(load("gotosocial/delete_uri")).object is None
    tombstone = read_activity(load("snac/delete_tombstone")).object
    assert tombstone is not None
    assert read_tombstone(tombstone).id == "https://snac.test/sally/p/1795341787.486708"
    assert read_activity(load("takahe/delete_note")).object is not None
    for name in ("gotosocial/delete_uri", "snac/delete_tombstone", "takahe/delete_note"):
        assert may_act(read_activity(load(name))).allowed


def test_a_flag_names_the_account_and_its_posts_and_has_no_addressees() -> None:
    flag = read_activity(load("gotosocial/flag"))
    assert flag.object_ids == ("https://snac.test/sally", "https://snac.test/sally/p/1795342201.647262")
    assert flag.to == ()
    assert flag.content.startswith("report")


@pytest.mark.parametrize("path", paths("undo_", "accept_", "reject_"))
def test_undo_and_answers_are_allowed_to_the_right_actor_only(path: Path) -> None:
    activity = read_activity(json.loads(path.read_text()))
    if path.stem == "undo_uri":
        # snac once undid somebody's actor, under an id on that actor's server: nobody may.
        assert may_act(activity).outcome is Outcome.REFUSE
        return
    assert may_act(activity).allowed
    stranger = Known(author="https://evil.test/u", target="https://evil.test/u")
    assert may_act(activity, stranger).outcome is Outcome.REFUSE


def test_the_types_of_the_values() -> None:
    assert isinstance(read_activity(load("snac/like")), Activity)
    assert isinstance(read_actor(load("snac/person")), Actor)
