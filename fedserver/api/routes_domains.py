"""Rows of the client API with which moderation apps read and set policies towards domains."""

from __future__ import annotations

from fedserver.api import admin_domains as domains
from fedserver.edge.routing import Handler, Route

_BLOCKS = "/api/v1/admin/domain_blocks"
_ALLOWS = "/api/v1/admin/domain_allows"


def _row(method: str, path: str, handler: Handler, scope: str) -> Route:
    return Route(method, path, handler, scope=scope, permission="manage_federation", since="4.0.0")


DOMAINS: tuple[Route, ...] = (
    _row("GET", _BLOCKS, domains.blocks, "admin:read:domain_blocks"),
    _row("POST", _BLOCKS, domains.add_block, "admin:write:domain_blocks"),
    _row("GET", f"{_BLOCKS}/{{id}}", domains.block, "admin:read:domain_blocks"),
    _row("PUT", f"{_BLOCKS}/{{id}}", domains.change_block, "admin:write:domain_blocks"),
    _row("DELETE", f"{_BLOCKS}/{{id}}", domains.remove_block, "admin:write:domain_blocks"),
    _row("GET", _ALLOWS, domains.allows, "admin:read:domain_allows"),
    _row("POST", _ALLOWS, domains.add_allow, "admin:write:domain_allows"),
    _row("GET", f"{_ALLOWS}/{{id}}", domains.allow, "admin:read:domain_allows"),
    _row("DELETE", f"{_ALLOWS}/{{id}}", domains.remove_allow, "admin:write:domain_allows"),
)
