"""Pages about other servers, known-bad media, and demands to take something down."""

from __future__ import annotations

from typing import Final

from fedserver.edge.routing import Handler, Route
from fedserver.web import takedown
from fedserver.web.admin import domain_lists, domains, known_bad, media, takedowns


def _page(method: str, path: str, handler: Handler, doc: str, *, body: int | None = None) -> Route:
    return Route(
        method, f"/admin/domains{path}", handler, kind="page", permission="manage_federation", doc=doc, body=body
    )


def _bad(method: str, path: str, handler: Handler, doc: str, *, body: int | None = None) -> Route:
    where = f"/admin/known-bad{path}"
    return Route(method, where, handler, kind="page", permission="manage_reports", doc=doc, body=body)


def _waiting(method: str, path: str, handler: Handler, doc: str) -> Route:
    return Route(method, f"/admin/takedowns{path}", handler, kind="page", permission="manage_reports", doc=doc)


ROUTES: Final[tuple[Route, ...]] = (
    _page("GET", "", domains.listing, "policies towards servers"),
    _page("POST", "", domains.block, "adds one, or shows what it would meet"),
    _page("POST", "/remove", domains.unblock, "takes back what stands about a server"),
    _page("GET", "/export", domains.export, "the policies as a file"),
    _page("GET", "/lists", domain_lists.listing, "lists of domains"),
    _page("POST", "/lists", domain_lists.add, "follows one", body=domain_lists.BODY),
    _page("GET", "/lists/{id}", domain_lists.one, "a list, and what it would meet"),
    _page("POST", "/lists/{id}", domain_lists.act, "confirms entries, changes how it is followed"),
    _page("GET", "/{name}", domains.one, "a server: what was decided about it"),
    _page("POST", "/{name}/undo", domains.undo, "takes a decision about it back"),
    _bad("GET", "", known_bad.listing, "known-bad media: what was recognised, and the lists"),
    _bad("POST", "", known_bad.add, "adds a list of hashes", body=known_bad.BODY),
    _bad("POST", "/drop", known_bad.drop, "forgets a list"),
    _bad("POST", "/{id}", known_bad.judge, "says whether a match is right"),
    Route(
        "GET", "/admin/media/{id}/{kind}", media.file, kind="page", permission="manage_reports", doc="a withheld file"
    ),
    Route("GET", "/takedown", takedown.show, auth="optional", kind="page", doc="taking something down"),
    Route("POST", "/takedown", takedown.file, auth="optional", kind="page", doc="files it"),
    Route("GET", "/takedown/{token}", takedown.follow, auth="optional", kind="page", doc="what became of it"),
    Route("POST", "/takedown/{token}", takedown.act, auth="optional", kind="page", doc="confirms it, or takes it back"),
    _waiting("GET", "", takedowns.listing, "demands to take something down"),
    _waiting("GET", "/{id}", takedowns.one, "one, with what it names"),
    _waiting("POST", "/{id}", takedowns.decide, "decides about it"),
)
