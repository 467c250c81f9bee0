"""What the node learns of posts for later: words to search, cards, counts of featured tags, signals of feeds."""

from __future__ import annotations

from fedserver.db.unit import Unit
from fedserver.effects.tools import Tools
from fedserver.services import cards, events, featured_tags, search, signals


def posted(tools: Tools, unit: Unit, event: events.StatusPosted) -> None:
    status, author = event.status, event.author
    search.consider(unit, status, author, event.mentioned, event.with_media)
    signals.answered(unit, author, status, 1)
    if event.adopted:
        # answers that came before it
        signals.recount(unit, [status.id])
    if event.fresh:
        cards.show(unit, status, author, event.link)
    if event.tags and author.local:
        featured_tags.used(unit, status, event.tags)


def edited(tools: Tools, unit: Unit, event: events.StatusEdited) -> None:
    status, author = event.status, event.author
    search.changed(unit, status)
    search.consider(unit, status, author, event.newly)
    cards.show_again(unit, status, author, event.link)
    if author.local:
        featured_tags.recount(unit, author.id)


def shown_otherwise(tools: Tools, unit: Unit, event: events.StatusHeld | events.StatusReleased) -> None:
    """What is held is counted among nobody's hashtags, and for no post that it answers or boosts."""
    status = event.status
    signals.recount(unit, [of for of in (status.in_reply_to_id, status.reblog_of_id) if of is not None])
    if status.local:
        featured_tags.recount(unit, status.account_id)


def deleted(tools: Tools, unit: Unit, event: events.StatusDeleted) -> None:
    if not event.held:
        signals.answered(unit, event.author, event.status, -1)
    if event.author.local:
        featured_tags.recount(unit, event.author.id)


def favourited(tools: Tools, unit: Unit, event: events.Favourited) -> None:
    signals.liked(unit, event.account, event.status, 1)
    if event.account.local:
        search.noticed(unit, event.status)


def unfavourited(tools: Tools, unit: Unit, event: events.Unfavourited) -> None:
    signals.liked(unit, event.account, event.status, -1)


def boosted(tools: Tools, unit: Unit, event: events.Boosted) -> None:
    signals.boosted(unit, event.booster, event.boost, event.status, 1)
    if event.booster.local:
        search.noticed(unit, event.status)


def unboosted(tools: Tools, unit: Unit, event: events.Unboosted) -> None:
    signals.boosted(unit, event.booster, event.boost, event.status, -1)
