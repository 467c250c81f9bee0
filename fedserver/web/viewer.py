"""What pages ask about whoever looks at them."""

from __future__ import annotations

from fedserver.db.queries import roles as rows
from fedserver.domain.roles import PRESETS, Role
from fedserver.edge.call import Call
from fedserver.services.roles import role_of


async def role_of_viewer(call: Call) -> Role:
    """The viewer's role as it counts."""
    holder = await call.parts.db.one(rows.of_accounts([call.me.account_id]))
    return role_of(holder) if holder is not None else PRESETS["user"]
