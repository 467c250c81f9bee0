"""A vote in a poll: a Note with a name and no content (FEP-9967)."""

from __future__ import annotations

from protocol.activitystreams.values import Document
from protocol.activitystreams.vocabulary import ACTIVITY_CONTEXT
from protocol.activitystreams.write.fields import format_time


def vote(*, id: str, actor: str, name: str, poll: str, to: str, published: int) -> Document:
    """Create of a vote for the option `name` of the Question `poll`, for its author alone."""
    note = {
        "id": id,
        "type": "Note",
        "name": name,
        "attributedTo": actor,
        "to": to,
        "inReplyTo": poll,
        "published": format_time(published),
    }
    return {
        "@context": ACTIVITY_CONTEXT,
        "id": f"{id}/activity",
        "type": "Create",
        "actor": actor,
        "to": to,
        "object": note,
    }
