"""Collections and their pages."""

from __future__ import annotations

from protocol.activitystreams.values import Collection, CollectionPage, Document, Item
from protocol.activitystreams.write.fields import present


def write_collection(collection: Collection) -> Document:
    """A collection without `@context`: totals and `first`; items only where it has no pages.

    Hidden followers are `Collection(id, total=n)`: a stub with `totalItems` only.
    """
    items = [_item(item) for item in collection.items]
    first = write_page(collection.first_page) if collection.first_page is not None else collection.first
    return present(
        {
            "id": collection.id,
            "type": "OrderedCollection" if collection.ordered else "Collection",
            "attributedTo": collection.attributed_to,
            "totalItems": collection.total,
            "first": first,
            "last": collection.last,
            "orderedItems" if collection.ordered else "items": items or (None if first else _no_items(collection)),
        }
    )


def write_page(page: CollectionPage) -> Document:
    """A page without `@context`."""
    return present(
        {
            "id": page.id,
            "type": "OrderedCollectionPage" if page.ordered else "CollectionPage",
            "partOf": page.part_of,
            "next": page.next,
            "prev": page.prev,
            "totalItems": page.total,
            "orderedItems" if page.ordered else "items": [_item(item) for item in page.items],
        }
    )


def _item(item: Item) -> str | Document | None:
    return item.document if item.document is not None else item.id


def _no_items(collection: Collection) -> list[Document] | None:
    """An empty collection says so; one that hides its members says only how many there are."""
    return [] if collection.total == 0 else None
