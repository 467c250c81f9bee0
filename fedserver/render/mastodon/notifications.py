"""Notifications: one by one, and as groups with the accounts and posts that they share beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from fedserver.db.queries import decisions, moderation, notices, timelines
from fedserver.db.queries.notices import Policy, Request, Severance
from fedserver.db.queries.notifications import GroupRow, Notification
from fedserver.kit.clock import to_iso
from fedserver.render import reasons
from fedserver.render.mastodon import small
from fedserver.render.mastodon.renderer import Reader, Renderer, join

# what a notification of these types is about
WITH_STATUS = frozenset({"mention", "status", "reblog", "favourite", "poll", "update", "quote", "quoted_update"})
_PARTIAL = ("id", "acct", "locked", "bot", "url", "avatar", "avatar_static")


class _Subjects(NamedTuple):
    """What notifications tell of, rendered: posts by id; reports, severances and warnings by the notification's id."""

    posts: dict[int, bytes]
    people: dict[int, bytes]
    parts: dict[int, bytes]

    def shown(self, row: Notification) -> bool:
        """Whether what it tells of can still be seen."""
        if row.from_account_id not in self.people:
            return False
        return row.type not in WITH_STATUS or row.status_id in self.posts


async def notifications(
    renderer: Renderer, db: Reader, rows: Sequence[Notification], viewer_id: int
) -> dict[int, bytes]:
    """Notification by id. One whose post the viewer can no longer see is left out."""
    found = await _subjects(renderer, db, rows, viewer_id)
    return {row.id: _notification(row, found) for row in rows if found.shown(row)}


async def grouped(
    renderer: Renderer,
    db: Reader,
    heads: Sequence[Notification],
    groups: Iterable[GroupRow],
    viewer_id: int,
    *,
    partial: bool = False,
    paged: bool = True,
) -> bytes:
    """GroupedNotificationsResults. ``heads``: one row a group, in order; ``groups``: the rows of those that have keys.

    ``partial``: accounts beside the newest of a group are told in a few words. ``paged``: whether ids of the page
    belong to a group's description.
    """
    of_group: dict[str, list[GroupRow]] = defaultdict(list)
    for member in groups:
        of_group[member.group_key].append(member)
    named = [member.from_account_id for members in of_group.values() for member in members]
    found = await _subjects(renderer, db, heads, viewer_id, named)
    shown = [row for row in heads if found.shown(row)]
    bodies, full, few, posts = [], dict[int, bytes](), dict[int, bytes](), dict[int, bytes]()
    for row in shown:
        members = of_group.get(row.group_key or "") or [_alone(row)]
        members = [member for member in members if member.from_account_id in found.people]
        samples = list(dict.fromkeys(member.from_account_id for member in members)) or [row.from_account_id]
        for place, account_id in enumerate(samples):
            (few if partial and place else full)[account_id] = found.people[account_id]
        if row.type in WITH_STATUS and row.status_id is not None:
            posts[row.status_id] = found.posts[row.status_id]
        bodies.append(_group(row, members or [_alone(row)], samples, found.parts.get(row.id), paged))
    extra = b""
    if partial:
        rest = (body for account_id, body in few.items() if account_id not in full)
        extra = b',"partial_accounts":' + join(map(_partial, rest))
    return b'{"accounts":%b%b,"statuses":%b,"notification_groups":%b}' % (
        join(full.values()),
        extra,
        join(posts.values()),
        join(bodies),
    )


async def requests(renderer: Renderer, db: Reader, rows: Sequence[Request], viewer_id: int) -> dict[int, bytes]:
    """NotificationRequest by id."""
    wanted = [row.last_status_id for row in rows if row.last_status_id is not None]
    posts = await _posts(renderer, db, wanted, viewer_id)
    people = await renderer.accounts_by_id(db, (row.from_account_id for row in rows))
    found = {}
    for row in rows:
        if row.from_account_id in people:
            head = {
                "id": str(row.id),
                "created_at": to_iso(row.created_at),
                "updated_at": to_iso(row.updated_at),
                # a text, as Mastodon sends it
                "notifications_count": str(row.notifications_count),
            }
            last = posts.get(row.last_status_id or 0, b"null")
            body = orjson.dumps(head)[:-1] + b',"account":' + people[row.from_account_id]
            found[row.id] = body + b',"last_status":' + last + b"}"
    return found


def policy(held: Policy, waiting: Sequence[Request]) -> dict[str, Any]:
    """NotificationPolicy (4.3)."""
    return {**held._asdict(), "summary": _summary(waiting)}


def policy_v1(held: Policy, waiting: Sequence[Request]) -> dict[str, Any]:
    """V1::NotificationPolicy: whether something is filtered; what is dropped counts as filtered."""
    rules = held._asdict()
    names = ("not_following", "not_followers", "new_accounts", "private_mentions")
    return {**{f"filter_{name}": rules[f"for_{name}"] != "accept" for name in names}, "summary": _summary(waiting)}


def _summary(waiting: Sequence[Request]) -> dict[str, int]:
    told = sum(row.notifications_count for row in waiting)
    return {"pending_requests_count": len(waiting), "pending_notifications_count": told}


