"""Who knows of a post beyond its author's followers."""

from __future__ import annotations

from collections.abc import Sequence

from fedserver.db.queries import accounts, reactions, statuses
from fedserver.db.queries.statuses import Status
from fedserver.db.unit import Unit
from fedserver.kit.paging import Page
from fedserver.services import lineage


def inboxes(unit: Unit, status: Status, quoting: Sequence[int]) -> tuple[int, ...]:
    """Inboxes beyond the followers that know the post: whoever was mentioned, answered, boosted, liked or quoted it."""
    ids = [*quoting, *lineage.first_authors(unit, status)]
    ids += [m.account_id for m in unit.all(statuses.mentions_of([status.id]))]
    ids += [b.account_id for b in unit.all(statuses.boosts_of(status.id))]
    ids += [f.account.id for f in unit.all(reactions.favourited_by(status.id, Page(limit=500)))]
    if status.in_reply_to_account_id is not None:
        ids.append(status.in_reply_to_account_id)
    rows = unit.all(accounts.by_ids(ids)) if ids else []
    return tuple(dict.fromkeys(r.inbox_id for r in rows if r.inbox_id is not None))
