"""Why a file is not taken."""

from __future__ import annotations


class MediaError(Exception):
    """Base. `reason` is a short code: `type`, `too_large`, `pixels`, `frames`, `duration`, `frame_rate`,
    `broken`, `codec`, `memory`, `too_slow`, `video_unavailable`, `crashed`, `start`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.digest: str | None = None
        """Of a peer's file that cannot be used (multibase): it can be compared all the same."""


class MediaRefused(MediaError):
    """The file itself is the cause: trying again cannot help."""


class MediaFailed(MediaError):
    """The process that read the file died or could not start: trying again may help."""
