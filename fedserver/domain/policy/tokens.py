"""What a text is made of, looked at before Python's own parser sees it.

``ast.parse`` is made for programs that somebody trusts: deep nesting can exhaust its stack, odd numbers make it warn,
and what it cannot read it reads again and again for the sake of its message. So the text is cut into words and marks
here first, and nothing goes on that is not a plain expression by its order: operands and operators in turn, brackets
in pairs, an `else` for each `if`. What passes is parsed in one go, and mistakes are told in words about formulas.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from fedserver.domain.policy.errors import FormulaError
from fedserver.domain.policy.values import LIMIT, MAX_DEPTH, MAX_DIGITS, MAX_TEXT, MAX_WORD, Use
from fedserver.kit.i18n import Lazy, lazy

# parentheses and commas besides the nodes
MAX_TOKENS: Final = 800
MAX_NAME: Final = 60
_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
    (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?![\w.])
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)(?!["'])
    |(?P<text>"[^"\\\n]*"|'[^'\\\n]*')(?!["'])
    |(?P<mark>\*\*|//|<=|>=|==|!=|[-+*/%<>(),\[\]{}])
    )""",
    re.VERBOSE,
)
_END = re.compile(r"[ \t\r\n]*")
_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}
_BINARY: Final = frozenset({"+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!="})
_REFUSED: Final[dict[str, Lazy]] = {
    **dict.fromkeys(("for", "while", "async", "await", "yield"), lazy("there are no loops in formulas")),
    "lambda": lazy("functions cannot be made in formulas"),
    **dict.fromkeys(
        ("import", "from", "def", "class", "return", "global", "nonlocal", "del", "with", "try", "raise", "assert"),
        lazy("a formula is one expression; programs cannot stand in it"),
    ),
    "is": lazy("write == instead of `is`"),
    "None": lazy("there is no None: a signal about which nothing is known is 0, no, or empty"),
}
_MARKS: Final[dict[str, Lazy]] = {
    "=": lazy("a single = means nothing here; write == to compare"),
    "&": lazy("write `and`"),
    "|": lazy("write `or`"),
    "!": lazy("write `not`"),
    "^": lazy("write ** for powers"),
    "\\": lazy("there are no backslashes in formulas"),
    "#": lazy("comments stand outside of the formula, in the document"),
    ":": lazy("a colon has no place in a formula"),
    ";": lazy("a formula is one expression"),
    "@": lazy("@ has no place in a formula"),
    "?": lazy("write `x if condition else y`"),
}


class Token(NamedTuple):
    """``at`` is its place in the text, from 0."""

    kind: str
    text: str
    at: int


def cut(text: str, use: Use) -> list[Token]:
    """The tokens of a text that is a plain expression by its order. Raises ``FormulaError``."""
    if len(text) > MAX_TEXT:
        raise FormulaError(
            lazy("the formula has %(n)d characters; %(most)d are allowed", n=len(text), most=MAX_TEXT), text[:80]
        )
    tokens: list[Token] = []
    at = 0
    while (match := _TOKEN.match(text, at)) is not None:
        kind = match.lastgroup or ""
        token = Token(kind, match[kind], match.start(kind))
        _check_one(token, text, use)
        tokens.append(token)
        at = match.end()
        if len(tokens) > MAX_TOKENS:
            raise FormulaError(lazy("the formula has too many parts"), text, at)
    blank = _END.match(text, at)
    at = blank.end() if blank else at
    if at < len(text):
        raise FormulaError(_strange(text, at), text, at + 1)
    if not tokens:
        raise FormulaError(lazy("the formula is empty"), text)
    _Order(text, tokens).check()
    return tokens


def _check_one(token: Token, text: str, use: Use) -> None:
    column = token.at + 1
    if token.kind == "number":
        digits = re.sub(r"[eE].*|\.", "", token.text)
        power = re.search(r"[eE][+-]?([0-9]+)", token.text)
        if len(digits) > MAX_DIGITS or (power and len(power[1]) > 3) or float(token.text) > LIMIT:
            raise FormulaError(
                lazy("this number is too long: at most %(n)d digits, at most 1e15", n=MAX_DIGITS), text, column
            )
        if re.match(r"0[0-9]", token.text):
            raise FormulaError(lazy("a number does not begin with 0"), text, column)
    elif token.kind == "text":
        if use is not Use.RULE:
            raise FormulaError(
                lazy("text cannot stand in a feed's formula; name it in [sets] and write `language in sets.ours`"),
                text,
                column,
            )
        if len(token.text) > MAX_WORD + 2:
            raise FormulaError(lazy("this text is longer than %(n)d characters", n=MAX_WORD), text, column)
    elif token.text in _REFUSED:
        raise FormulaError(_REFUSED[token.text], text, column)
    elif len(token.text) > MAX_NAME:
        raise FormulaError(lazy("no name is longer than %(n)d characters", n=MAX_NAME), text, column)


