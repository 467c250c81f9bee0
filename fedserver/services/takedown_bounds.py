"""What a demand to take something down can name, and how much is hidden on receipt, before anybody looked.

Whoever files shows no more than a mailbox, and mailboxes of a domain cost nothing. Beyond these bounds a demand waits
for a moderator like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fedserver.db.queries import statuses
from fedserver.db.queries import takedowns as rows
from fedserver.db.queries.statuses import HELD, UNLISTED, Status
from fedserver.db.queries.takedowns import Takedown, Target
from fedserver.db.unit import Unit
from fedserver.services import held

DAY_MS: Final = 24 * 3600 * 1000
# posts and files a day, hidden for filers of one network, or of one domain of mail
OF_FILERS: Final = 20
# of one author, whoever files
OF_AUTHOR: Final = 10


def may_name(unit: Unit, status: Status, viewer_id: int | None) -> bool:
    """Whether somebody can name a post: one that anybody may see, or could before it was hidden, and what an
    account may see. ``viewer_id`` None: without an account."""
    if status.open or (status.visibility == HELD and held.kept(unit, status.id).get("original", HELD) <= UNLISTED):
        return True
    return viewer_id is not None and unit.one(statuses.visible(status.id, viewer_id)) is not None


def within(unit: Unit, found: Takedown, targets: Sequence[Target]) -> list[Target]:
    """Those that may be hidden before anybody looked; the others wait."""
    since = unit.now - DAY_MS
    left = OF_FILERS - unit.get(rows.hidden_for(found.address_hash, found.domain_hash, since))
    chosen: list[Target] = []
    of: dict[int, int] = {}
    for each in targets:
        author = each.account_id
        if author is None or len(chosen) >= left:
            continue
        if author not in of:
            of[author] = OF_AUTHOR - unit.get(rows.hidden_of(author, since))
        if of[author] > 0:
            of[author] -= 1
            chosen.append(each)
    return chosen
