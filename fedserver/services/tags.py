"""Following hashtags: public posts that carry them come into one's home."""

from __future__ import annotations

from fedserver.db.queries import statuses, tags
from fedserver.db.unit import Unit
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy

MAX_FOLLOWED = 500


def follow(unit: Unit, account_id: int, name: str) -> None:
    """Follow a tag by its normalised name; it need not have been used yet. Repeating it changes nothing."""
    tag_id = unit.one(statuses.tag_id(name))
    if tag_id is None:
        tag_id = unit.new_id()
        unit.made(statuses.add_tag({"id": tag_id, "name": name, "created_at": unit.now}))
    if unit.get(tags.count_followed(account_id)) >= MAX_FOLLOWED:
        raise Invalid(lazy("Validation failed: You follow too many hashtags"))
    values = {"id": unit.new_id(), "account_id": account_id, "tag_id": tag_id, "created_at": unit.now}
    unit.made(tags.follow(values))


def unfollow(unit: Unit, account_id: int, name: str) -> None:
    """No longer; nothing happens where there was none."""
    tag_id = unit.one(statuses.tag_id(name))
    if tag_id is not None:
        unit.run(tags.unfollow(account_id, tag_id))
