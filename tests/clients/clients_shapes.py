"""The shapes of Mastodon's entities, as its documentation writes them (docs.joinmastodon.org/entities).

A shape is a type, a regular expression for text, a list of one shape, a dict of keys, or what ``maybe``, ``one_of`` and
``mapping`` make. A key of a dict is required unless its name ends in ``?``; keys beyond those are fine, as for clients.
``faults`` names every place that differs, so that one run tells all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Shape = Any
Check = Callable[[Any, str], list[str]]

ID = re.compile(r"[1-9][0-9]*")
WHEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
URL = re.compile(r"https?://[^\s]+")
SOCKET = re.compile(r"wss?://[^\s/]+")


def faults(value: Any, shape: Shape, at: str = "") -> list[str]:
    """Where ``value`` is not as ``shape`` says."""
    if callable(shape) and not isinstance(shape, type):
        return list(shape(value, at))
    if isinstance(shape, re.Pattern):
        right = isinstance(value, str) and shape.fullmatch(value)
        return [] if right else [f"{at}: {value!r} is not {shape.pattern}"]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{at}: {value!r} is not a list"]
        return [each for n, item in enumerate(value) for each in faults(item, shape[0], f"{at}[{n}]")]
    if isinstance(shape, dict):
        return _dict_faults(value, shape, at)
    # bool is an int to Python, and must not pass for one
    right = isinstance(value, shape) and (shape is bool or not isinstance(value, bool))
    return [] if right else [f"{at}: {value!r} is not {shape.__name__}"]


def _dict_faults(value: Any, shape: dict[str, Shape], at: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{at}: {value!r} is not an object"]
    found = []
    for key, inner in shape.items():
        name = key.removesuffix("?")
        if name in value:
            found += faults(value[name], inner, f"{at}.{name}")
        elif name == key:
            found.append(f"{at}.{name} is missing")
    return found


def maybe(shape: Shape) -> Check:
    """null, or the shape."""
    return lambda value, at: [] if value is None else faults(value, shape, at)


def one_of(*values: str) -> Check:
    """One of some texts."""
    return lambda value, at: [] if value in values else [f"{at}: {value!r} is not one of {values}"]


def one_shape_of(*shapes: Shape) -> Check:
    """Any one of some shapes; the faults are those of the nearest."""
    return lambda value, at: min((faults(value, each, at) for each in shapes), key=len)


def number(value: Any, at: str) -> list[str]:
    """An integer or a float."""
    right = isinstance(value, int | float) and not isinstance(value, bool)
    return [] if right else [f"{at}: {value!r} is not a number"]


def later(name: str) -> Check:
    """An entity that is written further down, or holds itself."""
    return lambda value, at: faults(value, globals()[name], at)


VISIBILITY = one_of("public", "unlisted", "private", "direct")
EMOJI = {"shortcode": str, "url": URL, "static_url": URL, "visible_in_picker": bool}
FIELD = {"name": str, "value": str, "verified_at": maybe(WHEN)}
ROLE = {"id": str, "name": str, "color": str, "permissions": str, "highlighted": bool}
ACCOUNT = {
    "id": ID,
    "username": str,
    "acct": str,
    "url": URL,
    "uri": URL,
    "display_name": str,
    "note": str,
    "avatar": URL,
    "avatar_static": URL,
    "header": URL,
    "header_static": URL,
    "locked": bool,
    "fields": [FIELD],
    "emojis": [EMOJI],
    "bot": bool,
    "group": bool,
    "discoverable": maybe(bool),
    "noindex?": maybe(bool),
    "moved?": maybe(later("ACCOUNT")),
    "suspended?": bool,
    "limited?": bool,
    "created_at": re.compile(r"\d{4}-\d\d-\d\dT00:00:00\.000Z"),
    "last_status_at": maybe(DAY),
    "statuses_count": int,
    "followers_count": int,
    "following_count": int,
}
SOURCE = {
    "note": str,
    "fields": [FIELD],
    "privacy": VISIBILITY,
    "sensitive": bool,
    "language": maybe(str),
    "follow_requests_count": int,
}
CREDENTIAL_ACCOUNT = {**ACCOUNT, "source": SOURCE, "role": ROLE}
MUTED_ACCOUNT = {**ACCOUNT, "mute_expires_at": maybe(WHEN)}
_SIZE = {"width": int, "height": int, "size": re.compile(r"\d+x\d+"), "aspect": number}
MEDIA = {
    "id": ID,
    "type": one_of("unknown", "image", "gifv", "video", "audio"),
    "url": maybe(URL),
    "preview_url": maybe(URL),
    "remote_url": maybe(URL),
    "meta": {"original?": _SIZE, "small?": _SIZE, "focus?": {"x": number, "y": number}},
    "description": maybe(str),
    "blurhash": maybe(str),
}
MENTION = {"id": ID, "username": str, "url": URL, "acct": str}
STATUS = {
    "id": ID,
    "uri": URL,
    "created_at": WHEN,
    "account": ACCOUNT,
    "content": str,
    "visibility": VISIBILITY,
    "sensitive": bool,
    "spoiler_text": str,
    "media_attachments": [MEDIA],
    "application?": maybe({"name": str, "website": maybe(str)}),
    "mentions": [MENTION],
    "tags": [{"name": str, "url": URL}],
    "emojis": [EMOJI],
    "reblogs_count": int,
    "favourites_count": int,
    "replies_count": int,
    "url": maybe(URL),
    "in_reply_to_id": maybe(ID),
    "in_reply_to_account_id": maybe(ID),
    "reblog": maybe(later("STATUS")),
    "poll": maybe(later("POLL")),
    "card": maybe(later("CARD")),
    "language": maybe(re.compile(r"[a-z]{2,3}(-[A-Za-z]+)?")),
    "edited_at": maybe(WHEN),
    "quotes_count": int,
    "quote": maybe(one_shape_of(later("QUOTE"), later("SHALLOW_QUOTE"))),
    "quote_approval": {
        "automatic": [one_of("public", "followers", "unsupported_policy")],
        "manual": [one_of("public", "followers", "unsupported_policy")],
        "current_user": one_of("automatic", "manual", "denied", "unknown"),
    },
}
POLL = {
    "id": ID,
    "expires_at": maybe(WHEN),
    "expired": bool,
    "multiple": bool,
    "votes_count": int,
    "voters_count": maybe(int),
    "options": [{"title": str, "votes_count": maybe(int)}],
    "emojis": [EMOJI],
    "voted?": bool,
    "own_votes?": [int],
}
_STATES = one_of(
    "pending", "accepted", "rejected", "revoked", "deleted", "unauthorized",
    "blocked_account", "blocked_domain", "muted_account",
)  # fmt: skip
QUOTE = {"state": _STATES, "quoted_status": maybe(STATUS)}
SHALLOW_QUOTE = {"state": _STATES, "quoted_status_id": maybe(ID)}
CARD = {
    **dict.fromkeys(
        ("title", "description", "author_name", "author_url", "provider_name", "provider_url", "html", "embed_url"), str
    ),
    "url": URL,
    "type": one_of("link", "photo", "video", "rich"),
    "authors": [{"name": str, "url": str, "account": maybe(ACCOUNT)}],
    "width": int,
    "height": int,
    "image": maybe(URL),
    "blurhash": maybe(str),
}
_CONTEXT = one_of("home", "notifications", "public", "thread", "account")
_FILTER = {
    "id": ID,
    "title": str,
    "context": [_CONTEXT],
    "expires_at": maybe(WHEN),
    "filter_action": one_of("warn", "hide", "blur"),
}
FILTER_KEYWORD = {"id": ID, "keyword": str, "whole_word": bool}
FILTER_STATUS = {"id": ID, "status_id": ID}
FILTER = {**_FILTER, "keywords": [FILTER_KEYWORD], "statuses": [FILTER_STATUS]}
FILTER_RESULT = {"filter": _FILTER, "keyword_matches": maybe([str]), "status_matches": maybe([ID])}
FILTER_V1 = {
    "id": ID,
    "phrase": str,
    "context": [_CONTEXT],
    "whole_word": bool,
    "expires_at": maybe(WHEN),
    "irreversible": bool,
}
LIST = {"id": ID, "title": str, "replies_policy": one_of("followed", "list", "none"), "exclusive": bool}
# with a user's token; `pinned` only where the post can be pinned
MY_STATUS = {
    **STATUS,
    "reblog": maybe(later("MY_STATUS")),
    "favourited": bool,
    "reblogged": bool,
    "muted": bool,
    "bookmarked": bool,
    "pinned?": bool,
    "filtered": [FILTER_RESULT],
}
CONVERSATION = {"id": ID, "unread": bool, "accounts": [ACCOUNT], "last_status": maybe(MY_STATUS)}
# `text` in the place of `content`
DELETED_STATUS = {**{key: shape for key, shape in STATUS.items() if key != "content"}, "text": str}
STATUS_EDIT = {
    "content": str,
    "spoiler_text": str,
    "sensitive": bool,
    "created_at": WHEN,
    "account": ACCOUNT,
    "media_attachments": [MEDIA],
    "emojis": [EMOJI],
}
STATUS_SOURCE = {"id": ID, "text": str, "spoiler_text": str}
CONTEXT = {"ancestors": [MY_STATUS], "descendants": [MY_STATUS]}
REPORT = {
    "id": ID,
    "action_taken": bool,
    "action_taken_at": maybe(WHEN),
    "category": one_of("spam", "legal", "violation", "other"),
    "comment": str,
    "forwarded": bool,
    "created_at": WHEN,
    "status_ids": maybe([ID]),
    "rule_ids": maybe([ID]),
    "target_account": ACCOUNT,
}
NOTIFICATION = {
    "id": ID,
    "type": one_of(
        "mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update", "quote",
        "quoted_update", "severed_relationships", "moderation_warning", "admin.sign_up", "admin.report",
    ),
    "group_key": str,
    "created_at": WHEN,
    "account": ACCOUNT,
    "status?": MY_STATUS,
    "report?": REPORT,
}  # fmt: skip
RELATIONSHIP = {
    "id": ID,
    "languages": maybe([str]),
    "note": str,
    **dict.fromkeys(
        (
            "following", "showing_reblogs", "notifying", "followed_by", "blocking", "blocked_by", "muting",
            "muting_notifications", "requested", "requested_by", "domain_blocking", "endorsed",
        ),
        bool,
    ),
}  # fmt: skip
TAG = {
    "id?": str,
    "name": str,
    "url": URL,
    "history": [{"day": str, "uses": str, "accounts": str}],
    "following": bool,
}
SEARCH = {"accounts": [ACCOUNT], "statuses": [MY_STATUS], "hashtags": [TAG]}
TOKEN = {"access_token": str, "token_type": one_of("Bearer"), "scope": str, "created_at": int}
APPLICATION = {"name": str, "website": maybe(str), "scopes": [str], "redirect_uris": [str], "vapid_key": str}
CREDENTIAL_APPLICATION = {
    **APPLICATION,
    "id": ID,
    "client_id": str,
    "client_secret": str,
    "client_secret_expires_at": int,
    "redirect_uri": str,
}
MARKER = {"last_read_id": ID, "version": int, "updated_at": WHEN}
PREFERENCES = {
    "posting:default:visibility": VISIBILITY,
    "posting:default:sensitive": bool,
    "posting:default:language": maybe(str),
    "reading:expand:media": one_of("default", "show_all", "hide_all"),
    "reading:expand:spoilers": bool,
}
AUTHORIZATION_SERVER = {
    "issuer": URL,
    "authorization_endpoint": URL,
    "token_endpoint": URL,
    "revocation_endpoint": URL,
    "app_registration_endpoint": URL,
    "scopes_supported": [str],
    "response_types_supported": [str],
    "grant_types_supported": [str],
    "token_endpoint_auth_methods_supported": [str],
    "code_challenge_methods_supported": [str],
}
WEBFINGER = {"subject": re.compile(r"acct:\S+@\S+"), "aliases": [URL], "links": [{"rel": str}]}
NODEINFO = {
    "version": one_of("2.0", "2.1"),
    "software": {"name": one_of("fedserver"), "version": str},
    "protocols": [one_of("activitypub")],
    "services": {"inbound": [str], "outbound": [str]},
    "openRegistrations": bool,
    "usage": {"users": {"total": int}},
    "metadata": dict,
}
RULE = {"id": ID, "text": str}
_LIMITS = {
    "statuses": {"max_characters": int, "max_media_attachments": int, "characters_reserved_per_url": int},
    "media_attachments": {
        "supported_mime_types": [str],
        "image_size_limit": int,
        "image_matrix_limit": int,
        "video_size_limit": int,
        "video_frame_rate_limit": int,
        "video_matrix_limit": int,
    },
    "polls": {"max_options": int, "max_characters_per_option": int, "min_expiration": int, "max_expiration": int},
    "accounts": {"max_featured_tags": int},
}
_VERSION = re.compile(r"\d+\.\d+\.\d+ \(compatible; fedserver .+\)")
INSTANCE = {
    "domain": str,
    "title": str,
    "version": _VERSION,
    "source_url": URL,
    "description": str,
    "usage": {"users": {"active_month": int}},
    "thumbnail": {"url": URL, "blurhash?": maybe(str), "versions?": maybe(dict)},
    "languages": [str],
    "configuration": {
        **_LIMITS,
        "urls": {"streaming": SOCKET},
        "vapid": {"public_key": str},
        "translation": {"enabled": bool},
    },
    "registrations": {"enabled": bool, "approval_required": bool, "message": maybe(str), "url?": maybe(URL)},
    "api_versions": {"mastodon": int},
    "contact": {"email": str, "account": maybe(ACCOUNT)},
    "rules": [RULE],
}
INSTANCE_V1 = {
    "uri": str,
    "title": str,
    "short_description": str,
    "description": str,
    "email": str,
    "version": _VERSION,
    "urls": {"streaming_api": SOCKET},
    "stats": {"user_count": int, "status_count": int, "domain_count": int},
    "thumbnail": maybe(URL),
    "languages": [str],
    "registrations": bool,
    "approval_required": bool,
    "invites_enabled": bool,
    "configuration": _LIMITS,
    "contact_account": maybe(ACCOUNT),
    "rules": [RULE],
}
