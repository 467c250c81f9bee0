"""Every address of this door."""

from __future__ import annotations

from typing import Final

from fedserver.edge.routing import Handler, Route, Wants
from fedserver.federation import synchronisation
from fedserver.federation.documents import (
    actors,
    applied,
    collections,
    discovery,
    emojis,
    labels,
    notes,
    policy,
    quotes,
    statements,
)
from fedserver.federation.inbox import receive

_USER: Final = "/users/{name}"
_STATUS: Final = "/users/{name}/statuses/{id}"
# what people see in their browser and paste elsewhere; the pages themselves are in web/routes.py
_USER_PAGE: Final = "/@{name}"
_STATUS_PAGE: Final = "/@{name}/{id}"
_INBOX_BYTES: Final = 1 << 20


def _get(path: str, handler: Handler, doc: str, wants: Wants = "any") -> Route:
    return Route("GET", path, handler, auth="none", kind="federation", wants=wants, doc=doc)


def _page(path: str, handler: Handler, doc: str) -> Route:
    return Route("GET", path, handler, auth="none", kind="plain", wants="page", doc=doc)


def _inbox(path: str, handler: Handler, doc: str) -> Route:
    return Route("POST", path, handler, auth="none", kind="federation", body=_INBOX_BYTES, doc=doc)


ROUTES: Final[tuple[Route, ...]] = (
    _get("/.well-known/webfinger", discovery.finger, "WebFinger (RFC 7033)"),
    _get("/.well-known/nodeinfo", discovery.nodeinfo_links, "where NodeInfo is"),
    _get("/nodeinfo/2.0", discovery.nodeinfo_20, "NodeInfo 2.0"),
    _get("/nodeinfo/2.1", discovery.nodeinfo_21, "NodeInfo 2.1"),
    _get("/.well-known/host-meta", discovery.host_meta, "host-meta in XML"),
    _get("/.well-known/host-meta.json", discovery.host_meta_json, "host-meta in JSON"),
    _get("/actor", actors.instance, "the instance actor"),
    _inbox("/actor/inbox", receive.shared_inbox, "its inbox"),
    _get("/actor/outbox", actors.instance_collection, "its outbox: empty"),
    _get("/actor/followers", actors.instance_collection, "its followers: none"),
    _get("/actor/following", actors.instance_collection, "whom it follows: nobody"),
    _get("/actor/collections/featured", actors.instance_collection, "its pinned posts: none"),
    _inbox("/inbox", receive.shared_inbox, "the shared inbox"),
    _get("/labels/applied", applied.page, "the labels that this community puts on posts, signed"),
    _get("/labels/applied/{id}", applied.one, "one of them"),
    _get("/labels/{name}", labels.show, "what a label means (FEP-4c96)"),
    _get("/ns/provenance/v1", labels.context, "the JSON-LD context of how media were made"),
    _get("/policy", policy.current, "the policy document in force, signed", "activity"),
    _get("/policy/{id}", policy.version, "a version of it, signed", "activity"),
    _get("/statements/{id}", statements.show, "what an author elsewhere was told of a decision, to them alone"),
    _get("/emojis/{name}", emojis.show, "one of this node's own emoji"),
    _get(_USER, actors.person, "an actor", "activity"),
    _page(_USER, actors.person_page, "to the profile's page"),
    _get(_USER_PAGE, actors.person, "an actor, by the address of its page", "activity"),
    _inbox(f"{_USER}/inbox", receive.personal_inbox, "an actor's inbox"),
    _get(f"{_USER}/outbox", collections.outbox, "public and unlisted posts"),
    _get(f"{_USER}/followers", collections.followers, "followers, unless hidden"),
    _get(f"{_USER}/following", collections.following, "followed accounts, unless hidden"),
    _get(f"{_USER}/{synchronisation.PATH}", synchronisation.part_of_followers, "FEP-8fcf: the asking server's part"),
    _get(f"{_USER}/collections/featured", collections.featured, "pinned posts"),
    _get(f"{_USER}/collections/tags", collections.tags, "featured hashtags"),
    _get(_STATUS, notes.note, "a post", "activity"),
    _page(_STATUS, actors.status_page, "to the post's page"),
    _get(_STATUS_PAGE, notes.note, "a post, by the address of its page", "activity"),
    _get(f"{_STATUS}/activity", notes.activity, "its Create, or the Announce of a boost"),
    _get(f"{_STATUS}/replies", notes.replies, "its answers"),
    _get(f"{_STATUS}/likes", notes.likes, "how many favourites"),
    _get(f"{_STATUS}/shares", notes.shares, "how many boosts"),
    _get(f"{_USER}/quote_authorizations/{{id}}", quotes.stamp, "the stamp of a quote (FEP-044f)"),
)
