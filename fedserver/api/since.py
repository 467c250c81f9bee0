"""Since which version of Mastodon clients know each method, as "Version history" of Mastodon's documentation has it.

Beside the routes and not in them: clients' authors read it in docs/api.md, no request does. A key is a path, or a
method and a path where the methods of a path are not of one age. "Pleroma": a method that Mastodon has not.
"""

from __future__ import annotations

_API = "/api/v1"
_V2 = "/api/v2"


def _all(version: str, *paths: str) -> dict[str, str]:
    return dict.fromkeys(paths, version)


# the first release that had an API
_FIRST = "0.0.0"

SINCE: dict[str, str] = {
    **_all(
        _FIRST,
        f"{_API}/apps",
        *(f"{_API}/accounts/{{id}}{part}" for part in ("", "/statuses", "/followers", "/following")),
        *(f"{_API}/accounts/{{id}}/{verb}" for verb in ("follow", "unfollow", "block", "unblock", "mute", "unmute")),
        *(f"{_API}/accounts/{part}" for part in ("verify_credentials", "relationships", "search")),
        *(f"{_API}/follow_requests{part}" for part in ("", "/{id}/authorize", "/{id}/reject")),
        *(f"{_API}/{part}" for part in ("blocks", "mutes", "favourites", "notifications", "media")),
        *(f"{_API}/notifications/{part}" for part in ("{id}", "clear", "dismiss")),
        f"{_API}/statuses",
        *(f"{_API}/statuses/{{id}}{part}" for part in ("", "/context", "/card", "/reblogged_by", "/favourited_by")),
        *(f"{_API}/statuses/{{id}}/{verb}" for verb in ("favourite", "unfavourite", "reblog", "unreblog")),
        *(f"{_API}/timelines/{part}" for part in ("home", "public", "tag/{name}", "direct")),
        f"PUT {_API}/media/{{id}}",
    ),
    **_all("1.0.0", *(f"{_API}/streaming{part}" for part in ("", "/user", "/public", "/hashtag"))),
    **_all("1.1.0", *(f"{_API}/{part}" for part in ("reports", "instance", "search"))),
    **_all("1.1.0", *(f"{_API}/streaming/{part}/local" for part in ("public", "hashtag"))),
    f"{_API}/accounts/update_credentials": "1.1.1",
    f"{_API}/notifications/{{id}}/dismiss": "1.3.0",
    f"{_API}/domain_blocks": "1.4.0",
    **_all("1.4.2", *(f"{_API}/statuses/{{id}}/{verb}" for verb in ("mute", "unmute"))),
    f"{_API}/streaming/user/notification": "1.4.2",
    **_all("1.6.0", *(f"{_API}/statuses/{{id}}/{verb}" for verb in ("pin", "unpin"))),
    **_all("2.0.0", f"{_API}/custom_emojis", f"{_API}/apps/verify_credentials"),
    **_all("2.1.0", *(f"{_API}/lists{part}" for part in ("", "/{id}", "/{id}/accounts"))),
    **_all("2.1.0", f"{_API}/accounts/{{id}}/lists", f"{_API}/timelines/list/{{id}}", f"{_API}/streaming/list"),
    **_all("2.1.2", *(f"{_API}/instance/{part}" for part in ("peers", "activity"))),
    f"{_API}/push/subscription": "2.4.0",
    f"{_API}/streaming/direct": "2.4.0",
    f"{_V2}/search": "2.4.1",
    **_all("2.4.3", *(f"{_API}/{part}" for part in ("filters", "filters/{id}", "suggestions", "suggestions/{id}"))),
    f"{_API}/streaming/health": "2.5.0",
    f"{_API}/endorsements": "2.5.0",
    **_all("2.5.0", *(f"{_API}/accounts/{{id}}/{verb}" for verb in ("pin", "unpin"))),
    **_all("2.6.0", *(f"{_API}/conversations{part}" for part in ("", "/{id}", "/{id}/read"))),
    **_all("2.7.0", *(f"{_API}/scheduled_statuses{part}" for part in ("", "/{id}"))),
    f"POST {_API}/accounts": "2.7.0",
    **_all(
        "2.9.1",
        *(f"{_API}/admin/accounts{part}" for part in ("", "/{id}")),
        *(
            f"{_API}/admin/accounts/{{id}}/{verb}"
            for verb in ("action", "approve", "reject", "enable", "unsilence", "unsuspend")
        ),
        *(f"{_API}/admin/reports{part}" for part in ("", "/{id}")),
        *(f"{_API}/admin/reports/{{id}}/{verb}" for verb in ("assign_to_self", "unassign", "resolve", "reopen")),
    ),
    f"DELETE {_API}/admin/accounts/{{id}}": "3.3.0",
    f"{_API}/admin/accounts/{{id}}/unsensitive": "3.3.0",
    f"{_V2}/admin/accounts": "3.5.0",
    f"PUT {_API}/admin/reports/{{id}}": "3.5.0",
    **_all("3.5.0", *(f"{_API}/admin/{noun}" for noun in ("measures", "dimensions", "retention"))),
    **_all("3.5.0", *(f"{_API}/admin/trends/{noun}" for noun in ("links", "statuses", "tags"))),
    **_all("4.0.0", *(f"{_API}/admin/ip_blocks{part}" for part in ("", "/{id}"))),
    **_all("4.0.0", *(f"{_API}/admin/email_domain_blocks{part}" for part in ("", "/{id}"))),
    **_all("4.0.0", *(f"{_API}/admin/canonical_email_blocks{part}" for part in ("", "/test", "/{id}"))),
    **_all("fedserver", *(f"{_API}/admin/{noun}/{{id}}/notes" for noun in ("accounts", "reports"))),
    **_all("fedserver", f"{_API}/admin/notes/{{id}}", f"{_API}/admin/accounts/{{id}}/trust"),
    **_all("fedserver", f"{_API}/admin/reports/{{id}}/forward", f"{_API}/admin/warning_presets"),
    **_all("fedserver", *(f"{_API}/admin/username_blocks{part}" for part in ("", "/{id}"))),
    f"{_API}/preferences": "2.8.0",
    **_all("2.8.0", *(f"{_API}/polls/{{id}}{part}" for part in ("", "/votes"))),
    **_all("3.0.0", *(f"{_API}/{part}" for part in ("directory", "markers", "trends"))),
    **_all("3.0.0", *(f"{_API}/featured_tags{part}" for part in ("", "/{id}", "/suggestions"))),
    **_all("3.1.0", f"{_API}/bookmarks", *(f"{_API}/statuses/{{id}}/{verb}" for verb in ("bookmark", "unbookmark"))),
    **_all("3.1.0", *(f"{_API}/announcements{part}" for part in ("", "/{id}/dismiss", "/{id}/reactions/{name}"))),
    **_all("3.1.3", f"{_V2}/media", f"GET {_API}/media/{{id}}"),
    f"{_API}/streaming/public/remote": "3.1.4",
    f"{_API}/accounts/{{id}}/note": "3.2.0",
    f"{_API}/accounts/{{id}}/featured_tags": "3.3.0",
    f"{_V2}/suggestions": "3.4.0",
    **_all("3.4.0", *(f"{_API}/{part}" for part in ("accounts/lookup", "instance/rules", "emails/confirmations"))),
    **_all("3.5.0", *(f"{_API}/trends/{part}" for part in ("tags", "statuses", "links"))),
    **_all(
        "3.5.0", f"PUT {_API}/statuses/{{id}}", *(f"{_API}/statuses/{{id}}/{part}" for part in ("history", "source"))
    ),
    **_all("3.5.0", f"{_API}/accounts/{{id}}/remove_from_followers", f"{_API}/accounts/familiar_followers"),
    **_all("4.0.0", f"{_V2}/instance", f"{_API}/followed_tags"),
    **_all("4.0.0", *(f"{_API}/instance/{part}" for part in ("domain_blocks", "extended_description"))),
    f"{_API}/instance/privacy_policy": "4.0.0",
    **_all("4.0.0", *(f"{_V2}/filters{part}" for part in ("", "/{id}", "/{id}/keywords", "/{id}/statuses"))),
    **_all("4.0.0", *(f"{_V2}/filters/{part}/{{id}}" for part in ("keywords", "statuses"))),
    **_all("4.0.0", *(f"{_API}/tags/{{name}}{part}" for part in ("", "/follow", "/unfollow"))),
    **_all("4.2.0", *(f"{_API}/profile/{part}" for part in ("avatar", "header"))),
    **_all("4.2.0", f"{_API}/instance/languages", f"{_API}/emails/check_confirmation"),
    **_all("4.3.0", f"GET {_API}/accounts", f"GET {_API}/statuses", f"{_API}/timelines/link"),
    **_all("4.3.0", f"{_API}/conversations/{{id}}/unread", f"{_API}/domain_blocks/preview"),
    **_all("4.3.0", *(f"{_API}/notifications/{part}" for part in ("unread_count", "policy", "requests"))),
    **_all(
        "4.3.0",
        *(f"{_API}/notifications/requests/{part}" for part in ("merged", "accept", "dismiss", "{id}")),
        *(f"{_API}/notifications/requests/{{id}}/{verb}" for verb in ("accept", "dismiss")),
        *(f"{_V2}/notifications{part}" for part in ("", "/unread_count", "/clear", "/policy", "/{key}")),
        *(f"{_V2}/notifications/{{key}}/{part}" for part in ("accounts", "dismiss")),
    ),
    **_all("4.4.0", *(f"{_API}/accounts/{{id}}/{part}" for part in ("endorsements", "endorse", "unendorse"))),
    **_all("4.4.0", *(f"{_API}/tags/{{name}}/{verb}" for verb in ("feature", "unfeature"))),
    **_all("4.4.0", *(f"{_API}/instance/terms_of_service{part}" for part in ("", "/{date}"))),
    **_all("4.4.0", f"DELETE {_API}/media/{{id}}", "/api/v1_alpha/async_refreshes/{id}"),
    **_all("4.5.0", *(f"{_API}/statuses/{{id}}/quotes{part}" for part in ("", "/{quoting_id}/revoke"))),
    f"{_API}/statuses/{{id}}/interaction_policy": "4.5.0",
    **_all("4.6.0", f"{_API}/profile", f"{_API}/async_refreshes/{{id}}"),
    **_all("fedserver", f"{_API}/feeds", f"{_API}/feeds/{{name}}/subscribe", f"{_API}/statuses/{{id}}/why"),
    **_all("fedserver", f"{_API}/feeds/elsewhere", *(f"{_API}/own_feeds{part}" for part in ("", "/{id}"))),
    **_all("fedserver", *(f"{_API}/own_feeds/{verb}" for verb in ("check", "preview"))),
    **_all("fedserver", *(f"{_API}/proposals{part}" for part in ("", "/{id}", "/{id}/vote", "/{id}/approve"))),
    **_all(
        "fedserver",
        f"{_API}/labels",
        *(f"{_API}/{who}labelers{part}" for who in ("", "admin/") for part in ("", "/{id}")),
    ),
    **_all("fedserver", *(f"{_API}/decisions{part}" for part in ("", "/{id}", "/{id}/appeal"))),
    **_all("fedserver", *(f"{_API}/admin/decisions{part}" for part in ("", "/{id}", "/{id}/undo"))),
    f"{_API}/pleroma/statuses/{{id}}/reactions": "Pleroma",
    # our own, see docs/provenance.md
    **_all("fedserver", f"PATCH {_API}/preferences", f"{_API}/statuses/{{id}}/remixes", f"{_API}/media/{{id}}/claims"),
    **_all("fedserver", *(f"{_API}/admin/media/{{id}}/claims{part}" for part in ("", "/{claim_id}"))),
}


def since(method: str, path: str) -> str:
    """The version that first had this method; empty when nobody wrote it down."""
    return SINCE.get(f"{method} {path}") or SINCE.get(path, "")
