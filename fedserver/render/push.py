"""What a push message says: a JSON object that the app reads once it has decrypted it (Mastodon 4.5)."""

from __future__ import annotations

from typing import Any

from fedserver.kit.i18n import gettext as _

BODY_LENGTH = 140


def title(kind: str, name: str) -> str:
    """One line in the reader's language. ``name``: who did it."""
    titles = {
        "mention": _("You were mentioned by %(name)s"),
        "status": _("%(name)s just posted"),
        "reblog": _("%(name)s boosted your post"),
        "follow": _("%(name)s is now following you"),
        "follow_request": _("Pending follower: %(name)s"),
        "favourite": _("%(name)s favorited your post"),
        "poll": _("A poll by %(name)s has ended"),
        "update": _("%(name)s edited a post"),
        "quote": _("%(name)s quoted your post"),
        "quoted_update": _("%(name)s edited a post you have quoted"),
        "admin.sign_up": _("%(name)s signed up"),
        "admin.report": _("%(name)s submitted a report"),
        "severed_relationships": _("You lost connections with people"),
        "moderation_warning": _("You have received a moderation warning"),
    }
    text = titles.get(kind, "%(name)s")
    return text % {"name": name} if "%(name)s" in text else text


def payload(
    *, token: str, locale: str, notification_id: int, kind: str, icon: str, name: str, body: str
) -> dict[str, Any]:
    """The object. ``body`` is plain text and is cut."""
    text = " ".join(body.split())
    return {
        "access_token": token,
        "preferred_locale": locale,
        "notification_id": notification_id,
        "notification_type": kind,
        "icon": icon,
        "title": title(kind, name)[:BODY_LENGTH],
        "body": text if len(text) <= BODY_LENGTH else text[: BODY_LENGTH - 1] + "…",
    }
