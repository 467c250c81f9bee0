"""The community's longer texts: its terms with their days, its words on privacy."""

from __future__ import annotations

from aiohttp.web import StreamResponse
from markupsafe import Markup

from fedserver.db.queries import terms as rows
from fedserver.domain import uris
from fedserver.domain.text.compose import to_html
from fedserver.edge import community as community_of
from fedserver.edge.call import Call
from fedserver.edge.pages import page
from fedserver.kit.clock import to_iso
from fedserver.kit.errors import NotFound
from fedserver.web import views


async def terms(call: Call) -> StreamResponse:
    """The terms that hold today, those to come, those that were."""
    return await _terms(call, None)


async def terms_of(call: Call) -> StreamResponse:
    """The terms that hold from a day."""
    return await _terms(call, call.path["date"])


async def privacy(call: Call) -> StreamResponse:
    """What the community says about privacy."""
    community = await community_of.current(call.parts)
    if community is None or not community.privacy:
        raise NotFound
    return page(call, "public/privacy.html", text=_html(call, community.privacy))


async def _terms(call: Call, wanted: str | None) -> StreamResponse:
    found = await call.parts.db.all(rows.versions())
    today = to_iso(call.parts.clock.now_ms())[:10]
    now = rows.in_force(found, today)
    days = [each.effective_date for each in found]
    # before the first ones hold, the page shows those that will
    chosen = (now or 0) if wanted is None else days.index(wanted) if wanted in days else len(days)
    if chosen >= len(days) or not found[chosen].text:
        raise NotFound
    return page(
        call,
        "public/terms.html",
        text=_html(call, found[chosen].text),
        day=days[chosen],
        state="now" if chosen == now else "later" if days[chosen] > today else "before",
        others=[
            (day, day > today, number == now) for number, day in reversed(list(enumerate(days))) if number != chosen
        ],
    )


def _html(call: Call, text: str) -> Markup:
    return views.html(to_html(text, {}, lambda name: uris.tag_page(call.parts.site, name)))
