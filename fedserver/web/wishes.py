"""What a reader wants of AI media and says of their own: the page of settings, and what lists of posts make of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson
from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import preferences
from fedserver.db.queries import provenance as made_rows
from fedserver.db.unit import Unit
from fedserver.domain.provenance.reading import AI, AI_LABELS, UNLABELLED, Wishes, marks, wishes_of
from fedserver.edge.auth import check_form
from fedserver.edge.call import Call
from fedserver.edge.pages import go, page
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import filters
from fedserver.services import preferences as service
from fedserver.web.making import Words
from fedserver.web.views import MediaView, PostView

HERE = "/settings/provenance"
_VEILS: Final = {AI: lazy("AI media: show"), UNLABELLED: lazy("Unlabelled media: show")}
_CHOICES: Final = (
    ("show", lazy("Show them like all others")),
    ("label", lazy("Show them with a badge")),
    ("blur", lazy("Blur them until I look")),
    ("hide", lazy("Leave them out")),
)
_DECLARED: Final = (
    ("", lazy("Nothing")),
    ("generated", lazy("They are made by AI")),
    ("assisted", lazy("They are made with the help of AI")),
    ("not_ai", lazy("They are made without AI")),
)


async def show(call: Call) -> StreamResponse:
    """The wishes, and what is declared of one's own media where an app says nothing."""
    return await _page(call)


async def save(call: Call) -> StreamResponse:
    """Store them, in every app at once: lists and streams are filtered on the server."""
    params = await check_form(call)
    account_id = call.me.account_id

    def work(unit: Unit) -> None:
        filters.wish(unit, account_id, ai=params.text("ai"), unlabelled=params.text("unlabelled"))
        service.change(unit, account_id, media_made=params.text("declared"))

    try:
        await call.parts.db.run(work)
    except Invalid as failure:
        return await _page(call, error=failure.message)
    return go(call, HERE, flash="saved")


async def _page(call: Call, *, error: str | None = None) -> Response:
    row = await call.parts.db.one(preferences.of_account(call.me.account_id))
    if row is None:
        raise NotFound()
    kept = orjson.loads(row.preferences)
    return page(
        call,
        "settings/provenance.html",
        status=200 if error is None else 422,
        here_now="provenance",
        wishes=wishes_of(kept),
        choices=_CHOICES,
        declared=kept.get("media_made", ""),
        declarations=_DECLARED,
        error=error,
    )


async def as_wished(call: Call, posts: Sequence[PostView], asked_id: int | None = None) -> list[PostView]:
    """A page's posts as the reader wants them: left out, veiled, with or without badges. Visitors have no wishes, and
    one's own posts are never concerned. ``asked_id``: the post that was asked for by itself is veiled, never left out.
    """
    if call.viewer is None or not posts:
        return list(posts)
    row = await call.parts.db.one(preferences.of_account(call.viewer.account_id))
    wishes = wishes_of(orjson.loads(row.preferences)) if row is not None else Wishes()
    if wishes == Wishes():
        return list(posts)
    said = await call.parts.db.all(made_rows.said([post.id for post in posts])) if wishes.filter else ()
    texts = {each.status_id: each.text_made for each in said}
    found = []
    for post in posts:
        if post.author.id != call.viewer.account_id:
            told = marks((item.label for item in post.media), texts.get(post.id))
            named = [(mark, wish) for mark, wish in ((AI, wishes.ai), (UNLABELLED, wishes.unlabelled)) if mark in told]
            if post.id != asked_id and any(wish == "hide" for _mark, wish in named):
                continue
            post = _veiled(post, wishes, next((mark for mark, wish in named if wish in ("blur", "hide")), None))
        found.append(post)
    return found


def _veiled(post: PostView, wishes: Wishes, mark: str | None) -> PostView:
    veil: Words = _VEILS[mark] if mark is not None else ""
    media = tuple(item._replace(badged=_badged(item, wishes)) for item in post.media)
    return post._replace(media=media, veil=veil, sensitive=post.sensitive or bool(veil))


def _badged(item: MediaView, wishes: Wishes) -> bool:
    if item.label == "unknown":
        return wishes.unlabelled != "show"
    return wishes.ai != "show" or item.label not in AI_LABELS
