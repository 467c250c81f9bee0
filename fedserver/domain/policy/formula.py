"""A formula: what the rest of the program holds of the language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fedserver.domain.policy import closures, parse
from fedserver.domain.policy.parse import Part
from fedserver.domain.policy.signals import Signal
from fedserver.domain.policy.values import Node, Sets, Use, tidy


class Term(NamedTuple):
    """What one term of a sum added to a score."""

    text: str
    value: float


@dataclass(frozen=True, slots=True)
class Formula:
    """A text that was read and found good, made by ``compile_formula``.

    ``signals`` are those that it asks for, by name. ``one`` works out the value for one post.
    """

    text: str
    use: Use
    node: Node = field(repr=False)
    signals: Mapping[str, Signal]
    parts: tuple[Part, ...] = field(repr=False)
    one: Callable[[Mapping[str, Any]], Any] = field(repr=False, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """For another process of ours (``edge/ranker.py``): the closures are built there."""
        return _built, (self.text, self.use, self.node, self.signals, self.parts)

    @property
    def personal(self) -> bool:
        """Whether it asks for something about the reader."""
        return any(signal.personal for signal in self.signals.values())

    def many(self, columns: Mapping[str, Any], rows: int) -> Any:
        """The values for ``rows`` posts as a NumPy column, from columns of ``arrays.column``."""
        # NumPy takes 20 MiB, which a node that ranks nothing need not spend
        from fedserver.domain.policy import arrays

        return arrays.run(self.node, {name: columns[name] for name in self.signals}, rows)

    def terms(self, signals: Mapping[str, Any]) -> tuple[Term, ...]:
        """What each term of the outermost sum adds for one post. Their sum is the value but for rounding."""
        return tuple(Term(part.text, part.sign * closures.build(part.node)(signals)) for part in self.parts)


def compile_formula(text: str, use: Use, sets: Sets | None = None) -> Formula:
    """Read a formula. ``sets``: the named sets of words of its document. Raises ``FormulaError``."""
    found = parse.read(text, use, sets or {})
    parts = found.parts if use is Use.SCORE else ()
    return _built(text, use, found.node, found.signals, parts)


def _built(text: str, use: Use, node: Node, signals: Mapping[str, Signal], parts: tuple[Part, ...]) -> Formula:
    return Formula(text, use, node, signals, parts, closures.build(node))


def tidy_signals(formula: Formula, raw: Mapping[str, Any]) -> dict[str, Any]:
    """The signals that a formula asks for, made tidy; those that are missing are neutral."""
    return {
        name: tidy(raw[name], signal.kind) if name in raw else signal.neutral
        for name, signal in formula.signals.items()
    }
