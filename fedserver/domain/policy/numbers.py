"""Arithmetic on single numbers that never fails and gives the same bits everywhere.

Formulas run in two back-ends and on many machines, and a feed can be recomputed elsewhere to prove it. Libraries for
logarithms and powers differ in the last bit, so these are made here from additions, multiplications, divisions and
square roots alone, which IEEE 754 rounds exactly; ``arrays`` does the same steps in the same order on columns.

Every result is finite and within ``LIMIT``. What has no value has a neutral one: x / 0 = 0, log(x <= 0) = 0,
sqrt(x < 0) = 0, pow(x < 0, y) = 0 unless y is a whole number that stands in the text.
"""

from __future__ import annotations

import math
from typing import Final

from fedserver.domain.policy.values import LIMIT

ROOT_HALF: Final = math.sqrt(0.5)
LN_2: Final = math.log(2)
LOG2_E: Final = 1 / LN_2
LOG10_2: Final = math.log10(2)
# log m = 2s (1 + s^2/3 + s^4/5 + ...) with s = (m - 1) / (m + 1), |s| < 0.172: the rest is below 2^-54
LOG_TERMS: Final = tuple(1 / (2 * i + 1) for i in range(10, -1, -1))
# e^r for |r| < 0.347: r^14 / 14! is below 2^-57
EXP_TERMS: Final = tuple(1 / math.factorial(i) for i in range(13, -1, -1))
# beyond 2^60 everything is cut to LIMIT; below 2^-1000 numbers lose their bits
LEAST_POWER, MOST_POWER = -1000.0, 60.0
MAX_WHOLE: Final = 64
WILSON_Z: Final = 1.2816


def cut(x: float) -> float:
    """Within the limit."""
    return LIMIT if x > LIMIT else (-LIMIT if x < -LIMIT else x)


def add(a: float, b: float) -> float:
    """a + b."""
    return cut(a + b)


def sub(a: float, b: float) -> float:
    """a - b."""
    return cut(a - b)


def mul(a: float, b: float) -> float:
    """a * b."""
    return cut(a * b)


def div(a: float, b: float) -> float:
    """a / b; 0 where b is 0."""
    return cut(a / b) if b else 0.0


def floordiv(a: float, b: float) -> float:
    """The whole part of a / b, downwards."""
    return float(math.floor(div(a, b)))


def mod(a: float, b: float) -> float:
    """What is left of a after whole times b."""
    return cut(a - cut(b * floordiv(a, b))) if b else 0.0


def log2(x: float) -> float:
    """The logarithm to base 2."""
    if x <= 0:
        return 0.0
    mantissa, exponent = math.frexp(x)
    if mantissa < ROOT_HALF:
        mantissa, exponent = mantissa * 2, exponent - 1
    s = (mantissa - 1) / (mantissa + 1)
    square = s * s
    total = 0.0
    for term in LOG_TERMS:
        total = total * square + term
    return exponent + s * 2 * total * LOG2_E


def exp2(x: float) -> float:
    """2 to the power of x."""
    x = min(max(x, LEAST_POWER), MOST_POWER)
    whole = math.floor(x + 0.5)
    rest = (x - whole) * LN_2
    total = 0.0
    for term in EXP_TERMS:
        total = total * rest + term
    return cut(math.ldexp(total, whole))


def log(x: float) -> float:
    """The natural logarithm."""
    return log2(x) * LN_2


def log10(x: float) -> float:
    """The logarithm to base 10."""
    return log2(x) * LOG10_2


def log1p(x: float) -> float:
    """The natural logarithm of 1 + x."""
    return log2(1 + x) * LN_2


def exp(x: float) -> float:
    """e to the power of x."""
    return exp2(x * LOG2_E)


def power(a: float, b: float) -> float:
    """a to the power of b, for a >= 0."""
    if a > 0:
        return exp2(b * log2(a))
    return 1.0 if b == 0 else 0.0


def whole_power(a: float, b: float) -> float:
    """a to the power of a whole number of at most 64: by multiplication, so that small ones are exact."""
    left, base, result = int(abs(b)), a, 1.0
    while left:
        if left & 1:
            result = cut(result * base)
        left >>= 1
        if left:
            base = cut(base * base)
    return div(1.0, result) if b < 0 else result


def sqrt(x: float) -> float:
    """The square root."""
    return math.sqrt(x) if x > 0 else 0.0


def halflife(age: float, half: float) -> float:
    """1 at age 0, a half at ``half``, a quarter at twice that; 0 where ``half`` is not above 0."""
    return exp2(-div(age, half)) if half > 0 else 0.0


def wilson(good: float, all_: float) -> float:
    """The lower bound of the share of ``good`` in ``all`` (Wilson, z = 1.2816: nine times of ten it is higher).

    0 where ``all`` is below 1.
    """
    if all_ < 1:
        return 0.0
    share = min(max(good / all_, 0.0), 1.0)
    square = WILSON_Z * WILSON_Z / all_
    spread = math.sqrt(share * (1 - share) / all_ + square / (4 * all_))
    return max(0.0, (share + square / 2 - WILSON_Z * spread) / (1 + square))


def sign(x: float) -> float:
    """-1, 0 or 1."""
    return float((x > 0) - (x < 0))


def floor(x: float) -> float:
    """The whole number below."""
    return float(math.floor(x))


def ceil(x: float) -> float:
    """The whole number above."""
    return float(math.ceil(x))


def clip(x: float, low: float, high: float) -> float:
    """x, but not below ``low`` and not above ``high``."""
    return min(max(x, low), high)


def saturate(x: float, half: float) -> float:
    """x / (x + half): 0 at 0, a half at ``half``, near 1 far above; never steep again."""
    return cut(x / (x + half)) if x > 0 and half > 0 else 0.0
