"""The settings as the pure values that services and renderers read."""

from __future__ import annotations

from fedserver import __version__
from fedserver.config import Config
from fedserver.domain.site import Limits, Site
from fedserver.domain.text.names import normalise_hashtag


def site_of(config: Config) -> Site:
    """Names and limits of the node."""
    limits = config.limits
    return Site(
        domain=config.server.domain,
        base_url=config.server.base_url,
        authorized_fetch=config.federation.authorized_fetch,
        federation_mode=config.federation.mode,
        mail=config.mail.url is not None,
        ai_hashtags=frozenset(name for tag in config.provenance.hashtags if (name := normalise_hashtag(tag))),
        training=config.provenance.training,
        version=__version__,
        limits=Limits(
            characters=limits.max_characters,
            attachments=limits.max_media_attachments,
            description=limits.max_description_characters,
            display_name=limits.max_display_name_characters,
            bio=limits.max_bio_characters,
            fields=limits.max_profile_fields,
            field_name=limits.max_profile_field_characters,
            field_value=limits.max_profile_field_characters,
            pinned=limits.max_pinned_statuses,
            image_bytes=config.media.max_image_bytes,
            image_pixels=config.media.max_image_pixels,
            video_bytes=config.media.max_video_bytes,
            surge_per_hour=config.registration.surge_per_hour,
            idle_days=config.registration.idle_days,
        ),
    )
