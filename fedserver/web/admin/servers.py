"""Other servers: policies towards domains, and how deliveries are doing."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp.web import StreamResponse

from fedserver.db.queries import federation as federation_rows
from fedserver.db.queries import jobs as job_rows
from fedserver.db.queries import moderation as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go
from fedserver.kit.errors import Invalid
from fedserver.services import moderation, queues
from fedserver.web.admin.common import NEWEST, me, shell

Decision = Callable[[Unit, int, Account | None], None]
SEVERITIES = ("limit", "suspend", "allow")


async def domains(call: Call) -> StreamResponse:
    """Every policy, and a form for one more."""
    return await _domains(call)


async def block(call: Call) -> StreamResponse:
    """Add a policy or change it."""
    params = await check_form(call)
    text, severity = (params.text("domain") or "").strip()[:300], params.text("severity") or ""
    private, public = (params.text("private_comment") or "")[:2000], (params.text("public_comment") or "")[:2000]
    media, reported = params.flag("reject_media"), params.flag("reject_reports")
    try:
        await call.parts.db.run(
            lambda unit: moderation.block_domain(
                unit,
                text,
                me(call, unit),
                severity=severity,
                private_comment=private,
                public_comment=public,
                reject_media=media,
                reject_reports=reported,
            )
        )
    except Invalid as failure:
        return await _domains(call, domain=text, error=failure.message)
    return go(call, "/admin/domains", flash="blocked")


async def unblock(call: Call) -> StreamResponse:
    """Remove a policy."""
    params = await check_form(call)
    text = params.text("domain") or ""
    await call.parts.db.run(lambda unit: moderation.unblock_domain(unit, text, me(call, unit)))
    return go(call, "/admin/domains", flash="unblocked")


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


async def _domains(call: Call, *, domain: str = "", error: str | None = None) -> StreamResponse:
    return await shell(
        call,
        "admin/domains.html",
        "domains",
        status=200 if error is None else 422,
        policies=await call.parts.db.all(rows.policies()),
        severities=SEVERITIES,
        domain=domain,
        error=error,
    )
