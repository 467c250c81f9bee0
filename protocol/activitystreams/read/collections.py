"""Collections and their pages. One level of embedding is read (`first` inside a collection), never more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from protocol.activitystreams import limits
from protocol.activitystreams.read.fields import count, reference, several, type_name
from protocol.activitystreams.urls import http_url
from protocol.activitystreams.values import Collection, CollectionPage, Item
from protocol.activitystreams.vocabulary import COLLECTION_TYPES, PAGE_TYPES
from protocol.errors import Malformed


def read_collection(doc: Mapping[str, Any]) -> Collection | CollectionPage:
    """Read a (ordered) collection or a page of one. The id may be absent (Takahe's outbox has none).

    Raises `Malformed` for any other type. At most 1,000 items; those that are neither a URL nor an object are dropped.
    """
    kind = type_name(doc)
    if kind in COLLECTION_TYPES:
        return _collection(doc)
    if kind in PAGE_TYPES:
        return _page(doc)
    raise Malformed("not a collection", "type")


def read_embedded_collection(value: object) -> Collection | None:
    """A collection as a property (`replies`, `likes`): its URL, or the object. A page where a collection should be is
    taken for the first page."""
    if isinstance(value, str):
        url = http_url(value)
        return Collection(id=url) if url else None
    if not isinstance(value, dict):
        return None
    kind = type_name(value)
    if kind in COLLECTION_TYPES:
        return _collection(value)
    if kind in PAGE_TYPES:
        page = _page(value)
        return Collection(id=page.part_of, ordered=page.ordered, total=page.total, first_page=page)
    return None


def _collection(doc: Mapping[str, Any]) -> Collection:
    embedded = doc.get("first")
    first_page = _page(embedded) if isinstance(embedded, dict) and type_name(embedded) in PAGE_TYPES else None
    return Collection(
        id=http_url(doc.get("id")),
        ordered=type_name(doc).startswith("Ordered"),
        total=count(doc.get("totalItems")),
        items=_items(doc),
        first=reference(embedded),
        last=reference(doc.get("last")),
        first_page=first_page,
        attributed_to=reference(doc.get("attributedTo")),
    )


def _page(doc: Mapping[str, Any]) -> CollectionPage:
    return CollectionPage(
        id=http_url(doc.get("id")),
        ordered=type_name(doc).startswith("Ordered"),
        items=_items(doc),
        part_of=reference(doc.get("partOf")),
        next=reference(doc.get("next")),
        prev=reference(doc.get("prev")),
        total=count(doc.get("totalItems")),
    )


def _items(doc: Mapping[str, Any]) -> tuple[Item, ...]:
    listed = doc.get("orderedItems")
    if listed is None:
        listed = doc.get("items")
    found: list[Item] = []
    for entry in several(listed, limits.ITEMS):
        if isinstance(entry, dict):
            found.append(Item(http_url(entry.get("id")), entry))
        elif (url := http_url(entry)) is not None:
            found.append(Item(url))
    return tuple(found)
