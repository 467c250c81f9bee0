"""Filters, lists, conversations, muted threads: what somebody sets up for their own reading. A part of ``routes``."""

from __future__ import annotations

from fedserver.api import blocks, conversations, feeds, filters, filters_v1, labels, lists, own_feeds, proposals
from fedserver.edge.routing import Route

FILTERS: tuple[Route, ...] = (
    Route("GET", "/api/v2/filters", filters.listed, scope="read:filters"),
    Route("POST", "/api/v2/filters", filters.create, scope="write:filters"),
    Route("GET", "/api/v2/filters/{id}", filters.show, scope="read:filters", owner="filter"),
    Route("PUT", "/api/v2/filters/{id}", filters.update, scope="write:filters", owner="filter"),
    Route("DELETE", "/api/v2/filters/{id}", filters.delete, scope="write:filters", owner="filter"),
    Route("GET", "/api/v2/filters/{id}/keywords", filters.keywords, scope="read:filters", owner="filter"),
    Route("POST", "/api/v2/filters/{id}/keywords", filters.add_keyword, scope="write:filters", owner="filter"),
    Route("GET", "/api/v2/filters/{id}/statuses", filters.statuses, scope="read:filters", owner="filter"),
    Route("POST", "/api/v2/filters/{id}/statuses", filters.add_status, scope="write:filters", owner="filter"),
    Route("GET", "/api/v2/filters/keywords/{id}", filters.show_keyword, scope="read:filters", owner="keyword"),
    Route("PUT", "/api/v2/filters/keywords/{id}", filters.update_keyword, scope="write:filters", owner="keyword"),
    Route("DELETE", "/api/v2/filters/keywords/{id}", filters.delete_keyword, scope="write:filters", owner="keyword"),
    Route("GET", "/api/v2/filters/statuses/{id}", filters.show_status, scope="read:filters", owner="filtered status"),
    Route(
        "DELETE", "/api/v2/filters/statuses/{id}", filters.delete_status, scope="write:filters", owner="filtered status"
    ),
    Route("GET", "/api/v1/filters", filters_v1.listed, scope="read:filters"),
    Route("POST", "/api/v1/filters", filters_v1.create, scope="write:filters"),
    Route("GET", "/api/v1/filters/{id}", filters_v1.show, scope="read:filters", owner="keyword"),
    Route("PUT", "/api/v1/filters/{id}", filters_v1.update, scope="write:filters", owner="keyword"),
    Route("DELETE", "/api/v1/filters/{id}", filters_v1.delete, scope="write:filters", owner="keyword"),
)

PROPOSALS: tuple[Route, ...] = (
    Route("GET", "/api/v1/proposals", proposals.listed, auth="optional", scope="read:statuses"),
    Route("POST", "/api/v1/proposals", proposals.create, scope="write:statuses"),
    Route("GET", "/api/v1/proposals/{id}", proposals.show, auth="optional", scope="read:statuses"),
    Route("POST", "/api/v1/proposals/{id}/vote", proposals.vote, scope="write:statuses"),
    Route("POST", "/api/v1/proposals/{id}/approve", proposals.approve, scope="admin:write"),
)

LABELS: tuple[Route, ...] = (
    Route("GET", "/api/v1/labels", labels.listed, scope="read:filters"),
    Route("PUT", "/api/v1/labels", labels.choose, scope="write:filters"),
    Route("GET", "/api/v1/labelers", labels.labelers, scope="read:filters"),
    Route("POST", "/api/v1/labelers", labels.subscribe, scope="write:filters"),
    Route("DELETE", "/api/v1/labelers/{id}", labels.unsubscribe, scope="write:filters", owner="the viewer's own"),
    Route("POST", "/api/v1/admin/labelers", labels.read_for_all, scope="admin:write", role="moderator"),
    Route("DELETE", "/api/v1/admin/labelers/{id}", labels.read_no_longer, scope="admin:write", role="moderator"),
)

LISTS: tuple[Route, ...] = (
    Route("GET", "/api/v1/feeds", feeds.offered, scope="read:lists"),
    Route("GET", "/api/v1/feeds/elsewhere", feeds.elsewhere, scope="read:lists"),
    Route("POST", "/api/v1/feeds/{name}/subscribe", feeds.subscribe, scope="write:lists"),
    Route("GET", "/api/v1/own_feeds", own_feeds.listed, scope="read:lists"),
    Route("POST", "/api/v1/own_feeds", own_feeds.create, scope="write:lists", rate="own_feeds"),
    Route("POST", "/api/v1/own_feeds/check", own_feeds.check, scope="read:lists", rate="own_feeds"),
    Route("POST", "/api/v1/own_feeds/preview", own_feeds.preview, scope="read:lists", rate="own_feeds"),
    Route("GET", "/api/v1/own_feeds/{id}", own_feeds.show, scope="read:lists", owner="feed"),
    Route("PUT", "/api/v1/own_feeds/{id}", own_feeds.update, scope="write:lists", owner="feed", rate="own_feeds"),
    Route("DELETE", "/api/v1/own_feeds/{id}", own_feeds.delete, scope="write:lists", owner="feed"),
    Route("GET", "/api/v1/statuses/{id}/why", feeds.why, auth="optional", scope="read:statuses"),
    Route("GET", "/api/v1/lists", lists.listed, scope="read:lists"),
    Route("POST", "/api/v1/lists", lists.create, scope="write:lists"),
    Route("GET", "/api/v1/lists/{id}", lists.show, scope="read:lists", owner="list"),
    Route("PUT", "/api/v1/lists/{id}", lists.update, scope="write:lists", owner="list"),
    Route("DELETE", "/api/v1/lists/{id}", lists.delete, scope="write:lists", owner="list"),
    Route("GET", "/api/v1/lists/{id}/accounts", lists.accounts, scope="read:lists", owner="list"),
    Route("POST", "/api/v1/lists/{id}/accounts", lists.add_accounts, scope="write:lists", owner="list"),
    Route("DELETE", "/api/v1/lists/{id}/accounts", lists.remove_accounts, scope="write:lists", owner="list"),
    Route("GET", "/api/v1/accounts/{id}/lists", lists.of_account, scope="read:lists"),
    Route("GET", "/api/v1/timelines/list/{id}", lists.timeline, scope="read:lists", owner="list", quick=True),
)

CONVERSATIONS: tuple[Route, ...] = (
    Route("GET", "/api/v1/conversations", conversations.listed, scope="read:statuses"),
    Route(
        "DELETE", "/api/v1/conversations/{id}", conversations.delete, scope="write:conversations", owner="conversation"
    ),
    Route(
        "POST", "/api/v1/conversations/{id}/read", conversations.read, scope="write:conversations", owner="conversation"
    ),
    Route(
        "POST",
        "/api/v1/conversations/{id}/unread",
        conversations.unread,
        scope="write:conversations",
        owner="conversation",
    ),
    Route("GET", "/api/v1/timelines/direct", conversations.timeline, scope="read:statuses"),
    Route("POST", "/api/v1/statuses/{id}/mute", conversations.mute, scope="write:mutes"),
    Route("POST", "/api/v1/statuses/{id}/unmute", conversations.unmute, scope="write:mutes"),
    Route("GET", "/api/v1/domain_blocks/preview", blocks.preview_domain, scope="write:blocks"),
)

PERSONAL: tuple[Route, ...] = (*FILTERS, *LISTS, *CONVERSATIONS, *PROPOSALS, *LABELS)
