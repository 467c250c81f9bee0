"""The rows of ``routes`` on decisions of moderation. None of them is Mastodon's."""

from __future__ import annotations

from typing import Final

from fedserver.api import decisions
from fedserver.edge.routing import Route

_MINE, _LEDGER = "/api/v1/decisions", "/api/v1/admin/decisions"
_STAFF: Final = "manage_reports"

DECISIONS: Final[tuple[Route, ...]] = (
    Route("GET", _MINE, decisions.listed, scope="read:accounts"),
    Route("GET", f"{_MINE}/{{id}}", decisions.show, scope="read:accounts", owner="whom it hits"),
    Route("POST", f"{_MINE}/{{id}}/appeal", decisions.appeal, scope="write:accounts", owner="whom it hits"),
    Route("GET", _LEDGER, decisions.ledger, scope="admin:read:reports", permission=_STAFF),
    Route("GET", f"{_LEDGER}/{{id}}", decisions.ledger_one, scope="admin:read:reports", permission=_STAFF),
    Route("POST", f"{_LEDGER}/{{id}}/undo", decisions.undo, scope="admin:write:reports", permission=_STAFF),
)
