"""Add and Remove: a post is pinned to its author's profile, a hashtag put in front of it, or no longer."""

from __future__ import annotations

from fedserver.db.queries import accounts, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.domain.text.names import normalise_hashtag
from fedserver.federation.fetching.outbox import hashtag_name
from fedserver.federation.inbox.inbound import Effect, Inbound
from fedserver.federation.inbox.relevance import sender_followed
from fedserver.services import featured_tags, remote
from protocol.activitystreams.read.fields import type_name
from protocol.authority import Known, may_act


def add(unit: Unit, inbound: Inbound) -> Effect:
    """Pin. A post that is not known is fetched if somebody here follows its author."""
    return _change(unit, inbound, pinned=True)


def remove(unit: Unit, inbound: Inbound) -> Effect:
    """Take the pin away."""
    return _change(unit, inbound, pinned=False)


def _change(unit: Unit, inbound: Inbound, *, pinned: bool) -> Effect:
    activity = inbound.activity
    sender = inbound.sender(unit)
    if sender is None:
        return Effect.IGNORED
    if activity.object is not None and type_name(activity.object) == "Hashtag":
        return _tag(unit, inbound, sender, featured=pinned)
    if activity.object_id is None:
        return Effect.IGNORED
    status = unit.one(statuses.by_uri(activity.object_id))
    author = unit.one(accounts.by_id(status.account_id)) if status is not None else None
    own = frozenset({sender.featured_uri} if sender.featured_uri else ())
    if may_act(activity, Known(author=author.uri if author is not None else None, collections=own)).refused:
        return Effect.REFUSED
    if status is None:
        if pinned and sender_followed(unit, sender):
            inbound.need_object(activity.object_id)
        return Effect.IGNORED
    if status.account_id != sender.id:
        return Effect.REFUSED
    remote.pin_status(unit, status, pinned=pinned)
    return Effect.DONE


def _tag(unit: Unit, inbound: Inbound, sender: Account, *, featured: bool) -> Effect:
    """A hashtag in front of a profile. Mastodon names ``featured`` as its collection, others ``featuredTags``."""
    activity = inbound.activity
    own = frozenset(uri for uri in (sender.featured_uri, sender.featured_tags_uri) if uri)
    if may_act(activity, Known(collections=own)).refused:
        return Effect.REFUSED
    typed = hashtag_name(activity.object or {})
    name = normalise_hashtag(typed) if typed else None
    if typed is None or name is None:
        return Effect.IGNORED
    if featured:
        featured_tags.received_one(unit, sender, typed, name)
    else:
        featured_tags.forgotten(unit, sender, name)
    return Effect.DONE
