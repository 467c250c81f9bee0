"""Writers: values in, plain dicts in a stable key order out, in the shapes that Mastodon emits.

Reading order: fields (times, small parts), provenance, the nouns (actors, objects, collections), then the
verbs (activities, quotes, votes).

A noun's writer returns it without `@context`, ready to be embedded; `document(noun, CONTEXT)` makes it stand alone.
The verbs return whole documents. What was absent in the value is absent in the dict, except for the keys that
plain-JSON servers look for without asking (`summary`, `inReplyTo`, `to`, `cc`, `tag`, `attachment`).
"""

from __future__ import annotations

from protocol.activitystreams.write.activities import (
    accept,
    add,
    announce,
    block,
    create,
    delete,
    flag,
    follow,
    like,
    move,
    reject,
    remove,
    undo,
    update,
)
from protocol.activitystreams.write.actors import write_actor
from protocol.activitystreams.write.collections import write_collection, write_page
from protocol.activitystreams.write.fields import document, format_time, object_context, write_emoji
from protocol.activitystreams.write.objects import write_object, write_tombstone
from protocol.activitystreams.write.provenance import write_label_definition
from protocol.activitystreams.write.quotes import answer_quote, delete_stamp, quote_request, write_stamp
from protocol.activitystreams.write.votes import vote

__all__ = [
    "accept",
    "add",
    "announce",
    "answer_quote",
    "block",
    "create",
    "delete",
    "delete_stamp",
    "document",
    "flag",
    "follow",
    "format_time",
    "like",
    "move",
    "object_context",
    "quote_request",
    "reject",
    "remove",
    "undo",
    "update",
    "vote",
    "write_actor",
    "write_collection",
    "write_emoji",
    "write_label_definition",
    "write_object",
    "write_page",
    "write_stamp",
    "write_tombstone",
]
