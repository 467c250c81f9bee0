"""Hashtags that an account puts in front of its profile."""

from __future__ import annotations

from collections.abc import Sequence

from fedserver.db.queries import featured_tags, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.featured_tags import Featured
from fedserver.db.queries.statuses import Status
from fedserver.db.unit import Unit
from fedserver.domain.text.names import is_hashtag, normalise_hashtag
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import access
from fedserver.services.events import FeaturedTagChanged

# Mastodon 4.5
MAX_FEATURED = 10


def feature(unit: Unit, account_id: int, text: str) -> Featured:
    """Put a tag in front, as it is typed (with or without ``#``). Repeating it changes nothing."""
    typed = text.strip().removeprefix("#")
    name = normalise_hashtag(typed)
    if name is None or not is_hashtag(typed):
        raise Invalid(lazy("Validation failed: Tag is invalid"))
    tag_id = known_tag(unit, name)
    there = unit.one(featured_tags.pair(account_id, tag_id))
    if there is not None:
        return there
    if unit.get(featured_tags.count(account_id)) >= MAX_FEATURED:
        raise Invalid(lazy("Validation failed: You have already featured the maximum number of hashtags"))
    account = access.account(unit, account_id)
    found = unit.one(featured_tags.use(account_id, tag_id))
    values = {
        "id": unit.new_id(),
        "account_id": account_id,
        "tag_id": tag_id,
        "name": typed,
        "statuses_count": found.uses if found else 0,
        "last_status_at": found.last_at if found else None,
        "created_at": unit.now,
    }
    unit.made(featured_tags.add(values))
    unit.record(FeaturedTagChanged(account, typed, name, True))
    made = unit.one(featured_tags.pair(account_id, tag_id))
    if made is None:
        raise NotFound
    return made


def unfeature(unit: Unit, account_id: int, name: str) -> None:
    """By its normalised name; nothing happens where it is not featured."""
    tag_id = unit.one(statuses.tag_id(name))
    found = unit.one(featured_tags.pair(account_id, tag_id)) if tag_id is not None else None
    if found is not None:
        _drop(unit, found)


def remove(unit: Unit, account_id: int, featured_id: int) -> None:
    """By its id; ``NotFound`` for anybody else's."""
    found = unit.one(featured_tags.by_id(featured_id))
    if found is None or found.account_id != account_id:
        raise NotFound
    _drop(unit, found)


def _drop(unit: Unit, found: Featured) -> None:
    unit.run(featured_tags.drop(found.id))
    unit.record(FeaturedTagChanged(access.account(unit, found.account_id), found.name, found.tag, False))


def known_tag(unit: Unit, name: str) -> int:
    """The id of a tag by its normalised name; made where nobody used it yet."""
    tag_id = unit.one(statuses.tag_id(name))
    if tag_id is None:
        tag_id = unit.new_id()
        unit.made(statuses.add_tag({"id": tag_id, "name": name, "created_at": unit.now}))
    return tag_id


def used(unit: Unit, status: Status, carried: Sequence[str]) -> None:
    """The account posted something with these tags."""
    if status.visibility > statuses.UNLISTED:
        return
    for each in unit.all(featured_tags.of_account(status.account_id)):
        if each.tag in carried:
            values = {"statuses_count": each.statuses_count + 1, "last_status_at": status.created_at}
            unit.run(featured_tags.change(each.id, values))


def recount(unit: Unit, account_id: int) -> None:
    """A post was changed or removed: count the tags of its author anew."""
    for each in unit.all(featured_tags.of_account(account_id)):
        found = unit.one(featured_tags.use(account_id, each.tag_id))
        values = {"statuses_count": found.uses if found else 0, "last_status_at": found.last_at if found else None}
        unit.run(featured_tags.change(each.id, values))


def received(unit: Unit, account: Account, names: Sequence[str]) -> None:
    """What a remote account features now, by its own collection."""
    wanted: dict[str, str] = {}
    for typed in names[:MAX_FEATURED]:
        name = normalise_hashtag(typed.removeprefix("#"))
        if name is not None:
            wanted.setdefault(name, typed.removeprefix("#"))
    for each in unit.all(featured_tags.of_account(account.id)):
        if each.tag not in wanted:
            unit.run(featured_tags.drop(each.id))
    for name, typed in wanted.items():
        received_one(unit, account, typed, name)


def received_one(unit: Unit, account: Account, typed: str, name: str) -> None:
    """A remote account features one more."""
    if unit.get(featured_tags.count(account.id)) >= MAX_FEATURED:
        return
    tag_id = known_tag(unit, name)
    found = unit.one(featured_tags.use(account.id, tag_id))
    values = {"id": unit.new_id(), "account_id": account.id, "tag_id": tag_id, "name": typed, "created_at": unit.now}
    if found is not None:
        values |= {"statuses_count": found.uses, "last_status_at": found.last_at}
    unit.made(featured_tags.add(values))


def forgotten(unit: Unit, account: Account, name: str) -> None:
    """A remote account no longer features a tag."""
    tag_id = unit.one(statuses.tag_id(name))
    found = unit.one(featured_tags.pair(account.id, tag_id)) if tag_id is not None else None
    if found is not None:
        unit.run(featured_tags.drop(found.id))
