"""What is written is read back as it was, in the shapes that other servers look for."""

from __future__ import annotations

from typing import Any

import pytest

from protocol.activitystreams import write
from protocol.activitystreams.read import read_activity, read_actor, read_collection, read_object, read_tombstone
from protocol.activitystreams.values import (
    Actor,
    Collection,
    CollectionPage,
    Emoji,
    Field,
    Hashtag,
    InteractionPolicy,
    Item,
    KeyRef,
    Label,
    Link,
    Media,
    Mention,
    Multikey,
    Object,
    Permission,
    Poll,
    PollOption,
    Tombstone,
)
from protocol.activitystreams.vocabulary import ACTOR_CONTEXT, AS, OBJECT_CONTEXT, PUBLIC
from protocol.authority import may_act

ALICE = "https://home.test/users/alice"
BOB = "https://far.test/users/bob"
NOTE = f"{ALICE}/statuses/1"

ACTOR = Actor(
    id=ALICE,
    type="Person",
    preferred_username="alice",
    inbox=f"{ALICE}/inbox",
    name="Alice",
    summary_html="<p>hello</p>",
    url="https://home.test/@alice",
    outbox=f"{ALICE}/outbox",
    shared_inbox="https://home.test/inbox",
    followers=f"{ALICE}/followers",
    following=f"{ALICE}/following",
    featured=f"{ALICE}/featured",
    featured_tags=f"{ALICE}/tags",
    icon=Media("Image", "https://media.test/a.webp", "image/webp", "a face"),
    image=Media("Image", "https://media.test/h.webp", "image/webp"),
    public_keys=(KeyRef(f"{ALICE}#main-key", ALICE, "-----BEGIN PUBLIC KEY-----\n"),),
    assertion_methods=(Multikey(f"{ALICE}#ed25519-key", ALICE, "z6Mk"),),
    locked=True,
    discoverable=True,
    indexable=False,
    memorial=True,
    suspended=True,
    fields=(Field("Site", '<a href="https://a.test">a</a>'),),
    emojis=(Emoji("cat", "https://media.test/cat.png", "https://home.test/emojis/1", 1_795_341_456_000),),
    hashtags=(Hashtag("art", "https://home.test/tags/art"),),
    also_known_as=(BOB,),
    moved_to=BOB,
    attribution_domains=("blog.test",),
    webfinger="alice@home.test",
    published=1_795_341_456_000,
    updated=1_795_341_456_789,
    implements=("https://datatracker.ietf.org/doc/html/rfc9421",),
    policy=InteractionPolicy(can_feature=Permission((PUBLIC,))),
    extra={"aiUsage": "none", "generator": {"type": "Application", "implements": []}},
)

OBJECT = Object(
    id=NOTE,
    type="Note",
    attributed_to=ALICE,
    url="https://home.test/@alice/1",
    content_html="<p>hi</p>",
    content_map={"en": "<p>hi</p>", "de": "<p>hallo</p>"},
    language="en",
    summary="careful",
    sensitive=True,
    in_reply_to=f"{BOB}/1",
    published=1_795_341_456_000,
    updated=1_795_341_456_001,
    to=(PUBLIC,),
    cc=(f"{ALICE}/followers", BOB),
    audience=("https://group.test/g",),
    mentions=(Mention(BOB, "@bob@far.test"),),
    hashtags=(Hashtag("art", "https://home.test/tags/art"),),
    emojis=(Emoji("cat", "https://media.test/cat.png"),),
    labels=(Label("https://home.test/labels/ai", "AI-generated"),),
    attachments=(
        Media(
            "Image",
            "https://media.test/1.webp",
            "image/webp",
            "a cat",
            "U0N5V7",
            (-0.5, 0.25),
            640,
            480,
            None,
            12_345,
            "zQmabc",
            extra={"SPC": [1]},
        ),
        Media("Video", "https://media.test/1.mp4", "video/mp4", duration=61_500, sensitive=True),
    ),
    links=(Link("https://blog.test/post", "A post", "text/html"),),
    preview_image="https://media.test/p.png",
    quote_url=f"{BOB}/2",
    quote_authorization=f"{BOB}/stamps/1",
    policy=InteractionPolicy(
        Permission((PUBLIC,)), Permission((ALICE,), (PUBLIC,)), Permission(), Permission((PUBLIC,))
    ),
    context=f"{NOTE}/context",
    conversation="tag:home.test,2026:1",
    replies=Collection(f"{NOTE}/replies", first=f"{NOTE}/replies?page=1", total=3),
    likes=Collection(f"{NOTE}/likes", total=2),
    shares=Collection(f"{NOTE}/shares", total=0),
    source_text="hi",
    source_media_type="text/plain",
    extra={"aiUsage": "none"},
)


def test_an_actor_survives() -> None:
    doc = write.write_actor(ACTOR)
    # What the generator implements is inside the generator; the one in `extra` is written last.
    assert read_actor(doc) == _with(ACTOR, implements=())
    plain = _with(ACTOR, extra={})
    read = read_actor(write.write_actor(plain))
    assert _with(read, extra={}) == plain


def test_an_object_survives() -> None:
    assert read_object(write.write_object(OBJECT)) == OBJECT


@pytest.mark.parametrize("multiple", [True, False])
def test_a_poll_survives(multiple: bool) -> None:
    poll = Poll((PollOption("one", 3), PollOption("two")), multiple, 1_795_341_456_000, 1_795_341_456_000, 3)
    question = _with(OBJECT, type="Question", poll=poll)
    assert read_object(write.write_object(question)) == question


