"""What the node learns of posts for later: words to search, cards of links, counts of featured tags."""

from __future__ import annotations

from fedserver.db.unit import Unit
from fedserver.effects.tools import Tools
from fedserver.services import cards, events, featured_tags, search


def posted(tools: Tools, unit: Unit, event: events.StatusPosted) -> None:
    status, author = event.status, event.author
    search.consider(unit, status, author, event.mentioned, event.with_media)
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


def deleted(tools: Tools, unit: Unit, event: events.StatusDeleted) -> None:
    if event.author.local:
        featured_tags.recount(unit, event.author.id)


def favourited(tools: Tools, unit: Unit, event: events.Favourited) -> None:
    if event.account.local:
        search.noticed(unit, event.status)


def boosted(tools: Tools, unit: Unit, event: events.Boosted) -> None:
    if event.booster.local:
        search.noticed(unit, event.status)
