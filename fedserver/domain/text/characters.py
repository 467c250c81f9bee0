"""Characters that are not what they seem: controls, direction overrides, invisible and stacked ones."""

from __future__ import annotations

import re
import unicodedata

# LRE RLE PDF LRO RLO: they turn the direction of whatever follows, beyond the text they stand in.
_OVERRIDES = re.compile("[\u202a-\u202e]")
_ISOLATES = re.compile("[\u2066-\u2069]")
_OPENERS = frozenset("\u2066\u2067\u2068")
_PDI = "\u2069"
_MAX_OPEN = 8
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufff9-\ufffb]")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0]"
)
_JOINERS = re.compile("([\u200c\u200d])[\u200c\u200d]+")
_MARKS_KEPT = 4


def without_controls(text: str) -> str:
    """Drop control characters (tab, line feed and carriage return stay) and lone surrogates."""
    if not text.isascii():
        text = text.encode("utf-8", "ignore").decode("utf-8")
    return _CONTROLS.sub("", text)


def contained(text: str) -> str:
    """Text whose direction characters cannot reach beyond it: overrides are dropped, isolates are balanced."""
    if text.isascii():
        return text
    text = _OVERRIDES.sub("", text)
    if not _ISOLATES.search(text):
        return text
    parts: list[str] = []
    start = depth = 0
    for match in _ISOLATES.finditer(text):
        parts.append(text[start : match.start()])
        start = match.end()
        if match[0] in _OPENERS:
            if depth < _MAX_OPEN:
                depth += 1
                parts.append(match[0])
        elif depth:
            depth -= 1
            parts.append(_PDI)
    return "".join(parts) + text[start:] + _PDI * depth


def one_line(text: str) -> str:
    """Text for names and headings: one line, without characters that pretend to be something else."""
    return " ".join(without_invisible(without_controls(contained(text))).split())


def plain(text: str) -> str:
    """Text of several lines that somebody typed: descriptions, comments. Direction marks stay inside of it."""
    return without_towers(without_controls(contained(text)))


def without_invisible(text: str) -> str:
    """Drop characters without a shape, and joiners that join nothing; emoji keep theirs."""
    return text if text.isascii() else _JOINERS.sub(r"\1", _INVISIBLE.sub("", text)).strip("\u200c\u200d")


def without_towers(text: str) -> str:
    """At most four combining marks on one character: enough for every script, too few to paint over other lines."""
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) or unicodedata.category(char) == "Me" else 0
        if marks <= _MARKS_KEPT:
            kept.append(char)
    return "".join(kept)


def count_graphemes(text: str) -> int:
    """How many characters a reader sees: marks, joiners, variation selectors, skin tones and flag pairs do not count.

    A close approximation of the extended grapheme clusters that Mastodon counts (UAX 29) without its tables.
    """
    text = text.replace("\r\n", "\n")
    if text.isascii():
        return len(text)
    total = 0
    joined = half_flag = False
    for char in text:
        code = ord(char)
        if code == 0x200D:
            joined = True
            continue
        extends = _extends(char, code)
        is_flag_letter = 0x1F1E6 <= code <= 0x1F1FF
        if not extends and not joined and not (is_flag_letter and half_flag):
            total += 1
        half_flag = is_flag_letter and not half_flag
        joined = joined and extends
    return total


def _extends(char: str, code: int) -> bool:
    return (
        0xFE00 <= code <= 0xFE0F
        or 0x1F3FB <= code <= 0x1F3FF
        or 0xE0020 <= code <= 0xE007F
        or code == 0x200C
        or unicodedata.category(char) in ("Mn", "Me", "Mc")
    )