def test_a_vote_has_a_name_and_no_content() -> None:
    vote = Object(f"{ALICE}#votes/1", "Note", ALICE, f"{ALICE}#votes/1", name="one", in_reply_to=f"{BOB}/1", to=(BOB,))
    doc = write.write_object(vote)
    assert "content" not in doc
    assert read_object(doc).is_poll_vote


def test_a_tombstone_survives() -> None:
    stone = Tombstone(NOTE, "Note", 1_795_341_456_000)
    assert read_tombstone(write.write_tombstone(stone)) == stone


@pytest.mark.parametrize("ordered", [True, False])
def test_collections_and_pages_survive(ordered: bool) -> None:
    page = CollectionPage(
        f"{NOTE}/replies?page=1", ordered, (Item(f"{BOB}/1"),), f"{NOTE}/replies", f"{NOTE}/replies?page=2"
    )
    assert read_collection(write.write_page(page)) == page
    whole = Collection(f"{NOTE}/replies", ordered, 1, (Item(f"{BOB}/1"),))
    assert read_collection(write.write_collection(whole)) == whole
    nested = Collection(f"{NOTE}/replies", ordered, 1, first_page=page)
    read = read_collection(write.write_collection(nested))
    assert isinstance(read, Collection)
    assert read.first_page == page


def test_hidden_followers_are_a_total_and_an_empty_collection_says_so() -> None:
    hidden = write.write_collection(Collection(f"{ALICE}/followers", total=7))
    assert hidden == {"id": f"{ALICE}/followers", "type": "OrderedCollection", "totalItems": 7}
    assert write.write_collection(Collection(f"{ALICE}/featured", total=0))["orderedItems"] == []


def test_the_shapes_that_plain_json_servers_look_for() -> None:
    actor = write.document(write.write_actor(ACTOR), ACTOR_CONTEXT)
    assert actor["@context"][0] == AS
    assert actor["publicKey"]["id"] == f"{ALICE}#main-key"
    assert actor["endpoints"] == {"sharedInbox": "https://home.test/inbox"}
    assert actor["attachment"][0]["type"] == "PropertyValue"
    assert actor["@context"][-1]["schema"] == "http://schema.org#"
    assert next(iter(actor)) == "@context"

    note = write.write_object(Object(NOTE, "Note", ALICE, NOTE, to=(PUBLIC,)))
    assert note["summary"] is None
    assert note["inReplyTo"] is None
    assert (note["to"], note["cc"], note["tag"], note["attachment"]) == ([PUBLIC], [], [], [])
    full = write.write_object(OBJECT)
    assert [full[key] for key in ("quote", "quoteUri", "quoteUrl", "_misskey_quote")] == [f"{BOB}/2"] * 4
    assert full["published"] == "2026-11-22T09:57:36Z"
    assert full["updated"] == "2026-11-22T09:57:36.001Z"
    assert full["tag"][1] == {"type": "Hashtag", "href": "https://home.test/tags/art", "name": "#art"}


def test_the_verbs() -> None:
    note = write.document(write.write_object(OBJECT), OBJECT_CONTEXT)
    request = write.follow(id=f"{BOB}/follows/1", actor=BOB, object=ALICE)
    liked = write.like(id=f"{ALICE}/likes/1", actor=ALICE, object=f"{BOB}/1", to=[BOB])
    common: dict[str, Any] = {"id": f"{ALICE}/activities/1", "actor": ALICE}
    verbs = [
        write.create(**common, object=note, published=1_795_341_456_000),
        write.update(**common, object=note),
        write.update(**common, object=write.write_actor(ACTOR)),
        write.delete(**common, object=write.write_tombstone(Tombstone(NOTE))),
        write.delete(**common, object=ALICE),
        write.follow(**common, object=BOB),
        write.accept(**common, object=request),
        write.reject(**common, object=request),
        write.undo(**common, object=liked),
        write.like(**common, object=f"{BOB}/1", content="🐈"),
        write.announce(**common, object=f"{BOB}/1", to=[PUBLIC], cc=[f"{ALICE}/followers", BOB], published=0),
        write.block(**common, object=BOB),
        write.flag(**common, objects=[BOB, f"{BOB}/1"], content="spam"),
        write.move(**common, target=BOB),
    ]
    for doc in verbs:
        activity = read_activity(doc)
        assert list(doc)[:4] == ["@context", "id", "type", "actor"]
        assert (activity.id, activity.actor) == (common["id"], ALICE)
        assert may_act(activity).allowed, doc["type"]
        assert "@context" not in (activity.object or {})
    created, updated = verbs[0], verbs[2]
    assert (created["to"], created["cc"]) == ([PUBLIC], [f"{ALICE}/followers", BOB])
    assert updated["to"] == [PUBLIC]
    assert verbs[6]["to"] == [BOB]
    assert read_activity(verbs[9]).content == "🐈"
    assert verbs[12]["object"] == [BOB, f"{BOB}/1"]
    for verb in (write.add, write.remove):
        assert verb(**common, object=NOTE, target=f"{ALICE}/featured")["target"] == f"{ALICE}/featured"


def test_the_order_of_keys_is_stable() -> None:
    assert list(write.write_object(OBJECT)) == list(write.write_object(read_object(write.write_object(OBJECT))))


def _with(value: Any, **changes: Any) -> Any:
    from dataclasses import replace

    return replace(value, **changes)
