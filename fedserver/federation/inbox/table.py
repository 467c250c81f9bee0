"""Activity type -> handler. Types that are not here are answered 202 and forgotten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from fedserver.db.unit import Unit
from fedserver.federation.inbox import (
    announces,
    blocks,
    collections,
    creates,
    deletes,
    flags,
    follows,
    likes,
    moves,
    quotes,
    undos,
    updates,
)
from fedserver.federation.inbox.inbound import Effect, Inbound

Handler = Callable[[Unit, Inbound], Effect]

TABLE: Final[Mapping[str, Handler]] = {
    "Create": creates.create,
    "Update": updates.update,
    "Delete": deletes.delete,
    "Like": likes.like,
    "EmojiReact": likes.like,
    "Announce": announces.announce,
    "Follow": follows.follow,
    "Accept": quotes.accept,
    "Reject": quotes.reject,
    "QuoteRequest": quotes.request,
    "Block": blocks.block,
    "Undo": undos.undo,
    "Flag": flags.flag,
    "Move": moves.move,
    "Add": collections.add,
    "Remove": collections.remove,
}
