"""Shapes of entities that few methods answer with; ``clients_shapes`` says how a shape is read."""

from __future__ import annotations

import re

from clients_shapes import (
    ACCOUNT,
    DAY,
    EMOJI,
    FIELD,
    ID,
    MEDIA,
    MENTION,
    MY_STATUS,
    STATUS,
    TAG,
    URL,
    VISIBILITY,
    WHEN,
    maybe,
    one_of,
)  # fmt: skip
from clients_shapes import CARD as PREVIEW_CARD

# a count or a time in seconds that is written as text
NUMERIC = re.compile(r"\d+")
_HISTORY = [{"day": NUMERIC, "uses": NUMERIC, "accounts": NUMERIC}]
TREND_LINK = {**PREVIEW_CARD, "history": _HISTORY}
FULL_TAG = {**TAG, "history": _HISTORY}
OWN_EMOJI = {**EMOJI, "category": maybe(str)}
FAMILIAR_FOLLOWERS = {"id": ID, "accounts": [ACCOUNT]}
# as Mastodon 4.5 answers: a number as text and a day, where the page of the entity says integer and time
FEATURED_TAG = {"id": ID, "name": str, "url": URL, "statuses_count": NUMERIC, "last_status_at": maybe(DAY)}
REACTION = {"name": str, "count": int, "me": bool, "url?": URL, "static_url?": URL}
ANNOUNCEMENT = {
    "id": ID,
    "content": str,
    "starts_at": maybe(WHEN),
    "ends_at": maybe(WHEN),
    "all_day": bool,
    "published_at": WHEN,
    "updated_at": WHEN,
    "read": bool,
    "mentions": [MENTION],
    "statuses": [STATUS],
    "tags": [{"name": str, "url": URL}],
    "emojis": [EMOJI],
    "reactions": [REACTION],
}
_WHAT = one_of("accept", "filter", "drop")
_SUMMARY = {"pending_requests_count": int, "pending_notifications_count": int}
_OF = ("not_following", "not_followers", "new_accounts", "private_mentions")
POLICY = {**{f"for_{name}": _WHAT for name in (*_OF, "limited_accounts")}, "summary": _SUMMARY}
REQUEST = {
    "id": ID,
    "created_at": WHEN,
    "updated_at": WHEN,
    "account": ACCOUNT,
    # a text in Mastodon's own answers
    "notifications_count": NUMERIC,
    "last_status?": maybe(MY_STATUS),
}
GROUPED = {
    "accounts": [ACCOUNT],
    "statuses": [MY_STATUS],
    "notification_groups": [
        {
            "group_key": str,
            "notifications_count": int,
            "type": str,
            "most_recent_notification_id": ID,
            "page_min_id?": ID,
            "page_max_id?": ID,
            "latest_page_notification_at?": WHEN,
            "sample_account_ids": [ID],
            "status_id?": maybe(ID),
        }
    ],
}
COUNT = {"count": int}
PUSH = {"id": ID, "endpoint": URL, "server_key": str, "alerts": dict, "standard": bool, "policy": str}
SCHEDULED = {
    "id": ID,
    "scheduled_at": WHEN,
    "params": {
        "text": str,
        "poll": maybe(dict),
        "media_ids": maybe([str]),
        "sensitive": maybe(bool),
        "spoiler_text": maybe(str),
        "visibility": maybe(VISIBILITY),
        "in_reply_to_id": maybe(int),
        "language": maybe(str),
        "application_id": maybe(int),
        "scheduled_at": maybe(str),
        "idempotency": maybe(str),
        "with_rate_limit": bool,
        "quoted_status_id": maybe(ID),
        "quote_approval_policy": maybe(one_of("public", "followers", "nobody")),
    },
    "media_attachments": [MEDIA],
}
SUGGESTION = {
    "source": one_of("staff", "past_interactions", "global"),
    "sources": [one_of("featured", "most_followed", "most_interactions", "similar_to_recently_followed",
                       "friends_of_friends")],
    "account": ACCOUNT,
}  # fmt: skip
WEEK = {"week": NUMERIC, "statuses": NUMERIC, "logins": NUMERIC, "registrations": NUMERIC}
DOMAIN_BLOCK = {
    "domain": str,
    "digest": re.compile(r"[0-9a-f]{64}"),
    "severity": one_of("silence", "suspend"),
    "comment?": str,
}
TEXT_PAGE = {"updated_at": WHEN, "content": str}
TERMS = {"effective_date": DAY, "effective": bool, "content": str, "succeeded_by": maybe(DAY)}
LANGUAGE = {"code": str, "name": str}
PROFILE = {
    "id": ID,
    "display_name": str,
    "note": str,
    "fields": [FIELD],
    **dict.fromkeys(("avatar", "avatar_static", "header", "header_static"), maybe(URL)),
    **dict.fromkeys(("avatar_description", "header_description"), str),
    **dict.fromkeys(("locked", "bot", "indexable", "show_media", "show_media_replies", "show_featured"), bool),
    **dict.fromkeys(("hide_collections", "discoverable"), maybe(bool)),
    "attribution_domains": [str],
    "featured_tags": [FEATURED_TAG],
}
ASYNC_REFRESH = {
    "async_refresh": {"id": str, "status": one_of("running", "finished"), "result_count": maybe(int)},
}
USERINFO = {"iss": URL, "sub": URL, "name": str, "preferred_username": str, "profile": URL, "picture": URL}
