"""The brakes of registration: where nobody looks, or too many come at once, newcomers have to be approved.

A community whose way in is *open* falls to *approval*; people of its own open it again. Nothing else is ever changed
by itself, and what changes holds at once: every sign-up reads the community's row.
"""

from __future__ import annotations

from typing import Final

from fedserver.db.queries import communities
from fedserver.db.queries import signup as rows
from fedserver.db.unit import Unit
from fedserver.services.events import RegistrationDropped
from fedserver.services.reports import COMMUNITY, log_action

HOUR_MS: Final = 3600 * 1000
DAY_MS: Final = 24 * HOUR_MS


def mode(unit: Unit) -> str:
    """How newcomers join now: closed, invite, approval or open; a surge is seen here."""
    community = unit.get(communities.by_id(COMMUNITY))
    most = unit.site.limits.surge_per_hour
    if community.registration != "open" or not most:
        return community.registration
    if unit.get(rows.joined_since(unit.now - HOUR_MS)) < most:
        return "open"
    _drop(unit, "surge")
    return "approval"


def check_team(unit: Unit) -> bool:
    """Fall to approval where nobody of the team was here for days; whether that happened."""
    days = unit.site.limits.idle_days
    if not days or unit.get(communities.by_id(COMMUNITY)).registration != "open":
        return False
    if unit.get(rows.team_seen()) > unit.now - days * DAY_MS:
        return False
    _drop(unit, "idle")
    return True


def _drop(unit: Unit, why: str) -> None:
    unit.run(communities.change(COMMUNITY, {"registration": "approval", "updated_at": unit.now}))
    log_action(unit, None, "registration.approval", "community", why)
    unit.record(RegistrationDropped(why))
