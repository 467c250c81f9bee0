"""What was decided about oneself, why, and how to appeal; also behind a link, for those who cannot sign in."""

from __future__ import annotations

from aiohttp.web import StreamResponse

from fedserver.db.queries import ledger as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.edge.address import limit_key
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go, page
from fedserver.kit.errors import Conflict, Invalid, NotFound
from fedserver.kit.paging import Page
from fedserver.services import access, appeals
from fedserver.web.decision_views import views_of

PER_PAGE = 30
MINE = "/settings/decisions"


async def listing(call: Call) -> StreamResponse:
    """All decisions about oneself, the newest first."""
    return await _page(call, call.me.account_id)


async def one(call: Call) -> StreamResponse:
    """One of them, as links of notifications and mails name it."""
    return await _page(call, call.me.account_id, only=call.id())


async def strike(call: Call) -> StreamResponse:
    """The address that apps made for Mastodon link a warning to."""
    return go(call, f"{MINE}/{call.id()}")


async def appeal(call: Call) -> StreamResponse:
    """File an appeal."""
    params = await check_form(call)
    account_id, decision_id = call.me.account_id, call.id()
    text = (params.text("text") or "").replace("\r\n", "\n")

    def work(unit: Unit) -> None:
        appeals.file(unit, access.account(unit, account_id), decision_id, text)

    try:
        await call.parts.db.run(work)
    except (Invalid, Conflict) as failure:
        return await _page(call, account_id, only=decision_id, error=failure.message)
    return go(call, f"{MINE}/{decision_id}", flash="appealed")


async def show_link(call: Call) -> StreamResponse:
    """The same for somebody who cannot sign in."""
    return await _page(call, (await _behind(call)).id, base=f"/appeal/{call.path['token']}")


async def appeal_by_link(call: Call) -> StreamResponse:
    """File an appeal without signing in."""
    params = await check_form(call)
    account, base = await _behind(call), f"/appeal/{call.path['token']}"
    decision_id, text = call.id(), (params.text("text") or "").replace("\r\n", "\n")
    try:
        await call.parts.db.run(lambda unit: appeals.file(unit, account, decision_id, text))
    except (Invalid, Conflict) as failure:
        return await _page(call, account.id, base=base, error=failure.message)
    return go(call, base, flash="appealed")


async def _behind(call: Call) -> Account:
    call.parts.extra["limits"].hit("login", f"a{limit_key(call.client_ip)}")
    token = call.path["token"]
    return await call.parts.db.run(lambda unit: appeals.behind(unit, token))


async def _page(
    call: Call, account_id: int, *, only: int | None = None, base: str = "", error: str | None = None
) -> StreamResponse:
    at = Page(max_id=call.query.id("max_id"), limit=PER_PAGE)
    if only is None:
        found = await call.parts.db.all(rows.of_account(account_id, at))
    else:
        found = [each for each in await call.parts.db.all(rows.by_id(only)) if each.account_id == account_id]
        if not found:
            raise NotFound()
    return page(
        call,
        "public/appeal.html" if base else "settings/decisions.html",
        status=200 if error is None else 422,
        here_now="decisions",
        decisions=await views_of(call.parts, found),
        base=base or MINE,
        alone=only is not None,
        longest=appeals.MAX_TEXT,
        older=found[-1].id if only is None and len(found) == PER_PAGE else None,
        error=error,
    )
