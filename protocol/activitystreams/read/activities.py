"""Activities: who did what to which object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from protocol.activitystreams import limits
from protocol.activitystreams.read.fields import (
    addressees,
    first,
    reference,
    references,
    text,
    timestamp,
    type_name,
)
from protocol.activitystreams.read.tags import read_tags
from protocol.activitystreams.urls import http_url
from protocol.activitystreams.values import Activity
from protocol.errors import Malformed


def read_activity(doc: Mapping[str, Any]) -> Activity:
    """Read an activity of any type. Required: `type`, `actor`, and an `object` that is a URL or an object.

    The id may be absent (null, or not an http(s) URL): then there is nothing to deduplicate by. Raises `Malformed`.
    """
    kind = type_name(doc)
    if not kind:
        raise Malformed("the type is missing", "type")
    actor = reference(doc.get("actor"))
    if actor is None:
        raise Malformed("the actor is missing or not an http(s) URL", "actor")
    value = first(doc.get("object"))
    embedded = value if isinstance(value, dict) else None
    object_ids = references(doc.get("object"), limits.OBJECTS)
    object_id = reference(value)
    if object_id is None and embedded is None:
        raise Malformed("the object is missing or neither a URL nor an object", "object")
    return Activity(
        id=http_url(doc.get("id")),
        type=kind,
        actor=actor,
        object_id=object_id,
        object=embedded,
        object_ids=object_ids,
        target=reference(doc.get("target")),
        origin=reference(doc.get("origin")),
        instrument=reference(doc.get("instrument")),
        result=reference(doc.get("result")),
        to=addressees(doc.get("to")),
        cc=addressees(doc.get("cc")),
        audience=addressees(doc.get("audience")),
        published=timestamp(doc.get("published")),
        content=text(doc.get("content"), limits.SUMMARY),
        emojis=read_tags(doc).emojis,
        raw=doc,
    )
