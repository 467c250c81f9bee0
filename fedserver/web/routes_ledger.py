"""The rows of ``routes`` on decisions: one's own, those that moderators look at, and the public log."""

from __future__ import annotations

from typing import Final

from fedserver.edge.routing import Handler, Route
from fedserver.web import decisions, modlog
from fedserver.web.admin import appeals, ledger, rules

_MINE: Final = "the viewer's own"


def _get(path: str, handler: Handler, doc: str, permission: str) -> Route:
    return Route("GET", path, handler, kind="page", permission=permission, doc=doc)


def _post(path: str, handler: Handler, doc: str, permission: str) -> Route:
    return Route("POST", path, handler, kind="page", permission=permission, doc=doc)


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/moderation-log", modlog.show, auth="optional", kind="page", doc="what was decided here"),
    Route("GET", "/moderation-log.json", modlog.json, auth="none", kind="plain", cors=True, doc="the same as JSON"),
    Route("GET", "/moderation-log.atom", modlog.atom, auth="none", kind="plain", cors=True, doc="the same as a feed"),
    Route("GET", "/settings/decisions", decisions.listing, kind="page", owner=_MINE, doc="decisions about oneself"),
    Route("GET", "/settings/decisions/{id}", decisions.one, kind="page", owner=_MINE, doc="one of them"),
    Route("POST", "/settings/decisions/{id}/appeal", decisions.appeal, kind="page", owner=_MINE, doc="appeals it"),
    Route("GET", "/disputes/strikes/{id}", decisions.strike, kind="page", owner=_MINE, doc="where apps link a warning"),
    Route("GET", "/appeal/{token}", decisions.show_link, auth="optional", kind="page", doc="the same by a link"),
    Route("POST", "/appeal/{token}/{id}", decisions.appeal_by_link, auth="optional", kind="page", doc="appeals by it"),
    _get("/admin/rules", rules.listing, "the rules of the policy, and what each did", "manage_reports"),
    _post("/admin/rules", rules.adopt, "proposes to take over ready rules", "manage_reports"),
    _get("/admin/rules/{name}", rules.tried, "a rule on the posts of the last days", "manage_reports"),
    _post("/admin/rules/{name}", rules.move, "proposes a rule in another state", "manage_reports"),
    _post("/admin/rules/emergency", rules.alarm, "switches the emergency set on or off", "manage_rules"),
    _get("/admin/ledger", ledger.listing, "decisions", "manage_reports"),
    _get("/admin/ledger/{id}", ledger.one, "a decision", "manage_reports"),
    _post("/admin/ledger/{id}/undo", ledger.undo, "takes it back", "manage_reports"),
    _post("/admin/ledger/versions/{id}/undo", ledger.undo_version, "all of a version of the policy", "manage_rules"),
    _get("/admin/appeals", appeals.listing, "appeals", "manage_appeals"),
    _post("/admin/appeals/{id}", appeals.decide, "grants or refuses one", "manage_appeals"),
)
