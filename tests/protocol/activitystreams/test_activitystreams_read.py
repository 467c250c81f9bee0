"""Readers: caps, refusals, and forms that the recorded samples do not have."""

from __future__ import annotations

from typing import Any

import pytest

from protocol.activitystreams import limits
from protocol.activitystreams.addressing import Visibility, addressing_for, is_wider, visibility_of
from protocol.activitystreams.read import read_activity, read_actor, read_collection, read_keys, read_object
from protocol.activitystreams.read.fields import duration, timestamp
from protocol.activitystreams.urls import http_url, origin_of, same_origin
from protocol.activitystreams.values import Collection, KeyRef
from protocol.activitystreams.vocabulary import PUBLIC
from protocol.errors import Malformed

NOTE: dict[str, Any] = {"id": "https://a.test/1", "type": "Note", "attributedTo": "https://a.test/u"}
ACTOR: dict[str, Any] = {
    "id": "https://a.test/u",
    "type": "Person",
    "preferredUsername": "u",
    "inbox": "https://a.test/u/inbox",
}


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "\tjavascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://a.test/",
        "//a.test/x",
        "/x",
        "https://",
        "https:///x",
        "https:a.test",
        "https://a.test@evil.test/",
        "https://good.test\\@evil.test/",
        "https://a.test/\r\nX: 1",
        "https://a.test/a b",
        "https://a.test/\u202egnp.exe",
        "https://①②⑦.⓪.⓪.①/",
        "https://127.1/",
        "https://a.test:99999/",
        "https://a.test:x/",
        "https://[::1",
        "https://a_b.test/" + "x" * limits.URL,
        "",
        None,
        7,
        ["https://a.test"],
    ],
)
def test_what_is_no_url(url: object) -> None:
    assert http_url(url) is None
    assert not same_origin("https://a.test/", str(url))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.test/x?y=1#z", "https://a.test/x?y=1#z"),
        ("HTTPS://A.Test./X", "https://a.test/X"),
        ("https://a.test:443/", "https://a.test/"),
        ("http://a.test:80", "http://a.test"),
        ("http://a.test:8080/", "http://a.test:8080/"),
        ("https://пример.test/u", "https://xn--e1afmkfd.test/u"),
        ("https://[2001:DB8::1]:8443/", "https://[2001:db8::1]:8443/"),
        ("https://a.test/path/ü?q=ü", "https://a.test/path/ü?q=ü"),
    ],
)
def test_a_url_has_one_spelling(url: str, expected: str) -> None:
    assert http_url(url) == expected
    assert same_origin(url, expected)


def test_origins() -> None:
    assert origin_of("https://a.test/x").host == "a.test"
    assert not same_origin("https://a.test/", "http://a.test/")
    assert not same_origin("https://a.test/", "https://a.test:444/")
    assert not same_origin("https://a.test/", "https://b.a.test/")
    with pytest.raises(Malformed):
        origin_of("mailto:a@a.test")


@pytest.mark.parametrize("missing", ["id", "type", "attributedTo"])
@pytest.mark.parametrize("wrong", [None, 7, "", "javascript:1", [], {}])
def test_an_object_needs_these(missing: str, wrong: object) -> None:
    with pytest.raises(Malformed) as refusal:
        read_object({**NOTE, missing: wrong})
    assert refusal.value.where == missing


@pytest.mark.parametrize("missing", ["id", "type", "inbox", "preferredUsername"])
@pytest.mark.parametrize("wrong", [None, 7, "", "a b@/", [], {}])
def test_an_actor_needs_these(missing: str, wrong: object) -> None:
    with pytest.raises(Malformed) as refusal:
        read_actor({**ACTOR, missing: wrong})
    assert refusal.value.where == missing


@pytest.mark.parametrize("key", ["outbox", "followers", "following", "featured", "featuredTags"])
@pytest.mark.parametrize("wrong", ["javascript:1", "file:///x", 7, ["x"] * 1000, {}, "https://victim.test/followers"])
def test_collections_elsewhere_are_ignored(key: str, wrong: object) -> None:
    actor = read_actor({**ACTOR, key: wrong})
    assert (actor.outbox, actor.followers, actor.following, actor.featured, actor.featured_tags) == (None,) * 5


def test_a_shared_inbox_elsewhere_is_ignored() -> None:
    assert read_actor({**ACTOR, "endpoints": {"sharedInbox": "https://victim.test/inbox"}}).shared_inbox is None
    assert read_actor({**ACTOR, "endpoints": {"sharedInbox": "https://a.test/inbox"}}).shared_inbox is not None


def test_a_username_may_come_from_webfinger_only() -> None:
    doc = {**ACTOR, "webfinger": "acct:u2@a.test"}
    del doc["preferredUsername"]
    actor = read_actor(doc)
    assert (actor.preferred_username, actor.webfinger) == ("u2", "u2@a.test")


