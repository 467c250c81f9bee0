"""The public half of the node's push key, which several doors tell."""

from __future__ import annotations

from fedserver.db.queries import meta
from fedserver.db.unit import Unit
from fedserver.edge.parts import Parts
from fedserver.services import vapid

_KEPT = "vapid_key"


async def public_key(parts: Parts) -> str:
    """Base64url; '' in a process without keys. Made when it is first asked for, then kept."""
    kept = parts.extra.get(_KEPT)
    if kept is None and parts.keyring is not None:
        stored = await parts.db.one(meta.get(vapid.META_KEY))
        kept = parts.extra[_KEPT] = vapid.public_of(stored) if stored is not None else await _make(parts)
    return kept or ""


async def _make(parts: Parts) -> str:
    def work(unit: Unit) -> str:
        return vapid.load(unit, parts.keyring).public

    return await parts.db.run(work)
