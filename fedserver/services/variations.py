"""Near-duplicates: what media look like, and which are variations of one another."""

from __future__ import annotations

from collections.abc import Sequence

from fedserver.db.queries import variations as rows
from fedserver.db.queries.media import Medium
from fedserver.db.unit import Unit
from fedserver.jobqueue.enqueue import enqueue
from fedserver.media.findings import Look

JOB = "media.group"
# PDQ's authors call what is below 50 featureless: flat pictures look like each other (quality 0 to 100)
MIN_QUALITY = 50


def keep(unit: Unit, medium: Medium, look: Look) -> None:
    """What a medium looks like. A job finds what it is a variation of, beside those that look exactly like it."""
    if medium.role != "attachment" or look.quality < MIN_QUALITY:
        return
    smallest = min(look.hashes)
    values = {"pdq": smallest, "quality": look.quality}
    if not unit.made(rows.add({"media_id": medium.id, **values})):
        unit.run(rows.change(medium.id, values))
    same = unit.one(rows.same(smallest, medium.id))
    if same is not None:
        first = same.group_id or same.media_id
        unit.run(rows.join(same.media_id, first))
        unit.run(rows.join(medium.id, first))
    else:
        enqueue(unit, JOB, {"media_id": medium.id, "hashes": list(look.hashes)})


def join(unit: Unit, media_id: int, near: Sequence[int]) -> None:
    """A medium looks like others, the nearest first: it is of the group of the first one that is still there."""
    found = {row.media_id: row for row in unit.all(rows.of_media([media_id, *near]))}
    if media_id not in found or found[media_id].group_id is not None:
        return
    other = next((found[each] for each in near if each in found and each != media_id), None)
    if other is not None:
        first = other.group_id or other.media_id
        unit.run(rows.join(other.media_id, first))
        unit.run(rows.join(media_id, first))
