"""The first follow of an account: its latest posts and its pinned ones, so that its profile is not empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fedserver.db.queries import statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.federation.context import Federation
from fedserver.federation.fetching import collections
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.federation.fetching.objects import keep
from fedserver.services import featured_tags, remote
from protocol.activitystreams.read import read_object
from protocol.activitystreams.read.fields import reference, type_name
from protocol.activitystreams.urls import same_origin
from protocol.activitystreams.values import Item, Object
from protocol.errors import Malformed

REQUESTS = 30
PAGES = 2
POSTS = 40
PINNED = 10


async def first_follow(federation: Federation, account: Account) -> int:
    """Fetch the first pages of the outbox and of ``featured``; how many posts are here now because of it."""
    budget = Budget(REQUESTS)
    count = 0
    if account.outbox is not None:
        try:
            found = await collections.items(federation.fetcher, account.outbox, budget, pages=PAGES, count=POSTS)
            count = await _keep_all(federation, account, found)
        except NotFetched:
            count = 0
    await refresh_featured(federation, account, budget)
    await refresh_featured_tags(federation, account, budget)
    return count


async def refresh_featured(federation: Federation, account: Account, budget: Budget) -> None:
    """Bring the pins in line with ``featured`` (GoToSocial sends no Add or Remove)."""
    if account.featured_uri is None:
        return
    try:
        found = await collections.items(federation.fetcher, account.featured_uri, budget, pages=1, count=PINNED)
    except NotFetched:
        return
    await _keep_all(federation, account, found)
    uris = [item.id for item in found if item.id is not None and same_origin(item.id, account.uri)]
    for uri in uris:
        if await federation.parts.db.one(statuses.by_uri(uri)) is None:
            try:
                await federation.objects.store(uri, budget, parents=0)
            except NotFetched:
                continue

    def work(unit: Unit) -> None:
        wanted = {s.id: s for uri in uris if (s := unit.one(statuses.by_uri(uri))) and s.account_id == account.id}
        for status in unit.all(statuses.pinned(account.id)):
            if status.id not in wanted:
                remote.pin_status(unit, status, pinned=False)
        for status in wanted.values():
            remote.pin_status(unit, status, pinned=True)

    await federation.parts.db.run(work)


async def refresh_featured_tags(federation: Federation, account: Account, budget: Budget) -> None:
    """Bring the hashtags of the profile in line with ``featuredTags``."""
    if account.featured_tags_uri is None:
        return
    uri = account.featured_tags_uri
    try:
        found = await collections.items(federation.fetcher, uri, budget, pages=1, count=featured_tags.MAX_FEATURED)
    except NotFetched:
        return
    named = [tag for item in found if item.document is not None and (tag := hashtag_name(item.document))]
    await federation.parts.db.run(lambda unit: featured_tags.received(unit, account, named))


def hashtag_name(document: Mapping[str, Any]) -> str | None:
    """The name of a Hashtag as its author writes it, without ``#``."""
    name = document.get("name")
    if type_name(document) != "Hashtag" or not isinstance(name, str):
        return None
    return name[:200].strip().removeprefix("#") or None


async def _keep_all(federation: Federation, account: Account, found: Sequence[Item]) -> int:
    """Store the account's own posts that the collection, from the account's own origin, embeds."""
    now = federation.parts.clock.now_ms()
    posts = [post for item in found if (post := own_post(item, account, now)) is not None]

    def work(unit: Unit) -> int:
        return sum(1 for post in posts if keep(unit, account, post) is not None)

    return await federation.parts.db.run(work) if posts else 0


def own_post(item: Item, account: Account, now: int) -> Object | None:
    """The post in a Create, or the post itself, if it is the account's own and on its origin."""
    document = item.document
    if document is None:
        return None
    if type_name(document) == "Create":
        inner = document.get("object")
        if reference(document.get("actor")) != account.uri or not isinstance(inner, dict):
            return None
        document = inner
    try:
        post = read_object(document, now=now)
    except Malformed:
        return None
    if post.attributed_to != account.uri or not same_origin(post.id, account.uri) or post.is_poll_vote:
        return None
    return post
