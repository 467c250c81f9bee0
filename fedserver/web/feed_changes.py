"""A feed of the community with another formula: beside today's on real posts, then proposed by the procedure."""

from __future__ import annotations

from dataclasses import replace

from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import policy as policies
from fedserver.db.unit import Unit
from fedserver.domain.policy.canonical import plain_feed
from fedserver.domain.policy.document import Document, Feed, in_language
from fedserver.domain.policy.errors import DocumentError
from fedserver.domain.policy.fields import Fields
from fedserver.domain.policy.read import FEED_KEYS, MAX_BYTES, community_feed, toml_of
from fedserver.domain.policy.write import values_toml
from fedserver.domain.ranking.values import Ranked
from fedserver.edge import ordering
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.own_form import sentence
from fedserver.edge.pages import go
from fedserver.kit import i18n
from fedserver.kit.errors import Failure, NotFound
from fedserver.services import access, proposals
from fedserver.services.policy import document_of
from fedserver.web import comparing
from fedserver.web.admin.common import shell


async def listing(call: Call) -> StreamResponse:
    """GET /admin/feeds"""
    document = await _in_force(call)
    language = (i18n.current_locale(), document.language)
    told = [
        (feed.id, in_language(feed.title, *language), feed.id == document.default_feed, feed.id == document.trends)
        for feed in document.feeds
    ]
    return await shell(call, "admin/feeds.html", "feeds", feeds=told)


async def show(call: Call) -> StreamResponse:
    """GET /admin/feeds/{name}"""
    _, feed = await _asked(call)
    return await _form(call, feed, values_toml(plain_feed(feed)))


async def save(call: Call) -> StreamResponse:
    """POST /admin/feeds/{name}: ``do`` is ``preview`` (nothing is kept) or ``propose``."""
    params = await check_form(call)
    document, feed = await _asked(call)
    text, note = params.text("document") or "", params.text("note") or ""
    try:
        table = Fields(f"feed.{feed.id}", toml_of(text, MAX_BYTES), FEED_KEYS)
        changed = community_feed(feed.id, table, document.language, document.sets)
        if params.text("do") != "propose":
            found = await comparing.compared(call, await _shown(call, feed), await _shown(call, changed))
            return await _form(call, feed, text, note, compared=found)
        made = replace(document, feeds=tuple(changed if one.id == feed.id else one for one in document.feeds))

        def work(unit: Unit) -> int:
            proposer = access.account(unit, call.me.account_id)
            return proposals.propose(unit, call.parts.keyring, proposer, made, note).id

        proposal_id = await call.parts.db.run(work)
    except DocumentError as error:
        return await _form(call, feed, text, note, error=sentence(error), pointed=error.detail)
    except Failure as failure:
        return await _form(call, feed, text, note, error=failure.message)
    return go(call, f"/proposals/{proposal_id}", flash="proposed")


async def _shown(call: Call, feed: Feed) -> list[Ranked]:
    return await ordering.shown_of(call.parts, feed, call.me.account_id)


async def _in_force(call: Call) -> Document:
    version = await call.parts.db.one(policies.current())
    if version is None:
        raise NotFound
    return document_of(version)


async def _asked(call: Call) -> tuple[Document, Feed]:
    document = await _in_force(call)
    feed = document.feed(call.path["name"])
    if feed is None:
        raise NotFound
    return document, feed


async def _form(
    call: Call,
    feed: Feed,
    text: str,
    note: str = "",
    *,
    compared: comparing.Compared | None = None,
    error: object = None,
    pointed: str = "",
) -> Response:
    return await shell(
        call,
        "admin/feed.html",
        "feeds",
        status=200 if error is None else 422,
        feed=feed,
        title=in_language(feed.title, i18n.current_locale()),
        text=text,
        note=note,
        compared=compared,
        error=error,
        pointed=pointed,
    )
