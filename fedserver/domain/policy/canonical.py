"""The one form of a document, that is hashed, signed and published.

``plain`` gives the values as TOML has them, without what equals its default, without comments and order of tables; the
hash is SHA-256 over their canonical JSON (RFC 8785). Two documents that say the same have the same hash.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from fedserver.domain.policy.document import Document, Feed, Procedure, Rule, Vote
from fedserver.domain.policy.fields import written
from protocol import jcs

PREFIX: Final = "sha256:"
_PROCEDURE, _VOTE = Procedure(), Vote()


def plain(document: Document) -> dict[str, Any]:
    """The values of JSON and TOML."""
    community = _without_empty(
        {
            "name": document.name,
            "language": document.language,
            "version": document.version,
            "parent": document.parent,
            "default_feed": document.default_feed,
            "trends": document.trends,
            "about": dict(document.about),
            "terms": dict(document.terms),
        }
    )
    return _without_empty(
        {
            "community": community,
            "sets": {name: sorted(words) for name, words in document.sets.items()},
            "norm": [
                _without_empty({"id": norm.id, "text": dict(norm.text), "hint": dict(norm.hint)})
                for norm in document.norms
            ],
            "feed": {feed.id: plain_feed(feed) for feed in document.feeds},
            "rule": [_rule(rule) for rule in document.rules],
            "procedure": _procedure(document.procedure),
        }
    )


def canonical_bytes(document: Document) -> bytes:
    """The bytes that are hashed."""
    return jcs.canonicalise(plain(document))


def hash_of(document: Document) -> str:
    """``sha256:`` and 64 hexadecimal digits."""
    return PREFIX + hashlib.sha256(canonical_bytes(document)).hexdigest()


def plain_feed(feed: Feed) -> dict[str, Any]:
    """The values of a feed."""
    return _without_empty(
        {
            "title": dict(feed.title),
            "about": dict(feed.about),
            "from": list(feed.sources),
            "tags": list(feed.tags),
            "accounts": list(feed.accounts),
            "lists": list(feed.lists),
            "max_age": written(feed.max_age_ms),
            "where": feed.where.text if feed.where else None,
            "score": feed.score.text,
            "max_per_author": feed.per_author and {"posts": feed.per_author.posts, "in_top": feed.per_author.in_top},
            "diversity": feed.diversity or None,
            "length": feed.length if feed.length != 400 else None,
            "boosts_per_hour": feed.boosts_per_hour or None,
        }
    )


def _rule(rule: Rule) -> dict[str, Any]:
    return _without_empty(
        {
            "id": rule.id,
            "norm": rule.norm,
            "when": rule.when.text,
            "do": rule.do,
            "label": rule.label,
            "because": dict(rule.because),
            "appeal": written(rule.appeal_ms),
            "state": rule.state,
            "expires": rule.expires,
        }
    )


def _procedure(procedure: Procedure) -> dict[str, Any]:
    vote = procedure.vote
    return _without_empty(
        {
            "feeds": procedure.feeds,
            "rules": procedure.rules,
            "document": procedure.document,
            "vote": None
            if vote == _VOTE
            else {
                "quorum": vote.quorum,
                "majority": vote.majority,
                "period": written(vote.period_ms),
                "member_for": written(vote.member_for_ms),
            },
        }
    )


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}
