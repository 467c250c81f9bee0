"""Notifications in groups (API version 2), as Mastodon 4.5 pages through them.

A page holds groups, not notifications: of each group one row, its newest within the bounds. What a group counts and
whom it names reaches down to its beginning, also below the page.
"""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp.web import Response

from fedserver.api import common
from fedserver.api.notifications import count_unread, wanted_of
from fedserver.db.queries import notifications as rows
from fedserver.db.queries.notifications import Notification
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import Malformed, NotFound
from fedserver.kit.i18n import lazy
from fedserver.kit.ids import MAX_ID
from fedserver.kit.paging import Page
from fedserver.render.mastodon.notifications import grouped
from fedserver.render.mastodon.renderer import join
from fedserver.services import notifications as service

_MAX_TYPES = 50


async def listed(call: Call) -> Response:
    """GET /api/v2/notifications"""
    query, page, me = call.query, call.query.page(40, 80), call.me.account_id
    partial, types = _partial(call), _grouped_types(call)
    wanted, now = wanted_of(call, query), common.now(call)
    found = await call.parts.db.all(rows.page(me, page, now, **wanted, grouped=types))
    found = found[::-1] if page.ascending else found
    # what the client does not want grouped stands alone
    heads = [row if row.type in types else row._replace(group_key=None) for row in found]
    low, high = _range(page, heads)
    keys = [row.group_key for row in heads if row.group_key is not None]
    narrowed = {name: wanted[name] for name in ("from_id", "with_filtered")}
    members = await call.parts.db.all(rows.groups(me, keys, now, low=low, high=high, **narrowed)) if keys else []
    body = await grouped(common.renderer(call), call.parts.db, heads, members, me, partial=partial)
    return responses.raw_paged(call, body, [row.id for row in heads])


async def show(call: Call) -> Response:
    """GET /api/v2/notifications/{key}"""
    me, now = call.me.account_id, common.now(call)
    found = await _of_key(call, Page(limit=1))
    if not found:
        raise NotFound
    key = found[0].group_key
    members = await call.parts.db.all(rows.groups(me, [key], now, low=0, high=MAX_ID)) if key is not None else []
    body = await grouped(common.renderer(call), call.parts.db, found, members, me, paged=False)
    return responses.raw_json(body)


async def people(call: Call) -> Response:
    """GET /api/v2/notifications/{key}/accounts"""
    page = call.query.page(40, 80)
    found = await _of_key(call, page)
    ordered = found[::-1] if page.ascending else found
    ids = list(dict.fromkeys(row.from_account_id for row in ordered))
    accounts = await common.renderer(call).accounts_by_id(call.parts.db, ids)
    body = join(accounts[each] for each in ids if each in accounts)
    return responses.raw_paged(call, body, [row.id for row in ordered])


async def dismiss(call: Call) -> Response:
    """POST /api/v2/notifications/{key}/dismiss"""
    account_id, key = call.me.account_id, call.path["key"]
    await call.parts.db.run(lambda unit: service.dismiss_group(unit, account_id, key))
    return responses.empty()


async def unread_count(call: Call) -> Response:
    """GET /api/v2/notifications/unread_count"""
    return responses.json({"count": await count_unread(call, _grouped_types(call))})


async def _of_key(call: Call, page: Page) -> list[Notification]:
    """The notifications of the group in the path. Those for moderators only as long as one is one."""
    me, key = call.me.account_id, call.path["key"]
    number = service.ungrouped_id(key)
    query = rows.of_group(me, key, page, common.now(call)) if number is None else rows.by_id(me, number)
    found = await call.parts.db.all(query)
    return [row for row in found if row.type not in service.STAFF_TYPES or call.me.may("moderator")]


def _range(page: Page, heads: Sequence[Notification]) -> tuple[int, int]:
    """The ids that the page covers: to its bounds where it is the last one, else from head to head."""
    if not heads:
        return 0, 0
    low, high = heads[-1].id, heads[0].id
    if len(heads) < page.limit and page.ascending:
        high = MAX_ID if page.max_id is None else page.max_id - 1
    elif len(heads) < page.limit:
        low = 0 if page.above is None else page.above + 1
    return low, high


def _grouped_types(call: Call) -> list[str]:
    """Which types the client can show in groups: all that there are unless it says so."""
    if not call.query.has("grouped_types"):
        return list(service.GROUPED)
    asked = call.query.texts("grouped_types", _MAX_TYPES)
    return [name for name in service.GROUPED if name in asked]


def _partial(call: Call) -> bool:
    asked = call.query.text("expand_accounts") or "full"
    if asked not in ("full", "partial_avatars"):
        raise Malformed(
            lazy(
                "Invalid value for 'expand_accounts': '%(value)s', allowed values are 'full' and 'partial_avatars'",
                value=asked[:100],
            )
        )
    return asked == "partial_avatars"
