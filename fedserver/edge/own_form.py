"""What a reader writes about a feed of their own, as TOML or field by field, from apps and from pages alike."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, Final

from fedserver.domain.policy.errors import DocumentError
from fedserver.domain.policy.own import OwnFeed, own_from, read_own
from fedserver.edge.params import Params

_BETWEEN = re.compile(r"[\s,]+")
FIELDS: Final = (
    *("title", "about", "from", "tags", "accounts", "lists", "where", "score", "max_age", "max_per_author"),
    *("diversity", "length"),
)


def given(params: Params) -> OwnFeed:
    """``document`` as TOML, else the fields. Raises ``DocumentError``, and ``Invalid`` where a field is no text."""
    document = params.text("document")
    return read_own(document) if document is not None else own_from(_table(params))


def has_fields(params: Params) -> bool:
    """Whether anything of it was sent at all."""
    return any(params.has(name) for name in ("document", *FIELDS))


def _table(params: Params) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for name in ("title", "about", "where", "score", "max_age"):
        value = (params.text(name) or "").strip()
        # a form sends every field: an empty one says nothing
        if value:
            table[name] = value
    for name in ("from", "lists"):
        if found := [one.strip() for one in params.texts(name) if one.strip()]:
            table[name] = found
    for name in ("tags", "accounts"):
        if words := [word for one in params.texts(name) for word in _BETWEEN.split(one) if word]:
            table[name] = words
    for name in ("diversity", "length"):
        value = (params.text(name) or "").strip()
        if value:
            table[name] = _number(params.tree.get(name), value)
    limit = params.sub("max_per_author")
    if limit is not None:
        numbers = {key: (limit.text(key) or "").strip() for key in ("posts", "in_top")}
        if any(numbers.values()):
            table["max_per_author"] = {key: _number(None, value) for key, value in numbers.items() if value}
    return table


def _number(sent: Any, text: str) -> Any:
    """A number where it is one, else what was sent: the reader of documents says what is wrong with it."""
    if isinstance(sent, float):
        return sent
    with suppress(ValueError):
        return int(text)
    with suppress(ValueError):
        return float(text.replace(",", "."))
    return text


def sentence(error: DocumentError) -> str:
    """What is wrong, in a line."""
    return f"{error.where}: {error.message}" if error.where else str(error.message)