def _notification(row: Notification, found: _Subjects) -> bytes:
    parts = [_head(row), found.people[row.from_account_id]]
    if row.type in WITH_STATUS:
        parts += (b',"status":', found.posts[row.status_id or 0])
    parts += (found.parts.get(row.id, b""), b"}")
    return b"".join(parts)


@lru_cache(maxsize=4096)
def _head(row: Notification) -> bytes:
    """What stands before the account. It depends on the row alone: another row is another entry."""
    head: dict[str, Any] = {
        "id": str(row.id),
        "type": row.type,
        "group_key": row.group_key or f"ungrouped-{row.id}",
        "created_at": to_iso(row.created_at),
    }
    if row.filtered:
        head["filtered"] = True
    return orjson.dumps(head)[:-1] + b',"account":'


def _group(
    row: Notification, members: Sequence[GroupRow], samples: Sequence[int], part: bytes | None, paged: bool
) -> bytes:
    newest = members[0]
    told: dict[str, Any] = {
        "group_key": newest.group_key,
        "notifications_count": newest.total,
        "type": row.type,
        "most_recent_notification_id": str(newest.newest_id),
    }
    if paged:
        told |= {
            "page_min_id": str(newest.page_min_id or newest.id),
            "page_max_id": str(newest.id),
            "latest_page_notification_at": to_iso(newest.created_at),
        }
    told["sample_account_ids"] = [str(each) for each in samples]
    if row.type in WITH_STATUS:
        told["status_id"] = str(row.status_id)
    return orjson.dumps(told)[:-1] + (part or b"") + b"}"


def _alone(row: Notification) -> GroupRow:
    key = f"ungrouped-{row.id}"
    return GroupRow(key, row.id, row.from_account_id, row.created_at, 1, row.id, row.id)


def _partial(account: bytes) -> bytes:
    """PartialAccountWithAvatar."""
    whole = orjson.loads(account)
    return orjson.dumps({name: whole[name] for name in _PARTIAL})


async def _posts(renderer: Renderer, db: Reader, ids: Iterable[int], viewer_id: int) -> dict[int, bytes]:
    wanted = list(dict.fromkeys(ids))
    shown = await db.all(timelines.by_ids(viewer_id, wanted)) if wanted else []
    # a notification is not hidden with the post that it tells of: the post comes with a warning
    return await renderer.status_map(db, shown, viewer_id, asked=True)


async def _subjects(
    renderer: Renderer, db: Reader, rows: Sequence[Notification], viewer_id: int, named: Iterable[int] = ()
) -> _Subjects:
    posts = await _posts(renderer, db, [row.status_id for row in rows if row.status_id is not None], viewer_id)
    people = await renderer.accounts_by_id(db, [*[row.from_account_id for row in rows], *named])
    parts: dict[int, bytes] = {}
    for row in rows:
        if row.report_id is not None and (told := await _report(renderer, db, row.report_id)) is not None:
            parts[row.id] = b',"report":' + told
    parts |= await _events(renderer, db, [row for row in rows if row.event_id is not None], people)
    return _Subjects(posts, people, parts)


async def _events(
    renderer: Renderer, db: Reader, rows: Sequence[Notification], people: dict[int, bytes]
) -> dict[int, bytes]:
    """What the node itself tells: severed relationships and warnings."""
    ids = {kind: [row.event_id or 0 for row in rows if row.type == kind] for kind in {row.type for row in rows}}
    severed = ids.get("severed_relationships", [])
    warned = ids.get("moderation_warning", [])
    events = {each.id: each for each in await db.all(notices.severances_by_id(severed))} if severed else {}
    warnings = await _warnings(renderer, db, warned) if warned else {}
    found = {}
    for row in rows:
        event, warning = events.get(row.event_id or 0), warnings.get(row.event_id or 0)
        if event is not None and row.type == "severed_relationships":
            found[row.id] = b',"event":' + orjson.dumps(_severance(event))
        elif warning is not None and row.type == "moderation_warning":
            target = people.get(row.account_id, b"null")
            found[row.id] = b',"moderation_warning":' + warning[:-1] + b',"target_account":' + target + b"}"
    return found


def _severance(row: Severance) -> dict[str, Any]:
    """RelationshipSeveranceEvent."""
    return {
        "id": str(row.id),
        "type": row.type,
        "purged": False,
        "target_name": row.target_name,
        "followers_count": row.followers_count,
        "following_count": row.following_count,
        "created_at": to_iso(row.created_at),
    }


async def _warnings(renderer: Renderer, db: Reader, ids: Sequence[int]) -> dict[int, bytes]:
    """AccountWarning without the account, by the decision that the notification names."""
    found = {}
    for one in await db.all(decisions.by_ids(list(ids))):
        group = await db.all(decisions.told_with(one)) or [one]
        given = await db.all(decisions.appeals_of([each.id for each in group]))
        appeal = given[0] if given else None
        version = next(iter(await db.all(decisions.version_of(one))), None)
        found[one.id] = orjson.dumps(reasons.warning(renderer.site, group, version, renderer.now, appeal))
    return found


async def _report(renderer: Renderer, db: Reader, report_id: int) -> bytes | None:
    rows = await db.all(moderation.report(report_id))
    if not rows:
        return None
    target = (await renderer.accounts_by_id(db, [rows[0].target_id])).get(rows[0].target_id, b"null")
    return small.report(rows[0], await db.all(moderation.statuses_of(report_id)), target)
