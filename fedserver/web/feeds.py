"""A feed for everybody to read: what it is ordered by, its first posts, and why each stands where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from aiohttp.web import StreamResponse

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import feeds as rows
from fedserver.db.queries import policy as policies
from fedserver.db.queries import statuses as status_rows
from fedserver.db.queries import timelines
from fedserver.domain.policy.document import DAY_MS, Feed, in_language
from fedserver.domain.policy.formula import Formula
from fedserver.domain.policy.operations import FUNCTIONS
from fedserver.domain.ranking.values import explain, needed
from fedserver.edge.call import Call
from fedserver.edge.explained import explained
from fedserver.edge.pages import page
from fedserver.kit import i18n
from fedserver.kit.errors import NotFound
from fedserver.kit.i18n import gettext as _
from fedserver.kit.i18n import lazy
from fedserver.services.policy import document_of
from fedserver.web import views

PER_PAGE = 20
_HOUR_MS = DAY_MS // 24
_SOURCES = {
    "home": lazy("whom the reader follows"),
    "list": lazy("lists of the reader"),
    "local": lazy("posts from here"),
    "federated": lazy("posts that came from other servers"),
    "tags": lazy("posts with certain hashtags"),
    "accounts": lazy("posts of certain accounts"),
}


class Told(NamedTuple):
    """A name of the language and what it stands for; ``value`` for one post, '' where none is meant."""

    name: str
    about: str
    value: str = ""


class Added(NamedTuple):
    """A term of a score with what it added; ``less``: it took something away."""

    text: str
    value: str
    less: bool


class Offer(NamedTuple):
    """A feed of the community. ``list_id``: of the viewer who has it as a list, 0 for others."""

    name: str
    title: str
    about: str
    is_default: bool
    is_trends: bool
    personal: bool
    list_id: int


async def index(call: Call) -> StreamResponse:
    """GET /feeds: the feeds of this community."""
    response = page(call, "public/feeds.html", feeds=await offers(call))
    response.headers["X-Robots-Tag"] = "noindex, noarchive"
    return response


async def offers(call: Call) -> list[Offer]:
    """The feeds of the policy in force; none without one."""
    version = await call.parts.db.one(policies.current())
    if version is None:
        return []
    document = document_of(version)
    mine = {}
    if call.viewer is not None:
        mine = {row.name: row.id for row in await call.parts.db.all(rows.subscribed(call.viewer.account_id))}
    wanted = (i18n.current_locale(), document.language)
    return [
        Offer(
            feed.id,
            in_language(feed.title, *wanted),
            in_language(feed.about, *wanted),
            feed.id == document.default_feed,
            feed.id == document.trends,
            feed.personal,
            mine.get(feed.id, 0),
        )
        for feed in document.feeds
    ]


async def show(call: Call) -> StreamResponse:
    """GET /feeds/{name}: for a feed that differs from reader to reader only what it is ordered by."""
    row = await call.parts.db.one(rows.by_name(call.path["name"]))
    version = await call.parts.db.one(policies.current())
    feed = document_of(version).feed(row.name) if version is not None and row is not None else None
    if row is None or version is None or feed is None:
        raise NotFound()
    group = None
    if row.actor_id is not None:
        group = await call.parts.db.one(account_rows.by_id(row.actor_id))
    cut = call.query.page(default=PER_PAGE, maximum=PER_PAGE)
    known = None
    if cut.max_id is not None:
        known = await call.parts.db.one(rows.entry(cut.max_id))
    latest = await call.parts.db.one(rows.latest_id(row.id))
    # further pages go on in the order in which the first one began
    snapshot_id = known[0].snapshot_id if known is not None and known[1] == row.id else latest
    entries = await call.parts.db.all(rows.page(snapshot_id or 0, cut)) if not feed.personal else []
    wanted = (i18n.current_locale(), document_of(version).language)
    response = page(
        call,
        "public/feed.html",
        feed=feed,
        title=in_language(feed.title, *wanted),
        about=in_language(feed.about, *wanted),
        settings=_settings(feed),
        names=[*_signals(feed), *_functions(feed)],
        version=version,
        group=(await views.authors(call.parts, [group]))[group.id] if group is not None else None,
        posts=await _posts(call, [one.status_id for one in entries]),
        place={one.status_id: one.place for one in entries},
        older=entries[-1].id if len(entries) == cut.limit else None,
        offers=await offers(call),
    )
    response.headers["X-Robots-Tag"] = "noindex, noarchive"
    return response


async def why(call: Call) -> StreamResponse:
    """GET /@{name}/{id}/why?feed=: by default in the community's own feed."""
    viewer_id = call.viewer.account_id if call.viewer is not None else None
    status = await call.parts.db.one(status_rows.visible(call.id(), viewer_id))
    if status is None or status.reblog_of_id is not None:
        raise NotFound()
    shown = await views.posts_by_id(call.parts, [status.id])
    if not shown or f"@{call.path['name'].lower()}" not in _names(shown[0]):
        raise NotFound()
    found = await explained(call.parts, status.id, status.id, call.query.text("feed"), viewer_id)
    reasons = orjson.loads(found.entry.reasons)
    wanted = (i18n.current_locale(), found.language)
    response = page(
        call,
        "public/why.html",
        post=shown[0],
        feed=found.feed,
        title=in_language(found.feed.title, *wanted),
        terms=[
            Added(term.text, _number(term.value), term.value <= -0.005)
            for term in explain(found.feed.score, reasons["signals"])
        ],
        score=_number(reasons["score"]),
        names=_signals(found.feed, reasons["signals"]),
        place=found.entry.place,
        size=found.frozen.size,
        by_score=reasons["by_score"],
        likeness=round(100 * reasons["likeness"]),
        waited=reasons["waited"],
        cited=found.cited,
        frozen=found.frozen,
    )
    response.headers["X-Robots-Tag"] = "noindex, noarchive"
    return response