def _strange(text: str, at: int) -> Lazy:
    mark = text[at]
    if mark in _MARKS:
        return _MARKS[mark]
    if mark in "\"'" or (mark.isalpha() and text[at + 1 : at + 2] in ("'", '"')):
        return lazy("this text is not closed, or has a letter or a backslash that has no place there")
    if mark.isdigit() or mark == ".":
        return lazy("this is not a number: write it in decimals, such as 1500, 0.5 or 1e6")
    return lazy("%(mark)s has no place in a formula", mark=ascii(mark))


class _Open(NamedTuple):
    bracket: str
    at: int
    is_call: bool


class _Order:
    """Whether operands and operators take turns. One walk over the tokens, with the open brackets on a stack."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.open: list[_Open] = []
        # for each open bracket, and for the whole: `if`s that wait for their `else`
        self.waiting = [0]
        self.run = 0

    def check(self) -> None:
        want_operand = True
        for i, token in enumerate(self.tokens):
            if want_operand:
                want_operand = self._operand(i, token)
            else:
                want_operand = self._operator(i, token)
        if self.open:
            self._fail(lazy("this bracket is not closed"), self.open[-1].at)
        self._no_if_waits(self.tokens[-1].at)
        if want_operand:
            last = self.tokens[-1]
            self._fail(lazy("something is missing after %(what)s", what=last.text), last.at + len(last.text))

    def _fail(self, message: Lazy, at: int) -> None:
        raise FormulaError(message, self.text, at + 1)

    def _operand(self, i: int, token: Token) -> bool:
        """At a place where a value begins; whether one is still wanted after this token."""
        word = token.text
        if word in ("-", "+", "not"):
            before = self.tokens[i - 1].text if i else "("
            if word == "not" and before in _BINARY | {"in"}:
                self._fail(lazy("put `not ...` in parentheses"), token.at)
            self.run += 1
            if self.run > MAX_DEPTH:
                self._fail(lazy("there are too many signs in a row"), token.at)
            return True
        self.run = 0
        if word in _PAIRS:
            self._opens(token, False)
            return True
        if word in (")", "]", "}") and i and self.tokens[i - 1].text in ("(", "[", "{", ","):
            # an empty call, or a comma before the end
            self._closes(token)
            return False
        if token.kind == "mark" or word in ("and", "or", "if", "else", "in"):
            self._fail(lazy("a value is missing before %(what)s", what=word), token.at)
        return False

    def _operator(self, i: int, token: Token) -> bool:
        word = token.text
        if word in (")", "]", "}"):
            self._closes(token)
            return False
        if word == "(" and self.tokens[i - 1].kind == "name":
            self._opens(token, True)
            return True
        if word == ",":
            if not self.open:
                self._fail(lazy("a comma stands only between the values of a function or a set"), token.at)
            self._no_if_waits(token.at)
            return True
        if word == "if":
            self.waiting[-1] += 1
            return True
        if word == "else":
            if not self.waiting[-1]:
                self._fail(lazy("this `else` has no `if`"), token.at)
            self.waiting[-1] -= 1
            return True
        if word == "not":
            if i + 1 == len(self.tokens) or self.tokens[i + 1].text != "in":
                self._fail(lazy("`not` stands before a condition, or in `not in`"), token.at)
            return False
        if word in _BINARY or word in ("and", "or", "in"):
            return True
        self._fail(lazy("an operator is missing before %(what)s", what=word), token.at)
        return False

    def _opens(self, token: Token, is_call: bool) -> None:
        if len(self.open) >= MAX_DEPTH:
            self._fail(lazy("brackets are nested too deeply (%(n)d at most)", n=MAX_DEPTH), token.at)
        self.open.append(_Open(token.text, token.at, is_call))
        self.waiting.append(0)

    def _closes(self, token: Token) -> None:
        if not self.open or _PAIRS[self.open[-1].bracket] != token.text:
            self._fail(lazy("nothing is open that %(what)s closes", what=token.text), token.at)
        self._no_if_waits(token.at)
        self.open.pop()
        self.waiting.pop()

    def _no_if_waits(self, at: int) -> None:
        if self.waiting[-1]:
            self._fail(lazy("an `else` is missing: write `x if condition else y`"), at)
