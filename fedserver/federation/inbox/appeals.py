"""Answers to messages that told an author on another server what was decided: each is an appeal, and no post."""

from __future__ import annotations

from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.federation.inbox.inbound import Effect, Inbound
from fedserver.kit.ids import MAX_ID
from fedserver.services import statements
from protocol.activitystreams.values import Object


def named(unit: Unit, obj: Object) -> int | None:
    """The number of the message that an object answers; None where it answers something else."""
    head = uris.statement(unit.site, 0)[:-1]
    if obj.in_reply_to is None or not obj.in_reply_to.startswith(head):
        return None
    number = obj.in_reply_to[len(head) :]
    return (
        int(number) if number.isascii() and number.isdigit() and len(number) <= 19 and int(number) <= MAX_ID else None
    )


def answer(unit: Unit, inbound: Inbound, obj: Object, statement_id: int) -> Effect:
    """File the appeal. Only the author to whom the message went may; nothing of the answer is kept as a post."""
    sender = inbound.sender(unit)
    if sender is None:
        return Effect.IGNORED
    if not sender.active or not statements.is_for(unit, sender, statement_id):
        return Effect.REFUSED
    return Effect.DONE if statements.answered(unit, sender, statement_id, obj.content_html) else Effect.IGNORED
