"""Conversations: direct posts of one thread between the same people, as each local one of them sees them; and threads
that somebody does not want to hear of."""

from __future__ import annotations

from collections.abc import Sequence

from fedserver.db.queries import conversations, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.conversations import Conversation
from fedserver.db.queries.statuses import Status
from fedserver.db.unit import Unit
from fedserver.services import access
from fedserver.services.events import ConversationChanged


def received(unit: Unit, status: Status, author: Account, mentioned: Sequence[Account]) -> None:
    """A direct post belongs to a conversation of its author and of everybody here who was told of it.

    Notifications come first: who blocks or mutes the author, muted the thread, or keeps strangers' mentions back has no
    conversation of it (Mastodon 4.5).
    """
    people = {each.id for each in (author, *mentioned)}
    for account in {each.id: each for each in (author, *mentioned)}.values():
        if account.local and (account.id == author.id or _told(unit, account.id, author.id, status.id)):
            _put(unit, account.id, status, people)


def revealed(unit: Unit, account_id: int, from_id: int) -> None:
    """The direct posts of a sender that were kept back make conversations from now on. Called before they count as
    told."""
    for status_id in unit.all(conversations.kept_back(account_id, from_id)):
        status = unit.get(statuses.by_id(status_id))
        named = {each.account_id for each in unit.all(statuses.mentions_of([status_id]))}
        _put(unit, account_id, status, named | {status.account_id})


def _told(unit: Unit, account_id: int, author_id: int, status_id: int) -> bool:
    return unit.one(conversations.told(account_id, f"mention:{author_id}:{status_id}")) is not None


def _put(unit: Unit, account_id: int, status: Status, people: set[int]) -> None:
    values = {
        "id": unit.new_id(),
        "account_id": account_id,
        "thread_id": status.thread_id or status.id,
        "people": ",".join(map(str, sorted(people - {account_id}))),
        "status_id": status.id,
        "unread": int(account_id != status.account_id),
    }
    conversation_id = unit.get(conversations.put(values))
    unit.made(conversations.add_status(conversation_id, status.id))
    unit.record(ConversationChanged(conversation_id, account_id))


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


def forget(unit: Unit, account_id: int) -> None:
    """Remove what a deleted account had set up for its own reading."""
    for query in conversations.forget(account_id):
        unit.run(query)


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
