"""Hosts and accounts follow the policies towards their domains: once for all that a unit changed."""

from __future__ import annotations

from fedserver.db.unit import Unit
from fedserver.effects.tools import Tools
from fedserver.services import domains
from fedserver.services.moderation_events import DomainChanged


def changed(tools: Tools, unit: Unit, event: DomainChanged) -> None:
    """With the last of them: a list of domains changes hundreds in a unit, and each look reads every known host."""
    last = next(each for each in reversed(unit.events) if type(each) is DomainChanged)
    if event is last:
        names = {each.domain for each in unit.events if type(each) is DomainChanged}
        domains.bring_in_line(unit, names)
