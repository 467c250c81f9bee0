"""The two published parsing suites: every document gives a value that can be shown, or a named refusal."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fedserver.domain.text.clean import clean, to_text
from protocol.activitystreams.addressing import Visibility, visibility_of
from protocol.activitystreams.read import read_activity, read_object
from protocol.activitystreams.values import Object
from protocol.errors import Malformed

ROOT = Path(__file__).resolve().parents[3]
NOTE = {
    "@context": "https://www.w3.org/ns/activitystreams",
    "type": "Note",
    "id": "http://pasture-one-actor/object/1",
    "attributedTo": "http://pasture-one-actor/actor",
    "to": ["https://www.w3.org/ns/activitystreams#Public"],
    "published": "2026-11-22T10:00:00Z",
}


@cache
def suites() -> dict[str, dict[str, Any]]:
    """Both suites, from the environment that they live in; `make venv` creates it."""
    python = Path(sys.prefix) / "suites" / "bin" / "python"
    command = [str(python), "-W", "ignore", str(ROOT / "tools" / "parsing_suites.py")]
    found: dict[str, dict[str, Any]] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


# An input's null stands for an absent key.
PASTURE: dict[str, dict[str, Any]] = {
    name: {key: value for key, value in {**NOTE, **example}.items() if value is not None}
    for name, example in suites()["pasture"].items()
}
FUNFEDI: dict[str, tuple[dict[str, Any], dict[str, Any]]] = suites()["funfedi"]

REFUSED_TYPES = {"Place", "Profile", "Relationship", "Tombstone", None}


def test_the_suites_are_whole() -> None:
    assert len(PASTURE) == 262
    assert len(FUNFEDI) >= 41


@pytest.mark.parametrize("name", PASTURE)
def test_pasture(name: str) -> None:
    document = PASTURE[name]
    try:
        obj = read_object(document)
    except Malformed as refusal:
        assert refusal.where in ("id", "type", "attributedTo")
        kind = document.get("type")
        assert refusal.where in set(NOTE) - set(document) or (isinstance(kind, str) and kind in REFUSED_TYPES)
        return
    assert obj.url.startswith("http")
    shown = clean(obj.content_html) + clean(obj.summary)
    for forbidden in ("<script", "<img", "<form", "<input", "onerror", "javascript:", "<h1"):
        assert forbidden not in shown
    assert to_text(obj.content_html) or obj.name or obj.attachments or "html" in name


@pytest.mark.parametrize("name", FUNFEDI)
def test_funfedi(name: str) -> None:
    document, inner = FUNFEDI[name]
    try:
        activity = read_activity(document)
    except Malformed as refusal:
        assert refusal.where in ("type", "actor")
        assert document.get(refusal.where) is None
        return
    assert activity.public or not document.get("to")
    if activity.type == "Announce":
        assert activity.object is not None
        activity = read_activity(activity.object)
    assert activity.object is not None
    try:
        obj = read_object(activity.object)
    except Malformed as refusal:
        assert refusal.where in ("type", "attributedTo")
        assert inner.get(refusal.where) is None
        return
    assert obj.id == inner["id"]
    assert obj.type == inner["type"]
    assert visibility_of(obj.to, obj.cc, None) is Visibility.PUBLIC


def all_of(prefix: str) -> list[Object]:
    return [read_object(document) for name, document in PASTURE.items() if name.rpartition("-")[0] == prefix]


def test_quotes_in_every_spelling() -> None:
    assert {obj.quote_url for obj in all_of("quotes")} == {"http://pasture-one-actor/assets/note1.jsonap"}


def test_public_in_every_spelling() -> None:
    assert {visibility_of(obj.to, obj.cc, None) for obj in all_of("public_addressing")} == {Visibility.PUBLIC}


def test_the_author_in_every_form() -> None:
    assert {obj.attributed_to for obj in all_of("attributed_to")} == {"http://pasture-one-actor/actor"}


def test_the_parent_in_every_form() -> None:
    parents = [obj.in_reply_to for obj in all_of("in_reply_to")]
    note = "http://pasture-one-actor/assets/note1.jsonap"
    assert parents == [note, "http://invalid.example/", note, note, note, None, note]


def test_hashtags_without_type_prefix_or_context() -> None:
    assert {tag.name for obj in all_of("hashtag_jsonld") for tag in obj.hashtags} == {"test"}
    assert all(obj.hashtags for obj in all_of("hashtag_jsonld"))


def test_mentions_once_each_and_with_or_without_type() -> None:
    counts = [len(obj.mentions) for obj in all_of("mentions")]
    assert counts == [1, 1, 1, 1, 1, 1, 0, 1, 1, 1]  # `http://test_actor` is no host name


def test_languages() -> None:
    seen = [(obj.language, obj.content_html) for obj in all_of("language")]
    assert seen[0] == (None, "text")
    assert seen[5:7] == [("de", "Deutsch"), ("en", "English")]
    assert all(text for _, text in seen)


def test_attachments_of_every_kind() -> None:
    found = [[media.type for media in obj.attachments] for obj in all_of("attachments")]
    assert found[:4] == [["Image"], ["Video"], ["Audio"], ["Document"]]
    assert found[6:8] == [["Document"], ["Document"]]
    assert len(found[10]) == 10
    assert [len(obj.links) for obj in all_of("attachments")][4:6] == [1, 0]  # payto: is no web link


def test_image_urls_in_every_form() -> None:
    images = all_of("image_attachments")
    assert [len(obj.attachments) for obj in images] == [1] * 16 + [0]  # the last one is a data: URL
    assert images[15].attachments[0].media_type == "image/png"


def test_media_as_fep_1311_recommends() -> None:
    image, video, audio, several = (obj.attachments[0] for obj in all_of("recommended_attachments"))
    assert (image.width, image.height, image.digest_multibase[:2]) == (100, 162, "zQ")
    assert video.duration is not None
    assert audio.duration is not None
    assert several.media_type.startswith("video/")
    assert several.size == 54373


def test_content_warnings() -> None:
    seen = [(obj.sensitive, obj.warning) for obj in all_of("content_warnings")]
    assert seen[:3] == [(True, ""), (False, "summary"), (True, "summary")]
    assert all(sensitive for sensitive, _ in seen[3:])


def test_urls_elsewhere_are_not_taken_for_the_page() -> None:
    assert {obj.url for obj in all_of("url")} <= {NOTE["id"], "http://pasture-one-actor/objects/123"}
