"""The labels that a community (a labeler) puts on posts of anybody, as a signed page that others fetch.

FEP-4c96 says what a `Label` and its `LabelDefinition` are, and leaves open how labels of third parties travel. Here a
labeler publishes an `OrderedCollectionPage` of its changes, the oldest first: `Label` objects (`object`: the post,
`href`: the definition, `endTime`: until when) and `Tombstone`s of labels that it took back. The page carries an
integrity proof (FEP-8b32) by the labeler's Ed25519 key, which is the caller's to make and to check.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from protocol.activitystreams.read.fields import reference, required_id, text, timestamp, type_names
from protocol.activitystreams.urls import http_url, same_origin
from protocol.activitystreams.values import Document
from protocol.activitystreams.vocabulary import AS, DATA_INTEGRITY
from protocol.activitystreams.write.fields import format_time, present
from protocol.errors import Malformed

PAGE_ITEMS: Final = 200
LABELS_CONTEXT: Final[list[Any]] = [
    AS,
    DATA_INTEGRITY,
    {
        "Label": "https://w3id.org/fep/4c96#Label",
        "fedserver": "urn:fedserver:ns:",
        "shownAs": "fedserver:shownAs",
    },
]
SHOWN: Final = ("label", "blur", "warn")
_NAME = 200


class AppliedLabel(NamedTuple):
    """`post`: what it is put on; None: it was taken back. Times in ms. `shown`: label, blur or warn."""

    id: str
    post: str | None
    definition: str = ""
    name: str = ""
    shown: str = "label"
    published: int | None = None
    ends: int | None = None


class LabelsPage(NamedTuple):
    """`next`: where to go on reading; the page itself where there is nothing more yet."""

    id: str
    attributed_to: str
    name: str
    items: tuple[AppliedLabel, ...]
    next: str


def write_page(page: LabelsPage) -> Document:
    """The page with its `@context`, without a proof."""
    return present(
        {
            "@context": LABELS_CONTEXT,
            "id": page.id,
            "type": "OrderedCollectionPage",
            "attributedTo": page.attributed_to,
            "name": page.name,
            "orderedItems": [write_label(each) for each in page.items],
            "next": page.next,
        }
    )


def write_label(item: AppliedLabel) -> Document:
    """A label, or the tombstone of one that was taken back, without `@context`."""
    if item.post is None:
        return {"id": item.id, "type": "Tombstone", "formerType": "Label"}
    return present(
        {
            "id": item.id,
            "type": "Label",
            "object": item.post,
            "href": item.definition,
            "name": item.name,
            "shownAs": item.shown,
            "published": format_time(item.published),
            "endTime": format_time(item.ends),
        }
    )


def read_page(document: Mapping[str, Any]) -> LabelsPage:
    """Read the page of another server; the proof is not checked. Items that make no sense, and labels that are not on
    the labeler's own origin, are passed over. Raises `Malformed`."""
    author = reference(document.get("attributedTo"))
    items = document.get("orderedItems", [])
    if "OrderedCollectionPage" not in type_names(document) or not isinstance(items, list):
        raise Malformed("not a page of labels", "type")
    if author is None:
        raise Malformed("a page of labels names its labeler", "attributedTo")
    page_id = required_id(document)
    found = [_read(each, author) for each in items[:PAGE_ITEMS] if isinstance(each, dict)]
    following = http_url(document.get("next"))
    if following is not None and not same_origin(following, page_id):
        raise Malformed("labels go on somewhere else", "next")
    name = text(document.get("name"), _NAME)
    return LabelsPage(page_id, author, name, tuple(each for each in found if each is not None), following or page_id)


def _read(entry: Mapping[str, Any], author: str) -> AppliedLabel | None:
    label_id = http_url(entry.get("id"))
    if label_id is None or not same_origin(label_id, author):
        return None
    if "Tombstone" in type_names(entry):
        return AppliedLabel(label_id, None)
    post, definition = reference(entry.get("object")), http_url(entry.get("href"))
    if "Label" not in type_names(entry) or post is None or definition is None or not same_origin(definition, author):
        return None
    shown = entry.get("shownAs")
    return AppliedLabel(
        label_id,
        post,
        definition,
        text(entry.get("name"), _NAME),
        shown if shown in SHOWN else "label",
        timestamp(entry.get("published")),
        timestamp(entry.get("endTime")),
    )
