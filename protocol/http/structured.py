"""Structured field values (RFC 8941), as far as signatures need them: dictionaries of items and inner lists.

Strict where the RFC would shrug: a repeated key is refused rather than overwritten, because a proxy might keep the
other one. Decimals are not read; no field here has them.

Types: integer `int`, string `str`, token `Token`, byte sequence `bytes`, boolean `bool`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import NamedTuple

from protocol.errors import Malformed


class Token(str):
    """A bare word such as `gzip`, which is not the string "gzip"."""

    __slots__ = ()


Bare = int | str | Token | bytes | bool
Parameters = dict[str, Bare]


class Item(NamedTuple):
    """A bare value with its parameters."""

    value: Bare
    parameters: Parameters


class InnerList(NamedTuple):
    """A parenthesised list of items, with the parameters of the list."""

    items: tuple[Item, ...]
    parameters: Parameters


_MAX_TEXT = 8192
_MAX_MEMBERS = 64
_MAX_INTEGER = 999_999_999_999_999
_KEY = re.compile(r"[a-z*][a-z0-9_.*-]*")
_INTEGER = re.compile(r"-?[0-9]{1,15}(?![0-9.])")
_STRING = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_TOKEN = re.compile(r"[A-Za-z*][A-Za-z0-9:/!#$%&'*+.^_`|~-]*")
_BYTES = re.compile(r":([A-Za-z0-9+/]*={0,2}):")
_BOOLEAN = re.compile(r"\?([01])")
_ESCAPE = re.compile(r'\\(["\\])')
_COMMA = re.compile(r"[ \t]*,[ \t]*")
_SPACES = re.compile(r" *")


def parse_dictionary(text: str) -> dict[str, Item | InnerList]:
    """Read a dictionary of at most 64 members and 8 KB. Raises `Malformed`."""
    if len(text) > _MAX_TEXT:
        raise Malformed("the field is too long")
    reader = _Reader(text.strip(" "))
    members: dict[str, Item | InnerList] = {}
    while not reader.ended:
        key = reader.key()
        if key in members:
            raise Malformed(f"the key {key} is repeated")
        if len(members) == _MAX_MEMBERS:
            raise Malformed("the field has too many members")
        if reader.skip("="):
            members[key] = reader.inner_list() if reader.skip("(") else Item(reader.bare(), reader.parameters())
        else:
            members[key] = Item(True, reader.parameters())
        if not reader.ended:
            reader.take(_COMMA, "a comma")
            if reader.ended:
                raise Malformed("the field ends with a comma")
    return members


def serialise_inner_list(value: InnerList) -> str:
    """Write an inner list in its canonical form, as `@signature-params` has it (RFC 9421 section 2.3)."""
    items = " ".join(serialise_bare(item.value) + _serialise_parameters(item.parameters) for item in value.items)
    return f"({items}){_serialise_parameters(value.parameters)}"


def serialise_bare(value: Bare) -> str:
    """Write a bare item. Raises `Malformed` for a value that its type cannot hold."""
    if isinstance(value, bool):
        return "?1" if value else "?0"
    if isinstance(value, int):
        if abs(value) > _MAX_INTEGER:
            raise Malformed("the integer has more than 15 digits")
        return str(value)
    if isinstance(value, bytes):
        return f":{base64.b64encode(value).decode('ascii')}:"
    if isinstance(value, Token):
        return str(value)
    if not value.isascii() or not value.isprintable():
        raise Malformed("the string has characters that a field cannot have")
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _serialise_parameters(parameters: Mapping[str, Bare]) -> str:
    return "".join(
        f";{key}" if value is True else f";{key}={serialise_bare(value)}" for key, value in parameters.items()
    )


class _Reader:
    """A position in a text. Each method reads one construct and moves on, or raises `Malformed`."""

    __slots__ = ("_position", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    @property
    def ended(self) -> bool:
        return self._position >= len(self._text)

    def skip(self, character: str) -> bool:
        """Step over `character` if it is next."""
        if self._text.startswith(character, self._position):
            self._position += 1
            return True
        return False

    def attempt(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._position)
        if match is not None:
            self._position = match.end()
        return match

    def take(self, pattern: re.Pattern[str], expected: str) -> re.Match[str]:
        match = self.attempt(pattern)
        if match is None:
            raise Malformed(f"expected {expected} at character {self._position}")
        return match

    def key(self) -> str:
        return self.take(_KEY, "a key")[0]

    def bare(self) -> Bare:
        if match := self.attempt(_STRING):
            return _ESCAPE.sub(r"\1", match[1])
        if match := self.attempt(_BYTES):
            try:
                return base64.b64decode(match[1], validate=True)
            except binascii.Error as error:
                raise Malformed("a byte sequence is not base64") from error
        if match := self.attempt(_INTEGER):
            return int(match[0])
        if match := self.attempt(_BOOLEAN):
            return match[1] == "1"
        return Token(self.take(_TOKEN, "a value")[0])

    def parameters(self) -> Parameters:
        found: Parameters = {}
        while self.skip(";"):
            self.attempt(_SPACES)
            key = self.key()
            if key in found:
                raise Malformed(f"the parameter {key} is repeated")
            if len(found) == _MAX_MEMBERS:
                raise Malformed("there are too many parameters")
            found[key] = self.bare() if self.skip("=") else True
        return found

    def inner_list(self) -> InnerList:
        """Read what follows an opening parenthesis."""
        items: list[Item] = []
        self.attempt(_SPACES)
        while not self.skip(")"):
            if len(items) == _MAX_MEMBERS:
                raise Malformed("the list has too many items")
            items.append(Item(self.bare(), self.parameters()))
            spaces = self.take(_SPACES, "a space")[0]
            if not spaces and not self._text.startswith(")", self._position):
                raise Malformed("items of a list stand apart by a space")
        return InnerList(tuple(items), self.parameters())
