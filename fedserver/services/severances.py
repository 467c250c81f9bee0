"""What the node itself tells people of follows that a block or a suspension ended."""

from __future__ import annotations

from collections import defaultdict

from fedserver.db.queries import accounts, notices
from fedserver.db.unit import Unit
from fedserver.services.notifications import notify


class Severed:
    """Counts the follows that end, for each account of this node; ``tell`` writes one event for each of them."""

    def __init__(self, kind: str, target_name: str, at: int) -> None:
        """``kind``: domain_block | user_domain_block | account_suspension. ``at``: chunks of one event share it."""
        self._kind, self._target_name, self._at = kind, target_name, at
        self._counts: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])

    def follower(self, account_id: int) -> None:
        """An account here lost a follower."""
        self._counts[account_id][0] += 1

    def followed(self, account_id: int) -> None:
        """An account here follows one account less."""
        self._counts[account_id][1] += 1

    def tell(self, unit: Unit) -> None:
        """Write the events, adding to those of earlier chunks, and a notification for each new one."""
        for account_id, (followers, following) in self._counts.items():
            values = {
                "id": unit.new_id(),
                "account_id": account_id,
                "type": self._kind,
                "target_name": self._target_name,
                "followers_count": followers,
                "following_count": following,
                "created_at": self._at,
            }
            event_id = unit.get(notices.add_severance(values))
            account = unit.get(accounts.by_id(account_id))
            notify(unit, account, "severed_relationships", account, event_id=event_id)
