"""A hint to the workers of this process that rows are waiting. Losing one costs time, never a row: workers poll too."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["jobs", "deliveries"]


class Wake(NamedTuple):
    """Noted with ``unit.after``; the application passes it to the ``wake()`` of the worker of that kind."""

    kind: Kind


JOBS = Wake("jobs")
DELIVERIES = Wake("deliveries")
