"""Every method of the client API: path, handler, who may call it. Scopes are Mastodon 4.5's.

Applications and tokens are the ``oauth`` door's, streams the ``streaming`` door's.
"""

from __future__ import annotations

from fedserver.api import (
    accounts,
    blocks,
    defaults,
    emoji_reactions,
    files,
    follows,
    instance,
    joining,
    markers,
    media,
    profile,
    reactions,
    reports,
    statuses,
    threads,
    timelines,
)
from fedserver.api import routes_admin as admin
from fedserver.api import routes_decisions as decisions
from fedserver.api import routes_discovery as finding
from fedserver.api import routes_domains as servers
from fedserver.api import routes_notices as notices
from fedserver.api import routes_personal as personal
from fedserver.api import routes_posts as posts
from fedserver.edge.routing import Route

PROFILE: tuple[Route, ...] = (
    Route("GET", "/api/v1/accounts/verify_credentials", profile.verify, scope=("read:accounts", "profile")),
    Route("PATCH", "/api/v1/accounts/update_credentials", profile.update, scope="write:accounts"),
    Route("GET", "/api/v1/preferences", markers.show_preferences, scope="read:accounts"),
)

ACCOUNTS: tuple[Route, ...] = (
    Route("GET", "/api/v1/accounts", accounts.batch, auth="optional", scope="read:accounts"),
    Route("POST", "/api/v1/accounts", joining.sign_up, auth="app", scope="write:accounts", rate="sign_up"),
    Route("POST", "/api/v1/emails/confirmations", joining.confirm_again, scope="write:accounts", pending=True),
    Route("GET", "/api/v1/emails/check_confirmation", joining.check_confirmation, scope="read:accounts", pending=True),
    Route("GET", "/api/v1/accounts/lookup", accounts.lookup, auth="optional", scope="read:accounts"),
    Route("GET", "/api/v1/accounts/search", accounts.search, scope="read:accounts"),
    Route("GET", "/api/v1/accounts/relationships", accounts.relationships, scope="read:follows"),
    Route("GET", "/api/v1/accounts/{id}", accounts.show, auth="optional", scope="read:accounts"),
    Route("GET", "/api/v1/accounts/{id}/statuses", accounts.posts, auth="optional", scope="read:statuses"),
    Route("GET", "/api/v1/accounts/{id}/followers", accounts.followers, auth="optional", scope="read:accounts"),
    Route("GET", "/api/v1/accounts/{id}/following", accounts.following, auth="optional", scope="read:accounts"),
    Route("POST", "/api/v1/accounts/{id}/follow", follows.follow, scope="write:follows", rate="follows"),
    Route("POST", "/api/v1/accounts/{id}/unfollow", follows.unfollow, scope="write:follows"),
    Route("POST", "/api/v1/accounts/{id}/remove_from_followers", follows.remove_follower, scope="write:follows"),
    Route("POST", "/api/v1/accounts/{id}/block", blocks.block, scope="write:blocks"),
    Route("POST", "/api/v1/accounts/{id}/unblock", blocks.unblock, scope="write:blocks"),
    Route("POST", "/api/v1/accounts/{id}/mute", blocks.mute, scope="write:mutes"),
    Route("POST", "/api/v1/accounts/{id}/unmute", blocks.unmute, scope="write:mutes"),
    Route("GET", "/api/v1/follow_requests", accounts.follow_requests, scope="read:follows"),
    Route("POST", "/api/v1/follow_requests/{id}/authorize", follows.authorize, scope="write:follows"),
    Route("POST", "/api/v1/follow_requests/{id}/reject", follows.reject, scope="write:follows"),
    Route("GET", "/api/v1/blocks", accounts.blocks, scope="read:blocks"),
    Route("GET", "/api/v1/mutes", blocks.mutes, scope="read:mutes"),
    Route("GET", "/api/v1/domain_blocks", blocks.domains, scope="read:blocks"),
    Route("POST", "/api/v1/domain_blocks", blocks.block_domain, scope="write:blocks"),
    Route("DELETE", "/api/v1/domain_blocks", blocks.unblock_domain, scope="write:blocks"),
    Route("POST", "/api/v1/reports", reports.create, scope="write:reports", rate="reports"),
)

