"""The rows of ``routes`` on people: reports, accounts, requests to join, roles, blocks of sign-ups, warnings, log."""

from __future__ import annotations

from typing import Final

from fedserver.edge.routing import Handler, Route
from fedserver.web.admin import people, reports, roles, signups


def _get(path: str, handler: Handler, doc: str, permission: str) -> Route:
    return Route("GET", path, handler, kind="page", permission=permission, doc=doc)


def _post(path: str, handler: Handler, doc: str, permission: str) -> Route:
    return Route("POST", path, handler, kind="page", permission=permission, doc=doc)


ROUTES: Final[tuple[Route, ...]] = (
    _get("/admin", reports.listing, "open reports", "manage_reports"),
    _post("/admin/reports", reports.bulk, "answers several", "manage_reports"),
    _get("/admin/reports/{id}", reports.one, "a report", "manage_reports"),
    _post("/admin/reports/{id}", reports.change, "assigns, classifies or forwards it", "manage_reports"),
    _post("/admin/reports/{id}/act", reports.act, "acts on its posts or its account", "manage_reports"),
    _post("/admin/reports/{id}/resolve", reports.resolve, "closes it", "manage_reports"),
    _post("/admin/reports/{id}/note", reports.note, "a note on it", "manage_reports"),
    _get("/admin/people", people.listing, "accounts", "manage_users"),
    _get("/admin/people/{id}", people.one, "an account", "manage_users"),
    _post("/admin/people/{id}", people.act, "acts on it", "manage_users"),
    _get("/admin/registrations", people.registrations, "who asks to join", "manage_users"),
    _post("/admin/registrations/{id}", people.decide, "approves or rejects", "manage_users"),
    _get("/admin/roles", roles.listing, "roles", "manage_roles"),
    _post("/admin/roles", roles.save, "composes one", "manage_roles"),
    _get("/admin/roles/{id}", roles.one, "a composed role", "manage_roles"),
    _post("/admin/roles/{id}", roles.save, "changes it", "manage_roles"),
    _post("/admin/roles/{id}/remove", roles.remove, "deletes it", "manage_roles"),
    _get("/admin/blocks", signups.show, "blocks of sign-ups", "manage_blocks"),
    _post("/admin/blocks", signups.add, "adds one", "manage_blocks"),
    _post("/admin/blocks/{id}/remove", signups.remove, "takes one back", "manage_blocks"),
    _get("/admin/warnings", signups.show_warnings, "words of warnings", "manage_users"),
    _post("/admin/warnings", signups.save_warning, "keeps one", "manage_users"),
    _post("/admin/warnings/{id}", signups.save_warning, "changes it", "manage_users"),
    _post("/admin/warnings/{id}/remove", signups.remove_warning, "forgets it", "manage_users"),
    _get("/admin/log", people.log, "the audit log", "view_audit_log"),
)
