"""Whether models may be trained with what one posts: the choice, and what a crawler sees of it."""

from __future__ import annotations

from typing import Final

import orjson
from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import accounts
from fedserver.domain import usage
from fedserver.edge import community, crawlers
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go, page
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import usage as service
from fedserver.web.admin.common import me

HERE: Final = "/settings/training"
_CHOICES: Final = (
    ("", lazy("As this node has it")),
    (usage.REFUSE, lazy("Please do not train models with it")),
    (usage.ALLOW, lazy("Models may be trained with it")),
)


async def show(call: Call) -> StreamResponse:
    """GET /settings/training"""
    return await _page(call)


async def save(call: Call) -> StreamResponse:
    """POST /settings/training: headers and objects change at once."""
    params = await check_form(call)
    word, account_id = params.text("training") or "", call.me.account_id
    try:
        await call.parts.db.run(lambda unit: service.choose(unit, account_id, word))
    except Invalid as failure:
        return await _page(call, error=str(failure.message))
    return go(call, HERE, flash="saved")


async def crawling(call: Call) -> StreamResponse:
    """POST /admin/crawlers: which crawlers are turned away, and whether they get nothing at all."""
    params = await check_form(call)
    names = (params.text("crawlers") or "").replace("\r\n", "\n").split("\n")
    refuse = params.flag("refuse_crawlers")
    await call.parts.db.run(lambda unit: service.set_crawlers(unit, names, refuse, me(call, unit)))
    community.changed(call.parts)
    return go(call, "/admin/community", flash="saved")


async def _page(call: Call, *, error: str | None = None) -> Response:
    row = await call.parts.db.one(accounts.by_id(call.me.account_id))
    if row is None:
        raise NotFound
    found = await community.current(call.parts)
    word = usage.wish("", row.training, call.parts.site.training)
    return page(
        call,
        "settings/training.html",
        status=200 if error is None else 422,
        here_now="training",
        choices=_CHOICES,
        chosen=row.training,
        node=call.parts.site.training,
        headers=usage.headers(word),
        properties=orjson.dumps(usage.properties(word), option=orjson.OPT_INDENT_2).decode() if word else "",
        refused=word == usage.REFUSE,
        crawlers=crawlers.names(found),
        turned_away=found is not None and bool(found.refuse_crawlers),
        error=error,
    )