def test_bare_key_documents() -> None:
    key = {"id": "https://a.test/k", "owner": "https://a.test/u", "publicKeyPem": "PEM"}
    assert read_keys(key) == (KeyRef("https://a.test/k", "https://a.test/u", "PEM"),)
    assert read_keys({**key, "owner": None}) == ()
    assert read_keys({**ACTOR, "publicKey": [key, {**key, "id": 7}, "x"]}) == read_keys(key)
    assert read_keys({**ACTOR, "publicKey": {**key, "publicKeyPem": "x" * 10_000}}) == ()


def test_everything_has_a_cap() -> None:
    many = 5_000
    obj = read_object(
        {
            **NOTE,
            "content": "x" * 1_000_000,
            "to": [f"https://b.test/{i}" for i in range(many)],
            "tag": [{"type": "Mention", "href": f"https://b.test/{i}"} for i in range(many)],
            "attachment": [{"type": "Image", "url": f"https://b.test/{i}"} for i in range(many)],
            "contentMap": {f"x{chr(97 + i % 26)}{chr(97 + i // 26)}": "y" for i in range(600)},
            "aiUsage": ["x" * 20_000],
            "SPC": [1],
        }
    )
    assert len(obj.content_html) == limits.TEXT
    assert len(obj.to) == limits.ADDRESSEES
    assert len(obj.mentions) == limits.MENTIONS
    assert len(obj.attachments) == limits.ATTACHMENTS
    assert len(obj.content_map) == limits.LANGUAGES
    assert obj.extra == {"SPC": [1]}
    options = [{"type": "Note", "name": str(i)} for i in range(many)]
    poll = read_object({**NOTE, "type": "Question", "oneOf": options}).poll
    assert poll is not None
    assert len(poll.options) == limits.POLL_OPTIONS
    page = read_collection({"type": "CollectionPage", "items": [f"https://b.test/{i}" for i in range(many)]})
    assert len(page.items) == limits.ITEMS
    fields = [{"type": "PropertyValue", "name": "a", "value": "b"}] * many
    assert len(read_actor({**ACTOR, "attachment": fields}).fields) == limits.FIELDS


@pytest.mark.parametrize("total", [2**70, -1, 1.5, True, "3", None])
def test_impossible_counts_are_none(total: object) -> None:
    collection = read_collection({"type": "Collection", "totalItems": total})
    assert collection.total is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:01Z", 1000),
        ("2026-11-22T10:00:32.139Z", 1795341632139),
        ("2026-11-22T10:00:32.139999999Z", 1795341632139),
        ("2026-11-22T12:00:32+02:00", 1795341632000),
        ("2026-11-22T10:00:32", 1795341632000),
        ("2026-11-22t10:00:32z", 1795341632000),
        ("2026-11-22T10:00:32+00:00Z", 1795341632000),
        ("0001-01-01T00:00:00+23:59", 0),
        ("9999-12-31T23:59:59.999-23:59", 253402300799999),
        ("yesterday!", None),
        ("2026-13-40T99:99:99Z", None),
        ("x" * 1000, None),
        (1795341632, None),
        (None, None),
    ],
)
def test_times(text: object, expected: int | None) -> None:
    assert timestamp(text) == expected


def test_times_in_the_future_become_now() -> None:
    doc = {**NOTE, "published": "2126-01-01T00:00:00Z", "updated": "2026-01-01T00:00:00Z"}
    obj = read_object(doc, now=1_795_341_632_000)
    assert (obj.published, obj.updated) == (1_795_341_632_000, 1_767_225_600_000)


@pytest.mark.parametrize(
    ("value", "expected"), [("PT1M3.5S", 63500), ("P1DT1H", 90000000), (2.5, 2500), ("1:00", None), (True, None)]
)
def test_durations(value: object, expected: int | None) -> None:
    assert duration(value) == expected


def test_emojis_have_safe_names_and_urls() -> None:
    def emojis(name: object, url: object, emoji_id: object = None) -> int:
        tag = {"type": "Emoji", "id": emoji_id, "name": name, "icon": {"type": "Image", "url": url}}
        return len(read_object({**NOTE, "tag": [tag]}).emojis)

    assert emojis(":cat:", "https://a.test/cat.png") == 1
    assert emojis("cat", {"href": "https://a.test/cat.png"}) == 1
    assert emojis(':a" onmouseover=x:', "https://a.test/cat.png") == 0
    assert emojis(":cat:", "javascript:1") == 0


def test_types_in_every_spelling_mean_the_same() -> None:
    for kind in ("Note", "as:Note", "https://www.w3.org/ns/activitystreams#Note", ["x:Y", "Note"]):
        assert read_object({**NOTE, "type": kind}).type == "Note"


def test_keyword_aliases_have_no_meaning() -> None:
    """JSON-25: only `type` and `id` are read, whatever a context may alias."""
    obj = read_object(
        {**NOTE, "@type": "Article", "@id": "https://victim.test/1", "@context": {"id": "https://x.test/"}}
    )
    assert (obj.type, obj.id) == ("Note", "https://a.test/1")


