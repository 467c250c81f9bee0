"""The policy of this community for everybody to read: as a page, as TOML to copy and fork, as JSON."""

from __future__ import annotations

from typing import NamedTuple

import orjson
from aiohttp.web import StreamResponse

from fedserver.db.queries import policy as rows
from fedserver.db.queries.policy import Version
from fedserver.domain.policy.changes import changes
from fedserver.domain.policy.document import Document, in_language
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.pages import page
from fedserver.kit import i18n
from fedserver.kit.errors import NotFound
from fedserver.services.policy import document_of
from fedserver.web import packs

_TOML = "application/toml; charset=utf-8"
_OPEN = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=60"}


class FeedView(NamedTuple):
    """A feed as people read it."""

    id: str
    title: str
    about: str
    where: str
    score: str
    is_default: bool


class RuleView(NamedTuple):
    """A rule as people read it."""

    id: str
    norm: str
    when: str
    do: str
    label: str
    because: str
    state: str
    expires: str | None


async def show(call: Call) -> StreamResponse:
    """GET /policy: the version in force."""
    found = await call.parts.db.one(rows.current())
    return await _page(call, found)


async def version(call: Call) -> StreamResponse:
    """GET /policy/{id}: a version that is or was in force."""
    found = await call.parts.db.one(rows.by_version(call.id()))
    return await _page(call, found)


async def toml(call: Call) -> StreamResponse:
    """GET /policy.toml and /policy/{id}.toml."""
    found = await _asked(call)
    headers = {**_OPEN, "ETag": responses.etag(found.hash)}
    return responses.raw_json(found.source.encode(), headers=headers, kind=_TOML)


async def json(call: Call) -> StreamResponse:
    """GET /policy.json and /policy/{id}.json: the canonical form, whose SHA-256 is the hash."""
    found = await _asked(call)
    return responses.raw_json(found.document.encode(), headers={**_OPEN, "ETag": responses.etag(found.hash)})


async def _asked(call: Call) -> Version:
    query = rows.by_version(call.id()) if "id" in call.path else rows.current()
    found = await call.parts.db.one(query)
    if found is None:
        raise NotFound
    return found


async def _page(call: Call, found: Version | None) -> StreamResponse:
    if found is None:
        raise NotFound
    document = document_of(found)
    former = await call.parts.db.one(rows.by_version(found.version - 1))
    language = i18n.current_locale()
    wanted = (language, document.language)
    versions, subscribed = await call.parts.db.several(rows.listed(), rows.subscriptions())
    in_force = found.version == versions[0].version
    return page(
        call,
        "public/policy.html",
        version=found,
        latest=versions[0].version,
        versions=versions,
        norms=[(in_language(one.text, *wanted), in_language(one.hint, *wanted)) for one in document.norms],
        feeds=_feeds(document, wanted),
        rules=_rules(document, wanted),
        procedure=document.procedure,
        packs=packs.views(subscribed, document, call.parts.clock.now_ms()) if in_force else (),
        changed=changes(document_of(former), document) if former is not None else (),
        proof=orjson.loads(found.signed)["proof"],
    )


def _feeds(document: Document, wanted: tuple[str, ...]) -> list[FeedView]:
    return [
        FeedView(
            id=feed.id,
            title=in_language(feed.title, *wanted),
            about=in_language(feed.about, *wanted),
            where=feed.where.text if feed.where else "",
            score=feed.score.text,
            is_default=feed.id == document.default_feed,
        )
        for feed in document.feeds
    ]


def _rules(document: Document, wanted: tuple[str, ...]) -> list[RuleView]:
    return [
        RuleView(
            id=rule.id,
            norm=rule.norm,
            when=rule.when.text,
            do=rule.do,
            label=rule.label,
            because=in_language(rule.because, *wanted),
            state=rule.state,
            expires=rule.expires,
        )
        for rule in document.rules
    ]
