"""Which pictures are variations of one another: each new one is compared with all that were seen before."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from fedserver.db.queries import variations
from fedserver.edge.parts import Parts
from fedserver.services import variations as service

if TYPE_CHECKING:
    from fedserver.domain.provenance.similar import Hashes

# of those that look alike, how many are asked for: the nearest may be gone meanwhile
_NEAREST = 20


async def group(parts: Parts, payload: dict[str, Any]) -> None:
    """``{media_id, hashes}``: the eight hashes of a picture, turned and mirrored."""
    media_id, hashes = int(payload["media_id"]), [str(each) for each in payload["hashes"]]
    index = _index(parts)
    while more := await parts.db.one(variations.above(index.last)):
        index.add(more)
    matches = await asyncio.to_thread(index.near, hashes)
    # ids say when a medium was known, not when it was read: one that was read late is added by its own job
    if media_id not in {each.media_id for each in matches}:
        index.add([(media_id, min(hashes))])
    near = [each.media_id for each in matches if each.media_id != media_id][:_NEAREST]
    if near:
        await parts.db.run(partial(service.join, media_id=media_id, near=near))


def _index(parts: Parts) -> Hashes:
    # imports NumPy, which takes 20 MiB: a node without pictures does without
    from fedserver.domain.provenance.similar import Hashes

    found = parts.extra.get("hashes")
    if not isinstance(found, Hashes):
        found = parts.extra["hashes"] = Hashes()
    return found
