"""Who has to agree to a change of the policy, and what a vote says. The document in force decides about the next one.

Every part that a change touches (feeds, rules, everything else) names who decides about it; a change that touches
several needs the agreement of each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from fedserver.domain.policy.changes import Change
from fedserver.domain.policy.document import DECIDERS, Procedure

YES, NO, ABSTAIN = range(3)
TEAM: Final = ("moderator", "admin", "owner")


class Count(NamedTuple):
    """``electors``: how many could vote; shares in thousandths, as they stood when the vote opened."""

    electors: int
    yes: int
    no: int
    abstained: int
    quorum: int
    majority: int

    @property
    def cast(self) -> int:
        """Ballots, whatever they say."""
        return self.yes + self.no + self.abstained

    @property
    def quorate(self) -> bool:
        """Whether enough took part; abstaining is taking part. Never without a single ballot."""
        return self.cast > 0 and self.cast * 1000 >= self.electors * self.quorum

    @property
    def passed(self) -> bool:
        """Whether it is adopted: a quorum, and a share of yes among yes and no that is above the majority asked for.

        With a majority of all (1000) every yes-or-no ballot has to be a yes.
        """
        decided = self.yes + self.no
        enough = self.yes * 1000 > decided * self.majority or (self.majority >= 1000 and self.no == 0)
        return self.quorate and self.yes > 0 and enough


def needed(procedure: Procedure, changed: Iterable[Change]) -> tuple[str, ...]:
    """Who all has to agree, in the order of ``DECIDERS``."""
    parts = {change.procedure for change in changed}
    asked = {getattr(procedure, part) for part in parts}
    return tuple(one for one in DECIDERS if one in asked)


def agreed(needs: Collection[str], roles: Collection[str]) -> bool:
    """Whether the approvals at hand (a role each, one a person) are all that is needed beside a vote."""
    return (
        ("owner" not in needs or "owner" in roles)
        and ("moderator" not in needs or len(roles) >= 1)
        and ("two-moderators" not in needs or len(roles) >= 2)
    )
