"""Notifications: one row per thing that happened, once, judged by the recipient's policy and grouped on arrival.

The rules are Mastodon 4.5's: what is blocked or muted is dropped; then the policy says for five kinds of senders
whether their notifications are accepted, filtered (kept back until the recipient accepts the sender) or dropped.
"""

from __future__ import annotations

from fedserver.db.queries import notices, reactions
from fedserver.db.queries import notifications as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.notices import RULES, Policy
from fedserver.db.queries.notifications import Standing
from fedserver.db.queries.statuses import DIRECT
from fedserver.db.unit import Unit
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy
from fedserver.services import conversations
from fedserver.services.events import NotificationMade, NotificationsMerged

DAY_MS = 24 * 3600 * 1000
HOUR_MS = 3600 * 1000
# an account counts as new, and a follower as none yet, for this long
NEW_ACCOUNT_MS = 30 * DAY_MS
NEW_FOLLOWER_MS = 3 * DAY_MS
# a group holds what happens within this many hours of its first notification
GROUP_HOURS = 12
GROUPED = ("admin.sign_up", "favourite", "follow", "reblog")
TYPES = (
    "mention",
    "status",
    "reblog",
    "follow",
    "follow_request",
    "favourite",
    "poll",
    "update",
    "quote",
    "quoted_update",
    "admin.sign_up",
    "admin.report",
    "severed_relationships",
    "moderation_warning",
)
STAFF_TYPES = ("admin.sign_up", "admin.report")
# what the policy speaks of; the rest was asked for, or comes from the node itself
_FILTERABLE = frozenset({"mention", "reblog", "follow", "follow_request", "favourite", "quote"})
_OF_ONESELF = frozenset({"poll", "severed_relationships", "moderation_warning"})
_ASKING = frozenset({"mention", "quote"})
_CHOICES = ("accept", "filter", "drop")


def notify(
    unit: Unit,
    recipient: Account,
    kind: str,
    source: Account,
    *,
    status_id: int | None = None,
    report_id: int | None = None,
    event_id: int | None = None,
) -> bool:
    """Tell a local account what somebody did; False where it was told before, or does not want to hear of it."""
    # who is suspended finds the reason on coming back
    reached = recipient.active or (kind == "moderation_warning" and recipient.deleted_at is None)
    if not recipient.local or not reached or (recipient.id == source.id and kind not in _OF_ONESELF):
        return False
    found = unit.get(rows.standing(recipient.id, source.id, unit.now, domain=source.domain, status_id=status_id))
    verdict = _judge(unit, kind, recipient, source, found, status_id)
    if verdict == "drop":
        return False
    filtered = verdict == "filter"
    notification_id = unit.new_id()
    values = {
        "id": notification_id,
        "account_id": recipient.id,
        "type": kind,
        "from_account_id": source.id,
        "status_id": status_id,
        "report_id": report_id,
        "event_id": event_id,
        "group_key": None if filtered else _group_key(unit, recipient.id, kind, status_id),
        "filtered": int(filtered),
        "once": f"{kind}:{source.id}:{status_id or report_id or event_id or 0}",
        "created_at": unit.now,
    }
    if not unit.made(rows.add(values)):
        return False
    if not filtered:
        unit.record(NotificationMade(notification_id, recipient.id, kind))
    elif kind in _ASKING and status_id is not None:
        unit.run(notices.ask(unit.new_id(), recipient.id, source.id, status_id, unit.now))
    return True


def _judge(unit: Unit, kind: str, recipient: Account, source: Account, found: Standing, status_id: int | None) -> str:
    """accept | filter | drop"""
    if recipient.id == source.id:
        return "accept"
    if found.blocked or found.muted or found.thread_muted:
        return "drop"
    staff = kind == "mention" and found.role not in (None, "user")
    if kind not in _FILTERABLE or found.permitted or staff:
        return "accept"
    given = _policy(found)
    stranger = not found.following
    follower = found.follower_since is not None and found.follower_since <= unit.now - NEW_FOLLOWER_MS
    verdicts = {given.for_limited_accounts} if source.limited_at is not None and stranger else set()
    if stranger:
        verdicts.add(given.for_not_following)
    if not follower:
        verdicts.add(given.for_not_followers)
    if stranger and source.created_at > unit.now - NEW_ACCOUNT_MS:
        verdicts.add(given.for_new_accounts)
    if (
        stranger
        and given.for_private_mentions != "accept"
        and _unasked(unit, kind, recipient, source, found, status_id)
    ):
        verdicts.add(given.for_private_mentions)
    return next((verdict for verdict in ("drop", "filter") if verdict in verdicts), "accept")


