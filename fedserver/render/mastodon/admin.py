"""Entities of Mastodon's admin API (4.5). Dictionaries, but for those that hold rendered accounts and posts (bytes)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from fedserver.db.queries.accounts import Account
from fedserver.db.queries.admin_accounts import Seen
from fedserver.db.queries.communities import Rule
from fedserver.db.queries.moderation import Report
from fedserver.db.queries.people import Note, Preset
from fedserver.db.queries.signup import CanonicalBlock, EmailDomainBlock, Hits, IpBlock
from fedserver.db.queries.users import User
from fedserver.domain.moderation.categories import CATEGORIES
from fedserver.domain.roles import Role
from fedserver.kit.clock import to_iso
from fedserver.kit.ids import time_of
from fedserver.render.mastodon import accounts
from fedserver.render.mastodon.basics import iso
from fedserver.render.mastodon.instance import rules
from fedserver.render.mastodon.renderer import join

_DAY_MS = 24 * 3600 * 1000
_WEEK = 7


class Person(NamedTuple):
    """An account with what staff may see of its user; ``body``: the rendered Account."""

    account: Account
    body: bytes
    user: User | None = None
    role: Role | None = None
    seen: tuple[Seen, ...] = ()
    invited_by: int | None = None


def account(row: Person) -> bytes:
    """Admin::Account."""
    user, found = row.user, row.account
    ips = [{"ip": each.ip, "used_at": to_iso(each.used_at)} for each in row.seen]
    if user is not None and user.sign_up_ip and all(each["ip"] != user.sign_up_ip for each in ips):
        ips.append({"ip": user.sign_up_ip, "used_at": to_iso(user.created_at)})
    value: dict[str, Any] = {
        "id": str(found.id),
        "username": found.username,
        "domain": found.domain or None,
        "created_at": to_iso(user.created_at if user is not None else time_of(found.id)),
        "email": user and (user.email or user.unconfirmed_email or ""),
        "ip": ips[0]["ip"] if ips else None,
        "ips": ips,
        "locale": user and user.locale,
        "invite_request": (user.reason or None) if user is not None else None,
        "role": accounts.role(row.role) if row.role is not None else None,
        "confirmed": user is not None and user.state != "unconfirmed",
        "approved": user is not None and not user.unapproved,
        "disabled": user is not None and user.state == "disabled",
        "sensitized": found.sensitized_at is not None,
        "silenced": found.limited_at is not None,
        "suspended": found.suspended_at is not None,
        # ours: the tier of trust that moderators gave, if any
        "trust": found.trust,
    }
    if user is not None and user.app_id is not None:
        value["created_by_application_id"] = str(user.app_id)
    if row.invited_by is not None:
        value["invited_by_account_id"] = str(row.invited_by)
    return orjson.dumps(value)[:-1] + b',"account":' + row.body + b"}"


def report(row: Report, people: Mapping[int, bytes], posts: Iterable[bytes], known: Sequence[Rule]) -> bytes:
    """Admin::Report. ``people``: Admin::Account by id; ``known``: the rules it names."""
    value = {
        "id": str(row.id),
        "action_taken": row.resolved_at is not None,
        "action_taken_at": iso(row.resolved_at),
        "category": CATEGORIES.get(row.category, "other"),
        # ours: what exactly, where Mastodon has no word for it
        "category_detail": row.category,
        "comment": row.comment,
        "forwarded": bool(row.forwarded),
        "created_at": to_iso(row.created_at),
        "updated_at": to_iso(row.updated_at),
        "rules": rules(tuple(known)),
    }
    parts = {
        "account": people.get(row.account_id),
        "target_account": people.get(row.target_id),
        "assigned_account": people.get(row.assigned_id or 0),
        "action_taken_by_account": people.get(row.resolved_by or 0),
    }
    more = b"".join(b',"%b":%b' % (name.encode(), body or b"null") for name, body in parts.items())
    return orjson.dumps(value)[:-1] + more + b',"statuses":' + join(posts) + b"}"


def ip_block(row: IpBlock) -> dict[str, Any]:
    """Admin::IpBlock."""
    return {
        "id": str(row.id),
        "ip": row.network,
        "severity": row.severity,
        "comment": row.comment,
        "created_at": to_iso(row.created_at),
        "expires_at": iso(row.expires_at),
    }


def email_domain_block(row: EmailDomainBlock, hits: Sequence[Hits], now: int) -> dict[str, Any]:
    """Admin::EmailDomainBlock, with how often it was met on each of the last seven days."""
    today = now - now % _DAY_MS
    by_day = {each.day: each.uses for each in hits if each.block_id == row.id}
    days = [today - number * _DAY_MS for number in range(_WEEK)]
    return {
        "id": str(row.id),
        "domain": row.domain,
        "created_at": to_iso(row.created_at),
        "allow_with_approval": bool(row.allow_with_approval),
        "history": [
            {"day": str(day // 1000), "accounts": str(by_day.get(day, 0)), "uses": str(by_day.get(day, 0))}
            for day in days
        ],
    }


def canonical_email_block(row: CanonicalBlock) -> dict[str, Any]:
    """Admin::CanonicalEmailBlock."""
    return {"id": str(row.id), "canonical_email_hash": row.digest}


def note(row: Note) -> dict[str, Any]:
    """Ours: a moderator's note about an account or a report."""
    return {
        "id": str(row.id),
        "text": row.text,
        "author": row.username,
        "author_id": str(row.author_id) if row.author_id is not None else None,
        "created_at": to_iso(row.created_at),
    }


def warning_preset(row: Preset) -> dict[str, Any]:
    """Ours: words of a warning that are used again."""
    return {"id": str(row.id), "title": row.title, "text": row.text}
