"""Looking a file up among hashes of media that may not be shown: by its bytes, and by what it looks like.

The PDQ hashes of all lists are compared at once, in memory, in a thread; they are read again when any came or went. A
node without lists asks one short question a file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from fedserver.db.queries import known_bad as rows
from fedserver.db.queries.known_bad import Mark
from fedserver.edge.parts import Parts
from fedserver.media.findings import Look
from fedserver.media.pipeline import Processed
from fedserver.services.known_bad import Found
from fedserver.services.variations import MIN_QUALITY
from protocol.media import read_digest

if TYPE_CHECKING:
    from fedserver.domain.provenance.similar import Hashes


class _Index(NamedTuple):
    mark: Mark
    hashes: Hashes


async def find(parts: Parts, made: Processed) -> Found | None:
    """What a processed file is known as, None for nothing."""
    digests = [made.sha256.hex()]
    if made.uploaded_digest is not None:
        digests.insert(0, read_digest(made.uploaded_digest).hex())
    look = made.findings.pdq
    return await known(parts, digests, look.hashes if look is not None and _telling(look) else ())


async def known(parts: Parts, digests: Sequence[str], looks: Sequence[str]) -> Found | None:
    """The same for a file of which only hashes are at hand: SHA-256, and PDQ in as many orientations as there are."""
    spared = set(await parts.db.all(rows.mistaken(list(digests)))) if digests else set()
    for each in await parts.db.all(rows.by_sha(list(digests))):
        if each.value not in spared:
            return Found(each, 0, tuple(digests))
    mark = await parts.db.one(rows.mark())
    if not looks or mark is None or not mark.number:
        return None
    index = await _index(parts, mark)
    near = {each.media_id: each.distance for each in await asyncio.to_thread(index.near, list(looks))}
    if not near:
        return None
    found = [each for each in await parts.db.all(rows.by_ids(list(near))) if each.value not in spared]
    fitting = [(near[each.id], each) for each in found if near[each.id] <= each.distance]
    if not fitting:
        return None
    distance, nearest = min(fitting, key=lambda each: each[0])
    return Found(nearest, distance, tuple(digests))


def _telling(look: Look) -> bool:
    return look.quality >= MIN_QUALITY


async def _index(parts: Parts, mark: Mark) -> Hashes:
    # imports NumPy, which takes 20 MiB: a node without such lists does without
    from fedserver.domain.provenance.similar import Hashes

    kept = parts.extra.get("bad_hashes")
    if isinstance(kept, _Index) and kept.mark == mark:
        return kept.hashes
    hashes = Hashes()
    while more := await parts.db.one(rows.pdq_above(hashes.last)):
        hashes.add(more)
    parts.extra["bad_hashes"] = _Index(mark, hashes)
    return hashes
