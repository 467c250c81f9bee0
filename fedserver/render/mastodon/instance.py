"""Instance, both versions: who this node is, what it can do, what its limits are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from fedserver.config.model import Access
from fedserver.db.queries.communities import Community, Rule
from fedserver.domain.site import Site
from fedserver.domain.text.compose import URL_LENGTH

# the Mastodon whose API this is: clients compare versions
COMPATIBLE = "4.5.0"
# Mastodon's number grows with each feature: 2 grouped notifications, 3 PKCE, 4 push by RFC 8291, 5 filters that blur,
# 6 featured accounts, 7 quotes
API_VERSIONS = {"mastodon": 7}
MIME_TYPES = (
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "image/avif",
    "video/mp4",
    "video/quicktime",
    "video/webm",
    "audio/mp4",
    "audio/webm",
    "audio/mpeg",
    "audio/mp3",
)
_FRAME_RATE = 120
# Mastodon 4.5
MAX_FEATURED = 10
_VIDEO_PIXELS = 9_437_184


@dataclass(frozen=True, slots=True)
class Facts:
    """What the entity tells. ``contact`` is a rendered Account."""

    site: Site
    community: Community
    rules: tuple[Rule, ...]
    people: int
    posts: int
    domains: int
    active_month: int
    contact: bytes | None
    # who may read which timeline: public, authenticated or disabled
    access: Access
    vapid_key: str = ""


def version(site: Site) -> str:
    """Begins with three numbers; clients read them."""
    return f"{COMPATIBLE} (compatible; {site.software} {site.version})"


def streaming_url(site: Site) -> str:
    """``wss``, or ``ws`` on plain http."""
    return site.base_url.replace("http", "ws", 1)


def rules(rows: tuple[Rule, ...]) -> list[dict[str, Any]]:
    """Rule (its translations since Mastodon 4.4)."""
    return [
        {"id": str(row.id), "text": row.text, "hint": row.hint, "translations": orjson.loads(row.translations)}
        for row in rows
    ]


def instance_v2(facts: Facts) -> bytes:
    """Instance (4.0)."""
    site, community = facts.site, facts.community
    value = {
        "domain": site.domain,
        "title": community.title,
        "version": version(site),
        "source_url": f"{site.base_url}/source.zip",
        "description": community.short_description,
        "usage": {"users": {"active_month": facts.active_month}},
        "thumbnail": {"url": f"{site.base_url}/static/header.png", "blurhash": None, "versions": None},
        "icon": [{"src": f"{site.base_url}/static/avatar.png", "size": "400x400"}],
        "languages": orjson.loads(community.languages),
        "configuration": configuration(facts),
        "registrations": {
            "enabled": community.registration in ("open", "approval"),
            "approval_required": community.registration == "approval",
            "reason_required": community.registration == "approval",
            "message": community.registration_message or None,
            "min_age": None,
            "url": f"{site.base_url}/join" if community.registration != "closed" else None,
        },
        "api_versions": API_VERSIONS,
        "wrapstodon": None,
        "rules": rules(facts.rules),
    }
    contact = b',"contact":{"email":%b,"account":%b}}' % (
        orjson.dumps(community.contact_email),
        facts.contact or b"null",
    )
    return orjson.dumps(value)[:-1] + contact


def instance_v1(facts: Facts) -> bytes:
    """V1::Instance (deprecated since 4.0; every client still asks for it)."""
    site, community = facts.site, facts.community
    value = {
        "uri": site.domain,
        "title": community.title,
        "short_description": community.short_description,
        "description": community.description or community.short_description,
        "email": community.contact_email,
        "version": version(site),
        "urls": {"streaming_api": streaming_url(site)},
        "stats": {"user_count": facts.people, "status_count": facts.posts, "domain_count": facts.domains},
        "thumbnail": f"{site.base_url}/static/header.png",
        "languages": orjson.loads(community.languages),
        "registrations": community.registration in ("open", "approval"),
        "approval_required": community.registration == "approval",
        "invites_enabled": community.registration == "invite",
        "configuration": configuration(facts),
        "rules": rules(facts.rules),
    }
    return orjson.dumps(value)[:-1] + b',"contact_account":' + (facts.contact or b"null") + b"}"


def configuration(facts: Facts) -> dict[str, Any]:
    """The limits that clients show and keep to."""
    site, limits = facts.site, facts.site.limits
    return {
        "urls": {
            "streaming": streaming_url(site),
            "status": None,
            "about": f"{site.base_url}/about",
            "privacy_policy": f"{site.base_url}/privacy" if facts.community.privacy else None,
            "terms_of_service": f"{site.base_url}/terms" if facts.community.terms else None,
        },
        "vapid": {"public_key": facts.vapid_key},
        "accounts": {
            "max_featured_tags": MAX_FEATURED,
            "max_pinned_statuses": limits.pinned,
            "max_profile_fields": limits.fields,
            "profile_field_name_limit": limits.field_name,
            "profile_field_value_limit": limits.field_value,
            "max_display_name_length": limits.display_name,
            "max_note_length": limits.bio,
        },
        "statuses": {
            "max_characters": limits.characters,
            "max_media_attachments": limits.attachments,
            "characters_reserved_per_url": URL_LENGTH,
        },
        "media_attachments": {
            "description_limit": limits.description,
            "supported_mime_types": list(MIME_TYPES),
            "image_size_limit": limits.image_bytes,
            "image_matrix_limit": limits.image_pixels,
            "video_size_limit": limits.video_bytes,
            "video_frame_rate_limit": _FRAME_RATE,
            "video_matrix_limit": _VIDEO_PIXELS,
        },
        "polls": {
            "max_options": limits.poll_options,
            "max_characters_per_option": limits.poll_option_characters,
            "min_expiration": limits.poll_shortest,
            "max_expiration": limits.poll_longest,
        },
        "translation": {"enabled": False},
        "timelines_access": {
            "live_feeds": {"local": facts.access.local_timeline, "remote": facts.access.remote_timeline},
            "hashtag_feeds": {"local": facts.access.local_tags, "remote": facts.access.remote_tags},
            "trending_link_feeds": {"local": facts.access.links, "remote": facts.access.links},
        },
        "limited_federation": site.federation_mode != "open",
    }
