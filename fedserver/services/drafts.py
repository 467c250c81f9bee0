"""What is looked at before a post is written, now or for later."""

from __future__ import annotations

from fedserver.db.queries import media, statuses
from fedserver.db.queries.statuses import Status
from fedserver.db.unit import Unit
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import access


def answered(unit: Unit, author_id: int, status_id: int) -> Status:
    """The post that is to be answered; ``NotFound`` in Mastodon's words."""
    try:
        return access.visible_status(unit, author_id, status_id)
    except NotFound:
        raise NotFound(lazy("The post you are trying to reply to does not appear to exist.")) from None


def known_request(unit: Unit, author_id: int, key: str, body_hash: bytes) -> int | None:
    """What an earlier request with this Idempotency-Key made. ``Invalid`` where it asked for something else."""
    row = unit.one(statuses.idempotent(author_id, key))
    if row is None:
        return None
    if row[0] != body_hash:
        raise Invalid(lazy("The Idempotency-Key was used with another request"))
    return int(row[1])


def keep_request(unit: Unit, author_id: int, key: str, body_hash: bytes, status_id: int) -> None:
    """Remember which post a request with an idempotency key made."""
    values = {"account_id": author_id, "key": key, "body_hash": body_hash, "status_id": status_id}
    unit.made(statuses.keep_idempotent({**values, "created_at": unit.now}))


def check_medium(unit: Unit, author_id: int, media_id: int, status_id: int | None) -> None:
    """Whether the author may attach it: an upload of their own that is ready and stands nowhere else."""
    found = unit.one(media.by_id(media_id))
    usable = (
        found is not None
        and found.account_id == author_id
        and found.role == "attachment"
        and found.status_id in (None, status_id)
    )
    if not usable:
        raise Invalid(lazy("Validation failed: Media attachment not found"))
    if found is not None and found.state != "ready":
        raise Invalid(lazy("Cannot attach files that have not finished processing. Try again in a moment!"))
