"""No text runs long, fails otherwise than by a clear refusal, or means two things."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policy_support import RAW, SETS, TEXTS, formulas, raw_rows

from fedserver.domain.policy import arrays
from fedserver.domain.policy.errors import FormulaError
from fedserver.domain.policy.formula import Formula, compile_formula, tidy_signals
from fedserver.domain.policy.operations import TABLE
from fedserver.domain.policy.values import LIMIT, MAX_TEXT, Kind, Use, tidy

USES = st.sampled_from(list(Use))
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
READ_S, ONE_S, MANY_S = 0.25, 0.05, 2.0
ROWS = 5


def both(formula: Formula, raw: dict[str, list[Any]], rows: int) -> tuple[list[Any], list[Any]]:
    """The values by closures and by columns."""
    columns = {name: arrays.column(values, formula.signals[name].kind) for name, values in raw.items()}
    many = formula.many(columns, rows).tolist()
    single = [
        formula.one(tidy_signals(formula, {name: values[i] for name, values in raw.items()})) for i in range(rows)
    ]
    return single, many


@settings(max_examples=250, deadline=None, suppress_health_check=SLOW)
@given(TEXTS, USES)
def test_any_text_is_refused_with_a_place_or_is_a_formula(text: str, use: Use) -> None:
    began = time.process_time()
    try:
        formula = compile_formula(text, use, SETS)
    except FormulaError as error:
        assert time.process_time() - began < READ_S
        assert 1 <= error.column <= len(text) + 1
        assert str(error) and "^" in error.pointed()
        return
    assert len(text) <= MAX_TEXT
    assert time.process_time() - began < READ_S
    began = time.process_time()
    formula.one(tidy_signals(formula, {}))
    assert time.process_time() - began < ONE_S


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(st.data(), USES)
def test_both_back_ends_give_the_same(data: Any, use: Use) -> None:
    text = data.draw(formulas(use, Kind.NUMBER if use is Use.SCORE else Kind.FLAG), label="formula")
    try:
        formula = compile_formula(text, use, SETS)
    except FormulaError as error:
        # only for its size: everything else in it is right
        assert "more than" in str(error) or "characters" in str(error) or "too many" in str(error), text
        return
    single, many = both(formula, raw_rows(data, dict(formula.signals), ROWS), ROWS)
    assert single == many
    if use is Use.SCORE:
        assert all(math.isfinite(value) and abs(value) <= LIMIT for value in single)
    else:
        assert set(map(type, single)) == {bool}


@pytest.mark.parametrize("operation", [one for one in TABLE if one.run is not None], ids=lambda one: one.name)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_an_operation_has_a_twin(operation: Any, data: Any) -> None:
    wanted = frozenset({"en", "oil"})
    rows = 7
    raw: list[list[Any]] = []
    for kind in [*operation.takes, *[operation.takes[-1]] * operation.more]:
        if kind is Kind.SET:
            continue
        values = data.draw(st.lists(RAW[kind], min_size=rows, max_size=rows))
        if operation.name == "whole_power" and len(raw) == 1:
            values = [float(data.draw(st.integers(-64, 64)))] * rows
        raw.append(values)
    kinds = [kind for kind in [*operation.takes, *[operation.takes[-1]] * operation.more] if kind is not Kind.SET]
    with_set = Kind.SET in operation.takes
    single = [
        operation.run(*[tidy(values[i], kind) for values, kind in zip(raw, kinds, strict=True)], *[wanted] * with_set)
        for i in range(rows)
    ]
    columns: list[Any] = [arrays.column(values, kind) for values, kind in zip(raw, kinds, strict=True)]
    if operation.name == "whole_power":
        columns[1] = raw[1][0]
    if with_set:
        columns.append(arrays.np.array([arrays.word_code(word) for word in wanted]))
    with arrays.np.errstate(all="ignore"):
        many = arrays.TWINS[operation.name](*columns).tolist()
    assert many == single
    if operation.gives is Kind.NUMBER:
        assert all(math.isfinite(value) and abs(value) <= LIMIT for value in single), single


def test_every_operation_has_a_twin_and_every_twin_an_operation() -> None:
    assert set(arrays.TWINS) == {one.name for one in TABLE}


@pytest.mark.parametrize(
    "text",
    [
        "pow(" * 39 + "age_h" + ", 1.5)" * 39,
        "+".join(["log1p(likes_people)"] * 38),
        " + ".join(["2.5 ** age_h"] * 38),
        "min(" + ", ".join(["log(exp(sqrt(age_h))) ** 0.3"] * 8) + ")",
        "(1 if age_h < 3 and likes_people > 2 else 0) ** 64",
    ],
)
def test_the_largest_formulas_stay_within_their_bound(text: str) -> None:
    formula = compile_formula(text, Use.SCORE, SETS)
    rows = 10_000
    columns = {
        name: arrays.column([float(i % 977) for i in range(rows)], s.kind) for name, s in formula.signals.items()
    }
    began = time.process_time()
    formula.many(columns, rows)
    assert time.process_time() - began < MANY_S
