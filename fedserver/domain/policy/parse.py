"""From text to the tree: Python's expression syntax, an allow-list of nodes, kinds checked on the way.

What is not in ``_Reader`` is refused. Parts without signals are worked out here, so that the back-ends see them as
constants, and a power with a whole number that stands in the text is known as such.
"""

from __future__ import annotations

import ast
from typing import Final, NamedTuple, NoReturn

from fedserver.domain.policy import closures
from fedserver.domain.policy.errors import FormulaError, nearest
from fedserver.domain.policy.numbers import MAX_WHOLE
from fedserver.domain.policy.operations import BY_NAME, FUNCTIONS, Operation
from fedserver.domain.policy.signals import Signal, known_to
from fedserver.domain.policy.tokens import cut
from fedserver.domain.policy.values import MAX_DEPTH, MAX_NODES, Apply, Const, Get, Kind, Node, Sets, Use
from fedserver.kit.i18n import Lazy, lazy

_BINARY: Final[dict[type[ast.operator], str]] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
}
_COMPARED: Final[dict[type[ast.cmpop], str]] = {
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Eq: "eq",
    ast.NotEq: "ne",
}
_SETS: Final = "sets."
_KINDS: Final[dict[Kind, Lazy]] = {
    Kind.NUMBER: lazy("a number"),
    Kind.FLAG: lazy("a condition (yes or no)"),
    Kind.WORD: lazy("a word"),
    Kind.WORDS: lazy("a list of words"),
    Kind.SET: lazy("a set"),
}


class Part(NamedTuple):
    """One term of a sum: ``sign`` is 1 or -1, ``text`` as it was written."""

    sign: int
    text: str
    node: Node


class Read(NamedTuple):
    """``signals``: those it asks for, by name. ``parts``: the terms of its outermost sum, in order."""

    node: Node
    signals: dict[str, Signal]
    parts: tuple[Part, ...]


