"""Pages of home and of feeds. A part of ``routes``."""

from __future__ import annotations

from typing import Final

from fedserver.edge.routing import Route
from fedserver.web import feed_changes, home, own_feeds

_OWN: Final = "the viewer's own"
_FORM: Final = "/settings/feeds/{id}"

ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/home", home.show, kind="page", owner=_OWN, doc="home, and each feed that one has beside it"),
    Route("GET", "/settings/feeds", own_feeds.show, kind="page", owner=_OWN, doc="the feeds that one has"),
    Route("POST", "/settings/feeds/subscribe", own_feeds.subscribe, kind="page", doc="has a feed as a list"),
    Route("POST", "/settings/feeds/seen", own_feeds.remember, kind="page", doc="keeps or forgets what was seen"),
    Route("GET", "/settings/feeds/new", own_feeds.new, kind="page", doc="a feed of one's own to be written"),
    Route(
        "POST", "/settings/feeds/new", own_feeds.save_new, kind="page", rate="own_feeds", doc="looks at it, keeps it"
    ),
    Route("GET", _FORM, own_feeds.edit, kind="page", owner="feed", doc="a feed of one's own"),
    Route("POST", _FORM, own_feeds.save, kind="page", owner="feed", rate="own_feeds", doc="looks at it, keeps it"),
    Route("POST", f"{_FORM}/remove", own_feeds.remove, kind="page", owner="feed", doc="has it no longer"),
    Route("GET", "/admin/feeds", feed_changes.listing, kind="page", role="moderator", doc="the community's feeds"),
    Route("GET", "/admin/feeds/{name}", feed_changes.show, kind="page", role="moderator", doc="a feed to be changed"),
    Route(
        "POST",
        "/admin/feeds/{name}",
        feed_changes.save,
        kind="page",
        role="moderator",
        rate="own_feeds",
        doc="shows it beside today's, or proposes it",
    ),
)
