"""The back-end for many posts at once: a formula becomes one function of columns. Used by feeds and backtests.

The only file of the language that imports NumPy (20 MiB), so it is imported by whoever scores, when it scores. Each
function is the twin of the one of ``numbers`` or ``operations`` with the same name: the same steps in the same order,
so that both give the same bits.

Columns: numbers are float64, flags bool, words the 64-bit codes of ``word_code``; lists of words are ``Ragged``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import numpy as np

from fedserver.domain.policy import numbers
from fedserver.domain.policy.values import LIMIT, Apply, Const, Get, Kind, Node

Column = Any
Run = Callable[[Mapping[str, Column]], Column]
# of rows that are worked on at once: a column of it and what is made on the way stay in the processor's cache
BLOCK: Final = 8192


class Ragged(NamedTuple):
    """A list of words a row: ``codes[ends[i - 1]:ends[i]]`` are those of row i. ``ends`` begins with 0."""

    ends: Any
    codes: Any

    def rows(self, start: int, stop: int) -> Ragged:
        """Some of the rows."""
        ends = self.ends[start : stop + 1]
        return Ragged(ends - ends[0], self.codes[ends[0] : ends[-1]])


@lru_cache(maxsize=65536)
def word_code(word: str) -> int:
    """A word as a number: two different words never meet in practice (64 bits of BLAKE2b)."""
    digest = blake2b(word.encode(errors="surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def column(values: Sequence[Any], kind: Kind) -> Column:
    """A column of raw values, tidied as ``values.tidy`` does."""
    if kind is Kind.NUMBER:
        raw = np.array([min(max(value, -LIMIT), LIMIT) if value == value else 0.0 for value in values], np.float64)
        return raw
    if kind is Kind.FLAG:
        return np.array([bool(value) for value in values], np.bool_)
    if kind is Kind.WORD:
        return np.array([word_code(str(value)) for value in values], np.int64)
    lists = [[word_code(str(word)) for word in row] for row in values]
    ends = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(row) for row in lists], out=ends[1:])
    return Ragged(ends, np.array([code for row in lists for code in row], np.int64))


def run(node: Node, columns: Mapping[str, Column], rows: int) -> Column:
    """The column of a formula's values: float64 or bool, ``rows`` long."""
    work = build(node)
    result: Any = np.empty(rows, np.float64 if node.kind is Kind.NUMBER else np.bool_)
    with np.errstate(all="ignore"):
        for start in range(0, rows, BLOCK):
            stop = min(start + BLOCK, rows)
            if rows <= BLOCK:
                block: Mapping[str, Column] = columns
            else:
                block = {
                    name: each.rows(start, stop) if isinstance(each, Ragged) else each[start:stop]
                    for name, each in columns.items()
                }
            result[start:stop] = work(block)
    return result


def build(node: Node) -> Run:
    """The function of a tree, for one block of columns."""
    if isinstance(node, Const):
        value = _constant(node)
        return lambda columns: value
    if isinstance(node, Get):
        name = node.name
        return lambda columns: columns[name]
    return _applied(node)


def _applied(node: Apply) -> Run:
    work = TWINS[node.operation]
    parts = [build(part) for part in node.operands]
    if len(parts) == 2:
        left, right = parts
        return lambda columns: work(left(columns), right(columns))
    return lambda columns: work(*[part(columns) for part in parts])


def _constant(node: Const) -> Any:
    if isinstance(node.value, frozenset):
        return np.array(sorted(word_code(word) for word in node.value), np.int64)
    return word_code(node.value) if isinstance(node.value, str) else node.value


def _cut(x: Any) -> Any:
    return np.minimum(np.maximum(x, -LIMIT), LIMIT)


def _add(a: Any, b: Any) -> Any:
    return _cut(np.add(a, b))


def _sub(a: Any, b: Any) -> Any:
    return _cut(np.subtract(a, b))


def _mul(a: Any, b: Any) -> Any:
    return _cut(np.multiply(a, b))


def _div(a: Any, b: Any) -> Any:
    return np.where(np.equal(b, 0.0), 0.0, _cut(np.divide(a, np.where(np.equal(b, 0.0), 1.0, b))))


def _floordiv(a: Any, b: Any) -> Any:
    return np.floor(_div(a, b))


def _mod(a: Any, b: Any) -> Any:
    return np.where(np.equal(b, 0.0), 0.0, _sub(a, _mul(b, _floordiv(a, b))))


