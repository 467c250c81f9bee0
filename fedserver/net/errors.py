"""What can go wrong with an outgoing request, by what the caller should do next."""

from __future__ import annotations

from collections.abc import Mapping


class FetchError(Exception):
    """Base of all outgoing failures. `reason` is a short code, never text of the peer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class FetchRefused(FetchError):
    """The guard forbids this request: asking again cannot help. Nothing, or no further hop, was sent."""


class FetchFailed(FetchError):
    """The network failed (name, connection, TLS, deadline): asking later may help."""


class FetchInvalid(FetchError):
    """The peer answered, but with something that is not used: too large, wrong type, broken encoding."""


class FetchStatus(FetchError):
    """The peer answered with another status than 2xx. `headers` has lower-case names."""

    def __init__(self, status: int, headers: Mapping[str, str], retry_after: int | None = None) -> None:
        super().__init__(f"status_{status}")
        self.status = status
        self.headers = headers
        self.retry_after = retry_after
        """Milliseconds to wait as the peer asked, at most a day."""
