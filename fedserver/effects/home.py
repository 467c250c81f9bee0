"""Home timelines and lists, written when a post arrives."""

from __future__ import annotations

from fedserver.db.queries import homes, lists
from fedserver.db.queries.statuses import DIRECT, PUBLIC
from fedserver.db.unit import Unit
from fedserver.domain.languages import known_language
from fedserver.effects.tools import Tools
from fedserver.services.events import Boosted, StatusPosted
from fedserver.services.presence import AWAY_MS


def posted(tools: Tools, unit: Unit, event: StatusPosted) -> None:
    """The author's own home, the followers here, the lists that have the author, and those who follow a tag of it."""
    status, author = event.status, event.author
    if not event.fresh:
        return
    if author.local:
        unit.made(homes.put(author.id, status.id))
    if status.visibility == DIRECT:
        unit.run(homes.fan_out_direct(status.id, author.id))
        return
    reply_to, since, language = _answered(event), unit.now - AWAY_MS, known_language(status.language)
    unit.run(
        homes.fan_out(
            status.id,
            author.id,
            unit.now,
            boost=False,
            reply_to=reply_to,
            active_since=since,
            names_people=bool(event.mentioned),
            tagged=status.visibility == PUBLIC and bool(event.tags),
            language=language,
        )
    )
    unit.run(lists.fan_out(status.id, author.id, boost=False, reply_to=reply_to, active_since=since, language=language))


def _answered(event: StatusPosted) -> int | None:
    """Whom the post answers: -1 for a parent that is not known here (nobody follows it)."""
    if event.parent_author is not None:
        return event.parent_author.id
    return -1 if event.status.in_reply_to_uri is not None else None


def boosted(tools: Tools, unit: Unit, event: Boosted) -> None:
    """The booster's own home, and the followers here, and the lists, that want to see boosts."""
    boost, booster = event.boost, event.booster
    if not event.fresh:
        return
    if booster.local:
        unit.made(homes.put(booster.id, boost.id))
    since = unit.now - AWAY_MS
    unit.run(homes.fan_out(boost.id, booster.id, unit.now, boost=True, reply_to=None, active_since=since))
    unit.run(lists.fan_out(boost.id, booster.id, boost=True, reply_to=None, active_since=since))
