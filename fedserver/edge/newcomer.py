"""What both doors of sign-up do around the service: ask who takes a newcomer's mail, and count what was refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fedserver.db.queries import signup as rows
from fedserver.db.unit import Unit
from fedserver.edge.call import Call
from fedserver.net.mailhosts import mail_hosts
from fedserver.services import signup

T = TypeVar("T")


async def mail_hosts_of(call: Call, email: str) -> tuple[str, ...]:
    """The hosts that take the mail of an address; asked only where mail providers are blocked, and it is not turned
    off. Whom to ask may stand in the parts (``name_servers``)."""
    domain = email.strip().lower().rpartition("@")[2]
    if not call.parts.config.registration.mail_hosts or "." not in domain:
        return ()
    if await call.parts.db.one(rows.any_email_domain()) is None:
        return ()
    return await mail_hosts(domain, call.parts.extra.get("name_servers"))


async def admitted(call: Call, work: Callable[[Unit], T]) -> T:
    """Run a unit that lets somebody in; a block that it meets is counted."""
    try:
        return await call.parts.db.run(work)
    except (signup.Refused, signup.Barred) as failure:
        refused = failure
        await call.parts.db.run(lambda unit: signup.count(unit, refused))
        raise
