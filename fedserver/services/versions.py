"""Stored versions of the policy as documents."""

from __future__ import annotations

import orjson

from fedserver.db.queries.policy import Version
from fedserver.domain.policy.document import Document
from fedserver.domain.policy.read import from_plain


def document_of(version: Version) -> Document:
    """The document of a stored version."""
    return from_plain(orjson.loads(version.document))
