"""The condition of a rule, made ready to be asked thousands of times. Pure.

A rule is asked of posts (new, edited, or with media of which more became known) unless its condition names ``event``:
then it is asked of everything that happens. For each kind of event, with media and without, what is known beforehand
is put in, so most rules fall away before anything is looked at; and of what stands side by side in ``and`` and ``or``
the cheap is asked before what has to be counted. None of this can change a value: no operation has side effects, none
can fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from fedserver.domain.moderation.facts import OF_AUTHOR, OF_MEDIA, OF_POST, WITHOUT_MEDIA, phrase
from fedserver.domain.policy import closures
from fedserver.domain.policy.formula import Formula
from fedserver.domain.policy.signals import Signal, known_to
from fedserver.domain.policy.values import Apply, Const, Get, Kind, Node, Use, tidy

# a post that is stored, changed, and whose media became better known later
POST_EVENTS: Final = ("post", "edit", "media")
EVENTS: Final = (*POST_EVENTS, "boost", "profile", "follow", "report")
# events at which there is a post to look at
WITH_POST: Final = (*POST_EVENTS, "boost")
SIGNALS: Final[Mapping[str, Signal]] = known_to(Use.RULE)
KINDS: Final[Mapping[str, Kind]] = {name: one.kind for name, one in SIGNALS.items()}
NEUTRAL: Final[Mapping[str, Any]] = {name: one.neutral for name, one in SIGNALS.items()}
PHRASE: Final = 5
MAX_INPUT: Final = 20


class Condition(NamedTuple):
    """``run`` takes signals by name, as ``closures`` does. ``signals``: those it may ask for. ``sets``: the words that
    it compares a list of words with, by the name of the signal."""

    run: closures.Run
    signals: tuple[str, ...]
    sets: Mapping[str, frozenset[str]]


def conditions(formula: Formula) -> dict[tuple[str, bool], Condition]:
    """(event, with media) -> the condition, where it can hold at all."""
    asked = EVENTS if "event" in formula.signals else POST_EVENTS
    node = _spoken(formula.node)
    found: dict[tuple[str, bool], Condition] = {}
    for event in asked:
        for with_media in (False, True) if event in WITH_POST else (False,):
            known = _known(event, with_media=with_media)
            left = ordered(reduced(node, known))
            if isinstance(left, Const) and not left.value:
                continue
            sets: dict[str, frozenset[str]] = {}
            _compared(left, sets)
            found[event, with_media] = Condition(closures.build(left), tuple(formula.signals), sets)
    return found


def phrases(formulas: Iterable[Formula]) -> dict[str, tuple[int, ...]]:
    """First word -> lengths of the phrases that formulas look for in texts, up to ``PHRASE`` words."""
    found: dict[str, set[int]] = {}
    for formula in formulas:
        sets: dict[str, frozenset[str]] = {}
        _compared(_spoken(formula.node), sets)
        for each in sets.get("post.text", ()):
            first, *more = each.split(" ")
            if 0 < len(more) < PHRASE:
                found.setdefault(first, set()).add(len(more) + 1)
    return {first: tuple(sorted(lengths)) for first, lengths in found.items()}


def _known(event: str, *, with_media: bool) -> dict[str, Any]:
    """What is known of an event before anything is looked at."""
    known: dict[str, Any] = {"event": event}
    if event not in WITH_POST:
        known |= {name: value for name, value in NEUTRAL.items() if name.startswith(("post.", "relation."))}
    elif with_media:
        known["post.has_media"] = True
    else:
        known |= WITHOUT_MEDIA
    return known


def reduced(node: Node, known: Mapping[str, Any]) -> Node:
    """The tree with what is known put in, and everything worked out that follows from it."""
    if isinstance(node, Const):
        return node
    if isinstance(node, Get):
        return Const(node.kind, tidy(known[node.name], node.kind)) if node.name in known else node
    parts = tuple(reduced(part, known) for part in node.operands)
    if node.operation in ("and", "or"):
        return _joined(node, parts)
    if node.operation.startswith("if_") and isinstance(parts[0], Const):
        return parts[1] if parts[0].value else parts[2]
    made = Apply(node.kind, node.operation, parts)
    if all(isinstance(part, Const) for part in parts):
        return Const(node.kind, closures.build(made)({}))
    return made


def _joined(node: Apply, parts: tuple[Node, ...]) -> Node:
    """``False and x`` is False, ``True and x`` is x; the same for ``or``, the other way round."""
    ending = node.operation == "or"
    left = [part for part in parts if not isinstance(part, Const) or bool(part.value) is ending]
    if any(isinstance(part, Const) for part in left):
        return Const(Kind.FLAG, ending)
    if not left:
        return Const(Kind.FLAG, not ending)
    return left[0] if len(left) == 1 else Apply(node.kind, node.operation, tuple(left))


def ordered(node: Node) -> Node:
    """The tree with the cheap first."""
    if not isinstance(node, Apply):
        return node
    if node.operation not in ("and", "or"):
        return Apply(node.kind, node.operation, tuple(ordered(part) for part in node.operands))
    parts = sorted((ordered(part) for part in _chain(node, node.operation)), key=_cost)
    joined = parts[0]
    for part in parts[1:]:
        joined = Apply(node.kind, node.operation, (joined, part))
    return joined


def _chain(node: Node, operation: str) -> list[Node]:
    if isinstance(node, Apply) and node.operation == operation:
        return [part for operand in node.operands for part in _chain(operand, operation)]
    return [node]


def _cost(node: Node) -> int:
    """Of the dearest thing it asks for: 0 a column, 1 something in the text, 2 media, 3 what has to be counted."""
    if isinstance(node, Const):
        return 0
    if isinstance(node, Apply):
        return max(map(_cost, node.operands))
    if node.name in OF_MEDIA:
        return 2
    if node.name in OF_AUTHOR or node.name in OF_POST:
        return 1 if node.name in ("post.text", "post.links_to", "post.links", "post.text_length") else 0
    return 3


def _spoken(node: Node) -> Node:
    """What texts and licences are compared with, in the letters that these are read in."""
    if not isinstance(node, Apply):
        return node
    parts = tuple(_spoken(part) for part in node.operands)
    if any(isinstance(part, Get) and part.name == "post.text" for part in parts):
        parts = tuple(_as_read(part) for part in parts)
    if any(isinstance(part, Get) and part.name == "post.license" for part in parts):
        # names of licences are the same in capitals and small letters
        parts = tuple(
            Const(part.kind, part.value.lower()) if isinstance(part, Const) and isinstance(part.value, str) else part
            for part in parts
        )
    return Apply(node.kind, node.operation, parts)


def _as_read(part: Node) -> Node:
    if isinstance(part, Const) and isinstance(part.value, frozenset):
        return Const(part.kind, frozenset(read for each in part.value if (read := phrase(each))))
    return part


def _compared(node: Node, found: dict[str, frozenset[str]]) -> None:
    if not isinstance(node, Apply):
        return
    names = [part.name for part in node.operands if isinstance(part, Get) and part.kind is Kind.WORDS]
    sets = [part.value for part in node.operands if isinstance(part, Const) and isinstance(part.value, frozenset)]
    for name in names:
        found[name] = found.get(name, frozenset()).union(*sets)
    for part in node.operands:
        _compared(part, found)


def inputs(condition: Condition, signals: Mapping[str, Any]) -> dict[str, Any]:
    """What a rule saw: the signals that were looked at. Of lists of words, those that it looks for; the rest of a text
    is nobody's business."""
    found: dict[str, Any] = {}
    for name in condition.signals:
        if name not in signals:
            continue
        value = signals[name]
        if KINDS[name] is Kind.WORDS:
            wanted = condition.sets.get(name, frozenset())
            value = [each for each in dict.fromkeys(value) if each in wanted][:MAX_INPUT]
        found[name] = value
    return found