STATUSES: tuple[Route, ...] = (
    Route("POST", "/api/v1/statuses", statuses.create, scope="write:statuses", rate="statuses"),
    Route("GET", "/api/v1/statuses", statuses.batch, auth="optional", scope="read:statuses"),
    Route("GET", "/api/v1/statuses/{id}", statuses.show, auth="optional", scope="read:statuses"),
    Route("PUT", "/api/v1/statuses/{id}", statuses.edit, scope="write:statuses", owner="author"),
    Route("DELETE", "/api/v1/statuses/{id}", statuses.delete, scope="write:statuses", owner="author", rate="deletes"),
    Route("GET", "/api/v1/statuses/{id}/context", threads.context, auth="optional", scope="read:statuses", quick=True),
    Route("GET", "/api/v1/statuses/{id}/history", statuses.history, auth="optional", scope="read:statuses"),
    Route("GET", "/api/v1/statuses/{id}/source", statuses.source, scope="read:statuses"),
    Route(
        "GET", "/api/v1/statuses/{id}/favourited_by", reactions.favourited_by, auth="optional", scope="read:accounts"
    ),
    Route(
        "GET",
        "/api/v1/pleroma/statuses/{id}/reactions",
        emoji_reactions.listed,
        auth="optional",
        scope="read:statuses",
        doc="favourites that other servers said with an emoji",
    ),
    Route("GET", "/api/v1/statuses/{id}/reblogged_by", reactions.reblogged_by, auth="optional", scope="read:accounts"),
    Route("POST", "/api/v1/statuses/{id}/favourite", reactions.favourite, scope="write:favourites"),
    Route("POST", "/api/v1/statuses/{id}/unfavourite", reactions.unfavourite, scope="write:favourites"),
    Route("POST", "/api/v1/statuses/{id}/reblog", reactions.reblog, scope="write:statuses", rate="statuses"),
    Route("POST", "/api/v1/statuses/{id}/unreblog", reactions.unreblog, scope="write:statuses", rate="deletes"),
    Route("POST", "/api/v1/statuses/{id}/bookmark", reactions.bookmark, scope="write:bookmarks"),
    Route("POST", "/api/v1/statuses/{id}/unbookmark", reactions.unbookmark, scope="write:bookmarks"),
    Route("POST", "/api/v1/statuses/{id}/pin", reactions.pin, scope="write:accounts", owner="author"),
    Route("POST", "/api/v1/statuses/{id}/unpin", reactions.unpin, scope="write:accounts", owner="author"),
)


# uploads may be larger than other bodies: the handlers say how large (``media.allow``)
MEDIA: tuple[Route, ...] = (
    Route("POST", "/api/v1/media", media.upload_v1, scope="write:media", rate="media_upload"),
    Route("POST", "/api/v2/media", media.upload_v2, scope="write:media", rate="media_upload"),
    Route("GET", "/api/v1/media/{id}", media.show, scope="write:media", owner="uploader"),
    Route("PUT", "/api/v1/media/{id}", media.update, scope="write:media", owner="uploader"),
    Route("DELETE", "/api/v1/media/{id}", media.delete, scope="write:media", owner="uploader"),
    Route("GET", "/media/{id}/{token}/{kind}", files.serve, auth="none", kind="plain", cors=True),
    Route("GET", "/static/avatar.png", defaults.avatar, auth="none", kind="plain", cors=True),
    Route("GET", "/static/header.png", defaults.header, auth="none", kind="plain", cors=True),
)

TIMELINES: tuple[Route, ...] = (
    Route("GET", "/api/v1/timelines/home", timelines.home, scope="read:statuses", quick=True),
    Route("GET", "/api/v1/timelines/public", timelines.public, auth="optional", scope="read:statuses", quick=True),
    Route("GET", "/api/v1/timelines/tag/{name}", timelines.tag, auth="optional", scope="read:statuses", quick=True),
    Route("GET", "/api/v1/favourites", timelines.favourites, scope="read:favourites"),
    Route("GET", "/api/v1/bookmarks", timelines.bookmarks, scope="read:bookmarks"),
    Route("GET", "/api/v1/markers", markers.show, scope="read:statuses", quick=True),
    Route("POST", "/api/v1/markers", markers.save, scope="write:statuses"),
)

NOTIFICATIONS: tuple[Route, ...] = notices.ROUTES

INSTANCE: tuple[Route, ...] = (
    Route("GET", "/api/v1/instance", instance.v1, auth="none"),
    Route("GET", "/api/v2/instance", instance.v2, auth="none"),
    Route("GET", "/api/v1/instance/rules", instance.rules, auth="none"),
    Route("GET", "/api/v1/instance/peers", instance.peers, auth="none"),
)

ROUTES: tuple[Route, ...] = (
    *ACCOUNTS,
    *PROFILE,
    *STATUSES,
    *MEDIA,
    *TIMELINES,
    *NOTIFICATIONS,
    *INSTANCE,
    *finding.DISCOVERY,
    *finding.PROFILE_ENTITY,
    *finding.ABOUT,
    *personal.PERSONAL,
    *posts.POSTS,
    *servers.DOMAINS,
    *admin.ADMIN,
    *decisions.DECISIONS,
)
