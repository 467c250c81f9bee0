"""What other servers say of their media, checked against the bytes."""

from __future__ import annotations

from typing import Any

from fedserver.api import files
from fedserver.db.queries import accounts, media
from fedserver.db.unit import Unit
from fedserver.edge.parts import Parts
from fedserver.services import remote_checks, remote_media


async def check(parts: Parts, payload: dict[str, Any]) -> None:
    """``{media_id, proof}``: fetch a medium of which somebody speaks, as for a reader, and compare.

    Raises ``FetchFailed`` where another try may help. Media of servers whose media are not wanted are not fetched.
    """
    media_id, proof = int(payload["media_id"]), str(payload.get("proof", ""))
    # what a broken signature tells is known without the bytes
    await parts.db.run(lambda unit: remote_checks.record(unit, media_id, proof=proof))
    row = await parts.db.run(lambda unit: _wanted(unit, media_id))
    if row is not None:
        await files.fetch_to_check(parts, row)


def _wanted(unit: Unit, media_id: int) -> media.Medium | None:
    row = unit.one(media.by_id(media_id))
    if row is None or row.local or row.cached_at is not None:
        return None
    author = unit.get(accounts.by_id(row.account_id))
    return row if author.active and not remote_media.rejects_media(unit, author) else None
