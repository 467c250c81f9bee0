"""Whether a post concerns somebody here. What concerns nobody is not stored, whoever sends it."""

from __future__ import annotations

from fedserver.db.queries import accounts, relations, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.federation.people import mentioned
from protocol.activitystreams.values import Activity, Object


def sender_followed(unit: Unit, sender: Account | None) -> bool:
    """Whether somebody here follows the sender."""
    return sender is not None and unit.one(relations.followed_here(sender.id)) is not None


def addressed(unit: Unit, activity: Activity) -> bool:
    """Whether the activity is addressed to somebody here by id."""
    own = [uri for uri in (*activity.to, *activity.cc, *activity.audience) if unit.site.owns(uri)][:100]
    return bool(own) and any(a.local and a.active for a in unit.all(accounts.by_uris(own)))


def concerns(unit: Unit, sender: Account | None, obj: Object, activity: Activity) -> bool:
    """Whether a post is for somebody here: its author is followed, it names somebody, it answers a post that stands
    here and that its author may see, or it is based on one of a person here."""
    if sender_followed(unit, sender) or addressed(unit, activity):
        return True
    if any(account.local for account in mentioned(unit, obj)):
        return True
    viewer_id = sender.id if sender is not None else None
    named = [obj.in_reply_to] if obj.in_reply_to is not None else []
    named += [uri for uri in obj.made.based_on if unit.site.owns(uri)][:10]
    return any(_may_see(unit, uri, viewer_id) for uri in named)


def _may_see(unit: Unit, uri: str, viewer_id: int | None) -> bool:
    known = unit.one(statuses.by_uri(uri))
    return known is not None and unit.one(statuses.visible(known.id, viewer_id)) is not None