def test_peertube_video() -> None:
    video = read_object(
        {
            "id": "https://tube.test/videos/1",
            "type": "Video",
            "name": "A film",
            "duration": "PT90S",
            "mediaType": "text/markdown",
            "content": "<b>not html</b>\nline",
            "attributedTo": [
                {"type": "Person", "id": "https://tube.test/a/u"},
                {"type": "Group", "id": "https://tube.test/c/g"},
            ],
            "icon": [
                {
                    "type": "Image",
                    "url": "https://tube.test/t.jpg",
                    "mediaType": "image/jpeg",
                    "width": 280,
                    "height": 157,
                }
            ],
            "url": [
                {"type": "Link", "mediaType": "video/mp4", "href": "https://cdn.test/1.mp4", "height": 720, "size": 99},
                {"type": "Link", "mediaType": "text/html", "href": "https://tube.test/w/1"},
            ],
        }
    )
    assert (video.attributed_to, video.url) == ("https://tube.test/a/u", "https://tube.test/w/1")
    (media,) = video.attachments
    assert (media.type, media.url, media.media_type, media.height) == (
        "Video",
        "https://cdn.test/1.mp4",
        "video/mp4",
        720,
    )
    assert (media.duration, media.size, media.description) == (90_000, 99, "A film")
    assert video.preview_image == "https://tube.test/t.jpg"
    assert video.content_html == "&lt;b&gt;not html&lt;/b&gt;<br />line"
    assert video.warning == ""


def test_polls_that_are_closed() -> None:
    def closed(value: object) -> int | None:
        doc = {**NOTE, "type": "Question", "anyOf": [{"name": "a"}], "endTime": "1970-01-01T00:00:02Z", "closed": value}
        poll = read_object(doc).poll
        assert poll is not None
        assert poll.multiple
        return poll.closed

    assert [closed(v) for v in (None, False, True, "1970-01-01T00:00:01Z", "x")] == [None, None, 2000, 1000, None]
    assert read_object({**NOTE, "type": "Question"}).poll is None


@pytest.mark.parametrize("value", [None, 7, [], "javascript:1", "x"])
def test_an_activity_needs_an_actor_and_an_object(value: object) -> None:
    good = {"id": None, "type": "Like", "actor": {"id": "https://a.test/u"}, "object": ["https://a.test/1"]}
    assert read_activity(good).id is None
    for key in ("actor", "object"):
        with pytest.raises(Malformed) as refusal:
            read_activity({**good, key: value})
        assert refusal.value.where == key


def test_an_embedded_object_may_lack_an_id() -> None:
    follow = {"type": "Follow", "actor": "https://a.test/u", "object": "https://b.test/u"}
    accept = read_activity({"type": "Accept", "actor": "https://b.test/u", "object": follow})
    assert (accept.object_id, accept.object) == (None, follow)


def test_collections_elsewhere_than_expected() -> None:
    with pytest.raises(Malformed):
        read_collection({"type": "Note"})
    loop = read_collection({"type": "OrderedCollection", "id": "https://a.test/c", "first": "https://a.test/c"})
    assert isinstance(loop, Collection)
    assert loop.first == loop.id
    items = read_collection({"type": "Collection", "items": [None, 7, "x", {}, {"id": "https://a.test/1"}]}).items
    assert [item.id for item in items] == [None, "https://a.test/1"]


FOLLOWERS = "https://a.test/u/followers"


@pytest.mark.parametrize("visibility", list(Visibility))
@pytest.mark.parametrize("people", [(), ("https://b.test/u", "https://b.test/u", "https://c.test/u")])
def test_addressing_and_back(visibility: Visibility, people: tuple[str, ...]) -> None:
    to, cc = addressing_for(visibility, FOLLOWERS, people)
    assert visibility_of(to, cc, FOLLOWERS) is visibility
    assert set(people) <= set(to + cc)
    assert (PUBLIC in to + cc) == (visibility in (Visibility.PUBLIC, Visibility.UNLISTED))
    assert len(to + cc) == len(set(to + cc))


def test_somebody_elses_followers_are_not_the_authors() -> None:
    assert visibility_of(["https://b.test/u/followers"], [], FOLLOWERS) is Visibility.DIRECT
    assert visibility_of(["https://b.test/u/followers"], [], None, "https://a.test/u") is Visibility.DIRECT
    assert visibility_of([FOLLOWERS], [], None, "https://a.test/u") is Visibility.FOLLOWERS


def test_wider() -> None:
    assert is_wider(Visibility.PUBLIC, Visibility.FOLLOWERS)
    assert not is_wider(Visibility.FOLLOWERS, Visibility.FOLLOWERS)
    assert not is_wider(Visibility.DIRECT, Visibility.PUBLIC)
