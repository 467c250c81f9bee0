"""Starting a web session: after signing in, joining, or setting a new password."""

from __future__ import annotations

from aiohttp.web import Response

from fedserver.db.unit import Unit
from fedserver.edge import cookies
from fedserver.edge.call import Call
from fedserver.edge.pages import go
from fedserver.services import sessions


async def start_session(call: Call, user_id: int, target: str, *, flash: str | None = None) -> Response:
    """Set the cookie of a new session, end the one that the browser brought, go to ``target``."""
    old, ip, agent = call.viewer, call.client_ip, call.header("User-Agent")

    def work(unit: Unit) -> sessions.NewSession:
        if old is not None and old.session_id is not None:
            sessions.end(unit, old.session_id, old.user_id)
        return sessions.start(unit, user_id, ip=ip, user_agent=agent)

    made = await call.parts.db.run(work)
    response = go(call, target, flash=flash)
    secure = call.parts.secure
    cookies.put(response, cookies.SESSION, made.token, secure, seconds=cookies.SESSION_SECONDS)
    cookies.drop(response, cookies.VISITOR, secure)
    return response
