"""Mails about demands to take something down, and what follows where one of their decisions is taken back."""

from __future__ import annotations

from fedserver.db.queries import users
from fedserver.db.unit import Unit
from fedserver.effects import mail
from fedserver.effects.tools import Tools
from fedserver.services import events, moderation_events, takedowns


def filed(tools: Tools, unit: Unit, event: moderation_events.TakedownFiled) -> None:
    """The link that shows whose address it is."""
    mail.send(unit, "takedown-confirm", None, about=str(event.takedown_id), once=f"mail.takedown:{event.takedown_id}")


def decided(tools: Tools, unit: Unit, event: moderation_events.TakedownDecided) -> None:
    """The answer, to the filer."""
    mail.send(unit, "takedown-decided", None, about=str(event.takedown_id))


def late(tools: Tools, unit: Unit, event: moderation_events.TakedownLate) -> None:
    """Everybody who moderates hears of it again."""
    for user_id in unit.all(users.moderators()) if unit.site.mail else ():
        mail.send(unit, "takedown-late", user_id, about=str(event.takedown_id))


def undone(tools: Tools, unit: Unit, event: events.Undone) -> None:
    """What was decided together ends together: the ban of its copies with the removal of a post."""
    if event.decision.rule_id == takedowns.RULE and event.decision.verb in ("remove", "strip-media"):
        takedowns.lifted(unit, event.decision.id)
