"""Labels of other communities: their pages fetched in order, the proof of each checked, what they say kept."""

from __future__ import annotations

from typing import Any

from fedserver.db.queries import labelers as rows
from fedserver.db.queries.labelers import Labeler
from fedserver.edge.parts import Parts
from fedserver.federation.context import Federation, of
from fedserver.federation.fetching.actors import follow_id
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.federation.proven import proven
from fedserver.kit.errors import Conflict
from fedserver.services import labels
from protocol.activitystreams.labels import LabelsPage, read_page
from protocol.errors import Malformed

REQUESTS = 12
# of one labeler in one go; the rest is read the next time
PAGES = 50


async def fetch(parts: Parts, payload: dict[str, Any]) -> None:
    """``{labeler_id}``: what a labeler said since it was last asked."""
    labeler_id = int(payload["labeler_id"])
    for _page in range(PAGES):
        row = await parts.db.one(rows.by_id(labeler_id))
        if row is None:
            return
        try:
            found = await _page_of(of(parts), row)
            page = found
            await parts.db.run(
                lambda unit, page=page: labels.fetched(  # type: ignore[misc]
                    unit, labeler_id, page.attributed_to, page.name, page.items, page.next
                )
            )
        except NotFetched as error:
            problem = error.reason
            await parts.db.run(lambda unit, problem=problem: labels.not_fetched(unit, labeler_id, problem))  # type: ignore[misc]
            if error.transient:
                raise
            return
        except Conflict as error:
            problem = str(error.message)
            await parts.db.run(lambda unit, problem=problem: labels.not_fetched(unit, labeler_id, problem))  # type: ignore[misc]
            return
        if not found.items or found.next == row.cursor:
            return


async def refresh(parts: Parts, payload: dict[str, Any]) -> None:
    """Ask every labeler again, and take off labels whose time is over."""

    await parts.db.run(labels.ask_all)
    while await parts.db.run(labels.expire) == labels.CHUNK:
        pass


async def _page_of(federation: Federation, row: Labeler) -> LabelsPage:
    budget = Budget(REQUESTS)
    if not labels.same_labeler(row, row.cursor):
        raise NotFetched("wrong_owner")
    document = await follow_id(federation.fetcher, await federation.fetcher.document(row.cursor, budget), budget)
    try:
        found = read_page(document.value)
    except Malformed as error:
        raise NotFetched(f"malformed: {error}") from error
    await proven(federation, document.value, found.id, found.attributed_to)
    return found
