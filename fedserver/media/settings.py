"""What the media pipeline must be told. The composition root fills it from the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """Limits. Sizes in bytes, times in seconds; `memory` is the address space of one child."""

    max_image_bytes: int = 40_000_000
    max_image_pixels: int = 50_000_000
    max_video_bytes: int = 100_000_000
    max_video_pixels: int = 9_437_184
    max_frames: int = 1_000
    max_animation_pixels: int = 500_000_000
    """Width x height x frames of an animated picture."""
    max_duration: float = 3600.0
    max_frame_rate: float = 120.0
    preview_side: int = 640
    memory: int = 1_200_000_000
    cpu_seconds: int = 30
    wall_seconds: float = 60.0
    reading_seconds: float = 10.0
    """How long the readers of provenance may take after the previews are done."""
    children: int = 1
    claim_signers: Path | None = None
    time_stampers: Path | None = None
    """Lists of certificates (PEM) whose C2PA claims and time stamps are trusted; without a list nobody is."""
