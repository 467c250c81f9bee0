"""Notes and their kin, polls, and tombstones."""

from __future__ import annotations

from protocol.activitystreams.values import Document, Object, Poll, Tombstone
from protocol.activitystreams.write.collections import write_collection
from protocol.activitystreams.write.fields import (
    format_time,
    present,
    write_emoji,
    write_hashtag,
    write_label,
    write_media,
    write_mention,
    write_policy,
)
from protocol.activitystreams.write.provenance import write_made


def write_object(obj: Object) -> Document:
    """An object without `@context` (use `object_context`). A quote is written under all four keys that are in use."""
    body = {
        "id": obj.id,
        "type": obj.type,
        "name": obj.name or None,
        "summary": obj.summary or None,
        "inReplyTo": obj.in_reply_to,
        "published": format_time(obj.published),
        "updated": format_time(obj.updated),
        "url": obj.url,
        "attributedTo": obj.attributed_to,
        "to": list(obj.to),
        "cc": list(obj.cc),
        "audience": list(obj.audience) or None,
        "sensitive": obj.sensitive,
        "context": obj.context,
        "conversation": obj.conversation,
        "content": obj.content_html or (None if obj.name else ""),
        "contentMap": _content_map(obj),
        "source": _source(obj),
        "attachment": [{**write_media(media), **write_made(media.made)} for media in obj.attachments]
        + [
            present({"type": "Link", "href": card.href, "name": card.name, "mediaType": card.media_type})
            for card in obj.links
        ],
        "tag": _tags(obj),
        "image": {"type": "Image", "url": obj.preview_image} if obj.preview_image else None,
        **_quote(obj),
        **_poll(obj.poll),
        "startTime": format_time(obj.starts),
        "endTime": format_time(obj.poll.ends if obj.poll is not None else obj.ends),
        "interactionPolicy": write_policy(obj.policy),
        "replies": write_collection(obj.replies) if obj.replies is not None else None,
        "likes": write_collection(obj.likes) if obj.likes is not None else None,
        "shares": write_collection(obj.shares) if obj.shares is not None else None,
        **write_made(obj.made),
        **obj.extra,
    }
    # Some readers index these without asking whether they are there.
    return {key: value for key, value in body.items() if value is not None or key in ("summary", "inReplyTo")}


def write_tombstone(tombstone: Tombstone) -> Document:
    """A Tombstone without `@context`."""
    return present(
        {
            "id": tombstone.id,
            "type": "Tombstone",
            "formerType": tombstone.former_type,
            "deleted": format_time(tombstone.deleted),
        }
    )


def _content_map(obj: Object) -> dict[str, str] | None:
    if obj.content_map:
        return dict(obj.content_map)
    return {obj.language: obj.content_html} if obj.language and obj.content_html else None


def _source(obj: Object) -> Document | None:
    if not obj.source_text:
        return None
    return present({"content": obj.source_text, "mediaType": obj.source_media_type})


def _tags(obj: Object) -> list[Document]:
    return [
        *(write_mention(mention) for mention in obj.mentions),
        *(write_hashtag(hashtag) for hashtag in obj.hashtags),
        *(write_emoji(emoji) for emoji in obj.emojis),
        *(write_label(label) for label in obj.labels),
    ]


def _quote(obj: Object) -> Document:
    """FEP-044f's key, and the three older ones that servers without it read."""
    if obj.quote_url is None:
        return {}
    quoted = dict.fromkeys(("quote", "quoteUri", "quoteUrl", "_misskey_quote"), obj.quote_url)
    return {**quoted, "quoteAuthorization": obj.quote_authorization}


def _poll(poll: Poll | None) -> Document:
    if poll is None:
        return {}
    options = [
        {"type": "Note", "name": option.name, "replies": {"type": "Collection", "totalItems": option.votes}}
        for option in poll.options
    ]
    return {
        "anyOf" if poll.multiple else "oneOf": options,
        "closed": format_time(poll.closed),
        "votersCount": poll.voters,
    }