def _log2(x: Any) -> Any:
    mantissa, exponent = np.frexp(x)
    low = mantissa < numbers.ROOT_HALF
    mantissa = np.where(low, mantissa * 2, mantissa)
    s = (mantissa - 1) / (mantissa + 1)
    square = s * s
    total = np.zeros_like(square)
    for term in numbers.LOG_TERMS:
        total *= square
        total += term
    result = (exponent - low) + s * 2 * total * numbers.LOG2_E
    return np.where(np.greater(x, 0), result, 0.0)


def _exp2(x: Any) -> Any:
    x = np.minimum(np.maximum(x, numbers.LEAST_POWER), numbers.MOST_POWER)
    whole = np.floor(x + 0.5)
    rest = (x - whole) * numbers.LN_2
    total = np.zeros_like(rest)
    for term in numbers.EXP_TERMS:
        total *= rest
        total += term
    return _cut(np.ldexp(total, np.asarray(whole).astype(np.int32)))


def _log(x: Any) -> Any:
    return _log2(x) * numbers.LN_2


def _log10(x: Any) -> Any:
    return _log2(x) * numbers.LOG10_2


def _log1p(x: Any) -> Any:
    return _log2(np.add(1, x)) * numbers.LN_2


def _exp(x: Any) -> Any:
    return _exp2(np.multiply(x, numbers.LOG2_E))


def _power(a: Any, b: Any) -> Any:
    return np.where(np.greater(a, 0), _exp2(b * _log2(a)), np.where(np.equal(b, 0), 1.0, 0.0))


def _whole_power(a: Any, b: float) -> Any:
    left, base, result = int(abs(b)), a, np.ones_like(a)
    while left:
        if left & 1:
            result = _cut(result * base)
        left >>= 1
        if left:
            base = _cut(base * base)
    return _div(1.0, result) if b < 0 else result


def _sqrt(x: Any) -> Any:
    return np.sqrt(np.maximum(x, 0.0))


def _halflife(age: Any, half: Any) -> Any:
    return np.where(np.greater(half, 0), _exp2(-_div(age, half)), 0.0)


def _wilson(good: Any, all_: Any) -> Any:
    some = np.greater_equal(all_, 1)
    whole = np.where(some, all_, 1.0)
    share = np.minimum(np.maximum(np.divide(good, whole), 0.0), 1.0)
    square = numbers.WILSON_Z * numbers.WILSON_Z / whole
    spread = np.sqrt(share * (1 - share) / whole + square / (4 * whole))
    bound = (share + square / 2 - numbers.WILSON_Z * spread) / (1 + square)
    return np.where(some, np.maximum(0.0, bound), 0.0)


def _sign(x: Any) -> Any:
    return np.greater(x, 0).astype(np.float64) - np.less(x, 0)


def _clip(x: Any, low: Any, high: Any) -> Any:
    return np.minimum(np.maximum(x, low), high)


def _saturate(x: Any, half: Any) -> Any:
    fine = np.logical_and(np.greater(x, 0), np.greater(half, 0))
    return np.where(fine, _cut(np.divide(x, np.where(fine, np.add(x, half), 1.0))), 0.0)


def _min(first: Any, *rest: Any) -> Any:
    for other in rest:
        first = np.minimum(first, other)
    return first


def _max(first: Any, *rest: Any) -> Any:
    for other in rest:
        first = np.maximum(first, other)
    return first


def _count_in(words: Ragged, wanted: Any) -> Any:
    before = np.zeros(len(words.codes) + 1, np.int64)
    np.cumsum(np.isin(words.codes, wanted), out=before[1:])
    return (before[words.ends[1:]] - before[words.ends[:-1]]).astype(np.float64)


def _has_any(words: Ragged, wanted: Any) -> Any:
    return _count_in(words, wanted) > 0


TWINS: Final[Mapping[str, Callable[..., Any]]] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "floordiv": _floordiv,
    "mod": _mod,
    "neg": np.negative,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
    "same": np.equal,
    "differs": np.not_equal,
    "is_in": np.isin,
    "not": np.logical_not,
    "and": np.logical_and,
    "or": np.logical_or,
    "if_number": np.where,
    "if_flag": np.where,
    "whole_power": _whole_power,
    "pow": _power,
    "log1p": _log1p,
    "log": _log,
    "log2": _log2,
    "log10": _log10,
    "exp": _exp,
    "sqrt": _sqrt,
    "abs": np.abs,
    "sign": _sign,
    "floor": np.floor,
    "ceil": np.ceil,
    "min": _min,
    "max": _max,
    "clip": _clip,
    "halflife": _halflife,
    "saturate": _saturate,
    "wilson": _wilson,
    "has_any": _has_any,
    "count_in": _count_in,
}
