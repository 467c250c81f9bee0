"""Like, and EmojiReact, which is read as a favourite (FEP-c0e0)."""

from __future__ import annotations

import re
from typing import Final

from fedserver.db.queries import statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.domain.text.emoji import is_emoji
from fedserver.federation.inbox.inbound import Effect, Inbound
from fedserver.services import access, emojis
from fedserver.services.favourites import favourite
from protocol.activitystreams.values import Activity
from protocol.authority import may_act

_SHORTCODE: Final = re.compile(r":([A-Za-z0-9_]{1,60})(?:@\.)?:")


def like(unit: Unit, inbound: Inbound) -> Effect:
    """A favourite of a post that is known here and that the sender may see. Only the id of the object counts."""
    activity = inbound.activity
    if may_act(activity).refused:
        return Effect.REFUSED
    status = unit.one(statuses.by_uri(activity.object_id)) if activity.object_id is not None else None
    if status is None:
        return Effect.IGNORED
    if activity.id is not None and unit.one(statuses.tombstone(activity.id)) is not None:
        return Effect.IGNORED
    sender = inbound.known_sender(unit) if status.local else inbound.sender(unit)
    if sender is None:
        return Effect.IGNORED
    visible = access.visible_status(unit, sender.id, status.id)
    favourite(unit, sender, visible, uri=activity.id, emoji=_emoji(unit, sender, activity))
    return Effect.DONE


def _emoji(unit: Unit, sender: Account, activity: Activity) -> str | None:
    """What the favourite is said with: one emoji, or the ``:shortcode:`` of one that the activity brings along.

    Quirk: Misskey writes a custom emoji as ``:name@.:``, and a plain like as a heart.
    """
    said = activity.content.strip()
    if is_emoji(said):
        return said
    match = _SHORTCODE.fullmatch(said)
    brought = [each for each in activity.emojis if match is not None and each.shortcode == match[1]][:1]
    return f":{brought[0].shortcode}:" if brought and emojis.stored(unit, brought, sender.domain) != "[]" else None
