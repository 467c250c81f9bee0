"""Kinds of values, the limits of a formula, and the tree that both back-ends read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

MAX_TEXT: Final = 2000
MAX_NODES: Final = 200
MAX_DEPTH: Final = 40
MAX_DIGITS: Final = 15
MAX_WORD: Final = 200
MAX_SETS: Final = 100
MAX_MEMBERS: Final = 1000

# No number is ever larger: sums and products of two such numbers are finite, and whole numbers below it are exact.
LIMIT: Final = 1e15


class Kind(StrEnum):
    """What a part of a formula is."""

    NUMBER = "number"
    FLAG = "yes or no"
    WORD = "word"
    WORDS = "words"
    SET = "set"


class Use(StrEnum):
    """What a formula is written for: which signals it knows, and whether text may stand in it."""

    SCORE = "score"
    FILTER = "filter"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Const:
    """A value that stands in the text, or what a part without signals comes to."""

    kind: Kind
    value: float | bool | str | frozenset[str]


@dataclass(frozen=True, slots=True)
class Get:
    """A signal."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operation of ``operations.TABLE`` with its operands."""

    kind: Kind
    operation: str
    operands: tuple[Node, ...]


Node = Const | Get | Apply
Sets = Mapping[str, frozenset[str]]


def tidy(value: Any, kind: Kind) -> Any:
    """A raw value as both back-ends expect it: numbers finite and within ``LIMIT``, flags true or false."""
    if kind is Kind.NUMBER:
        # a huge whole number does not become a float, so it is compared first
        if value != value:
            return 0.0
        return float(min(max(value, -LIMIT), LIMIT))
    if kind is Kind.FLAG:
        return bool(value)
    return str(value) if kind is Kind.WORD else tuple(map(str, value))
