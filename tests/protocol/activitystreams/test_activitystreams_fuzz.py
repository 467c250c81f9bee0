"""Whatever JSON comes, the readers give a value or `Malformed`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.activitystreams.read import (
    read_activity,
    read_actor,
    read_collection,
    read_keys,
    read_object,
    read_tombstone,
)
from protocol.activitystreams.values import Actor, Object
from protocol.activitystreams.vocabulary import ACTOR_TYPES, COLLECTION_TYPES, OBJECT_TYPES, PAGE_TYPES
from protocol.activitystreams.write import write_actor, write_object
from protocol.errors import Malformed

READERS: list[Callable[[dict[str, Any]], object]] = [
    read_activity,
    read_actor,
    read_collection,
    read_keys,
    read_object,
    read_tombstone,
]
FIXTURES = Path(__file__).parents[2] / "fixtures" / "activities"

NAMES = """
id type actor object to cc tag name href url icon image attachment content contentMap summary
sensitive inReplyTo published updated oneOf anyOf endTime closed votersCount replies first next
items orderedItems totalItems inbox outbox followers endpoints sharedInbox publicKey publicKeyPem
owner assertionMethod controller publicKeyMultibase preferredUsername webfinger alsoKnownAs movedTo
attributedTo generator implements interactionPolicy canReply always automaticApproval mediaType
width height duration focalPoint blurhash size digestMultibase source genAI value attributionDomains
audience target instrument nameMap rel
"""
KEYS = st.sampled_from(NAMES.split())
TYPES = st.sampled_from(
    [*sorted(ACTOR_TYPES | OBJECT_TYPES | COLLECTION_TYPES | PAGE_TYPES), "Mention", "Link", "as:Note"]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | TYPES
    | st.sampled_from(
        [
            "https://a.test/1",
            "https://b.test/2",
            "http://[::1]:99999/",
            "https://[",
            "javascript:alert(1)",
            "https://a.test:port/",
            "as:Public",
            "2026-11-22T10:00:00Z",
            "9999-12-31T23:59:59-23:59",
            "0001-01-01T00:00:00+23:59",
            "PT99999999999999S",
            "https://xn--a.test/",
        ]
    )
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=8), max_leaves=25
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=15)
VALID = {
    "id": "https://a.test/1",
    "attributedTo": "https://a.test/u",
    "inbox": "https://a.test/i",
    "preferredUsername": "u",
}


def read_quietly(document: dict[str, Any]) -> list[object]:
    found: list[object] = []
    for reader in READERS:
        try:
            found.append(reader(document))
        except Malformed:
            continue
    return found


@given(DOCUMENTS)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_any_document(document: dict[str, Any]) -> None:
    read_quietly(document)


@given(DOCUMENTS, TYPES)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_any_optional_value_is_dropped_not_refused(document: dict[str, Any], kind: str) -> None:
    """With the required values in place, no optional one can refuse the document; and every URL kept is http(s)."""
    found = read_quietly({**document, **VALID, "type": kind})
    if kind in OBJECT_TYPES:
        (obj,) = (value for value in found if isinstance(value, Object))
        urls = [obj.url, obj.in_reply_to, obj.quote_url, obj.preview_image, *(media.url for media in obj.attachments)]
        assert all(url.startswith(("https://", "http://")) for url in urls if url is not None)
        assert read_object(write_object(obj)).id == obj.id
    if kind in ACTOR_TYPES:
        (actor,) = (value for value in found if isinstance(value, Actor))
        assert read_actor(write_actor(actor)).id == actor.id


REPLACEMENTS: list[Any] = [
    None,
    True,
    -1,
    2**70,
    1.5,
    "",
    "x" * 300_000,
    [],
    {},
    [[]],
    [{}],
    {"id": {"id": {}}},
    ["a"] * 2000,
]


def variants(document: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    children = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in children:
        yield (*path, key)
        yield from variants(value, (*path, key))


def replaced(document: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[path[0]] = replaced(document[path[0]], path[1:], value)  # type: ignore[index]
    return copy


@pytest.mark.parametrize(
    "name", ["gotosocial/create_note_image", "snac/create_question", "takahe/person", "gotosocial/flag"]
)
def test_every_field_of_a_real_document_replaced_by_every_type(name: str) -> None:
    document = json.loads((FIXTURES / f"{name}.json").read_text())
    tried = 0
    for path in variants(document):
        for value in REPLACEMENTS:
            changed = replaced(document, path, value)
            read_quietly(changed)
            if isinstance(inner := changed.get("object"), dict):
                read_quietly(inner)
            tried += 1
    assert tried > 50
