"""Polls, quotes, posts for later, and what is fetched meanwhile."""

from __future__ import annotations

from fedserver.api import markers, polls, provenance, quotes, refreshes, scheduled, statuses
from fedserver.edge.routing import Route

_QUOTES = "/api/v1/statuses/{id}/quotes"
_SCHEDULED = "/api/v1/scheduled_statuses"

POSTS: tuple[Route, ...] = (
    Route("GET", "/api/v1/polls/{id}", polls.show, auth="optional", scope="read:statuses"),
    Route("POST", "/api/v1/polls/{id}/votes", polls.vote, scope="write:statuses"),
    Route("GET", _QUOTES, quotes.listed, scope="read:statuses"),
    Route("POST", f"{_QUOTES}/{{quoting_id}}/revoke", quotes.revoke, scope="write:statuses", owner="author"),
    Route(
        "PATCH",
        "/api/v1/preferences",
        markers.save_preferences,
        scope="write:accounts",
        doc="what one wants of AI media",
    ),
    Route(
        "GET",
        "/api/v1/statuses/{id}/remixes",
        provenance.remixes,
        auth="optional",
        scope="read:statuses",
        doc="posts that are based on a post",
    ),
    Route(
        "GET",
        "/api/v1/media/{id}/claims",
        provenance.claims,
        auth="optional",
        scope="read:statuses",
        doc="who says how a medium was made",
    ),
    Route(
        "POST",
        "/api/v1/admin/media/{id}/claims",
        provenance.moderate,
        scope="admin:write",
        role="moderator",
        doc="a moderator's claim beside the others",
    ),
    Route(
        "DELETE",
        "/api/v1/admin/media/{id}/claims/{claim_id}",
        provenance.unmoderate,
        scope="admin:write",
        role="moderator",
        doc="takes a moderator's claim back",
    ),
    Route(
        "GET",
        "/media/{id}/{token}/workflow",
        provenance.workflow,
        auth="none",
        kind="plain",
        cors=True,
        doc="a workflow that its author published",
    ),
    Route("PUT", "/api/v1/statuses/{id}/interaction_policy", quotes.policy, scope="write:statuses", owner="author"),
    Route("GET", "/api/v1/statuses/{id}/card", statuses.card, auth="optional", scope="read:statuses"),
    Route("GET", _SCHEDULED, scheduled.listed, scope="read:statuses"),
    Route("GET", f"{_SCHEDULED}/{{id}}", scheduled.show, scope="read:statuses", owner="author"),
    Route("PUT", f"{_SCHEDULED}/{{id}}", scheduled.update, scope="write:statuses", owner="author"),
    Route("DELETE", f"{_SCHEDULED}/{{id}}", scheduled.cancel, scope="write:statuses", owner="author"),
    Route("GET", "/api/v1_alpha/async_refreshes/{id}", refreshes.show, scope="read"),
    Route("GET", "/api/v1/async_refreshes/{id}", refreshes.show, scope="read"),
)
