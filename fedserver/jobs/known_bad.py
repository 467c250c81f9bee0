"""What stands here, compared with the lists of known-bad media: after a list grew, and after something was banned."""

from __future__ import annotations

from functools import partial
from typing import Any

from fedserver.db.queries import known_bad as rows
from fedserver.db.queries import variations
from fedserver.db.queries.media import Medium
from fedserver.db.unit import Unit
from fedserver.edge import known_bad as edge
from fedserver.edge.parts import Parts
from fedserver.services import known_bad as service
from fedserver.services.media_hashes import digests_of

CHUNK = 200


async def sweep(parts: Parts, payload: dict[str, Any]) -> None:
    """Every medium whose bytes were ever here. Of its look one orientation is kept: a copy that was turned is found
    where it is uploaded or fetched again."""
    above = 0
    while chunk := await parts.db.all(rows.media_above(above, CHUNK)):
        above = chunk[-1].id
        looks = {row.media_id: row.pdq for row in await parts.db.all(variations.of_media([each.id for each in chunk]))}
        digests = await parts.db.run(partial(_digests, chunk=chunk))
        for medium in chunk:
            look = [looks[medium.id]] if medium.id in looks else []
            found = await edge.known(parts, digests[medium.id], look)
            if found is not None and medium.withheld_at is None:
                await parts.db.run(partial(service.withhold, medium=medium, found=found))


def _digests(unit: Unit, chunk: list[Medium]) -> dict[int, tuple[str, ...]]:
    return {each.id: digests_of(unit, each) for each in chunk}
