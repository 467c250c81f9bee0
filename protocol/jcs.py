"""JSON Canonicalization Scheme, RFC 8785: one byte string for one JSON value, so that it can be hashed and signed.

Three rules make it: no white space, members sorted by the UTF-16 code units of their names, and numbers and strings
written exactly as ECMAScript does. Numbers are IEEE doubles there, so an integer beyond 2^53 - 1 has no single form
and is refused.
"""

from __future__ import annotations

import math
from contextlib import suppress
from json.encoder import encode_basestring
from typing import Any

import orjson

from protocol.errors import Malformed

MAX_INTEGER = 2**53 - 1
_MAX_DEPTH = 100


def canonicalise(value: Any) -> bytes:
    """Return the canonical UTF-8 bytes of a JSON value (dict, list, str, int, float, bool, None).

    Raises `Malformed` for other types, NaN, infinities, integers beyond 2^53 - 1, lone surrogates, and nesting above
    100 levels.
    """
    if _is_plain(value):
        # a lone surrogate is left to the slow way, which knows how to say so
        with suppress(orjson.JSONEncodeError):
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    parts: list[str] = []
    _write(value, parts, 0)
    try:
        return "".join(parts).encode()
    except UnicodeEncodeError as error:
        raise Malformed("a string has a lone surrogate") from error


def _is_plain(value: Any) -> bool:
    """Whether orjson, sorting, writes the canonical form, many times faster: names in ASCII (orjson sorts by UTF-8),
    integers of 53 bits, no doubles (orjson writes their exponents in its own way)."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        below: list[Any] = []
        for node in level:
            kind = type(node)
            if kind is dict:
                try:
                    if not "".join(node).isascii():
                        return False
                except TypeError:
                    # a name that is no string: the slow way says so
                    return False
                below += node.values()
            elif kind is list:
                below += node
            elif kind is int:
                if not -MAX_INTEGER <= node <= MAX_INTEGER:
                    return False
            elif kind is not str and node is not None and kind is not bool:
                return False
        if not below:
            return True
        level = below
    return False


def _write(value: Any, parts: list[str], depth: int) -> None:
    kind = type(value)
    if kind is str:
        parts.append(encode_basestring(value))
    elif kind is dict:
        _write_object(value, parts, depth + 1)
    elif kind is list:
        _write_array(value, parts, depth + 1)
    elif value is None:
        parts.append("null")
    elif kind is bool:
        parts.append("true" if value else "false")
    elif kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise Malformed("an integer is too large to be canonicalised")
        parts.append(str(value))
    elif kind is float:
        parts.append(_number(value))
    else:
        raise Malformed("a value is not JSON")


def _write_object(value: dict[Any, Any], parts: list[str], depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise Malformed("the value is nested too deeply")
    separator = "{"
    for name in _sorted_names(value):
        parts.append(separator)
        parts.append(encode_basestring(name))
        parts.append(":")
        _write(value[name], parts, depth)
        separator = ","
    parts.append("}" if value else "{}")


def _write_array(value: list[Any], parts: list[str], depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise Malformed("the value is nested too deeply")
    separator = "["
    for item in value:
        parts.append(separator)
        _write(item, parts, depth)
        separator = ","
    parts.append("]" if value else "[]")


def _sorted_names(value: dict[Any, Any]) -> list[str]:
    names = list(value)
    for name in names:
        if type(name) is not str:
            raise Malformed("a member's name is not a string")
    if all(map(str.isascii, names)):
        return sorted(names)
    try:
        return sorted(names, key=lambda name: name.encode("utf-16-be"))
    except UnicodeEncodeError as error:
        raise Malformed("a member's name has a lone surrogate") from error


def _number(value: float) -> str:
    """Write a double as ECMAScript's Number::toString does.

    Python's repr finds the same shortest digits; only the layout differs. With d the digits and the value
    0.d x 10^point: plain digits up to 10^21, a leading `0.` down to 10^-6, else an exponent.
    """
    if not math.isfinite(value):
        raise Malformed("a number is not finite")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = point - 1
    tail = f".{digits[1:]}" if count > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if power > 0 else ''}{power}"
