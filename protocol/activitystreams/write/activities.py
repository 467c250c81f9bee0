"""The verbs. Each returns a whole document with `@context`, ready to be signed and sent.

Common arguments: `id` and `actor` are URLs; `to` and `cc` lists of URLs, written only where given; times are
milliseconds. An embedded noun or activity may bring its own `@context`; it is taken off.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from protocol.activitystreams.values import Document
from protocol.activitystreams.vocabulary import (
    ACTIVITY_CONTEXT,
    ACTOR_CONTEXT,
    ACTOR_TYPES,
    PUBLIC,
)
from protocol.activitystreams.write.fields import embedded, format_time, object_context


def create(*, id: str, actor: str, object: Document, published: int | None = None) -> Document:
    """Create of an object (`write_object`). Addressed like the object."""
    context = object_context(object)
    return _activity(
        "Create", id, actor, embedded(object), object.get("to"), object.get("cc"), published, context=context
    )


def update(
    *, id: str, actor: str, object: Document, to: Iterable[str] | None = None, published: int | None = None
) -> Document:
    """Update of an object, or of an actor (to Public unless told otherwise)."""
    is_actor = object.get("type") in ACTOR_TYPES
    addressees = to if to is not None else object.get("to") or [PUBLIC]
    context = ACTOR_CONTEXT if is_actor else object_context(object)
    return _activity("Update", id, actor, embedded(object), addressees, object.get("cc"), published, context=context)


def delete(
    *, id: str, actor: str, object: str | Document, to: Iterable[str] = (PUBLIC,), cc: Iterable[str] | None = None
) -> Document:
    """Delete of an object (give its Tombstone, or its id), or of an actor (give the actor's id)."""
    return _activity("Delete", id, actor, _part(object), to, cc)


def follow(*, id: str, actor: str, object: str) -> Document:
    """Follow of an actor; of PUBLIC, for a Mastodon relay (FEP-ae0c)."""
    return _activity("Follow", id, actor, object, [object] if object != PUBLIC else None)


def accept(*, id: str, actor: str, object: str | Document, to: Iterable[str] | None = None) -> Document:
    """Accept of a Follow (or of another request): embed the request as it came."""
    return _activity("Accept", id, actor, _part(object), to if to is not None else _sender(object))


def reject(*, id: str, actor: str, object: str | Document, to: Iterable[str] | None = None) -> Document:
    """Reject of a Follow, pending or accepted."""
    return _activity("Reject", id, actor, _part(object), to if to is not None else _sender(object))


def undo(*, id: str, actor: str, object: Document) -> Document:
    """Undo of one's own Follow, Like, Announce or Block: embed it whole. Addressed like it."""
    return _activity("Undo", id, actor, embedded(object), object.get("to"), object.get("cc"))


def like(*, id: str, actor: str, object: str, to: Iterable[str] | None = None, content: str | None = None) -> Document:
    """Like; with `content`, an emoji reaction (FEP-c0e0)."""
    doc = _activity("Like", id, actor, object, to)
    return {**doc, "content": content} if content else doc


def announce(
    *,
    id: str,
    actor: str,
    object: str | Document,
    to: Iterable[str],
    cc: Iterable[str] | None = None,
    published: int | None = None,
) -> Document:
    """Announce: a boost (give the id), or a group passing an activity on unmodified (FEP-1b12, give the activity)."""
    return _activity("Announce", id, actor, object, to, cc, published)


def block(*, id: str, actor: str, object: str) -> Document:
    """Block, which is delivered in practice, whatever ActivityPub says."""
    return _activity("Block", id, actor, object, [object])


def flag(
    *, id: str, actor: str, objects: Iterable[str], content: str = "", to: Iterable[str] | None = None
) -> Document:
    """Flag: the reported account first, then its posts. `actor` is the instance actor: reporters stay anonymous."""
    return _activity("Flag", id, actor, list(objects), to, content=content)


def move(*, id: str, actor: str, target: str, to: Iterable[str] | None = None) -> Document:
    """Move of the actor to `target` (FEP-7628)."""
    return _activity("Move", id, actor, actor, to, target=target)


def add(*, id: str, actor: str, object: str | Document, target: str, to: Iterable[str] = (PUBLIC,)) -> Document:
    """Add to one's own collection: a pinned post to `featured`."""
    return _activity("Add", id, actor, _part(object), to, target=target)


def remove(*, id: str, actor: str, object: str | Document, target: str, to: Iterable[str] = (PUBLIC,)) -> Document:
    """Remove from one's own collection."""
    return _activity("Remove", id, actor, _part(object), to, target=target)


def _activity(
    kind: str,
    id: str,
    actor: str,
    object: Any,
    to: Iterable[str] | None = None,
    cc: Iterable[str] | None = None,
    published: int | None = None,
    *,
    context: object = ACTIVITY_CONTEXT,
    **more: object,
) -> Document:
    doc: Document = {"@context": context, "id": id, "type": kind, "actor": actor}
    if published is not None:
        doc["published"] = format_time(published)
    if to is not None:
        doc["to"] = _listed(to)
    if cc is not None:
        doc["cc"] = _listed(cc)
    return {**doc, "object": object, **more}


def _listed(addresses: Iterable[str]) -> list[str]:
    return [addresses] if isinstance(addresses, str) else list(addresses)


def _part(object: str | Document) -> str | Document:
    return object if isinstance(object, str) else embedded(object)


def _sender(request: str | Document) -> list[str] | None:
    """Who sent the request that is answered."""
    actor = request.get("actor") if isinstance(request, dict) else None
    return [actor] if isinstance(actor, str) else None
