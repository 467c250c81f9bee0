"""Who this node is: its names and its limits, as plain values that services and renderers read."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes that the node announces and enforces. Lengths in characters, sizes in bytes, times in seconds."""

    characters: int = 5000
    attachments: int = 10
    description: int = 1500
    display_name: int = 100
    bio: int = 2000
    fields: int = 8
    field_name: int = 255
    field_value: int = 2047
    image_bytes: int = 40 * 1024 * 1024
    image_pixels: int = 50_000_000
    video_bytes: int = 100 * 1024 * 1024
    pinned: int = 10
    poll_options: int = 4
    poll_option_characters: int = 50
    poll_shortest: int = 300
    poll_longest: int = 2_629_746
    scheduled: int = 300
    scheduled_a_day: int = 25
    home_entries: int = 800
    # of registration: accounts in an hour, and days without anybody of the team; 0: no limit
    surge_per_hour: int = 0
    idle_days: int = 0


@dataclass(frozen=True, slots=True)
class Site:
    """``domain`` is the host part of handles, ``base_url`` scheme and host of ids and pages (they may differ)."""

    domain: str
    base_url: str
    limits: Limits = field(default_factory=Limits)
    authorized_fetch: bool = False
    federation_mode: str = "open"
    # whether this node sends mail: then addresses are confirmed, and people reset their own passwords
    mail: bool = False
    # normalised hashtags that declare media as AI-generated
    ai_hashtags: frozenset[str] = frozenset()
    # what holds of accounts that say nothing of training: refuse | allow
    training: str = "refuse"
    software: str = "fedserver"
    version: str = "0.1.0"

    @property
    def host(self) -> str:
        """Host (and port, if any) of ids: what other servers know us by."""
        return self.base_url.split("://", 1)[1]

    def owns(self, uri: str) -> bool:
        """Whether an id belongs to this node."""
        return uri.startswith(self.base_url + "/") or uri == self.base_url
