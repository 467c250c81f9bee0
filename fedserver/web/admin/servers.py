"""How deliveries to other servers are doing."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp.web import StreamResponse

from fedserver.db.queries import federation as federation_rows
from fedserver.db.queries import jobs as job_rows
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go
from fedserver.services import queues
from fedserver.web.admin.common import NEWEST, me, shell

Decision = Callable[[Unit, int, Account | None], None]


async def delivery(call: Call) -> StreamResponse:
    """What waits to be sent, what was given up, what the workers have before them."""
    db = call.parts.db
    return await shell(
        call,
        "admin/delivery.html",
        "delivery",
        queues=await db.all(federation_rows.queues(50)),
        dead=await db.all(federation_rows.dead(NEWEST, 50)),
        jobs=await db.all(job_rows.waiting()),
        dead_jobs=await db.all(job_rows.dead(NEWEST, 50)),
        now=call.parts.clock.now_ms(),
    )


async def again(call: Call) -> StreamResponse:
    """Try a job again that was given up, or forget it."""
    return await _decide(call, queues.retry_job, queues.forget_job)


async def deliver_again(call: Call) -> StreamResponse:
    """Try a delivery again that was given up, or forget it."""
    return await _decide(call, queues.retry_delivery, queues.forget_delivery)


async def _decide(call: Call, retry: Decision, forget: Decision) -> StreamResponse:
    params = await check_form(call)
    found, wanted = call.id(), params.text("action") == "retry"
    verb = retry if wanted else forget
    await call.parts.db.run(lambda unit: verb(unit, found, me(call, unit)))
    return go(call, "/admin/delivery", flash="retried" if wanted else "forgotten")
