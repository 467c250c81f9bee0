"""Policies towards domains for moderation apps: Mastodon's ``admin/domain_blocks`` and ``admin/domain_allows``.

Both are rows of one table here, for a domain has one policy: a block has one of Mastodon's severities (``noop``,
``silence``, ``suspend``), an allow is what lets a domain in where the node takes only those that it names.
"""

from __future__ import annotations

import hashlib
from typing import Any

from aiohttp.web import Response

from fedserver.db.queries import domains as rows
from fedserver.db.queries import moderation
from fedserver.db.queries.moderation import DomainPolicy
from fedserver.db.unit import Unit
from fedserver.domain.moderation.domains import ALLOW, LIMIT, NONE, SEVERITIES, SUSPEND, Terms
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.params import Params
from fedserver.kit.clock import to_iso
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import gettext as _
from fedserver.kit.i18n import lazy
from fedserver.services import access, domains

_PER_PAGE, _MOST = 100, 200
_TO_CLIENTS = {SUSPEND: "suspend", LIMIT: "silence", NONE: "noop"}
_FROM_CLIENTS = {word: severity for severity, word in _TO_CLIENTS.items()}


async def blocks(call: Call) -> Response:
    """GET /api/v1/admin/domain_blocks"""
    found = await call.parts.db.all(rows.page(call.query.page(_PER_PAGE, _MOST), allowed=False))
    return responses.paged(call, [_block(row) for row in found], [row.id for row in found])


async def block(call: Call) -> Response:
    """GET /api/v1/admin/domain_blocks/{id}"""
    return responses.json(_block(await _row(call, allowed=False)))


async def add_block(call: Call) -> Response:
    """POST /api/v1/admin/domain_blocks. Where a policy says as much already, the answer is 422 with that one."""
    params = await call.params()
    text, terms = _domain(params), _terms(params, Terms(LIMIT))
    me = call.me.account_id

    def work(unit: Unit) -> tuple[DomainPolicy, bool]:
        domain = domains.clean_domain(unit, text)
        known = unit.one(moderation.policy_for(domain))
        if known is not None and known.severity != ALLOW and not _stricter(domain, terms, known):
            return known, True
        domains.decide(unit, domain, terms, access.account(unit, me))
        return unit.get(rows.policy_of(domain)), False

    row, known = await call.parts.db.run(work)
    if known:
        error = _("You have already imposed stricter limits on %(domain)s.") % {"domain": row.domain}
        return responses.json({"error": error, "existing_domain_block": _block(row)}, status=422)
    return responses.json(_block(row))


async def change_block(call: Call) -> Response:
    """PUT /api/v1/admin/domain_blocks/{id}: what is not named stays as it is."""
    params = await call.params()
    row, me = await _row(call, allowed=False), call.me.account_id
    as_it_is = Terms(
        row.severity,
        bool(row.reject_media),
        bool(row.reject_reports),
        bool(row.no_trends),
        bool(row.obfuscate),
        row.public_comment,
        row.private_comment,
    )
    terms = _terms(params, as_it_is)

    def work(unit: Unit) -> DomainPolicy:
        if terms != as_it_is:
            domains.decide(unit, row.domain, terms, access.account(unit, me))
        return unit.get(rows.policy_of(row.domain))

    return responses.json(_block(await call.parts.db.run(work)))


async def remove_block(call: Call) -> Response:
    """DELETE /api/v1/admin/domain_blocks/{id}"""
    await _remove(call, allowed=False)
    return responses.json({})


async def allows(call: Call) -> Response:
    """GET /api/v1/admin/domain_allows"""
    found = await call.parts.db.all(rows.page(call.query.page(_PER_PAGE, _MOST), allowed=True))
    return responses.paged(call, [_allow(row) for row in found], [row.id for row in found])


async def allow(call: Call) -> Response:
    """GET /api/v1/admin/domain_allows/{id}"""
    return responses.json(_allow(await _row(call, allowed=True)))


async def add_allow(call: Call) -> Response:
    """POST /api/v1/admin/domain_allows: the row there is, or a new one."""
    text, me = _domain(await call.params()), call.me.account_id

    def work(unit: Unit) -> DomainPolicy:
        domain = domains.clean_domain(unit, text)
        known = unit.one(rows.policy_of(domain))
        if known is None or known.severity != ALLOW:
            domains.decide(unit, domain, Terms(ALLOW), access.account(unit, me))
        return unit.get(rows.policy_of(domain))

    return responses.json(_allow(await call.parts.db.run(work)))


async def remove_allow(call: Call) -> Response:
    """DELETE /api/v1/admin/domain_allows/{id}: the row that is gone."""
    return responses.json(_allow(await _remove(call, allowed=True)))


async def _row(call: Call, *, allowed: bool) -> DomainPolicy:
    found = await call.parts.db.one(rows.policy(call.id()))
    if found is None or (found.severity == ALLOW) != allowed:
        raise NotFound
    return found


async def _remove(call: Call, *, allowed: bool) -> DomainPolicy:
    row, me = await _row(call, allowed=allowed), call.me.account_id
    await call.parts.db.run(lambda unit: domains.unblock_domain(unit, row.domain, access.account(unit, me)))
    return row


def _domain(params: Params) -> str:
    text = (params.text("domain") or "").strip()
    if not text:
        raise Invalid(lazy("Validation failed: Domain can't be blank"))
    return text


def _terms(params: Params, otherwise: Terms) -> Terms:
    word = params.text("severity")
    if word and word not in _FROM_CLIENTS:
        raise Invalid(lazy("Validation failed: Severity is not included in the list"))
    private, public = params.text("private_comment"), params.text("public_comment")
    return otherwise._replace(
        severity=_FROM_CLIENTS[word] if word else otherwise.severity,
        reject_media=params.flag("reject_media", otherwise.reject_media),
        reject_reports=params.flag("reject_reports", otherwise.reject_reports),
        obfuscate=params.flag("obfuscate", otherwise.obfuscate),
        private_comment=otherwise.private_comment if private is None else private,
        public_comment=otherwise.public_comment if public is None else public,
    )


def _stricter(domain: str, terms: Terms, known: DomainPolicy) -> bool:
    """Whether new terms may stand beside a policy: never for the same name, below it only what is harder."""
    if known.domain == domain or SEVERITIES.index(terms.severity) < SEVERITIES.index(known.severity):
        return False
    return terms.reject_media >= bool(known.reject_media) and terms.reject_reports >= bool(known.reject_reports)


def _block(row: DomainPolicy) -> dict[str, Any]:
    return {
        **_allow(row),
        "digest": hashlib.sha256(row.domain.encode()).hexdigest(),
        "severity": _TO_CLIENTS[row.severity],
        "reject_media": bool(row.reject_media),
        "reject_reports": bool(row.reject_reports),
        "private_comment": row.private_comment or None,
        "public_comment": row.public_comment or None,
        "obfuscate": bool(row.obfuscate),
    }


def _allow(row: DomainPolicy) -> dict[str, Any]:
    return {"id": str(row.id), "domain": row.domain, "created_at": to_iso(row.created_at)}
