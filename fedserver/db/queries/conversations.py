"""Conversations of one account, and the threads it muted."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select, text

from fedserver.db.queries.relations import bounds
from fedserver.db.statement import Query, Statement, columns, insert_new, nothing, present, scalar
from fedserver.db.statement import update as update_row
from fedserver.db.tables import (
    conversation_statuses,
    conversations,
    feed_subscriptions,
    filter_versions,
    filters,
    lists,
    own_feeds,
    own_orders,
    seen_posts,
    thread_mutes,
)
from fedserver.kit.paging import Page


class Conversation(NamedTuple):
    """A row of ``conversations``."""

    id: int
    account_id: int
    thread_id: int
    people: str
    last_status_id: int
    unread: int

    @property
    def others(self) -> list[int]:
        """The ids of the others in it."""
        return [int(each) for each in self.people.split(",") if each]


_c = conversations.c
_owner: Any = bindparam("account_id")
_ROW = select(*columns(conversations, Conversation))
_ONE = Statement(_ROW.where(_c.id == bindparam("id"), _c.account_id == _owner), Conversation._make)
_DROP = Statement(delete(conversations).where(_c.id == bindparam("id")), nothing)
_PUT = Statement(
    text(
        "INSERT INTO conversations (id, account_id, thread_id, people, last_status_id, unread)"
        " VALUES (:id, :account_id, :thread_id, :people, :status_id, :unread)"
        " ON CONFLICT (account_id, thread_id, people) DO UPDATE SET unread = excluded.unread, last_status_id ="
        " CASE WHEN conversations.last_status_id > excluded.last_status_id THEN conversations.last_status_id"
        " ELSE excluded.last_status_id END RETURNING id"
    ),
    scalar,
)
_STEP_BACK = Statement(
    text(
        "UPDATE conversations SET last_status_id = COALESCE((SELECT max(cs.status_id) FROM conversation_statuses cs"
        " WHERE cs.conversation_id = conversations.id), 0) WHERE last_status_id = :status_id"
    ),
    nothing,
)
_DROP_EMPTY = Statement(text("DELETE FROM conversations WHERE last_status_id = 0"), nothing)
_UNMUTE = Statement(
    delete(thread_mutes).where(thread_mutes.c.account_id == _owner, thread_mutes.c.thread_id == bindparam("thread_id")),
    nothing,
)
_MUTED = Statement(
    text(
        "SELECT 1 FROM thread_mutes m JOIN statuses s ON s.thread_id = m.thread_id"
        " WHERE m.account_id = :account_id AND s.id = :status_id"
    ),
    scalar,
)
_TOLD = Statement(
    text("SELECT 1 FROM notifications WHERE account_id = :account_id AND once = :once AND filtered = 0"), scalar
)
_KEPT_BACK = Statement(
    text(
        "SELECT s.id FROM notifications n JOIN statuses s ON s.id = n.status_id WHERE n.account_id = :account_id"
        " AND n.from_account_id = :from_id AND n.type = 'mention' AND n.filtered = 1 AND s.visibility = 3"
        " ORDER BY s.id LIMIT 500"
    ),
    scalar,
)
_MERGE = Statement(
    text(
        "UPDATE thread_mutes SET thread_id = :into WHERE thread_id IN"
        " (SELECT r.id FROM statuses r WHERE r.in_reply_to_id = :status_id) AND NOT EXISTS"
        " (SELECT 1 FROM thread_mutes o WHERE o.account_id = thread_mutes.account_id AND o.thread_id = :into)"
    ),
    nothing,
)


def _pages() -> dict[bool, Statement[Conversation]]:
    found = {}
    for ascending in (False, True):
        element = (
            _ROW.where(
                _c.account_id == _owner, _c.last_status_id < bindparam("below"), _c.last_status_id > bindparam("above")
            )
            .order_by(_c.last_status_id if ascending else _c.last_status_id.desc())
            .limit(bindparam("limit"))
        )
        found[ascending] = Statement(element, Conversation._make)
    return found


_LISTED = _pages()


def listed(account_id: int, page: Page) -> Query[Conversation]:
    """A page of conversations, by their newest posts."""
    return _LISTED[page.ascending](account_id=account_id, **bounds(page))


def one(account_id: int, conversation_id: int) -> Query[Conversation]:
    """One's own conversation."""
    return _ONE(account_id=account_id, id=conversation_id)


def put(values: dict[str, Any]) -> Query[int]:
    """Make the conversation or give it a newer post; its id."""
    return _PUT(**values)


def add_status(conversation_id: int, status_id: int) -> Query[Any]:
    """A post belongs to a conversation."""
    return insert_new(conversation_statuses, {"conversation_id": conversation_id, "status_id": status_id}, "status_id")


def change(conversation_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(conversations, "id", conversation_id, values)


def drop(conversation_id: int) -> Query[None]:
    return _DROP(id=conversation_id)


def step_back(status_id: int) -> Query[None]:
    """The newest post of some conversations is gone: the one before it takes its place, 0 where there is none."""
    return _STEP_BACK(status_id=status_id)


def drop_empty() -> Query[None]:
    """Drop conversations without a post."""
    return _DROP_EMPTY()


def mute_thread(values: dict[str, Any]) -> Query[Any]:
    return insert_new(thread_mutes, values, "thread_id")


def unmute_thread(account_id: int, thread_id: int) -> Query[None]:
    return _UNMUTE(account_id=account_id, thread_id=thread_id)


def thread_muted(account_id: int, status_id: int) -> Query[int]:
    """A row if the account muted the thread that the status is in."""
    return _MUTED(account_id=account_id, status_id=status_id)


def told(account_id: int, once: str) -> Query[int]:
    """A row if the account has a notification that is not filtered."""
    return _TOLD(account_id=account_id, once=once)


def kept_back(account_id: int, from_id: int) -> Query[int]:
    """The direct posts of a sender that the account's policy filtered."""
    return _KEPT_BACK(account_id=account_id, from_id=from_id)


def merge_threads(status_id: int, into: int) -> Query[None]:
    """The threads that began with replies to a status turned out to be parts of another: who muted them mutes it."""
    return _MERGE(status_id=status_id, into=into)


def muted_by(viewer: Any, thread_id: Any) -> Any:
    """SQL: whether the viewer muted a thread."""
    return present(thread_mutes.c.account_id == viewer, thread_mutes.c.thread_id == thread_id)


_FORGET = tuple(
    Statement(delete(table).where(table.c.account_id == _owner), nothing)
    for table in (
        *(conversations, thread_mutes, lists, filters, filter_versions),
        *(feed_subscriptions, own_feeds, own_orders, seen_posts),
    )
)


def forget(account_id: int) -> list[Query[None]]:
    """What an account had for its own reading: conversations, muted threads, lists, filters, feeds, what was seen."""
    return [statement(account_id=account_id) for statement in _FORGET]
