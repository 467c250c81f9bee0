"""The methods of finding things and people, and of what the node tells of itself. ``routes`` takes them in."""

from __future__ import annotations

from fedserver.api import about, discovery, featured, profile, profile_entity, search, tags, timelines, trends
from fedserver.edge.routing import Route

DISCOVERY: tuple[Route, ...] = (
    Route("GET", "/api/v2/search", search.search, auth="optional", scope="read:search", quick=True),
    Route("GET", "/api/v1/search", search.search_v1, auth="optional", scope="read:search"),
    Route("GET", "/api/v1/trends", trends.trending_tags, auth="optional"),
    Route("GET", "/api/v1/trends/tags", trends.trending_tags, auth="optional"),
    Route("GET", "/api/v1/trends/statuses", trends.trending_statuses, auth="optional"),
    Route("GET", "/api/v1/trends/links", trends.trending_links, auth="optional"),
    Route("GET", "/api/v1/timelines/link", timelines.link, auth="optional", scope="read:statuses"),
    Route("GET", "/api/v2/suggestions", discovery.suggestions, scope="read:accounts"),
    Route("GET", "/api/v1/suggestions", discovery.suggestions_v1, scope="read:accounts"),
    Route("DELETE", "/api/v1/suggestions/{id}", discovery.dismiss, scope="write:accounts"),
    Route("GET", "/api/v1/directory", discovery.directory, auth="optional"),
    Route("GET", "/api/v1/accounts/familiar_followers", discovery.familiar_followers, scope="read:follows"),
    Route("GET", "/api/v1/endorsements", featured.own_endorsements, scope="read:accounts"),
    Route(
        "GET", "/api/v1/accounts/{id}/endorsements", featured.endorsements_of, auth="optional", scope="read:accounts"
    ),
    Route("POST", "/api/v1/accounts/{id}/endorse", featured.endorse, scope="write:accounts"),
    Route("POST", "/api/v1/accounts/{id}/unendorse", featured.unendorse, scope="write:accounts"),
    Route("POST", "/api/v1/accounts/{id}/pin", featured.endorse, scope="write:accounts"),
    Route("POST", "/api/v1/accounts/{id}/unpin", featured.unendorse, scope="write:accounts"),
    Route("POST", "/api/v1/accounts/{id}/note", featured.note, scope="write:accounts"),
    Route("GET", "/api/v1/featured_tags", featured.own_tags, scope="read:accounts"),
    Route("POST", "/api/v1/featured_tags", featured.add_tag, scope="write:accounts"),
    Route("GET", "/api/v1/featured_tags/suggestions", featured.suggested_tags, scope="read:accounts"),
    Route("DELETE", "/api/v1/featured_tags/{id}", featured.remove_tag, scope="write:accounts", owner="account"),
    Route("GET", "/api/v1/accounts/{id}/featured_tags", featured.tags_of, auth="optional", scope="read:accounts"),
    Route("GET", "/api/v1/followed_tags", tags.followed, scope="read:follows"),
    Route("GET", "/api/v1/tags/{name}", tags.show, auth="optional"),
    Route("POST", "/api/v1/tags/{name}/follow", tags.follow, scope="write:follows"),
    Route("POST", "/api/v1/tags/{name}/unfollow", tags.unfollow, scope="write:follows"),
    Route("POST", "/api/v1/tags/{name}/feature", tags.feature, scope="write:accounts"),
    Route("POST", "/api/v1/tags/{name}/unfeature", tags.unfeature, scope="write:accounts"),
)

PROFILE_ENTITY: tuple[Route, ...] = (
    Route("GET", "/api/v1/profile", profile_entity.show, scope=("read:accounts", "profile")),
    Route("PATCH", "/api/v1/profile", profile_entity.update, scope="write:accounts"),
    Route("PUT", "/api/v1/profile", profile_entity.update, scope="write:accounts"),
    Route("DELETE", "/api/v1/profile/avatar", profile.remove_avatar, scope="write:accounts"),
    Route("DELETE", "/api/v1/profile/header", profile.remove_header, scope="write:accounts"),
)

ABOUT: tuple[Route, ...] = (
    Route("GET", "/api/v1/custom_emojis", about.custom_emojis, auth="none"),
    Route("GET", "/api/v1/instance/activity", about.activity, auth="none"),
    Route("GET", "/api/v1/instance/domain_blocks", about.domain_blocks, auth="optional"),
    Route("GET", "/api/v1/instance/extended_description", about.extended_description, auth="none"),
    Route("GET", "/api/v1/instance/languages", about.languages, auth="none"),
    Route("GET", "/api/v1/instance/privacy_policy", about.privacy_policy, auth="none"),
    Route("GET", "/api/v1/instance/terms_of_service", about.terms_of_service, auth="none"),
    Route("GET", "/api/v1/instance/terms_of_service/{date}", about.terms_of_service_of, auth="none"),
)
