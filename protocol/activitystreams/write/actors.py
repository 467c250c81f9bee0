"""Actors."""

from __future__ import annotations

from protocol.activitystreams.values import Actor, Document, Media
from protocol.activitystreams.write.fields import (
    format_time,
    present,
    write_emoji,
    write_hashtag,
    write_media,
    write_policy,
)


def write_actor(actor: Actor) -> Document:
    """An actor without `@context` (use ACTOR_CONTEXT). `publicKey` is one object, as most servers expect."""
    keys = [{"id": key.id, "owner": key.owner, "publicKeyPem": key.pem} for key in actor.public_keys]
    return present(
        {
            "id": actor.id,
            "type": actor.type,
            "webfinger": actor.webfinger,
            "preferredUsername": actor.preferred_username,
            "name": actor.name,
            "summary": actor.summary_html,
            "url": actor.url,
            "inbox": actor.inbox,
            "outbox": actor.outbox,
            "followers": actor.followers,
            "following": actor.following,
            "featured": actor.featured,
            "featuredTags": actor.featured_tags,
            "endpoints": {"sharedInbox": actor.shared_inbox} if actor.shared_inbox else None,
            "publicKey": (keys[0] if len(keys) == 1 else keys) or None,
            "assertionMethod": [_multikey(*key) for key in actor.assertion_methods] or None,
            "manuallyApprovesFollowers": actor.locked,
            "discoverable": actor.discoverable,
            "indexable": actor.indexable,
            "memorial": True if actor.memorial else None,
            "suspended": True if actor.suspended else None,
            "published": format_time(actor.published),
            "updated": format_time(actor.updated),
            "icon": _picture(actor.icon),
            "image": _picture(actor.image),
            "tag": [write_hashtag(tag) for tag in actor.hashtags] + [write_emoji(emoji) for emoji in actor.emojis],
            "attachment": [
                {"type": "PropertyValue", "name": field.name, "value": field.value_html} for field in actor.fields
            ],
            "alsoKnownAs": list(actor.also_known_as) or None,
            "movedTo": actor.moved_to,
            "attributionDomains": list(actor.attribution_domains) or None,
            "attributedTo": actor.moderators or actor.operator,
            "interactionPolicy": write_policy(actor.policy),
            "generator": _generator(actor.implements),
            **actor.extra,
        }
    )


def _multikey(key_id: str, controller: str, public_key_multibase: str) -> Document:
    return {
        "id": key_id,
        "type": "Multikey",
        "controller": controller,
        "publicKeyMultibase": public_key_multibase,
    }


def _picture(media: Media | None) -> Document | None:
    return write_media(media) if media is not None else None


def _generator(implements: tuple[str, ...]) -> Document | None:
    """FEP-844e: what other servers may rely on."""
    if not implements:
        return None
    return {"type": "Application", "implements": [{"href": url} for url in implements]}
