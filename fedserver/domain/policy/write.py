"""A document as TOML that people read and change: the canonical values in the order in which one tells them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fedserver.domain.policy.canonical import plain
from fedserver.domain.policy.document import Document

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\f": "\\f", "\r": "\\r", "\n": "\\n", "\x7f": "\\u007f"}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def to_toml(document: Document) -> str:
    """The text; ``read.read_toml`` reads the same document out of it."""
    values = plain(document)
    parts = [_table("community", values["community"])]
    if "sets" in values:
        parts.append(_table("sets", values["sets"]))
    parts += [_table("norm", norm, array=True) for norm in values.get("norm", [])]
    parts += [_table(f"feed.{_key(name)}", feed) for name, feed in values["feed"].items()]
    parts += [_table("rule", rule, array=True) for rule in values.get("rule", [])]
    parts.append(_table("procedure", values["procedure"]))
    return "\n".join(parts)


def values_toml(values: Mapping[str, Any]) -> str:
    """Values that stand under no name, and tables of them below."""
    tables = {key: value for key, value in values.items() if key == "sets"}
    head = _table("", {key: value for key, value in values.items() if key not in tables})
    return "\n".join([head.partition("\n")[2], *(_table(key, value) for key, value in tables.items())])


def _table(name: str, values: Mapping[str, Any], *, array: bool = False) -> str:
    lines = [f"[[{name}]]" if array else f"[{name}]"]
    later: list[str] = []
    for key, value in values.items():
        if isinstance(value, Mapping) and not array and any("\n" in str(one) for one in value.values()):
            later.append(_table(f"{name}.{_key(key)}", value))
        elif key == "expires" and _DAY.fullmatch(value):
            lines.append(f"{key} = {value}")
        else:
            lines.append(f"{_key(key)} = {_value(value)}")
    return "\n".join([*lines, "", *later])


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    if isinstance(value, str):
        return _long(value) if "\n" in value else _text(value)
    return repr(value)


def _text(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(char, char) for char in text) + '"'


def _long(text: str) -> str:
    """Over several lines, as it was written."""
    escaped = "".join(char if char == "\n" else _ESCAPES.get(char, char) for char in text)
    return f'"""\n{escaped}"""'
