"""The one table of operations and functions. ``closures`` runs the function here, ``arrays`` has its twin by name."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from fedserver.domain.policy import numbers
from fedserver.domain.policy.values import Kind

N, F, W, WS, S = Kind.NUMBER, Kind.FLAG, Kind.WORD, Kind.WORDS, Kind.SET


class Operation(NamedTuple):
    """``takes``: the kinds of its operands; ``more``: how many more of the last kind may follow.

    ``call``: how it is written, for functions only; operators have ''. ``run`` is None where operands are not
    always looked at (and, or, if).
    """

    name: str
    takes: tuple[Kind, ...]
    gives: Kind
    run: Callable[..., Any] | None
    call: str = ""
    about: str = ""
    more: int = 0


def has_any(words: tuple[str, ...], wanted: frozenset[str]) -> bool:
    """Whether one of the words is in the set."""
    return not wanted.isdisjoint(words)


def count_in(words: tuple[str, ...], wanted: frozenset[str]) -> float:
    """How many of the words are in the set."""
    return float(sum(1 for word in words if word in wanted))


def is_in(word: str, wanted: frozenset[str]) -> bool:
    """Whether the word is in the set."""
    return word in wanted


TABLE: Final = (
    Operation("add", (N, N), N, numbers.add),
    Operation("sub", (N, N), N, numbers.sub),
    Operation("mul", (N, N), N, numbers.mul),
    Operation("div", (N, N), N, numbers.div),
    Operation("floordiv", (N, N), N, numbers.floordiv),
    Operation("mod", (N, N), N, numbers.mod),
    Operation("neg", (N,), N, operator.neg),
    Operation("lt", (N, N), F, operator.lt),
    Operation("le", (N, N), F, operator.le),
    Operation("gt", (N, N), F, operator.gt),
    Operation("ge", (N, N), F, operator.ge),
    Operation("eq", (N, N), F, operator.eq),
    Operation("ne", (N, N), F, operator.ne),
    Operation("same", (W, W), F, operator.eq),
    Operation("differs", (W, W), F, operator.ne),
    Operation("is_in", (W, S), F, is_in),
    Operation("not", (F,), F, operator.not_),
    Operation("and", (F, F), F, None),
    Operation("or", (F, F), F, None),
    Operation("if_number", (F, N, N), N, None),
    Operation("if_flag", (F, F, F), F, None),
    Operation("whole_power", (N, N), N, numbers.whole_power),
    Operation("pow", (N, N), N, numbers.power, "pow(x, y)", "x to the power of y; also written `x ** y`"),
    Operation("log1p", (N,), N, numbers.log1p, "log1p(x)", "natural logarithm of 1 + x: each doubling counts the same"),
    Operation("log", (N,), N, numbers.log, "log(x)", "natural logarithm"),
    Operation("log2", (N,), N, numbers.log2, "log2(x)", "logarithm to base 2"),
    Operation("log10", (N,), N, numbers.log10, "log10(x)", "logarithm to base 10"),
    Operation("exp", (N,), N, numbers.exp, "exp(x)", "e to the power of x"),
    Operation("sqrt", (N,), N, numbers.sqrt, "sqrt(x)", "square root"),
    Operation("abs", (N,), N, abs, "abs(x)", "x without its sign"),
    Operation("sign", (N,), N, numbers.sign, "sign(x)", "-1, 0 or 1"),
    Operation("floor", (N,), N, numbers.floor, "floor(x)", "the whole number below x"),
    Operation("ceil", (N,), N, numbers.ceil, "ceil(x)", "the whole number above x"),
    Operation("min", (N, N), N, min, "min(x, y, ...)", "the smallest of 2 to 8 numbers", 6),
    Operation("max", (N, N), N, max, "max(x, y, ...)", "the largest of 2 to 8 numbers", 6),
    Operation("clip", (N, N, N), N, numbers.clip, "clip(x, low, high)", "x, kept between low and high"),
    Operation(
        "halflife",
        (N, N),
        N,
        numbers.halflife,
        "halflife(age, half)",
        "1 at age 0, 0.5 at age half, 0.25 at twice that",
    ),
    Operation(
        "saturate", (N, N), N, numbers.saturate, "saturate(x, half)", "x / (x + half): grows ever slower up to 1"
    ),
    Operation(
        "wilson",
        (N, N),
        N,
        numbers.wilson,
        "wilson(good, all)",
        "lower bound of the share of good in all (z = 1.2816)",
    ),
    Operation("has_any", (WS, S), F, has_any, "has_any(words, set)", "whether one of the words is in the set"),
    Operation("count_in", (WS, S), N, count_in, "count_in(words, set)", "how many of the words are in the set"),
)
BY_NAME: Final = {operation.name: operation for operation in TABLE}
FUNCTIONS: Final = {operation.name: operation for operation in TABLE if operation.call}
