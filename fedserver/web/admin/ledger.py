"""The ledger for moderators: what was decided, filtered; one decision with its history; taking back."""

from __future__ import annotations

from urllib.parse import urlencode

import orjson
from aiohttp.web import StreamResponse

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import decisions as rows
from fedserver.db.queries import ledger as ledger_rows
from fedserver.db.queries import statuses as status_rows
from fedserver.db.queries.decisions import Filter
from fedserver.db.queries.ledger import Decision
from fedserver.db.queries.statuses import UNLISTED
from fedserver.domain.moderation import words
from fedserver.domain.moderation.slots import SLOT_OF
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go
from fedserver.kit.errors import Conflict, Failure, Forbidden, Invalid, NotFound
from fedserver.kit.i18n import gettext as _
from fedserver.kit.paging import Page
from fedserver.services import undoing
from fedserver.services.ledger import MAX_REASON, SOURCES
from fedserver.web import views
from fedserver.web.admin.common import me, shell, status_of
from fedserver.web.decision_views import views_of
from fedserver.web.views import PostView

PER_PAGE = 50
_STATES = ("", "standing", "undone")


async def listing(call: Call) -> StreamResponse:
    """Decisions, the newest first."""
    query = call.query
    handle = (query.text("account") or "").strip().lstrip("@").lower()[:300]
    account = None
    if handle:
        name, _at, domain = handle.partition("@")
        site = call.parts.site
        account = await call.parts.db.one(account_rows.by_handle(name, "" if domain == site.domain else domain))
    state, source = query.text("state") or "", query.text("source") or ""
    version = (query.text("version") or "").strip()
    wanted = Filter(
        rule=(query.text("rule") or "").strip()[:200],
        # an account that nobody knows: nothing
        account_id=account.id if account is not None else (0 if handle else None),
        source=source if source in SOURCES else "",
        state=state if state in _STATES else "",
        version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
    )
    at = Page(max_id=query.id("max_id"), limit=PER_PAGE)
    found = await call.parts.db.all(rows.filtered(wanted, at))
    counted = await call.parts.db.all(rows.counted(wanted.version)) if wanted.version is not None else []
    kept = {"rule": wanted.rule, "account": handle, "source": wanted.source, "state": wanted.state, "version": version}
    return await shell(
        call,
        "admin/ledger.html",
        "ledger",
        decisions=await views_of(call.parts, found),
        wanted=wanted,
        handle=handle,
        counted=counted[0] if counted else None,
        sources=[("", _("anybody")), *((name, words.source(name)) for name in SOURCES)],
        states=[("", _("all")), ("standing", _("standing")), ("undone", _("taken back"))],
        kept=urlencode({name: value for name, value in kept.items() if value}),
        older=found[-1].id if len(found) == PER_PAGE else None,
        longest=MAX_REASON,
    )


async def one(call: Call) -> StreamResponse:
    """A decision: reason, what was looked at, what was there before, what else was decided about it."""
    return await _show(call)


async def undo(call: Call) -> StreamResponse:
    """Take it back."""
    params = await check_form(call)
    decision_id, because = call.id(), (params.text("because") or "").replace("\r\n", "\n")
    try:
        await call.parts.db.run(lambda unit: undoing.undo(unit, decision_id, me(call, unit), because))
    except (Conflict, Invalid, Forbidden) as failure:
        return await _show(call, failure=failure)
    return go(call, f"/admin/ledger/{decision_id}", flash="undone")


async def undo_version(call: Call) -> StreamResponse:
    """Take back all that stands by a version of the policy."""
    params = await check_form(call)
    version, because = call.id(), (params.text("because") or "").replace("\r\n", "\n")
    if version > 10**9:
        raise NotFound()
    await call.parts.db.run(lambda unit: undoing.ask_version(unit, version, me(call, unit), because))
    return go(call, f"/admin/ledger?version={version}", flash="undoing")


async def _show(call: Call, *, failure: Failure | None = None) -> StreamResponse:
    decision = await call.parts.db.one(ledger_rows.by_id(call.id()))
    if decision is None:
        raise NotFound()
    found = [decision]
    if decision.target_id is not None:
        history = await call.parts.db.all(
            ledger_rows.of_target(decision.target, decision.target_id, Page(limit=PER_PAGE))
        )
        found += [each for each in history if each.id != decision.id]
    view, *others = await views_of(call.parts, found)
    posts = await _post(call, decision)
    return await shell(
        call,
        "admin/decision.html",
        "ledger",
        status=status_of(failure),
        view=view,
        history=others,
        posts=posts,
        longest=MAX_REASON,
        error=failure.message if failure is not None else None,
    )


async def _post(call: Call, decision: Decision) -> list[PostView]:
    """The post that it is about, its media veiled: what was open to everybody, or was reported."""
    if decision.target != "status" or decision.target_id is None:
        return []
    status = await call.parts.db.one(status_rows.by_id(decision.target_id))
    if status is None:
        return []
    if decision.report_id is None and _open_to(decision, status.visibility) > UNLISTED:
        return []
    return [post._replace(sensitive=True) for post in await views.posts_by_id(call.parts, [status.id])]


def _open_to(decision: Decision, now: int) -> int:
    """The visibility that the author gave a post."""
    if SLOT_OF.get(decision.verb) != "status.visibility":
        return now
    return int(orjson.loads(decision.before).get("original", now))
