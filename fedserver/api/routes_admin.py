"""Methods for moderation apps, and ours beside them: notes, trust, words of warnings, forwarding, names."""

from __future__ import annotations

from fedserver.api import admin_accounts as accounts
from fedserver.api import admin_blocks as blocks
from fedserver.api import admin_measures as measures
from fedserver.api import admin_reports as reports
from fedserver.api import trends
from fedserver.edge.routing import Handler, Route

_ACCOUNTS = "/api/v1/admin/accounts"
_REPORTS = "/api/v1/admin/reports"
_IPS = "/api/v1/admin/ip_blocks"
_DOMAINS = "/api/v1/admin/email_domain_blocks"
_MAILBOXES = "/api/v1/admin/canonical_email_blocks"
_NAMES = "/api/v1/admin/username_blocks"
_TRENDS = "/api/v1/admin/trends"


def _person(method: str, path: str, handler: Handler, doc: str = "", permission: str = "manage_users") -> Route:
    scope = "admin:read:accounts" if method == "GET" else "admin:write:accounts"
    return Route(method, path, handler, scope=scope, permission=permission, doc=doc)


def _report(method: str, path: str, handler: Handler, doc: str = "") -> Route:
    scope = "admin:read:reports" if method == "GET" else "admin:write:reports"
    return Route(method, path, handler, scope=scope, permission="manage_reports", doc=doc)


def _block(method: str, path: str, handler: Handler, noun: str, doc: str = "", verb: str = "") -> Route:
    scope = f"admin:{verb or ('read' if method == 'GET' else 'write')}:{noun}"
    return Route(method, path, handler, scope=scope, permission="manage_blocks", doc=doc)


def _figures(path: str, handler: Handler) -> Route:
    return Route("POST", path, handler, scope="admin:read", permission="view_dashboard")


def _trend(noun: str, handler: Handler) -> Route:
    return Route("GET", f"{_TRENDS}/{noun}", handler, scope="admin:read", permission="manage_taxonomies")


ADMIN: tuple[Route, ...] = (
    _person("GET", _ACCOUNTS, accounts.listing_v1),
    _person("GET", "/api/v2/admin/accounts", accounts.listing),
    _person("GET", f"{_ACCOUNTS}/{{id}}", accounts.one),
    _person("DELETE", f"{_ACCOUNTS}/{{id}}", accounts.remove, permission="delete_user_data"),
    _person("POST", f"{_ACCOUNTS}/{{id}}/action", accounts.act),
    _person("POST", f"{_ACCOUNTS}/{{id}}/approve", accounts.approve),
    _person("POST", f"{_ACCOUNTS}/{{id}}/reject", accounts.reject),
    _person("POST", f"{_ACCOUNTS}/{{id}}/enable", accounts.enable),
    _person("POST", f"{_ACCOUNTS}/{{id}}/unsensitive", accounts.unsensitive),
    _person("POST", f"{_ACCOUNTS}/{{id}}/unsilence", accounts.unsilence),
    _person("POST", f"{_ACCOUNTS}/{{id}}/unsuspend", accounts.unsuspend),
    _person("GET", f"{_ACCOUNTS}/{{id}}/notes", accounts.show_notes, "what moderators wrote about an account"),
    _person("POST", f"{_ACCOUNTS}/{{id}}/notes", accounts.add_note, "a note about an account"),
    _person("DELETE", "/api/v1/admin/notes/{id}", accounts.remove_note, "removes a note"),
    _person("POST", f"{_ACCOUNTS}/{{id}}/trust", accounts.trust, "says how well somebody is known"),
    _person("GET", "/api/v1/admin/warning_presets", accounts.presets, "words of warnings"),
    _report("GET", _REPORTS, reports.listing),
    _report("GET", f"{_REPORTS}/{{id}}", reports.one),
    _report("PUT", f"{_REPORTS}/{{id}}", reports.change),
    _report("POST", f"{_REPORTS}/{{id}}/assign_to_self", reports.assign),
    _report("POST", f"{_REPORTS}/{{id}}/unassign", reports.unassign),
    _report("POST", f"{_REPORTS}/{{id}}/resolve", reports.resolve),
    _report("POST", f"{_REPORTS}/{{id}}/reopen", reports.reopen),
    _report("POST", f"{_REPORTS}/{{id}}/forward", reports.forward, "tells the server of the reported account"),
    _report("GET", f"{_REPORTS}/{{id}}/notes", reports.show_notes, "what moderators wrote about a report"),
    _report("POST", f"{_REPORTS}/{{id}}/notes", reports.add_note, "a note about a report"),
    _block("GET", _IPS, blocks.ips, "ip_blocks"),
    _block("POST", _IPS, blocks.add_ip, "ip_blocks"),
    _block("GET", f"{_IPS}/{{id}}", blocks.ip, "ip_blocks"),
    _block("PUT", f"{_IPS}/{{id}}", blocks.change_ip, "ip_blocks"),
    _block("DELETE", f"{_IPS}/{{id}}", blocks.remove_ip, "ip_blocks"),
    _block("GET", _DOMAINS, blocks.email_domains, "email_domain_blocks"),
    _block("POST", _DOMAINS, blocks.add_email_domain, "email_domain_blocks"),
    _block("GET", f"{_DOMAINS}/{{id}}", blocks.email_domain, "email_domain_blocks"),
    _block("DELETE", f"{_DOMAINS}/{{id}}", blocks.remove_email_domain, "email_domain_blocks"),
    _block("GET", _MAILBOXES, blocks.mailboxes, "canonical_email_blocks"),
    _block("POST", _MAILBOXES, blocks.add_mailbox, "canonical_email_blocks"),
    _block("POST", f"{_MAILBOXES}/test", blocks.test_mailbox, "canonical_email_blocks", verb="read"),
    _block("GET", f"{_MAILBOXES}/{{id}}", blocks.mailbox, "canonical_email_blocks"),
    _block("DELETE", f"{_MAILBOXES}/{{id}}", blocks.remove_mailbox, "canonical_email_blocks"),
    _block("GET", _NAMES, blocks.usernames, "canonical_email_blocks", "names that newcomers cannot take"),
    _block("POST", _NAMES, blocks.add_username, "canonical_email_blocks", "blocks a name and what looks like it"),
    _block("DELETE", f"{_NAMES}/{{id}}", blocks.remove_username, "canonical_email_blocks", "takes it back"),
    _figures("/api/v1/admin/measures", measures.measures),
    _figures("/api/v1/admin/dimensions", measures.dimensions),
    _figures("/api/v1/admin/retention", measures.retention),
    _trend("links", trends.trending_links),
    _trend("statuses", trends.trending_statuses),
    _trend("tags", trends.admin_tags),
)
