"""Lists of one's own: make, change, who is in them. Their timelines follow at once."""

from __future__ import annotations

from collections.abc import Sequence

from fedserver.db.queries import homes, lists, relations
from fedserver.db.queries.lists import FOLLOWED, LIST, NONE, List
from fedserver.db.unit import Unit
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import gettext as _
from fedserver.kit.i18n import lazy
from fedserver.services import access

# Mastodon 4.5: List::PER_ACCOUNT_LIMIT
MAX_LISTS = 50
TITLE_LENGTH = 256
POLICIES = {"list": LIST, "followed": FOLLOWED, "none": NONE}


def create(unit: Unit, account_id: int, *, title: str, policy: str = "list", exclusive: bool = False) -> int:
    """A new list; its id."""
    _check(title, policy)
    if (unit.one(lists.count(account_id)) or 0) >= MAX_LISTS:
        raise Invalid(lazy("Validation failed: You have reached the maximum number of lists"))
    list_id = unit.new_id()
    values = {
        "id": list_id,
        "account_id": account_id,
        "title": title,
        "replies_policy": POLICIES[policy],
        "exclusive": int(exclusive),
        "created_at": unit.now,
    }
    unit.run(lists.add(values))
    return list_id


def update(
    unit: Unit,
    account_id: int,
    list_id: int,
    *,
    title: str | None = None,
    policy: str | None = None,
    exclusive: bool | None = None,
) -> None:
    """Change what is not None. A list that becomes exclusive takes its members out of home, else they come back."""
    known = unit.get(lists.one(account_id, list_id))
    _check(title, policy)
    values: dict[str, object] = {}
    if title is not None:
        values["title"] = title
    if policy is not None:
        values["replies_policy"] = POLICIES[policy]
    if exclusive is not None:
        values["exclusive"] = int(exclusive)
    if values:
        unit.run(lists.change(list_id, values))
    members = unit.all(lists.member_ids(list_id))
    if policy is not None and POLICIES[policy] != known.replies_policy:
        for member_id in members:
            _refill(unit, list_id, member_id)
    if exclusive is not None and exclusive != bool(known.exclusive):
        _in_home(unit, account_id, members, exclusive=exclusive)


def remove(unit: Unit, account_id: int, list_id: int) -> None:
    """Delete one's own list."""
    known = unit.get(lists.one(account_id, list_id))
    members = unit.all(lists.member_ids(list_id)) if known.exclusive else []
    unit.run(lists.drop(list_id))
    _in_home(unit, account_id, members, exclusive=False)


def add_accounts(unit: Unit, account_id: int, list_id: int, member_ids: Sequence[int]) -> None:
    """Put accounts into one's own list: those one follows or asked to follow, or oneself. All of them or none.

    ``NotFound`` for others; ``Invalid`` for one that is in the list already (Mastodon's words).
    """
    known = unit.get(lists.one(account_id, list_id))
    for member_id in member_ids:
        member = access.account(unit, member_id)
        follow = unit.one(relations.follow(account_id, member.id))
        if follow is None and member.id != account_id:
            raise NotFound
        if not unit.made(lists.add_member(list_id, member.id, follow.id if follow is not None else None)):
            raise Invalid(lazy("Validation failed: Account has already been taken"))
    # once all of them are in it: which replies it shows may hang on that
    for member_id in member_ids:
        unit.run(lists.backfill(list_id, member_id))
    if known.exclusive:
        _in_home(unit, account_id, member_ids, exclusive=True)


def remove_accounts(unit: Unit, account_id: int, list_id: int, member_ids: Sequence[int]) -> None:
    """Take accounts out of one's own list; those that are not in it are passed over."""
    known = unit.get(lists.one(account_id, list_id))
    gone = [member_id for member_id in member_ids if unit.run(lists.drop_member(list_id, member_id))]
    for member_id in gone:
        unit.run(lists.drop_entries(list_id, member_id))
    if known.exclusive:
        _in_home(unit, account_id, gone, exclusive=False)


def followed(unit: Unit, account_id: int, target_id: int) -> None:
    """A request of a local account was accepted: lists that had the target in waiting show its posts from now on."""
    for list_id in unit.all(lists.ids_containing(account_id, target_id)):
        unit.run(lists.backfill(list_id, target_id))


def stands_in(unit: Unit, status_id: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The accounts in whose home a status stands, and the lists in which it does."""
    found = unit.all(lists.reached(status_id))
    return tuple(each.id for each in found if not each.in_list), tuple(each.id for each in found if each.in_list)


def policy_name(row: List) -> str:
    """``list``, ``followed`` or ``none``."""
    return next(name for name, number in POLICIES.items() if number == row.replies_policy)


def _refill(unit: Unit, list_id: int, member_id: int) -> None:
    unit.run(lists.drop_entries(list_id, member_id))
    unit.run(lists.backfill(list_id, member_id))


def _in_home(unit: Unit, account_id: int, member_ids: Sequence[int], *, exclusive: bool) -> None:
    """Take the posts of members out of home, or put the newest back unless another list keeps them out."""
    for member_id in member_ids:
        if member_id == account_id:
            continue
        if exclusive:
            unit.run(homes.drop_author(account_id, member_id))
        elif (follow := unit.one(relations.follow(account_id, member_id))) is not None and follow.state == "accepted":
            unit.run(homes.backfill(account_id, member_id))


def _check(title: str | None, policy: str | None) -> None:
    wrong: list[str] = []
    if title is not None and not title.strip():
        wrong.append(_("Title can't be blank"))
    if title is not None and len(title) > TITLE_LENGTH:
        wrong.append(_("Title is too long (maximum is %(limit)d characters)") % {"limit": TITLE_LENGTH})
    if policy is not None and policy not in POLICIES:
        wrong.append(_("Replies policy is not included in the list"))
    if wrong:
        raise Invalid(lazy("Validation failed: %(reasons)s", reasons=", ".join(wrong)))
