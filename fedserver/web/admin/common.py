"""What the pages of moderators share."""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp.web import Response

from fedserver.db.queries import audit, domain_lists, known_bad, ledger, takedowns
from fedserver.db.queries import moderation as moderation_rows
from fedserver.db.queries import users as user_rows
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.edge.call import Call
from fedserver.edge.pages import page
from fedserver.kit.errors import Failure, Forbidden
from fedserver.services import access

NEWEST = (1 << 63) - 1


async def shell(call: Call, template: str, here_now: str, /, *, status: int = 200, **values: Any) -> Response:
    """A page with the navigation and what waits in it."""
    db = call.parts.db
    waiting = {
        "reports": await db.one(moderation_rows.open_reports()) or 0,
        "registrations": await db.one(user_rows.count_pending()) or 0,
        "takedowns": await db.one(takedowns.open_count()) or 0,
        "domains": await db.one(domain_lists.draft_count()) or 0,
        "known_bad": await db.one(known_bad.open_count()) or 0,
        "appeals": await db.one(ledger.open_appeals()) or 0,
    }
    return page(call, template, status=status, here_now=here_now, waiting=waiting, **values)


def me(call: Call, unit: Unit) -> Account:
    """The moderator's account, for the audit log."""
    return access.account(unit, call.me.account_id)


def status_of(failure: Failure | None) -> int:
    """The status of a page that says what went wrong with its form."""
    return 200 if failure is None else 403 if isinstance(failure, Forbidden) else 422


def note_of(entry: audit.Entry) -> str:
    """The words in an entry of the audit log."""
    details = orjson.loads(entry.details or "{}")
    return str(details.get("about", "")) if isinstance(details, dict) else ""