def _unasked(
    unit: Unit, kind: str, recipient: Account, source: Account, found: Standing, status_id: int | None
) -> bool:
    """A private mention by somebody to whom the recipient did not write first in this thread."""
    if kind != "mention" or found.visibility != DIRECT or status_id is None:
        return False
    return unit.one(rows.addressed(recipient.id, source.id, status_id)) is None


def _policy(found: Standing) -> Policy:
    if found.for_not_following is None:
        return Policy()
    return Policy(*[str(getattr(found, name)) for name in RULES])


def _group_key(unit: Unit, account_id: int, kind: str, status_id: int | None) -> str | None:
    """``favourite-<post>-<hour>``: the key of the group that is open, or of a new one that begins with this hour."""
    if kind not in GROUPED:
        return None
    prefix = kind if status_id is None else f"{kind}-{status_id}"
    hour = unit.now // HOUR_MS
    keys = [f"{prefix}-{hour - back}" for back in range(GROUP_HOURS)]
    open_key = unit.one(rows.last_key(account_id, keys[-1], keys[0]))
    return open_key if open_key in keys else keys[0]


def dismiss(unit: Unit, account_id: int, notification_id: int) -> None:
    """Remove one notification of one's own."""
    unit.get(rows.by_id(account_id, notification_id))
    unit.run(rows.dismiss(account_id, notification_id))


def dismiss_group(unit: Unit, account_id: int, group_key: str) -> None:
    """Remove a whole group; nothing happens where there is none."""
    number = ungrouped_id(group_key)
    unit.run(rows.dismiss_group(account_id, group_key) if number is None else rows.dismiss(account_id, number))


def ungrouped_id(group_key: str) -> int | None:
    """The id in the key of a notification that stands alone."""
    head, _, number = group_key.partition("ungrouped-")
    return int(number) if not head and number.isascii() and number.isdigit() and len(number) < 19 else None


def clear(unit: Unit, account_id: int) -> None:
    """Remove all of one's notifications."""
    unit.run(rows.clear(account_id))


def mark(unit: Unit, account_id: int, timeline: str, last_read_id: int) -> None:
    """Remember how far ``home`` or ``notifications`` was read."""
    unit.run(reactions.mark(account_id, timeline, last_read_id, unit.now))


def set_policy(unit: Unit, account_id: int, changes: dict[str, str]) -> Policy:
    """Change some rules; ``Invalid`` for what is not accept, filter or drop."""
    for name, value in changes.items():
        if name not in RULES or value not in _CHOICES:
            raise Invalid(lazy("'%(value)s' is not a valid %(name)s", value=value, name=name))
    held = (unit.one(notices.policy(account_id)) or Policy())._replace(**changes)
    unit.run(notices.save_policy(account_id, held, unit.now))
    return held


def accept_requests(unit: Unit, account_id: int, request_ids: list[int]) -> int:
    """What these senders said stands among the other notifications, and so will all that they say. How many."""
    found = unit.all(notices.requests_by_id(account_id, request_ids))
    for request in found:
        unit.run(notices.permit(account_id, request.from_account_id, unit.now))
        unit.run(notices.drop_request(account_id, request.from_account_id))
        conversations.revealed(unit, account_id, request.from_account_id)
        unit.run(notices.merge(account_id, request.from_account_id))
    if found:
        unit.record(NotificationsMerged(account_id))
    return len(found)


def dismiss_requests(unit: Unit, account_id: int, request_ids: list[int]) -> int:
    """Drop requests and what was filtered of these senders. How many."""
    found = unit.all(notices.requests_by_id(account_id, request_ids))
    for request in found:
        unit.run(notices.drop_request(account_id, request.from_account_id))
        unit.run(notices.drop_filtered(account_id, request.from_account_id))
    return len(found)


def forget_sender(unit: Unit, account_id: int, from_id: int) -> None:
    """A blocked account leaves nothing behind: notifications, its request, the permission it had."""
    unit.run(rows.forget_from(account_id, from_id))
    unit.run(notices.drop_request(account_id, from_id))
    unit.run(notices.forbid(account_id, from_id))
