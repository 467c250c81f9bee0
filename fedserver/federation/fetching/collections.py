"""The items of a collection of another server: a few pages, a few items, only on its own origin."""

from __future__ import annotations

from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.federation.fetching.fetcher import Document, Fetcher
from protocol.activitystreams.read import read_collection
from protocol.activitystreams.urls import same_origin
from protocol.activitystreams.values import Collection, CollectionPage, Item
from protocol.errors import Malformed


async def items(fetcher: Fetcher, uri: str, budget: Budget, *, pages: int, count: int) -> list[Item]:
    """At most ``count`` items from the collection itself and at most ``pages`` pages.

    Pages elsewhere, pages that were seen and pages that cannot be had end it. Raises ``NotFetched`` if the collection
    itself cannot be had.
    """
    found: list[Item] = []
    collection = _read(await fetcher.document(uri, budget))
    found += collection.items
    page: CollectionPage | None = None
    following: str | None
    if isinstance(collection, Collection):
        page, following = collection.first_page, collection.first
        if page is not None:
            found += page.items
            following = page.next
    else:
        following = collection.next
    seen = {uri}
    for _ in range(pages):
        if following is None or following in seen or len(found) >= count or not same_origin(following, uri):
            break
        seen.add(following)
        try:
            page = _page(await fetcher.document(following, budget))
        except NotFetched:
            break
        found += page.items
        following = page.next
    return found[:count]


def _read(document: Document) -> Collection | CollectionPage:
    if not same_origin(document.asked, document.final):
        raise NotFetched("wrong_id")
    try:
        return read_collection(document.value)
    except Malformed as error:
        raise NotFetched("not_a_collection") from error


def _page(document: Document) -> CollectionPage:
    found = _read(document)
    if isinstance(found, Collection):
        raise NotFetched("not_a_page")
    return found
