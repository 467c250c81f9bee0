"""Small parts that several writers use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from protocol.activitystreams.values import (
    Document,
    Emoji,
    Hashtag,
    InteractionPolicy,
    Label,
    Media,
    Mention,
    Permission,
)
from protocol.activitystreams.vocabulary import MADE_CONTEXT, OBJECT_CONTEXT, REASONS_CONTEXT

_CLAIMING = frozenset({"provenance", "recipe", "prompt", "generator", "isBasedOn", "noRemix"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# years 1 and 9999: outside there is no date to write
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999


def document(noun: Document, context: object) -> Document:
    """A noun that stands alone: `@context` first."""
    return {"@context": context, **noun}


def object_context(noun: Document) -> list[Any]:
    """The context of a post: with the words about its making, or about decisions, where it has any."""
    if "statementOfReasons" in noun:
        return REASONS_CONTEXT
    parts = (noun, *noun.get("attachment", ()))
    return MADE_CONTEXT if any(not _CLAIMING.isdisjoint(part) for part in parts) else OBJECT_CONTEXT


def embedded(doc: Document) -> Document:
    """A document as part of another one: without its own `@context`."""
    return {key: value for key, value in doc.items() if key != "@context"}


def present(pairs: Document) -> Document:
    """Without what is absent: None and "". False, 0 and empty lists stay."""
    return {key: value for key, value in pairs.items() if value is not None and value != ""}


@lru_cache(maxsize=1024)
def format_time(ms: int | None) -> str | None:
    """Milliseconds as ISO 8601 UTC; the fraction only where there is one, since Mastodon's own times have none.

    A time that no calendar has (a damaged row) is the nearest one that it has.
    """
    if ms is None:
        return None
    moment = _EPOCH + timedelta(milliseconds=min(max(ms, _FIRST_MS), _LAST_MS))
    fraction = f".{moment.microsecond // 1000:03}" if moment.microsecond else ""
    return f"{moment.year:04}-{moment:%m-%dT%H:%M:%S}{fraction}Z"


def format_duration(ms: int | None) -> str | None:
    """Milliseconds as an ISO 8601 duration in seconds."""
    if ms is None:
        return None
    seconds, rest = divmod(ms, 1000)
    return f"PT{seconds}.{rest:03}S" if rest else f"PT{seconds}S"


def write_media(media: Media) -> Document:
    """An attachment as FEP-1311 has it, with the focal point and blurhash of Mastodon."""
    return present(
        {
            "type": media.type,
            "mediaType": media.media_type,
            "url": media.url,
            "name": media.description,
            "blurhash": media.blurhash,
            "focalPoint": list(media.focal) if media.focal is not None else None,
            "width": media.width,
            "height": media.height,
            "duration": format_duration(media.duration),
            "size": media.size,
            "digestMultibase": media.digest_multibase,
            "sensitive": True if media.sensitive else None,
            **media.extra,
        }
    )


def write_mention(mention: Mention) -> Document:
    """A Mention for `tag`."""
    return present({"type": "Mention", "href": mention.href, "name": mention.name})


def write_hashtag(hashtag: Hashtag) -> Document:
    """A Hashtag for `tag`."""
    return present({"type": "Hashtag", "href": hashtag.href, "name": f"#{hashtag.name}"})


def write_emoji(emoji: Emoji) -> Document:
    """A custom emoji for `tag` (FEP-9098)."""
    return present(
        {
            "id": emoji.id,
            "type": "Emoji",
            "name": f":{emoji.shortcode}:",
            "updated": format_time(emoji.updated),
            "icon": {"type": "Image", "url": emoji.url},
        }
    )


def write_label(label: Label) -> Document:
    """A content label for `tag` (FEP-4c96)."""
    return present({"type": "Label", "href": label.href, "name": label.name})


def write_policy(policy: InteractionPolicy | None) -> Document | None:
    """An interaction policy; None where nothing was said."""
    if policy is None:
        return None
    return present(
        {
            "canLike": _permission(policy.can_like),
            "canReply": _permission(policy.can_reply),
            "canAnnounce": _permission(policy.can_announce),
            "canQuote": _permission(policy.can_quote),
            "canFeature": _permission(policy.can_feature),
        }
    )


def _permission(permission: Permission | None) -> dict[str, Any] | None:
    if permission is None:
        return None
    return {"automaticApproval": list(permission.automatic), "manualApproval": list(permission.manual)}
