"""Text as words to be searched for, the same on every database and in every language.

One analysis here instead of one in each database: SQLite and PostgreSQL then only split at spaces. What is done:

* letters are compared without case, width and accents (compatibility forms, case folding, no combining accents);
* scripts that write no spaces (Han, kana, Thai, Lao, Khmer, Burmese) become overlapping pairs of letters, so that any
  part of a sentence is found as a phrase of pairs;
* nothing is stemmed: a word that is searched for also finds what begins with it (``robot``: robots, robotics).

A *mark* is a word that no text can hold: it begins with a private-use character.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

MAX_WORDS = 2000
MAX_LETTERS = 40
MARK = "\ue000"
# what every post has, and those with a link to somewhere
EVERYTHING = MARK
LINK = "\ue001"
# those with media of trained models; before the label of media, and before each word of a model's or a tool's name
AI = "\ue002"
LABEL, MODEL, TOOL = "\ue003", "\ue004", "\ue005"
# letters from which a word may go on; the index of beginnings (``db/tables/search``) has this length
PREFIX_FROM = 4
_ASCII = re.compile(r"[a-z0-9]+")
_ACCENTS = re.compile("[\u0300-\u036f]")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)


class Needle(NamedTuple):
    """Words side by side; ``open``: the last one may go on. ``wanted`` False: they must not be there."""

    words: tuple[str, ...]
    open: bool = False
    wanted: bool = True


def author_mark(account_id: int) -> str:
    """The mark of what an account wrote."""
    return f"{MARK}{account_id}"


def label_mark(label: str) -> str:
    """The mark of posts with media of a label, which is small letters and hyphens."""
    return f"{LABEL}{label.replace('-', '')}"


def marked(mark: str, text: str) -> list[str]:
    """The words of a name as marks, so that they are found under what they are only."""
    return [f"{mark}{word}" for word in split(text)]


def marked_needles(mark: str, text: str, *, wanted: bool = True) -> list[Needle]:
    """What finds ``marked``: the words of a name side by side; the last one may go on."""
    found = split(text)
    return [Needle(tuple(f"{mark}{word}" for word in found), open=True, wanted=wanted)] if found else []


def split(text: str) -> list[str]:
    """The words of a text in their order, at most ``MAX_WORDS``."""
    if text.isascii():
        return [run[:MAX_LETTERS] for run in _ASCII.findall(text.lower())[:MAX_WORDS]]
    found: list[str] = []
    for run in _runs(text):
        if run.isascii() or not _UNSPACED.search(run):
            found.append(run[:MAX_LETTERS])
        else:
            for part, unspaced in _parts(run):
                found += [part[i : i + 2] for i in range(len(part))] if unspaced else [part[:MAX_LETTERS]]
        if len(found) >= MAX_WORDS:
            return found[:MAX_WORDS]
    return found


def needles(text: str, *, exact: bool = False, wanted: bool = True, open_from: int = PREFIX_FROM) -> list[Needle]:
    """What to look for: each word, in any order; an ``exact`` text as one phrase. ``open_from``: as ``PREFIX_FROM``."""
    groups = [_group(part, unspaced, open_from) for run in _runs(text) for part, unspaced in _parts(run)]
    if not groups:
        return []
    if exact:
        return [
            Needle(tuple(word for words, _ in groups for word in words), groups[-1][1] and len(groups) == 1, wanted)
        ]
    return [Needle(words, may_go_on, wanted) for words, may_go_on in groups]


def _group(part: str, unspaced: bool, open_from: int) -> tuple[tuple[str, ...], bool]:
    """The words of a part as they stand in the index, and whether the last one may go on."""
    if not unspaced:
        return (part[:MAX_LETTERS],), len(part) >= open_from
    if len(part) == 1:
        return (part,), True
    return tuple(part[i : i + 2] for i in range(len(part) - 1)), False


def _runs(text: str) -> list[str]:
    if text.isascii():
        return _ASCII.findall(text.lower())
    text = unicodedata.normalize("NFKD", text)
    text = unicodedata.normalize("NFC", _ACCENTS.sub("", text)).casefold()
    found: list[str] = _letters().findall(text)
    return found


def _parts(run: str) -> Iterable[tuple[str, bool]]:
    """A run of letters cut where writing without spaces begins and ends."""
    at = 0
    for match in _UNSPACED.finditer(run):
        if match.start() > at:
            yield run[at : match.start()], False
        yield match[0], True
        at = match.end()
    if at < len(run):
        yield run[at:], False


@cache
def _letters() -> re.Pattern[str]:
    """Letters, digits, and the signs that belong to letters (vowels of Indic scripts are such signs)."""
    signs = "".join(chr(i) for i in range(0x370, 0x10000) if unicodedata.category(chr(i))[0] == "M")
    return re.compile(f"(?:[^\\W_]|[{re.escape(signs)}])+")


# -- as the databases have it ------------------------------------------------------------------------------------


def as_vector(words: str) -> str:
    """Words apart by spaces as a ``tsvector`` of PostgreSQL with places."""
    return " ".join(f"'{word}':{place}" for place, word in enumerate(words.split(), 1))


def from_vector(vector: str) -> str:
    """The words of ``as_vector`` again."""
    return " ".join(part.rpartition(":")[0].strip("'") for part in vector.split())


def fts5(found: Iterable[Needle], any_of: Iterable[str] = ()) -> str:
    """An FTS5 expression. At least one needle is wanted; ``any_of``: words of which one must be there."""
    wanted: list[str] = []
    never: list[str] = []
    for needle in found:
        (wanted if needle.wanted else never).append(f'"{" ".join(needle.words)}"{" *" if needle.open else ""}')
    either = [f'"{word}"' for word in any_of]
    if either:
        wanted.insert(0, f"({' OR '.join(either)})")
    text = " AND ".join(wanted)
    return f"({text}) NOT ({' OR '.join(never)})" if never else text


def tsquery(found: Iterable[Needle], any_of: Iterable[str] = ()) -> str:
    """The same for PostgreSQL."""
    terms = []
    for needle in found:
        words = [f"'{word}'" for word in needle.words]
        text = " <-> ".join(words) + (":*" if needle.open else "")
        terms.append(f"({text})" if needle.wanted else f"!({text})")
    either = [f"'{word}'" for word in any_of]
    if either:
        terms.insert(0, f"({' | '.join(either)})")
    return " & ".join(terms)
