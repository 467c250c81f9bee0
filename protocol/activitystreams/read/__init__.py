"""Tolerant, typed readers: a parsed JSON object in, a frozen value out, `Malformed` otherwise and nothing but that.

Reading order: fields (the forms a single value comes in), tags (mentions, hashtags, emojis), provenance, media, policy,
polls, then the nouns: actors, objects, activities, collections, quotes.

The rule everywhere: a wrong optional value is dropped, a wrong required one refuses the document, a value may stand
alone or in an array, a reference may be a string or an object with an id, and everything has a cap (limits.py).
"""

from __future__ import annotations

from protocol.activitystreams.read.activities import read_activity
from protocol.activitystreams.read.actors import read_actor, read_keys
from protocol.activitystreams.read.collections import read_collection
from protocol.activitystreams.read.objects import read_object, read_tombstone
from protocol.activitystreams.read.quotes import read_stamp

__all__ = [
    "read_activity",
    "read_actor",
    "read_collection",
    "read_keys",
    "read_object",
    "read_stamp",
    "read_tombstone",
]
