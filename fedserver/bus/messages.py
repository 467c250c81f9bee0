"""What is published after a commit. Small values of primitives, so that they can cross a wire later."""

from __future__ import annotations

from typing import NamedTuple


class Posted(NamedTuple):
    """A post or a boost is new.

    ``visibility`` as in the table (0 public .. 3 direct). ``recipients``: accounts of this node whose home got it, or
    who are named in it when it is direct (the author included). ``tags`` in normal form, without the ``#``.
    ``lists``: those in whose timelines it stands.
    """

    status_id: int
    account_id: int
    visibility: int
    local: bool
    has_media: bool
    tags: tuple[str, ...]
    recipients: tuple[int, ...]
    lists: tuple[int, ...] = ()


class Edited(NamedTuple):
    """A post has a new version; the fields are those of ``Posted``."""

    status_id: int
    account_id: int
    visibility: int
    local: bool
    has_media: bool
    tags: tuple[str, ...]
    recipients: tuple[int, ...]
    lists: tuple[int, ...] = ()


class Deleted(NamedTuple):
    """A post or a boost is gone. ``public``: it stood in the public timelines."""

    status_id: int
    recipients: tuple[int, ...]
    public: bool
    local: bool
    tags: tuple[str, ...]
    lists: tuple[int, ...] = ()


class Notified(NamedTuple):
    """An account of this node has a new notification."""

    notification_id: int
    account_id: int
    type: str


class Merged(NamedTuple):
    """Notifications that were filtered stand among the others now."""

    account_id: int


class Announced(NamedTuple):
    """An announcement was published, or has changed."""

    announcement_id: int


class Reacted(NamedTuple):
    """An announcement has one reaction (``name``) more or less."""

    announcement_id: int
    name: str


class Withdrawn(NamedTuple):
    """An announcement is gone."""

    announcement_id: int


class Conversed(NamedTuple):
    """An account's view of a conversation has changed."""

    conversation_id: int
    account_id: int


class Refiltered(NamedTuple):
    """An account changed its filters."""

    account_id: int


class Closed(NamedTuple):
    """Access ended: of one token, or of all of the account when ``token_id`` is None.

    ``account_id`` None: the token is an application's own.
    """

    account_id: int | None
    token_id: int | None = None


Message = (
    Posted | Edited | Deleted | Notified | Merged | Announced | Reacted | Withdrawn | Conversed | Refiltered | Closed
)
