"""Typed values out of a parsed TOML or JSON table, and what is wrong with them in words, with the way to the place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from fedserver.domain.policy.errors import DocumentError, FormulaError, nearest
from fedserver.domain.policy.formula import Formula, compile_formula
from fedserver.domain.policy.values import Sets, Use
from fedserver.kit.i18n import lazy

_UNITS: Final = {"w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000}
_DURATION = re.compile(r"([0-9]{1,6})([wdhms])")
_ID = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
# marks that change how the text around them is shown, and what is no character at all
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
MAX_SHORT: Final = 500
MAX_LONG: Final = 20_000


class Fields:
    """A table at a place. Each reader takes its key away, so that what is left over at the end is unknown."""

    def __init__(self, where: str, table: Any, known: tuple[str, ...]) -> None:
        self.where = where
        if not isinstance(table, Mapping):
            raise DocumentError(where, lazy("this must be a table"))
        self.table: dict[str, Any] = dict(table)
        for key in self.table:
            if key not in known:
                close = nearest(str(key), known)
                raise DocumentError(
                    self.at(str(key)[:60]),
                    lazy("this key is not known; did you mean `%(close)s`?", close=close)
                    if close
                    else lazy("this key is not known; here belong: %(known)s", known=", ".join(known)),
                )

    def at(self, key: str) -> str:
        """The way to a key."""
        return f"{self.where}.{key}" if self.where else key

    def wrong(self, key: str, what: Any) -> DocumentError:
        """What to raise about a key."""
        return DocumentError(self.at(key), what)

    def text(self, key: str, default: str | None = None, longest: int = MAX_SHORT) -> str:
        """A text; without a default it must be there, and say something."""
        value = self.table.get(key, default)
        found = clean(self.at(key), value, longest) if value is not None else ""
        if default is None and not found:
            raise self.wrong(key, lazy("this is missing"))
        return found

    def texts(self, key: str, language: str, longest: int = MAX_SHORT, *, needed: bool = False) -> Mapping[str, str]:
        """A text in the document's language, or a table of texts by language."""
        value = self.table.get(key)
        if value is None:
            if needed:
                raise self.wrong(key, lazy("this is missing"))
            return {}
        if isinstance(value, str):
            value = {language: value}
        if not isinstance(value, Mapping) or not value or len(value) > 50:
            raise self.wrong(key, lazy('a text, or one by language: { en = "...", fr = "..." }'))
        for code in value:
            if not _LANGUAGE.fullmatch(str(code)):
                raise self.wrong(key, lazy("%(code)s is not the code of a language", code=ascii(code)[:20]))
        return {code: clean(f"{self.at(key)}.{code}", text, longest) for code, text in value.items()}

    def language(self, key: str, default: str) -> str:
        """The code of a language."""
        value = self.text(key, default)
        if not _LANGUAGE.fullmatch(value):
            raise self.wrong(key, lazy("the code of a language, such as en"))
        return value

    def identifier(self, key: str, default: str | None = None) -> str:
        """A name for machines."""
        return identifier(self.at(key), self.text(key, default))

    def choice(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """One of some words."""
        value = self.text(key, default)
        if value not in choices:
            close = nearest(value, choices)
            hint = lazy("; did you mean `%(close)s`?", close=close) if close else ""
            raise self.wrong(key, lazy("one of: %(known)s%(hint)s", known=", ".join(choices), hint=hint))
        return value

    def whole(self, key: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number within bounds."""
        value = self.table.get(key, default)
        if value is None:
            raise self.wrong(key, lazy("this is missing"))
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.wrong(key, lazy("a whole number from %(least)d to %(most)d", least=least, most=most))
        return value

    def share(self, key: str, default: float) -> float:
        """A number from 0 to 1."""
        value = self.table.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise self.wrong(key, lazy("a number from 0 to 1"))
        return float(value)

    def duration(self, key: str, default: str, most: str) -> int:
        """A time such as ``7d``, in milliseconds."""
        value = self.table.get(key, default)
        found = _DURATION.fullmatch(value) if isinstance(value, str) else None
        longest = milliseconds(most)
        if found is None or not 0 < int(found[1]) * _UNITS[found[2]] <= longest:
            raise self.wrong(key, lazy("a time such as 7d, 12h, 30m or 2w, at most %(most)s", most=most))
        return milliseconds(str(value))

    def day(self, key: str) -> str | None:
        """A day, as TOML writes it or as text; ``2027-03-01``."""
        value = self.table.get(key)
        if value is None:
            return None
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, str) and _DAY.fullmatch(value):
            try:
                return date.fromisoformat(value).isoformat()
            except ValueError:
                pass
        raise self.wrong(key, lazy("a day, such as 2027-03-01"))

    def digest(self, key: str) -> str | None:
        """The hash of a document."""
        value = self.table.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not _HASH.fullmatch(value):
            raise self.wrong(key, lazy("a hash: sha256: and 64 hexadecimal digits"))
        return value

    def words(self, key: str, most: int, longest: int = 200) -> tuple[str, ...]:
        """A list of texts."""
        value = self.table.get(key, [])
        if not isinstance(value, list | tuple) or len(value) > most:
            raise self.wrong(key, lazy("a list of at most %(most)d texts", most=most))
        return tuple(clean(self.at(key), one, longest) for one in value)

    def formula(self, key: str, use: Use, sets: Sets, *, needed: bool) -> Formula | None:
        """A formula, read."""
        if key not in self.table and not needed:
            return None
        # longer than a formula may be, so that the language says what is wrong with it
        text = self.text(key, longest=4000).strip()
        try:
            return compile_formula(text, use, sets)
        except FormulaError as error:
            raise DocumentError(self.at(key), str(error), error.pointed()) from error


def clean(where: str, value: Any, longest: int) -> str:
    """A text without marks that nobody sees."""
    if not isinstance(value, str):
        raise DocumentError(where, lazy("this must be a text"))
    if len(value) > longest:
        raise DocumentError(where, lazy("this is too long (%(n)d characters at most)", n=longest))
    text = value.replace("\r\n", "\n")
    if _UNSEEN.search(text):
        raise DocumentError(where, lazy("there is a character in this text that nobody can see"))
    return text.strip()


def identifier(where: str, value: Any) -> str:
    """A name for machines: small letters, digits, - and _, 1 to 40."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise DocumentError(where, lazy("a name of small letters, digits, - and _, at most 40"))
    return value


def milliseconds(text: str) -> int:
    """A time such as ``7d``."""
    return int(text[:-1]) * _UNITS[text[-1]]


def written(time_ms: int) -> str:
    """A time in the largest unit that has no rest; weeks are days."""
    for unit in "dhms":
        if time_ms % _UNITS[unit] == 0:
            return f"{time_ms // _UNITS[unit]}{unit}"
    raise ValueError("a time of whole seconds")
