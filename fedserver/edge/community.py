"""The community's row for pages: read at most every few seconds, since every page shows its name."""

from __future__ import annotations

from fedserver.db.queries import communities as rows
from fedserver.db.queries.communities import Community
from fedserver.edge.parts import Parts

KEPT_S = 3.0


async def current(parts: Parts) -> Community | None:
    """The node's community; None only before ``init`` has made one."""
    kept = parts.extra.get("community_kept")
    now = parts.clock.monotonic()
    if kept is not None and now - kept[0] < KEPT_S:
        parts.extra["community"] = kept[1]
        return kept[1]  # type: ignore[no-any-return]
    found = await parts.db.one(rows.by_id())
    parts.extra["community_kept"] = (now, found)
    parts.extra["community"] = found
    return found


def changed(parts: Parts) -> None:
    """Read it again next time."""
    parts.extra.pop("community_kept", None)
