"""Conversations: direct posts of one thread between the same people, as each local one of them sees them; and threads
that somebody does not want to hear of."""

from __future__ import annotations

from collections.abc import Sequence

from fedserver.db.queries import conversations, relations
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.conversations import Conversation
from fedserver.db.queries.statuses import Status
from fedserver.db.unit import Unit
from fedserver.services import access
from fedserver.services.events import ConversationChanged


def received(unit: Unit, status: Status, author: Account, mentioned: Sequence[Account]) -> None:
    """A direct post belongs to a conversation of everybody in it who lives here and would hear of it."""
    everybody = list({each.id: each for each in (author, *mentioned)}.values())
    for account in everybody:
        if not account.local or not _hears(unit, account, author, status):
            continue
        people = sorted(each.id for each in everybody if each.id != account.id)
        values = {
            "id": unit.new_id(),
            "account_id": account.id,
            "thread_id": status.thread_id or status.id,
            "people": ",".join(map(str, people)),
            "status_id": status.id,
            "unread": int(account.id != author.id),
        }
        conversation_id = unit.get(conversations.put(values))
        unit.made(conversations.add_status(conversation_id, status.id))
        unit.record(ConversationChanged(conversation_id, account.id))


def _hears(unit: Unit, account: Account, author: Account, status: Status) -> bool:
    """What is not notified of makes no conversation either (Mastodon 4.5)."""
    if account.id == author.id:
        return True
    if unit.one(relations.blocked_either_way(account.id, author.id)) is not None:
        return False
    if unit.one(relations.muted(account.id, author.id, unit.now)):
        return False
    if author.domain and unit.one(relations.domain_blocked(account.id, author.domain)) is not None:
        return False
    return unit.one(conversations.thread_muted(account.id, status.id)) is None


def deleted(unit: Unit, status_id: int) -> None:
    """A direct post is gone: its conversations step back to the post before it, or go with it."""
    if unit.run(conversations.step_back(status_id)):
        unit.run(conversations.drop_empty())


def mark(unit: Unit, account_id: int, conversation_id: int, *, unread: bool) -> Conversation:
    """One's own conversation is read, or is to look unread."""
    known = unit.get(conversations.one(account_id, conversation_id))
    if bool(known.unread) != unread:
        unit.run(conversations.change(known.id, {"unread": int(unread)}))
        unit.record(ConversationChanged(known.id, account_id))
    return known._replace(unread=int(unread))


def remove(unit: Unit, account_id: int, conversation_id: int) -> None:
    """Remove one's own view of a conversation; the posts stay, and a new one brings it back."""
    unit.run(conversations.drop(unit.get(conversations.one(account_id, conversation_id)).id))


def mute_thread(unit: Unit, account_id: int, status_id: int, *, muted: bool) -> int:
    """No more notifications of the thread that a post is in, or again; the id of the post itself."""
    status = access.visible_status(unit, account_id, status_id)
    thread_id = status.thread_id or status.id
    if muted:
        values = {"account_id": account_id, "thread_id": thread_id, "created_at": unit.now}
        unit.made(conversations.mute_thread(values))
    else:
        unit.run(conversations.unmute_thread(account_id, thread_id))
    return status.id
