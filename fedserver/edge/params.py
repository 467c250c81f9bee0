"""Parameters, however they were sent: query, form, multipart or JSON, read through one set of typed getters.

Clients write the same thing in many ways: ``id[]=1&id[]=2`` or ``{"id": [1, 2]}``; ``fields_attributes[0][name]=x`` or
a JSON list of objects; booleans as ``1``, ``true``, ``True``, ``on``. All become one tree of dicts, lists, texts and
uploads, with the nesting rules of Rack, which Mastodon's clients are written for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from fedserver.edge.bodies import MAX_FIELDS, Upload
from fedserver.kit.errors import Invalid, Malformed
from fedserver.kit.i18n import lazy
from fedserver.kit.ids import MAX_ID
from fedserver.kit.paging import Page, parse_integer, parse_page, read_integer, read_limit

_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_INNER = re.compile(r"\[([^\[\]]*)\]")
_MAX_DEPTH = 5
_TRUE = frozenset({"1", "true", "t", "on", "yes"})
_FALSE = frozenset({"0", "false", "f", "off", "no", ""})
MAX_LIST = 1000


class Params:
    """One level of the tree. Getters take a missing, null or (numbers, flags) empty value as "not given"."""

    __slots__ = ("_page", "_pairs", "_tree")

    def __init__(self, tree: Mapping[str, Any], pairs: Iterable[tuple[str, Any]] = ()) -> None:
        self._tree = tree
        self._pairs = tuple(pairs)
        self._page: tuple[tuple[int, int], Page] | None = None

    @property
    def tree(self) -> Mapping[str, Any]:
        """The values as they were sent."""
        return self._tree

    def has(self, name: str) -> bool:
        """Whether it was sent at all, null included."""
        return name in self._tree

    def repeated(self, name: str) -> bool:
        """Whether a query or form named it more than once."""
        return sum(1 for key, _ in self._pairs if key == name) > 1

    def text(self, name: str) -> str | None:
        """The text, '' included; None when not given. A list or an object raises ``Invalid``."""
        value = self._tree.get(name)
        if value is None:
            return None
        return _as_text(name, value)

    def required(self, name: str) -> str:
        """The text; ``Invalid`` in Mastodon's words when it is missing or empty."""
        value = self.text(name)
        if not value:
            raise Invalid(lazy("param is missing or the value is empty: %(name)s", name=name))
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean."""
        value = self.maybe_flag(name)
        return default if value is None else value

    def maybe_flag(self, name: str) -> bool | None:
        """A boolean, None when not given."""
        value = self._tree.get(name)
        if value is None or isinstance(value, bool):
            return value
        text = _as_text(name, value).strip().lower()
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False if text else None
        raise Invalid(lazy("%(name)s is not a boolean", name=name))

    def number(self, name: str, low: int, high: int, default: int | None = None) -> int | None:
        """A whole number, moved into ``low..high``; ``default`` when not given."""
        text = (self.text(name) or "").strip()
        return parse_integer(name, text, low, high) if text else default

    def limit(self, default: int, maximum: int) -> int:
        """``limit`` of a list, 0..``maximum``; refuses no text (Mastodon 4.5)."""
        return read_limit((self.text("limit") or "").strip(), default, maximum)

    def offset(self, maximum: int) -> int:
        """``offset`` into a list, 0..``maximum``; refuses no text (Mastodon 4.5)."""
        return read_integer((self.text("offset") or "").strip(), 0, maximum)

    def id(self, name: str) -> int | None:
        """An id; None when not given."""
        return self.number(name, 0, MAX_ID)

    def ids(self, name: str, maximum: int = MAX_LIST) -> list[int]:
        """A list of ids, each once. Empty texts in it are skipped."""
        found = [parse_integer(name, text.strip(), 0, MAX_ID) for text in self.texts(name, maximum) if text.strip()]
        return list(dict.fromkeys(found))

    def texts(self, name: str, maximum: int = MAX_LIST) -> list[str]:
        """A list of texts; a single value is a list of one, a hash counts by its values. ``Invalid`` over
        ``maximum``."""
        value = self._tree.get(name)
        if value is None:
            return []
        values = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else [value]
        if len(values) > maximum:
            raise Invalid(lazy("%(name)s has too many values", name=name))
        return [_as_text(name, item) for item in values if item is not None]

    def sub(self, name: str) -> Params | None:
        """A nested object; None when not given."""
        value = self._tree.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, dict):
            raise Invalid(lazy("%(name)s is not an object", name=name))
        return Params(value)

    def subs(self, name: str, maximum: int = 100) -> list[Params]:
        """A list of nested objects, from a list or from a hash with numbers as keys."""
        value = self._tree.get(name)
        if value is None or value == "":
            return []
        if isinstance(value, dict):
            value = [value[key] for key in sorted(value, key=lambda key: (len(key), key))]
        if not isinstance(value, list) or len(value) > maximum or not all(isinstance(item, dict) for item in value):
            raise Invalid(lazy("%(name)s is not a list of objects", name=name))
        return [Params(item) for item in value]

    def file(self, name: str) -> Upload | None:
        """An uploaded file; None when there is none or it is empty and nameless (an untouched form field)."""
        value = self._tree.get(name)
        if not isinstance(value, Upload) or (value.size == 0 and not value.filename):
            return None
        return value

    def page(self, default: int = 20, maximum: int = 40) -> Page:
        """``max_id``, ``since_id``, ``min_id`` and ``limit``."""
        if self._page is None or self._page[0] != (default, maximum):
            names = ("max_id", "since_id", "min_id", "limit")
            sent = {name: (self.text(name) or "").strip() for name in names}
            # read once: the same query comes again and again
            self._page = (default, maximum), parse_page(sent, default=default, maximum=maximum)
        return self._page[1]


def parse_pairs(text: str) -> list[tuple[str, str]]:
    """The pairs of a query or an urlencoded body. Raises ``Malformed``: too many, not UTF-8, a NUL."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError as error:
        raise Malformed(cause=error) from error
    return pairs


def from_pairs(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The tree of pairs whose keys carry the nesting. Raises ``Malformed`` when keys contradict each other."""
    tree: dict[str, Any] = {}
    for key, value in pairs:
        if "\0" in key or (isinstance(value, str) and "\0" in value):
            raise Malformed()
        match = _KEY.fullmatch(key)
        parts = [key] if match is None else [match[1], *_INNER.findall(match[2])]
        if len(parts) > _MAX_DEPTH:
            raise Malformed()
        _put(tree, parts, value)
    return tree


def _put(node: dict[str, Any], parts: list[str], value: Any) -> None:
    head, rest = parts[0], parts[1:]
    if not rest:
        node[head] = value
    elif rest[0] == "":
        _append(_container(node, head, list), rest[1:], value)
    else:
        _put(_container(node, head, dict), rest, value)


def _append(items: list[Any], rest: list[str], value: Any) -> None:
    if not rest:
        items.append(value)
        return
    # a[][x]=1&a[][y]=2&a[][x]=3 are two objects: a key that is there already starts the next one
    if not items or not isinstance(items[-1], dict) or (len(rest) == 1 and rest[0] in items[-1]):
        items.append({})
    _put(items[-1], rest, value)


def _container(node: dict[str, Any], key: str, kind: type) -> Any:
    present = node.setdefault(key, kind())
    if not isinstance(present, kind):
        raise Malformed()
    return present


def _as_text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    raise Invalid(lazy("%(name)s is not a text", name=name))