async def _posts(call: Call, ids: list[int]) -> list[views.PostView]:
    """Those that may be seen now, in the order of the feed: deleted, blocked and muted ones are gone."""
    if not ids:
        return []
    viewer_id = call.viewer.account_id if call.viewer is not None else None
    seen = {row.id for row in await call.parts.db.all(timelines.of_thread(viewer_id, ids, call.parts.clock.now_ms()))}
    return await views.posts_by_id(call.parts, [each for each in ids if each in seen])


def _names(post: views.PostView) -> tuple[str, ...]:
    handle = post.author.handle.lower()
    return (handle, handle.rpartition("@")[0]) if post.author.local else (handle,)


def _settings(feed: Feed) -> list[str]:
    """What else decides, a sentence each."""
    sources = ", ".join(str(_SOURCES[one]) for one in feed.sources)
    hours = feed.max_age_ms // _HOUR_MS
    age = _("%(count)d days") % {"count": hours // 24} if hours >= 48 else _("%(count)d hours") % {"count": hours}
    told = [_("Looks at %(sources)s, of the last %(age)s.") % {"sources": sources, "age": age}]
    if feed.tags:
        told.append(_("Hashtags: %(tags)s.") % {"tags": ", ".join(f"#{one}" for one in feed.tags)})
    if feed.accounts:
        told.append(_("Accounts: %(names)s.") % {"names": ", ".join(feed.accounts)})
    if feed.per_author is not None:
        numbers = {"posts": feed.per_author.posts, "top": feed.per_author.in_top}
        told.append(
            _("At most %(posts)d by one author among any %(top)d in a row, as long as there is somebody else.")
            % numbers
        )
    if feed.diversity:
        told.append(_("What is like a post above it stands lower (%(share)d %%).") % {"share": 100 * feed.diversity})
    return told


def _signals(feed: Feed, values: Mapping[str, Any] | None = None) -> list[Told]:
    return [
        Told(name, _(signal.about), _value(values.get(name, signal.neutral)) if values is not None else "")
        for name, signal in needed(feed).items()
    ]


def _functions(feed: Feed) -> list[Told]:
    texts = [one.text for one in (feed.score, feed.where) if isinstance(one, Formula)]
    return [
        Told(operation.call, _(operation.about))
        for name, operation in FUNCTIONS.items()
        if any(f"{name}(" in text.replace(" ", "") for text in texts)
    ]


def _number(value: float) -> str:
    # "z": no minus before what is rounded to nothing
    return f"{value:z.2f}" if abs(value) < 1e6 else f"{value:.6g}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
