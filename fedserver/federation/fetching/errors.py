"""The one error of fetching, and how much one cause may fetch."""

from __future__ import annotations


class NotFetched(Exception):
    """A document could not be had. ``transient``: asking later may help. ``gone``: its server says 410."""

    def __init__(self, reason: str, *, transient: bool = False, gone: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.transient = transient
        self.gone = gone


class Budget:
    """How many requests one cause (an inbound activity, a search, a job) may still send."""

    __slots__ = ("left",)

    def __init__(self, requests: int) -> None:
        self.left = requests

    def spend(self) -> None:
        """Count a request. Raises ``NotFetched`` when none is left."""
        if self.left <= 0:
            raise NotFetched("budget")
        self.left -= 1
