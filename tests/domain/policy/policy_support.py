"""Formulas and signals by chance, from plain to hostile."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from fedserver.domain.policy.operations import FUNCTIONS
from fedserver.domain.policy.signals import Signal, known_to
from fedserver.domain.policy.values import Kind, Use

SETS = {"ours": frozenset({"en", "fr"}), "art": frozenset({"flux", "sdxl", "oil"})}
WORDS = ("en", "fr", "flux", "oil", "", "post", "\udcff", "é")

NUMBERS = st.one_of(
    st.integers(0, 100),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.0, -0.0, 1e15, -1e15, 1e308, 5e-324, 10**400, -(10**400), 0.5, 720.0]),
)
RAW: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.NUMBER: NUMBERS,
    Kind.FLAG: st.booleans(),
    Kind.WORD: st.sampled_from(WORDS),
    Kind.WORDS: st.lists(st.sampled_from(WORDS), max_size=4),
}

_TOKENS = (
    *("likes_people", "age_h", "author.trust", "has_media", "tags", "language", "sets.ours", "sets.art", "post.tags"),
    *("post.has_media", "post.language", "event", "True", "False", "None", "0", "1", "2", "0.5", "1e15", "999999999"),
    *("+", "-", "*", "/", "//", "%", "**", "<", "<=", "==", "!=", ">", ">=", "and", "or", "not", "if", "else", "in"),
    *("(", ")", "[", "]", "{", "}", ",", "log1p", "pow", "min", "wilson", "halflife", "has_any", "sqrt", "clip"),
    *(
        "'en'",
        '"post"',
        "lambda",
        "for",
        "is",
        ":",
        "=",
        ".",
        "\\",
        "'",
        "#",
        "__import__",
        "\n",
        "@",
        "é",
        "0x1",
        "1j",
    ),
)
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(_TOKENS), max_size=300).map(" ".join),
    st.tuples(st.sampled_from(_TOKENS), st.integers(1, 400), st.text(max_size=10)).map(lambda t: t[0] * t[1] + t[2]),
)


def formulas(use: Use, kind: Kind, depth: int = 4) -> st.SearchStrategy[str]:
    """Texts that are formulas of a kind."""
    leaves = _leaves(use, kind)
    if depth == 0:
        return leaves
    number = st.deferred(lambda: formulas(use, Kind.NUMBER, depth - 1))
    flag = st.deferred(lambda: formulas(use, Kind.FLAG, depth - 1))
    if kind is Kind.NUMBER:
        return st.one_of(leaves, *_numbers(use, number, flag))
    word = _leaves(use, Kind.WORD)
    compared = st.tuples(number, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), number).map(" ".join)
    chained = st.tuples(number, _leaves(use, Kind.NUMBER), number).map(lambda t: f"({t[0]}) < {t[1]} <= ({t[2]})")
    parts = [
        leaves,
        compared.map(lambda t: f"({t})"),
        chained.map(lambda t: f"({t})"),
        st.tuples(flag, st.sampled_from(["and", "or"]), flag).map(lambda t: f"({' '.join(t)})"),
        flag.map(lambda t: f"(not {t})"),
        st.tuples(flag, flag, flag).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        st.tuples(word, st.sampled_from(["in", "not in"])).map(lambda t: f"({t[0]} {t[1]} sets.ours)"),
        _leaves(use, Kind.WORDS).map(lambda t: f"has_any({t}, sets.art)"),
    ]
    if use is Use.RULE:
        parts.append(st.tuples(word, st.sampled_from(["en", "é", ""])).map(lambda t: f'({t[0]} != "{t[1]}")'))
        parts.append(word.map(lambda t: f'({t} in {{"en", "oil"}})'))
    return st.one_of(*parts)


def _numbers(use: Use, number: st.SearchStrategy[str], flag: st.SearchStrategy[str]) -> list[st.SearchStrategy[str]]:
    calls = [
        st.lists(number, min_size=len(one.takes), max_size=len(one.takes) + one.more).map(
            lambda given, name=one.name: f"{name}({', '.join(given)})"
        )
        for one in FUNCTIONS.values()
        if set(one.takes) == {Kind.NUMBER}
    ]
    operators = st.sampled_from(["+", "-", "*", "/", "//", "%", "**"])
    return [
        st.tuples(number, operators, number).map(lambda t: f"({' '.join(t)})"),
        st.tuples(number, st.integers(-70, 70)).map(lambda t: f"({t[0]}) ** {t[1]}"),
        number.map(lambda t: f"(-{t})"),
        st.tuples(number, flag, number).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        _leaves(use, Kind.WORDS).map(lambda t: f"count_in({t}, sets.art)"),
        *calls,
    ]


def _leaves(use: Use, kind: Kind) -> st.SearchStrategy[str]:
    names = [signal.name for signal in known_to(use).values() if signal.kind is kind and not signal.values]
    if kind is Kind.NUMBER:
        constants = ["0", "1", "2", "0.5", "45000", "1e15", ".001", "7."]
        return st.one_of(st.sampled_from(names), st.sampled_from(constants))
    if kind is Kind.FLAG:
        return st.sampled_from([*names, "True", "False"])
    return st.sampled_from(names)


def raw_rows(data: Any, signals: dict[str, Signal], rows: int) -> dict[str, list[Any]]:
    """Raw values of signals for some posts."""
    return {
        name: data.draw(st.lists(RAW[signal.kind], min_size=rows, max_size=rows), label=name)
        for name, signal in signals.items()
    }