def read(text: str, use: Use, sets: Sets) -> Read:
    """The tree of a formula. Raises ``FormulaError``."""
    cut(text, use)
    try:
        # line breaks would need brackets; the columns stay as they are
        tree = ast.parse(text.translate(_BLANKS).lstrip(" "), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        offset = error.offset if isinstance(error, SyntaxError) and error.offset else 1
        raise FormulaError(lazy("this cannot be read as an expression"), text, min(offset, len(text))) from error
    reader = _Reader(text, use, sets)
    node = reader.read(tree.body)
    wanted = Kind.NUMBER if use is Use.SCORE else Kind.FLAG
    if node.kind is not wanted:
        hint = {Use.SCORE: _KINDS[Kind.NUMBER]}.get(use, _KINDS[Kind.FLAG])
        raise FormulaError(
            lazy("this gives %(got)s, but %(want)s is wanted here", got=_KINDS[node.kind], want=hint), text
        )
    return Read(node, reader.signals, tuple(reader.parts(tree.body)))


_BLANKS: Final = str.maketrans("\t\r\n", "   ")


class _Reader:
    def __init__(self, text: str, use: Use, sets: Sets) -> None:
        self.text = text
        self.lead = len(text) - len(text.translate(_BLANKS).lstrip(" "))
        # ``ast`` counts bytes, people count characters
        self.bytes = text[self.lead :].encode()
        self.sets = sets
        self.known = known_to(use)
        self.signals: dict[str, Signal] = {}
        self.nodes = 0
        self.made: dict[int, Node] = {}

    def read(self, node: ast.expr, depth: int = 1) -> Node:
        """One node and what is below it."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.fail(node, lazy("the formula has more than %(n)d parts", n=MAX_NODES))
        if depth > MAX_DEPTH:
            self.fail(node, lazy("the formula is nested more than %(n)d deep", n=MAX_DEPTH))
        result = self._read(node, depth + 1)
        if isinstance(result, Apply) and all(isinstance(part, Const) for part in result.operands):
            result = Const(result.kind, closures.build(result)({}))
        self.made[id(node)] = result
        return result

    def parts(self, node: ast.expr, sign: int = 1) -> list[Part]:
        """The terms of the outermost sum; ``read`` was there before."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            right = -sign if isinstance(node.op, ast.Sub) else sign
            return [*self.parts(node.left, sign), *self.parts(node.right, right)]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return self.parts(node.operand, -sign)
        written = self.bytes[node.col_offset : node.end_col_offset].decode()
        return [Part(sign, " ".join(written.split()), self.made[id(node)])]

    def fail(self, node: ast.expr, message: Lazy) -> NoReturn:
        column = self.lead + len(self.bytes[: node.col_offset].decode(errors="replace")) + 1
        raise FormulaError(message, self.text, column)

    def _read(self, node: ast.expr, depth: int) -> Node:
        if isinstance(node, ast.Constant):
            return self._constant(node)
        if isinstance(node, ast.Name | ast.Attribute):
            return self._name(node)
        if isinstance(node, ast.BinOp):
            return self._binary(node, depth)
        if isinstance(node, ast.UnaryOp):
            return self._unary(node, depth)
        if isinstance(node, ast.BoolOp):
            return self._both(node, depth)
        if isinstance(node, ast.Compare):
            return self._compare(node, depth)
        if isinstance(node, ast.IfExp):
            return self._choice(node, depth)
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        if isinstance(node, ast.Set | ast.Tuple | ast.List):
            self.fail(node, lazy('a set stands only after `in`, as in `post.language in {"en", "fr"}`'))
        self.fail(node, lazy("this has no place in a formula"))

    def _constant(self, node: ast.Constant) -> Const:
        if isinstance(node.value, bool):
            return Const(Kind.FLAG, node.value)
        if isinstance(node.value, int | float):
            return Const(Kind.NUMBER, float(node.value))
        if isinstance(node.value, str):
            return Const(Kind.WORD, node.value)
        self.fail(node, lazy("this has no place in a formula"))

    def _name(self, node: ast.Name | ast.Attribute) -> Node:
        name = _dotted(node)
        if name is None:
            self.fail(node, lazy("a dot stands only in the names of signals"))
        if name.startswith(_SETS):
            found = self.sets.get(name.removeprefix(_SETS))
            if found is None:
                self._unknown(node, lazy("unknown set"), name, tuple(f"{_SETS}{one}" for one in self.sets))
            return Const(Kind.SET, found)
        signal = self.known.get(name)
        if signal is None:
            if name in FUNCTIONS:
                self.fail(node, lazy("%(name)s is a function: write %(call)s", name=name, call=FUNCTIONS[name].call))
            self._unknown(node, lazy("unknown signal"), name, tuple(self.known))
        self.signals[name] = signal
        return Get(signal.kind, name)

    def _unknown(self, node: ast.expr, what: Lazy, name: str, known: tuple[str, ...]) -> NoReturn:
        close = nearest(name, known)
        if close is None:
            self.fail(node, lazy("%(what)s `%(name)s`", what=what, name=name))
        self.fail(node, lazy("%(what)s `%(name)s`; did you mean `%(close)s`?", what=what, name=name, close=close))

    def _typed(self, node: ast.expr, kind: Kind, depth: int) -> Node:
        """An operand that must be of a kind."""
        if kind is Kind.SET:
            return self._set(node)
        found = self.read(node, depth)
        if found.kind is kind:
            return found
        advice = lazy("")
        if kind is Kind.FLAG and found.kind is Kind.NUMBER:
            advice = lazy("; compare it, as in `x > 0`")
        elif kind is Kind.NUMBER and found.kind is Kind.FLAG:
            advice = lazy("; write `(1 if x else 0)`")
        elif Kind.WORDS in (kind, found.kind):
            advice = lazy("; write `has_any(words, sets.name)`")
        self.fail(
            node,
            lazy(
                "this is %(got)s, but %(want)s is wanted%(advice)s",
                got=_KINDS[found.kind],
                want=_KINDS[kind],
                advice=advice,
            ),
        )

    def _apply(self, operation: Operation, operands: list[ast.expr], depth: int) -> Apply:
        kinds = [*operation.takes, *[operation.takes[-1]] * (len(operands) - len(operation.takes))]
        typed = [self._typed(one, kind, depth) for one, kind in zip(operands, kinds, strict=True)]
        return Apply(operation.gives, operation.name, tuple(typed))

    def _binary(self, node: ast.BinOp, depth: int) -> Node:
        name = _BINARY.get(type(node.op))
        if name is None:
            self.fail(node, lazy("this operator has no place in a formula"))
        return _power(self._apply(BY_NAME[name], [node.left, node.right], depth))

    def _unary(self, node: ast.UnaryOp, depth: int) -> Node:
        if isinstance(node.op, ast.Not):
            return self._apply(BY_NAME["not"], [node.operand], depth)
        if isinstance(node.op, ast.USub):
            return self._apply(BY_NAME["neg"], [node.operand], depth)
        if isinstance(node.op, ast.UAdd):
            return self._typed(node.operand, Kind.NUMBER, depth)
        self.fail(node, lazy("this operator has no place in a formula"))

    def _both(self, node: ast.BoolOp, depth: int) -> Node:
        name = "and" if isinstance(node.op, ast.And) else "or"
        result = self._typed(node.values[0], Kind.FLAG, depth)
        for value in node.values[1:]:
            result = Apply(Kind.FLAG, name, (result, self._typed(value, Kind.FLAG, depth)))
        return result

    def _compare(self, node: ast.Compare, depth: int) -> Node:
        sides = [node.left, *node.comparators]
        if any(not isinstance(middle, ast.Name | ast.Attribute | ast.Constant) for middle in sides[1:-1]):
            # the middle is looked at twice
            self.fail(
                sides[1], lazy("only a signal or a number stands between two comparisons: write `a < b and b < c`")
            )
        result: Node | None = None
        for operator, left, right in zip(node.ops, sides, sides[1:], strict=False):
            one = self._comparison(operator, left, right, depth)
            result = one if result is None else Apply(Kind.FLAG, "and", (result, one))
        if result is None:
            self.fail(node, lazy("this has no place in a formula"))
        return result

    def _comparison(self, operator: ast.cmpop, left: ast.expr, right: ast.expr, depth: int) -> Node:
        if isinstance(operator, ast.In | ast.NotIn):
            found = self._apply(BY_NAME["is_in"], [left, right], depth)
            self._check_words(right, found.operands[0], found.operands[1])
            return Apply(Kind.FLAG, "not", (found,)) if isinstance(operator, ast.NotIn) else found
        name = _COMPARED.get(type(operator))
        if name is None:
            self.fail(left, lazy("this comparison has no place in a formula"))
        first = self.read(left, depth)
        if first.kind is Kind.WORD and name in ("eq", "ne"):
            second = self._typed(right, Kind.WORD, depth)
            self._check_words(right, first, second)
            self._check_words(left, second, first)
            return Apply(Kind.FLAG, "same" if name == "eq" else "differs", (first, second))
        if first.kind is Kind.FLAG:
            self.fail(left, lazy("a condition is not compared: write it alone, or with `not`"))
        if first.kind is not Kind.NUMBER:
            self.fail(left, lazy("%(got)s cannot be compared like this", got=_KINDS[first.kind]))
        return Apply(Kind.FLAG, name, (first, self._typed(right, Kind.NUMBER, depth)))

    def _check_words(self, node: ast.expr, signal: Node, value: Node) -> None:
        """A word that the signal never is was mistyped."""
        values = self.known[signal.name].values if isinstance(signal, Get) else ()
        if not values or not isinstance(value, Const):
            return
        wanted = value.value if isinstance(value.value, frozenset) else frozenset((str(value.value),))
        for word in sorted(wanted - set(values)):
            known = ", ".join(values)
            self.fail(node, lazy("`%(word)s` is never the case here; it is one of: %(known)s", word=word, known=known))

    def _set(self, node: ast.expr) -> Node:
        self.nodes += 1
        if isinstance(node, ast.Set | ast.Tuple | ast.List):
            self.nodes += len(node.elts)
            if self.nodes > MAX_NODES:
                self.fail(node, lazy("the formula has more than %(n)d parts", n=MAX_NODES))
            words = [one.value for one in node.elts if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if words and len(words) == len(node.elts):
                return Const(Kind.SET, frozenset(words))
        elif isinstance(node, ast.Attribute):
            found = self._name(node)
            if found.kind is Kind.SET:
                return found
        self.fail(node, lazy('a set is wanted here: `sets.name`, or in rules `{"one", "two"}`'))

    def _choice(self, node: ast.IfExp, depth: int) -> Node:
        test = self._typed(node.test, Kind.FLAG, depth)
        first = self.read(node.body, depth)
        if first.kind not in (Kind.NUMBER, Kind.FLAG):
            self.fail(node.body, lazy("`if` chooses between two numbers or two conditions"))
        second = self._typed(node.orelse, first.kind, depth)
        name = "if_number" if first.kind is Kind.NUMBER else "if_flag"
        return Apply(first.kind, name, (test, first, second))

    def _call(self, node: ast.Call, depth: int) -> Node:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name is None or node.keywords or any(isinstance(one, ast.Starred) for one in node.args):
            self.fail(node, lazy("only the functions of the language can be called, by their names"))
        operation = FUNCTIONS.get(name)
        if operation is None and name in self.known:
            self.fail(node, lazy("`%(name)s` is a signal and no function: write it without brackets", name=name))
        if operation is None:
            self._unknown(node, lazy("unknown function"), name, tuple(FUNCTIONS))
        least, most = len(operation.takes), len(operation.takes) + operation.more
        if not least <= len(node.args) <= most:
            self.fail(node, lazy("%(call)s: this is not the number of values it takes", call=operation.call))
        return _power(self._apply(operation, node.args, depth))


def _dotted(node: ast.expr) -> str | None:
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join(reversed([*names, node.id])) if isinstance(node, ast.Name) else None


def _power(node: Apply) -> Apply:
    """A power with a small whole number that stands in the text is a multiplication."""
    if node.operation == "pow" and isinstance(node.operands[1], Const):
        exponent = node.operands[1].value
        if isinstance(exponent, float) and exponent == int(exponent) and abs(exponent) <= MAX_WHOLE:
            return Apply(node.kind, "whole_power", node.operands)
    return node
