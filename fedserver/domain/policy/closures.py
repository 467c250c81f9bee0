"""The back-end for single posts: a formula becomes one Python function of the signals. Used by rules.

``run(signals)`` takes a mapping of names to tidy values (``values.tidy``) and gives a float or a bool. Nothing in the
tree can fail, loop or reach outside: each closure is one operation of the table on the results of others.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from fedserver.domain.policy.operations import BY_NAME
from fedserver.domain.policy.values import Apply, Const, Get, Node

Run = Callable[[Mapping[str, Any]], Any]


def build(node: Node) -> Run:
    """The function of a tree."""
    if isinstance(node, Const):
        value = node.value
        return lambda signals: value
    if isinstance(node, Get):
        return operator.itemgetter(node.name)
    parts = [build(part) for part in node.operands]
    run = BY_NAME[node.operation].run
    if run is None:
        return _lazily(node, parts)
    if len(parts) == 1:
        (one,) = parts
        return lambda signals: run(one(signals))
    if len(parts) == 2:
        left, right = parts
        if isinstance(node.operands[1], Const):
            constant = node.operands[1].value
            return lambda signals: run(left(signals), constant)
        return lambda signals: run(left(signals), right(signals))
    return lambda signals: run(*[part(signals) for part in parts])


def _lazily(node: Apply, parts: list[Run]) -> Run:
    """Operations that look at an operand only when it matters."""
    if node.operation == "and":
        first, second = parts
        return lambda signals: first(signals) and second(signals)
    if node.operation == "or":
        first, second = parts
        return lambda signals: first(signals) or second(signals)
    test, yes, no = parts
    return lambda signals: yes(signals) if test(signals) else no(signals)
