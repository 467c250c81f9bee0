"""Does a text match what somebody filters? Pure rules, as Mastodon 4.5 has them (``CustomFilter``).

A keyword is found whatever its case. "Whole word" asks that no letter, digit, mark or underscore stands next to it, on
those sides where the keyword itself begins or ends with one. Keywords are plain text, never expressions, and are
looked for one by one with ``str.find``: a thousand of them in a long post cost microseconds each, and no keyword can
make the search slow.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

CONTEXTS = ("home", "notifications", "public", "thread", "account")
WARN, HIDE, BLUR = range(3)
ACTIONS = ("warn", "hide", "blur")


class Needle(NamedTuple):
    """A keyword made ready: ``folded`` is compared, ``text`` is what it was written like."""

    text: str
    folded: str
    # whether nothing of a word may stand before, after it
    begins: bool
    ends: bool


class Haystack(NamedTuple):
    """A text made ready to be searched by many needles."""

    text: str
    folded: str


def needle(keyword: str, whole_word: bool) -> Needle:
    """A keyword made ready; it is not empty."""
    folded = keyword.casefold()
    return Needle(keyword, folded, whole_word and in_word(keyword[0]), whole_word and in_word(keyword[-1]))


def haystack(text: str) -> Haystack:
    """A text made ready."""
    return Haystack(text, text.casefold())


def first_match(needles: Iterable[Needle], text: Haystack) -> str | None:
    """What stands in the text where the first of the keywords is found; None where none is."""
    best: tuple[int, Needle] | None = None
    for each in needles:
        at = _find(each, text.folded)
        if at >= 0 and (best is None or at < best[0]):
            best = (at, each)
    if best is None:
        return None
    at, found = best
    # folding may change lengths ("ß" becomes "ss"): then positions say nothing about the text as it was written
    if len(text.text) == len(text.folded) and len(found.text) == len(found.folded):
        return text.text[at : at + len(found.folded)]
    return found.text


def in_word(character: str) -> bool:
    """Whether a character is part of words: letters, marks, digits, connecting punctuation."""
    return character.isalnum() or unicodedata.category(character)[0] == "M" or unicodedata.category(character) == "Pc"


def _find(each: Needle, text: str) -> int:
    """The first place of a needle, -1 if there is none."""
    at = text.find(each.folded)
    while at >= 0:
        after = at + len(each.folded)
        free_before = not each.begins or at == 0 or not in_word(text[at - 1])
        if free_before and (not each.ends or after == len(text) or not in_word(text[after])):
            return at
        at = text.find(each.folded, at + 1)
    return at


def contexts_of(bits: int) -> list[str]:
    """The names of the contexts whose bit is set."""
    return [name for number, name in enumerate(CONTEXTS) if bits >> number & 1]


def bits_of(contexts: Iterable[str]) -> int:
    """The bits of known contexts. Raises ``ValueError`` for others."""
    found = 0
    for name in contexts:
        found |= 1 << CONTEXTS.index(name)
    return found
