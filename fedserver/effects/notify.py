"""Notifications of local accounts."""

from __future__ import annotations

from fedserver.db.queries import accounts, notifications, reactions, statuses
from fedserver.db.unit import Unit
from fedserver.effects.tools import Tools
from fedserver.kit.paging import Page
from fedserver.services import events, roles
from fedserver.services.notifications import notify

# an older post that says so was fetched, or edited long after
_FRESH_MS = 2 * 24 * 3600 * 1000


def posted(tools: Tools, unit: Unit, event: events.StatusPosted) -> None:
    """Whoever is mentioned, and whoever asked to hear of this author's posts."""
    if not event.fresh:
        return
    for account in event.mentioned:
        notify(unit, account, "mention", event.author, status_id=event.status.id)
    if event.status.in_reply_to_uri is None and event.status.visibility < 3:
        for account_id in unit.all(accounts.watchers(event.author.id)):
            recipient = unit.get(accounts.by_id(account_id))
            notify(unit, recipient, "status", event.author, status_id=event.status.id)


def edited(tools: Tools, unit: Unit, event: events.StatusEdited) -> None:
    """Whoever boosted the post hears that it changed; whoever is mentioned only now hears of that."""
    for account in event.newly:
        notify(unit, account, "mention", event.author, status_id=event.status.id)
    for boost in unit.all(reactions.boosted_by(event.status.id, Page(limit=200))):
        if boost.account.local:
            notify(unit, boost.account, "update", event.author, status_id=event.status.id)


def remixed(tools: Tools, unit: Unit, event: events.Remixed) -> None:
    """The first author hears of it as of a mention, which every client can show (docs/provenance.md), and once where
    the post mentions them besides; of nothing that they may not see."""
    to = event.original_author
    if unit.now - event.status.created_at > _FRESH_MS:
        return
    if event.status.open or unit.one(statuses.visible(event.status.id, to.id)) is not None:
        notify(unit, to, "mention", event.author, status_id=event.status.id)


def boosted(tools: Tools, unit: Unit, event: events.Boosted) -> None:
    if event.fresh:
        notify(unit, event.author, "reblog", event.booster, status_id=event.status.id)


def unboosted(tools: Tools, unit: Unit, event: events.Unboosted) -> None:
    unit.run(notifications.forget(event.author.id, f"reblog:{event.booster.id}:{event.status.id}"))


def favourited(tools: Tools, unit: Unit, event: events.Favourited) -> None:
    notify(unit, event.author, "favourite", event.account, status_id=event.status.id)


def unfavourited(tools: Tools, unit: Unit, event: events.Unfavourited) -> None:
    unit.run(notifications.forget(event.author.id, f"favourite:{event.account.id}:{event.status.id}"))


def follow_requested(tools: Tools, unit: Unit, event: events.FollowRequested) -> None:
    notify(unit, event.target, "follow_request", event.follower)


def follow_accepted(tools: Tools, unit: Unit, event: events.FollowAccepted) -> None:
    """A follower that had to be accepted was announced as a request already."""
    if not event.requested:
        notify(unit, event.target, "follow", event.follower)


def unfollowed(tools: Tools, unit: Unit, event: events.Unfollowed) -> None:
    unit.run(notifications.forget(event.target.id, f"follow:{event.follower.id}:0"))


def reported(tools: Tools, unit: Unit, event: events.Reported) -> None:
    """Everybody who may look after it: never whom it is about."""
    if event.again:
        return
    for holder in roles.staff(unit, "manage_reports"):
        if holder.account_id == event.target.id:
            continue
        moderator = unit.get(accounts.by_id(holder.account_id))
        notify(unit, moderator, "admin.report", event.reporter, report_id=event.report_id)


def signed_up(tools: Tools, unit: Unit, event: events.SignedUp) -> None:
    """Everybody who may let people in."""
    for holder in roles.staff(unit, "manage_users"):
        notify(unit, unit.get(accounts.by_id(holder.account_id)), "admin.sign_up", event.account)
