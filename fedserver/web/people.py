"""A local account's page and feed, and a post with its thread. Robots are let in where the author opted in."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import media as media_rows
from fedserver.db.queries import provenance as made_rows
from fedserver.db.queries import statuses as status_rows
from fedserver.db.queries import timelines
from fedserver.db.queries.accounts import Account
from fedserver.domain import uris, usage
from fedserver.edge import headers, responses
from fedserver.edge.call import Call
from fedserver.edge.pages import page, render
from fedserver.kit.clock import to_datetime
from fedserver.kit.errors import Gone, NotFound
from fedserver.kit.paging import Page
from fedserver.render.mastodon import provenance as made_entities
from fedserver.render.mastodon.held import held_by
from fedserver.web import making, views, wishes

PER_PAGE = 30
FEED = 20
REMIXES = 12
_TABS = ("posts", "replies", "media")
# what XML 1.0 has no way to write (2.2): one such character and readers refuse the whole feed
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


async def profile(call: Call) -> StreamResponse:
    """A profile with its posts; for an account of another server the way to where it lives."""
    account = await _account(call, call.path["name"])
    if not account.local:
        return await _elsewhere(call, account)
    tab = call.query.text("show") or "posts"
    tab = tab if tab in _TABS else "posts"
    cut = call.query.page(default=PER_PAGE, maximum=PER_PAGE)
    viewer_id = call.viewer.account_id if call.viewer is not None else None
    shown = await call.parts.db.all(
        timelines.of_account(
            viewer_id,
            account.id,
            cut,
            only_media=tab == "media",
            exclude_replies=tab == "posts",
            exclude_reblogs=tab == "media",
        )
    )
    view = await views.profile(call.parts, account)
    response = page(
        call,
        "public/profile.html",
        profile=view,
        account=account,
        posts=await wishes.as_wished(call, await views.posts(call.parts, shown)),
        tab=tab,
        older=shown[-1].page_id if shown and len(shown) == cut.limit else None,
        own=viewer_id == account.id,
    )
    return _for_robots(call, response, account)


async def post(call: Call) -> StreamResponse:
    """A post with what it answers and what answers it, as far as the viewer may see them."""
    account = await _account(call, call.path["name"])
    viewer_id = call.viewer.account_id if call.viewer is not None else None
    status = await call.parts.db.one(status_rows.visible(call.id(), viewer_id))
    if status is None or status.account_id != account.id or status.reblog_of_id is not None or not account.local:
        raise NotFound()
    above = await call.parts.db.all(status_rows.ancestors(status.id))
    below = dict(await call.parts.db.all(status_rows.descendants(status.id)))
    seen = set(await call.parts.db.all(status_rows.visible_ids([*above, *below], viewer_id)))
    loaded = await views.posts_by_id(
        call.parts, [i for i in above if i in seen] + [status.id] + [i for i in below if i in seen]
    )
    loaded = await wishes.as_wished(call, loaded, status.id)
    place = next((index for index, item in enumerate(loaded) if item.id == status.id), None)
    if place is None:
        raise NotFound()
    made = await made_entities.load(call.parts.db, [status], ())
    held = await held_by(call.parts.db, [status]) if viewer_id == account.id else {}
    response = page(
        call,
        "public/post.html",
        post=loaded[place],
        held=held.get(status.id),
        ancestors=loaded[:place],
        replies=loaded[place + 1 :],
        account=account,
        public=status.visibility == status_rows.PUBLIC,
        sources=await views.sources(call.parts, made.based.get(status.id, ()), viewer_id),
        remixes=made.remixes.get(status.id, 0),
        text=making.TEXTS.get(made.said[status.id].text_made, "") if status.id in made.said else "",
    )
    return _for_robots(call, response, account, made.said[status.id].training if status.id in made.said else "")


async def provenance(call: Call) -> StreamResponse:
    """How the media and the text of a post were made: every claim, whose it is, what was checked; what it builds on.

    Of posts of other servers as well: what was checked of them was checked here.
    """
    account = await _account(call, call.path["name"])
    viewer_id = call.viewer.account_id if call.viewer is not None else None
    status = await call.parts.db.one(status_rows.visible(call.id(), viewer_id))
    if status is None or status.account_id != account.id or status.reblog_of_id is not None:
        raise NotFound()
    attached = await call.parts.db.all(media_rows.of_statuses([status.id]))
    found = await made_entities.load(call.parts.db, [status], attached)
    said = found.said.get(status.id)
    shown = await wishes.as_wished(call, await views.posts_by_id(call.parts, [status.id]), status.id)
    if not shown:
        raise NotFound()
    response = page(
        call,
        "public/provenance.html",
        post=shown[0],
        media=making.made_views(call.parts.site, attached, found, viewer_id),
        text=making.TEXTS.get(said.text_made, "") if said is not None else "",
        no_remix=said is not None and bool(said.no_remix),
        sources=await views.sources(call.parts, found.based.get(status.id, ()), viewer_id),
        remixes=found.remixes.get(status.id, 0),
        remixed_by=await _remixes(call, status.id, viewer_id),
    )
    response.headers["X-Robots-Tag"] = "noindex, noarchive"
    return response


async def _remixes(call: Call, status_id: int, viewer_id: int | None) -> list[views.PostView]:
    """The latest posts that are based on a post, as far as the viewer may see them."""
    ids = await call.parts.db.all(made_rows.remixes(status_id, Page(limit=REMIXES)))
    seen = set(await call.parts.db.all(status_rows.visible_ids(ids, viewer_id))) if ids else set()
    shown = await views.posts_by_id(call.parts, [each for each in ids if each in seen])
    return await wishes.as_wished(call, shown)


async def feed(call: Call) -> StreamResponse:
    """RSS 2.0 of the public posts of an account."""
    account = await _account(call, call.path["name"])
    if not account.local:
        raise NotFound()
    shown = await call.parts.db.all(
        timelines.of_account(None, account.id, Page(limit=FEED), exclude_reblogs=True, exclude_replies=True)
    )
    found = [item for item in await views.posts(call.parts, shown) if item.visibility == status_rows.PUBLIC]
    body = render(
        "public/feed.xml",
        profile=await views.profile(call.parts, account),
        posts=found,
        site=call.parts.site,
        page=uris.profile(call.parts.site, account.username),
        rfc822=lambda ms: to_datetime(ms).strftime("%a, %d %b %Y %H:%M:%S +0000"),
    )
    response = responses.text(_NOT_XML.sub("", body), kind="application/rss+xml; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=300"
    return _for_robots(call, response, account)


async def _elsewhere(call: Call, account: Account) -> Response:
    """A link, never a redirect: the address is another server's word, and this one opens no way out in its name."""
    view = (await views.authors(call.parts, [account]))[account.id]
    link = views.web_address(view.page)
    if link is None:
        raise NotFound()
    response = page(call, "public/elsewhere.html", author=view, link=link, host=urlsplit(link).hostname or "")
    response.headers["X-Robots-Tag"] = "noindex, noarchive"
    return response


async def _account(call: Call, name: str) -> Account:
    username, _, domain = name.partition("@")
    domain = "" if domain.lower() == call.parts.site.domain else domain.lower()
    found = account_rows.by_handle(username, domain) if domain else account_rows.local_by_name(username)
    account = await call.parts.db.one(found)
    if account is None or account.actor_type == "Application":
        raise NotFound()
    if account.deleted_at is not None or account.suspended_at is not None:
        raise Gone() if account.deleted_at is not None else NotFound()
    return account


def _for_robots(call: Call, response: Response, account: Account, word: str = "") -> Response:
    """What robots may do with a page: of posts that are not to be found, and of those not to be trained with (``word``:
    the post's own)."""
    response.headers.update(usage.headers(usage.wish(word, account.training, call.parts.site.training)))
    if not account.indexable:
        told = response.headers.get("X-Robots-Tag")
        response.headers["X-Robots-Tag"] = "noindex, noarchive" + (f", {told}" if told else "")
    headers.vary(response, "Accept")
    return response
