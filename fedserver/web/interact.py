"""Between servers: our user comes with something from elsewhere, or a visitor wants to follow from their own server."""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import quote, urlsplit

import orjson
from aiohttp.web import StreamResponse

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import relations as relation_rows
from fedserver.db.queries import statuses as status_rows
from fedserver.db.unit import Unit
from fedserver.domain.text.names import parse_handle
from fedserver.edge.address import limit_key
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go, page
from fedserver.kit.errors import Failure, Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.net.errors import FetchError
from fedserver.net.fetch import fetch_webfinger
from fedserver.services import access, boosts, favourites, follows
from fedserver.web import views

SECONDS = 10.0
SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"

log = logging.getLogger(__name__)


async def show(call: Call) -> StreamResponse:
    """``/authorize_interaction?uri=``: what another server's button was about, with our user's choices."""
    text = (call.query.text("uri") or call.query.text("acct") or "").strip()[:2000]
    found = await _resolve(call, text) if text else None
    if found is None:
        raise NotFound(lazy("This could not be found. Its server may not answer at the moment."))
    kind, number = found
    if kind == "account":
        account = await call.parts.db.one(account_rows.by_id(number))
        if account is None or not account.active:
            raise NotFound()
        known = await call.parts.db.one(relation_rows.follow(call.me.account_id, account.id))
        view = await views.profile(call.parts, account)
        return page(call, "public/interact.html", profile=view, post=None, follow=known)
    status = await call.parts.db.one(status_rows.visible(number, call.me.account_id))
    loaded = await views.posts_by_id(call.parts, [status.id]) if status is not None else []
    if not loaded:
        raise NotFound()
    return page(call, "public/interact.html", profile=None, post=loaded[0], follow=None)


async def act(call: Call) -> StreamResponse:
    """Follow, favourite or boost what was shown."""
    params = await check_form(call)
    number, action, me = params.id("id") or 0, params.text("action"), call.me.account_id

    def work(unit: Unit) -> None:
        own = access.account(unit, me)
        if action == "follow":
            follows.follow(unit, own, access.account(unit, number))
        elif action == "unfollow":
            follows.unfollow(unit, own, access.account(unit, number))
        elif action == "favourite":
            favourites.favourite(unit, own, access.visible_status(unit, me, number))
        elif action == "boost":
            boosts.boost(unit, me, number)
        else:
            raise Invalid()

    await call.parts.db.run(work)
    return go(call, f"/authorize_interaction?uri={quote(params.text('uri') or '', safe='')}", flash="saved")


async def remote(call: Call) -> StreamResponse:
    """A visitor's handle -> the page of their own server where they can follow or answer.

    The way there is shown as a link, never as a redirect: the address is another server's word.
    """
    params = await check_form(call)
    uri = params.text("uri") or ""
    if not call.parts.site.owns(uri):
        raise Invalid()
    call.parts.extra["limits"].hit("search_resolve", f"a{limit_key(call.client_ip)}")
    handle = parse_handle((params.text("handle") or "").strip()[:500])
    error, target = None, None
    if handle is None or handle.domain is None:
        error = lazy("Please write your whole handle, such as @name@server.example")
    else:
        target = await _template(call, handle.username, handle.domain)
        if target is None:
            error = lazy("Your server did not say how to do this. Search for the address below in your app.")
    link = target.replace("{uri}", quote(uri, safe="")) if target is not None else None
    host = urlsplit(link).netloc if link else ""
    return page(
        call,
        "public/remote.html",
        status=200 if link else 422,
        link=link,
        host=host,
        uri=uri,
        error=str(error) if error else None,
        handle=params.text("handle") or "",
    )


async def _template(call: Call, username: str, domain: str) -> str | None:
    if domain == call.parts.site.domain:
        return f"{call.parts.site.base_url}/authorize_interaction?uri={{uri}}"
    if call.parts.net is None:
        return None
    try:
        async with asyncio.timeout(SECONDS):
            answer = await fetch_webfinger(call.parts.net, domain, f"acct:{username}@{domain}")
        document = orjson.loads(answer.body)
        links = document.get("links", []) if isinstance(document, dict) else []
    except (TimeoutError, Failure, FetchError, ValueError) as error:
        log.info("no way back to a visitor's server", extra={"error": type(error).__name__})
        return None
    for link in links if isinstance(links, list) else []:
        template = link.get("template") if isinstance(link, dict) and link.get("rel") == SUBSCRIBE else None
        if isinstance(template, str) and "{uri}" in template and _acceptable(call, template):
            return template
    return None


def _acceptable(call: Call, template: str) -> bool:
    schemes = ("https", "http") if call.parts.config.network.allow_http else ("https",)
    try:
        parts = urlsplit(template)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname) and "@" not in parts.netloc and len(template) < 1000


async def _resolve(call: Call, text: str) -> tuple[str, int] | None:
    """("account" | "status", id) of an address or a handle: known here, else asked for."""
    account = await call.parts.db.one(account_rows.by_uri(text))
    if account is not None:
        return "account", account.id
    status = await call.parts.db.one(status_rows.by_uri(text))
    if status is not None:
        return "status", status.id
    resolver = call.parts.resolver
    if resolver is None:
        return None
    call.parts.extra["limits"].hit("search_resolve", f"u{call.me.account_id}")
    try:
        async with asyncio.timeout(SECONDS):
            found: tuple[str, int] | None = await resolver.resolve(text)
    except (TimeoutError, Failure, FetchError) as error:
        log.info("an interaction could not be resolved", extra={"error": type(error).__name__})
        return None
    return found
